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

# need_database OPERAND...: one, of at-load(1). Sets what the two kinds of
# database write differently: $object and $array make JSON, and $record is the
# exact record as JSON.
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

is_postgres() {
	case $1 in
	postgres:* | postgresql:*) return ;;
	esac
	return 1
}

# query DATABASE SELECT...: print the rows, columns with | between them.
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

# quoted MARK TEXT: the text between two of these marks, those in it doubled
quoted() {
	printf '%s%s%s' "$1" "$(printf '%s' "$2" | sed "s/$1/$1$1/g")" "$1"
}

# in_collection PATTERN: the condition of SQL for the records of an NSID, of a
# prefix such as app.bsky.graph.*, or of all (*)
in_collection() {
	case ${1%.\*} in
	'*') echo "1 = 1" ;;
	*[!A-Za-z0-9.-]* | '') usage ;;
	"$1") echo "collection = '$1'" ;;
	*)	# / is what follows the dot.
		echo "collection > '${1%\*}' AND collection < '${1%.\*}/'" ;;
	esac
}

# For jq: a value as the text of a cell, which no spreadsheet takes for a
# formula
# shellcheck disable=SC2016,SC2034 # jq's; for the scripts
cells='
    def text: if . == null then "" elif type == "string" then
        split("\u0000") | join("?") else tojson end;
    def cell: text | if IN(.[:1]; "=", "+", "-", "@", "\t", "\r", "\n",
        "＝", "＋", "－", "＠") then "\u0027" + . else . end;'

# printable: standard input without control characters of ASCII
printable() {
	tr '\000-\010\013\014\016-\037\177' '[?*]'
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
