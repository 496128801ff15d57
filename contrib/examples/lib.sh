# shellcheck shell=sh
# Functions that the examples share.

LC_ALL=C
export LC_ALL

# usage: print the comment at the top of the script, and exit
usage() {
	sed '1d; /^$/,$d; s/^# \{0,1\}//' "$0" >&2
	exit 2
}

# operands N [OPERAND...]: print the usage unless there are exactly N operands
# and none of them is an option
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

# need_database OPERAND...: check that the only operand is a database of
# at-load(1). Sets what differs between the two kinds of database: $object and
# $array make JSON, and $record is the exact record as JSON.
# shellcheck disable=SC2034 # for the scripts
need_database() {
	operands 1 "$@"
	at-status --did did:web:example.com "$1" >/dev/null || exit
	if is_postgres "$1"; then
		object=json_build_object array=json_build_array
		record='coalesce(record_text::json, record::json)'
	else
		object=json_object array=json_array
		record='json(record)'
	fi
}

# need_directory NAME: exit if this is a file
need_directory() {
	[ ! -e "$1" ] || [ -d "$1" ] || {
		echo "$1: not a directory" >&2
		exit 2
	}
}

is_postgres() {
	case $1 in
	postgres:* | postgresql:*) return ;;
	esac
	return 1
}

# query DATABASE SELECT...: print the rows, with | between the columns.
# FETCH_COUNT keeps psql from reading all rows before it prints the first.
query() {
	lib_database=$1
	shift
	if is_postgres "$lib_database"; then
		{
			echo 'BEGIN READ ONLY;'
			printf '%s;\n' "$@"
		} | PGCLIENTENCODING=UTF8 psql -XqAt -v ON_ERROR_STOP=1 \
		    -v FETCH_COUNT=1000 "$lib_database"
	else
		sqlite3 -init /dev/null -readonly "${lib_database#sqlite:}" "$@"
	fi || return 2
}

# quoted MARK TEXT: print the text between two marks, and double those in it
quoted() {
	printf '%s%s%s' "$1" "$(printf '%s' "$2" | sed "s/$1/$1$1/g")" "$1"
}

# in_collection PATTERN: print the SQL condition for the records of an NSID, of
# a prefix such as app.bsky.graph.*, or of all collections (*)
in_collection() {
	case ${1%.\*} in
	'*') echo "1 = 1" ;;
	*[!A-Za-z0-9.-]* | '') usage ;;
	"$1") echo "collection = '$1'" ;;
	*)	# In ASCII, / follows the dot.
		echo "collection > '${1%\*}' AND collection < '${1%.\*}/'" ;;
	esac
}

# For jq: a value as the text of a cell that no spreadsheet takes for a formula
# shellcheck disable=SC2016,SC2034 # jq's; for the scripts
cells='
    def text: if . == null then "" elif type == "string" then
        split("\u0000") | join("?") else tojson end;
    def cell: text | if IN(.[:1]; "=", "+", "-", "@", "\t", "\r", "\n",
        "＝", "＋", "－", "＠") then "\u0027" + . else . end;'

# printable: replace the ASCII control characters of standard input
printable() {
	tr '\000-\010\013\014\016-\037\177' '[?*]'
}

# run FUNCTION [OPERAND...]: run a pipe, and exit with the worst status of its
# parts; the shell would use the status of the last part. The function may
# return early, but an exit would lose the status.
run() {
	exec 3>&1
	lib_failed=$({ "$@" >&3; echo $? >&4; } 4>&1)
	exit "$(echo "$lib_failed" | sort -n | tail -n 1)"
}

# try CMD...: run a part of that pipe
try() {
	"$@" || echo $? >&4
}

# walk DIRECTORY [OPTION...]: run the first part of that pipe: print the lines
# of at-carwalk(1) about all CARs of an archive, with one process for each
# processor
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
