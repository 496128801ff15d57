# shellcheck shell=sh
# shellcheck disable=SC2154 # lib_tmp is from lib.sh
# A private PostgreSQL server that listens only on a Unix socket. After tap.sh
# (or, for contrib/bench, its lib.sh):
#
#	. "$top/t/lib/postgres.sh"
#	need_postgres
#	ok "PostgreSQL starts" postgres_start -F || done_testing
#	db=$(postgres_db records)
#	psql_at "$db" 'SELECT 1'
#	postgres_stop
#
# It doesn't need root; if root runs the test, another user runs the server. The
# server stops when the test ends, in whatever way, and its files are removed
# with those of the test.

# Ignore the settings of the user who runs the test.
# shellcheck disable=SC2046 # words
unset $(env | sed -n 's/^\(PG[A-Z]*\)=.*/\1/p')

postgres_dir=
postgres_pid=

# has_postgres: was at-load built with PostgreSQL?
has_postgres() {
	grep -q '^#define HAVE_POSTGRESQL 1' "$build/config.h"
}

# postgres_find: set $postgres_bin, the directory of all its programs. It fails
# if they are missing, or if this build can't use them.
postgres_find() {
	has_postgres || return
	for postgres_bin in "$(dirname "$(command -v initdb)")" \
	    "$(pg_config --bindir 2>/dev/null)" /usr/lib/postgresql/*/bin; do
		[ -x "$postgres_bin/initdb" ] &&
			[ -x "$postgres_bin/pg_isready" ] &&
			[ -x "$postgres_bin/psql" ] && return
	done
	return 1
}

need_postgres() {
	has_postgres || skip_all "this build has no PostgreSQL"
	postgres_find || skip_all "no server of PostgreSQL"
}

# postgres_drop: set $postgres_as, which runs a command as the server's user,
# and $postgres_user, if that isn't the user who runs the test. If the test's
# shell is killed, the server ends too.
postgres_drop() {
	postgres_user=
	postgres_as=
	postgres_die=$(command -v setpriv >/dev/null &&
		echo 'setpriv --pdeathsig INT')
	if [ "$(id -u)" -ne 0 ]; then
		postgres_as=$postgres_die
		return
	fi
	for postgres_user in postgres nobody; do
		postgres_as="$postgres_die --reuid $postgres_user --regid \
		    $(id -g $postgres_user) --clear-groups"
		$postgres_as true 2>/dev/null && return
	done
	# In namespaces where own_namespaces became root, there is no other
	# user.
	postgres_user=
	postgres_as="unshare --user --map-user ${ATPIPE_UID:-0} $postgres_die"
}

# postgres_place: set $postgres_dir. The server's user can reach it, and its
# name is short enough for a socket and needs no escapes in a URL.
postgres_place() {
	postgres_dir=$lib_tmp/postgres
	[ -z "$postgres_user" ] || chmod 711 "$lib_tmp"
	case $postgres_dir in
	*[!A-Za-z0-9/._-]*) false ;;
	*) [ ${#postgres_dir} -le 90 ] && $postgres_as test -x "$lib_tmp" ;;
	esac || {
		postgres_dir=$(mktemp -d /tmp/atpipe.XXXXXX) || return
		# shellcheck disable=SC2016 # for at_exit
		at_exit 'rm -rf "$postgres_dir"'
	}
	mkdir -p "$postgres_dir" && chmod 755 "$postgres_dir" || return
	[ -z "$postgres_user" ] || chown "$postgres_user" "$postgres_dir"
}

postgres_make() {
	postgres_drop && postgres_place || return
	$postgres_as "$postgres_bin/initdb" -D "$postgres_dir/data" \
	    -U "$(id -un)" -A trust --no-locale -E UTF8 --no-sync \
	    >"$postgres_dir/log" 2>&1 || {
		cat "$postgres_dir/log"
		return 1
	}
}

postgres_ready() {
	"$postgres_bin/pg_isready" -q -h "$postgres_dir" -d postgres
}

# postgres_start [OPTION...]: start postgres(1) with these options, such as -F:
# no fsync. The first start makes the cluster. Sets $postgres_pid.
postgres_start() {
	[ -n "$postgres_dir" ] || postgres_make || return
	$postgres_as "$postgres_bin/postgres" -D "$postgres_dir/data" \
	    -k "$postgres_dir" -c listen_addresses= "$@" \
	    >>"$postgres_dir/log" 2>&1 </dev/null &
	postgres_pid=$!
	until postgres_ready; do
		kill -0 $postgres_pid 2>/dev/null || {
			tail -n 20 "$postgres_dir/log"
			return 1
		}
		sleep 0.05
	done
}

# postgres_stop [MODE]: immediate or fast, as in pg_ctl(1)
postgres_stop() {
	[ -n "$postgres_pid" ] || return 0
	case ${1-immediate} in
	fast) kill -INT "$postgres_pid" ;;
	*) kill -QUIT "$postgres_pid" ;;
	esac 2>/dev/null
	wait "$postgres_pid" 2>/dev/null
	postgres_pid=
}
at_exit postgres_stop

# postgres_url NAME: print the URL of this database
postgres_url() {
	echo "postgresql:///$1?host=$postgres_dir"
}

# postgres_db NAME [OPTION]: create the database, with this option of CREATE
# DATABASE, and print its URL. A database of this name is dropped.
postgres_db() {
	psql_at "$(postgres_url postgres)" \
	    "SET client_min_messages = warning" \
	    "DROP DATABASE IF EXISTS \"$1\" WITH (FORCE)" \
	    "CREATE DATABASE \"$1\" ${2-}" || return
	postgres_url "$1"
}

# psql_at URL STATEMENT...: print rows as sqlite3 does
psql_at() {
	postgres_at=$1
	shift
	printf '%s;\n' "$@" |
		"$postgres_bin/psql" -XqAt -v ON_ERROR_STOP=1 "$postgres_at"
}
