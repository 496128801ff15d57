# shellcheck shell=sh
# What the examples share.

LC_ALL=C
export LC_ALL

# usage: the comment at the script's top; ends it
usage() {
	sed '1d; /^$/,$d; s/^# \{0,1\}//' "$0" >&2
	exit 2
}

# operands N [OPERAND...]: the usage, if there aren't N, or one is an option
operands() {
	lib_n=$1
	shift
	[ $# -eq "$lib_n" ] || usage
	for lib_operand; do
		case $lib_operand in
		'' | -?*) usage ;;
		esac
	done
}

# need_database OPERAND...: one, of at-load(1)
need_database() {
	operands 1 "$@"
	at-status --did did:web:example.com "$1" >/dev/null || exit
}

# need_file OPERAND...: likewise, of SQLite
need_file() {
	operands 1 "$@"
	case $1 in
	postgres:* | postgresql:*)
		echo "${0##*/}: $1: only a database of SQLite" >&2
		exit 2
		;;
	esac
	need_database "$1"
}

# query DATABASE STATEMENTS: of SQLite
query() {
	sqlite3 -init /dev/null -readonly "${1#sqlite:}" "$2"
}

# run FUNCTION [OPERAND...]: a pipe; ends the script with the worst status of
# its parts, where the shell would take that of the last one
run() {
	exec 3>&1
	lib_failed=$({ "$@" >&3; echo $? >&4; } 4>&1)
	exit "$(echo "$lib_failed" | sort -n | tail -n 1)"
}

# try CMD...: a part of that pipe
try() {
	"$@" || echo $? >&4
}

# walk DIRECTORY [OPTION...]: the first part of it: the lines of at-carwalk(1)
# about all CARs of an archive, by as many processes as there are processors
# shellcheck disable=SC2016 # for sh
walk() {
	lib_directory=$1
	shift
	{
		find -H "$lib_directory" -type f \
		    \( -name '*.car' -o -name '*.car.zst' \) -print0 ||
			echo 2 >&4
	} | xargs -0 -r -n 64 -P "$(nproc)" sh -c \
	    'at-carwalk "$@" || exit $(($? > 1 ? 255 : 1))' sh "$@" --
	case $? in
	0) ;;
	123) echo 1 >&4 ;;
	*) echo 2 >&4 ;;
	esac
}
