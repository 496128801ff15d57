#!/bin/sh
# What the pages show besides examples, as far as it takes no network: the demo
# is run where all is installed and built, statements are run as they are, the
# queries of at-load(1) in PostgreSQL, too. What installs is compared with
# quickstart, which does it; make distcheck makes, checks and installs.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/pages.sh"
. "$top/t/lib/postgres.sh"
. "$top/t/lib/operations.sh"

for program in jq sqlite3; do
	command -v $program >/dev/null || skip_all "no $program"
done

# each WAY CMD: run CMD DISPLAY NAME for all displays that are tested in this
# way
each() {
	each_dir=$PWD/$1
	mkdir "$1"
	for page in "$top"/man/*.[157]; do
		mkdir "$each_dir/${page##*/}"
		cd "$each_dir/${page##*/}" || exit 2
		for display in $(in_way "$1" "$page"); do
			"$2" "$PWD/$display" "${page##*/}: $(titled "$display")"
		done
	done
	cd "${each_dir%/*}" || exit 2
}

# PostgreSQL, if there is one: $pg
pg=
if postgres_find && ok "PostgreSQL starts" postgres_start -F; then
	pg=$(postgres_db records)
	at-carwalk "$data/car/alice.car" | at-load "$pg"
fi
at-carwalk "$data/car/alice.car" | at-load records.db
echo '2 01 operation pds=https://pds.test' | plc_lines | at-load records.db
at-load records.db <<EOT
{"type":"blob","did":"$(plc_did 2)","cid":"$(:
    )bafkreifkquj4hghi2i66klzpiak745tmnv4b4o7js7cgb267i4jiyktsbu","size":9}
EOT

# statement DISPLAY NAME: run the SQL
statement() {
	case $(cat "$1") in
	# What only PostgreSQL has
	*record_text* | *split_part*)
		[ -n "$pg" ] || {
			skip "$2" "no server of PostgreSQL"
			return
		}
		exits 0 "$2" psql_at "$pg" "$(cat "$1")" ;;
	*)
		exits 0 "$2" sqlite3 ../../records.db "$(cat "$1")" ;;
	esac
	# Invented names have no rows.
	case $(cat "$1") in
	*.example[\'/]* | *'> 12345'*) ;;
	*) ok "there are rows" test -s out ;;
	esac
}
each query statement

# packages: print the packages that quickstart installs for the build
packages() {
	sed -n '/^\tset -- gcc/,/"\$@"$/p' "$top/contrib/quickstart" |
		tr -cs 'a-z0-9.+-' '\n' | grep '[a-z]' | grep -vx set | sort
}

# installation DISPLAY NAME
installation() {
	# shellcheck disable=SC2016 # sed's
	sed -e ':a' -e '/\\$/{N;s/\\\n//;ba' -e '}' "$1" >lines
	while read -r command rest; do
		case "$command $rest" in
		'apt-get install '*)
			printf '%s\n' "${rest#install }" |
				tr -s ' ' '\n' | sort >shown
			packages >want
			same "$2: what quickstart installs" shown <want ;;
		'autoreconf -fi')
			ok "quickstart does $command" \
			    grep -qF "autoreconf -fi" \
			    "$top/contrib/quickstart" ;;
		'./configure ' | 'make ' | 'make check' | 'make install')
			ok "make distcheck does $command $rest" \
			    grep -q distcheck "$top/contrib/quickstart" ;;
		*) fail "$2: $command $rest" ;;
		esac
	done <lines
}
each install installation

# checkout: make a directory that quickstart takes for a checkout in which it
# has nothing to do: no package is missing, and everything is built
checkout() {
	mkdir -p tree/contrib tree/t tree/build without
	cp "$top/contrib/quickstart" tree/contrib
	ln -s "$data" tree/t/data
	ln -s "$build/bin" tree/build/bin
	touch tree/configure tree/Makefile.in
	printf 'abs_top_srcdir = %s\nall:\n' "$PWD/tree" >tree/build/Makefile
	printf '#!/bin/sh\necho installed\n' >without/dpkg-query
	printf '#!/bin/sh\nexit 1\n' >without/apt-get
	cp without/apt-get without/sudo
	chmod +x tree/configure without/*
}

# quickstart DISPLAY NAME: run each line of it
quickstart() {
	while read -r line; do
		case $line in
		'contrib/quickstart check'*)
			ok "$line: that is .ci/run" grep -qx \
			    'exec contrib/quickstart check' "$top/.ci/run"
			continue ;;
		esac
		rm -rf tree without
		checkout
		exits 0 "$line" env -C tree PATH="$PWD/without:$PATH" \
		    sh -c "$line"
		is "no message" "$(cat err)" ""
		is "the records of the CAR are in the database" \
		    "$(sqlite3 tree/atpipe-demo.db \
		    'SELECT count(*) FROM records')" 95
		ok "they are shown" grep -q '^app.bsky.feed.post  *27 *$' out
		ok "and counted" grep -q 'holds 95 records of 1 account' out
	done <"$1"
}
each quickstart quickstart

# in_postgres DISPLAY NAME: turn the page's command for SQLite into the one for
# PostgreSQL, and run it
in_postgres() {
	case $(cat "$1") in
	sqlite3*) return ;;
	esac
	db=$(postgres_db records)
	ln -s "$top/t" "$top/contrib" .
	# Without a heading and such, as sqlite3(1) prints
	printf '\\%s\n' 'set QUIET' 'pset format unaligned' 'pset tuples_only' >psqlrc
	# shellcheck disable=SC2046 # words
	session '$' $(in_way shown "$page") |
		sed "s,sqlite3 records\.db,psql '$db' -c,
		    s,\(at-load .*\)records\.db,\1'$db'," >run
	PATH=$postgres_bin:$PATH PSQLRC=$PWD/psqlrc sh run
	for n in $(commands); do
		grep -q '^sqlite3 records.db' "$n.command" || continue
		ok "in PostgreSQL: $(titled "$n.command")" as_shown "$n"
	done
}
if [ -n "$pg" ]; then
	each postgres in_postgres
else
	skip "queries in PostgreSQL" "no server of PostgreSQL"
fi

done_testing
