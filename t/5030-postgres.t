#!/bin/sh
# t/lib/postgres.sh: a private server, which leaves nothing behind.
# shellcheck disable=SC2016,SC2119 # for inner
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/postgres.sh"

need_postgres
ok "PostgreSQL starts" postgres_start -F || done_testing
db=$(postgres_db records)
is "a database is there" "$db" "postgresql:///records?host=$postgres_dir"
is "a query is answered" \
    "$(psql_at "$db" 'CREATE TABLE t (a int, b text)' \
    "INSERT INTO t VALUES (1, 'é'), (NULL, '')" 'TABLE t')" "1|é
|"
is "in UTF-8, in the order of bytes, in UTC" "$(psql_at "$db" \
    'SHOW server_encoding' \
    'SELECT datcollate FROM pg_database WHERE datname = current_database()' \
    'SHOW timezone')" "UTF8
C
UTC"
is "by nobody but through a socket" \
    "$(psql_at "$db" 'SHOW listen_addresses')" ""
is "options are the server's" "$(psql_at "$db" 'SHOW fsync')" off
exits 3 "an error is one" psql_at "$db" 'SELECT 1/0' 'SELECT 1'
is "where it ends" "$(cat out)" ""

postgres_stop
ok "it stops" not postgres_ready
ok "it starts again" postgres_start
is "with what was there" "$(psql_at "$db" 'SELECT count(*) FROM t')" 2
is "and fsync" "$(psql_at "$db" 'SHOW fsync')" on
db=$(postgres_db records)
is "a database is made anew" "$(psql_at "$db" \
    "SELECT count(*) FROM pg_tables WHERE tablename = 't'")" 0

# inner NAME STATUS CMD: a test that starts a server and ends with CMD leaves
# nothing behind. Its processes, directories and URL go to the file inner.
inner() {
	rm -f inner
	exits "$2" "$1" env ATPIPE_BUILD="$build" sh -c '
	. "${0%/*}/lib/tap.sh"
	. "$top/t/lib/postgres.sh"
	need_postgres
	postgres_start -F || exit
	db=$(postgres_db inner)
	{
		psql_at "$db" "SELECT pid FROM pg_stat_activity" |
			tr "\n" " "
		printf "%s\n" "$postgres_pid" "$lib_tmp" "$postgres_dir" "$db"
	} >"$1/inner"
	eval "$2"' "$top/t/inner.t" "$PWD" "$3"
	{
		read -r pids
		read -r tmp
		read -r dir
		read -r inner_db
	} <inner
}
alive() {
	for pid in $pids; do
		kill -0 "$pid" 2>/dev/null && echo "$pid"
	done
}
nothing_left() {
	ok "there were processes" test "$(echo "$pids" | wc -w)" -gt 4
	is "none of them is left" "$(alive)" ""
	is "and no directory" "$(ls -d "$tmp" "$dir" 2>/dev/null)" ""
}

inner "a test that passes" 0 'pass x; done_testing'
nothing_left
is "had another directory" "$(test "$dir" = "$postgres_dir" && echo same)" ""
is "the server of this test goes on" "$(psql_at "$db" 'SELECT 1')" 1
inner "one that fails" 1 'fail x; done_testing'
nothing_left
inner "one that ends by an error of the shell" 2 'echo $nothing'
nothing_left
inner "one that is ended" 143 'kill $$; pass'
nothing_left

long=$PWD/$(printf '%080d' 0)
mkdir "$long"
TMPDIR=$long inner "a directory too long for a socket" 0 'pass x
    done_testing'
nothing_left
is "is left out" "${dir%.*}" /tmp/atpipe
mkdir -m 700 'no way'
TMPDIR="$PWD/no way" inner "one that the server can't enter" 0 'pass x
    done_testing'
nothing_left
is "is left out" "${dir%.*}" /tmp/atpipe

if command -v setpriv >/dev/null; then
	inner "a test that is killed" 137 'kill -9 $$'
	gone() {
		! "$postgres_bin/pg_isready" -q -d "$inner_db"
	}
	ok "takes the server along" wait_for "the server's end" gone
	rm -rf "$tmp" "$dir"
else
	skip "a test that is killed takes the server along" "no setpriv"
fi

done_testing
