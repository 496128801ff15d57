#!/bin/sh
# Programs that read lines or frames: a file of another kind is one error, which
# says what it is and what to do.
. "${0%/*}/lib/tap.sh"
command -v jq >/dev/null || skip_all "no jq"

mkcar -n 50 >a.car
mkdir lexicons cars
cp -r "$data/lexicons/com" lexicons
at-carwalk a.car >lines

# refuses MESSAGE COMMAND...: the only message is MESSAGE about the file x, and
# the output has at most one line
refuses() {
	refuses_message=$1
	shift
	exits 1 "$refuses_message: $1" "$@"
	is "$refuses_message: $1: the message" "$(cat err)" \
	    "$1: x: $refuses_message"
	ok "$refuses_message: $1: one result" test "$(wc -l <out)" -le 1
}

# is_kind MESSAGE: what the file x is
is_kind() {
	refuses "$1" at-validate -l lexicons x
	is "$1: the error line" \
	    "$(jq -r '[.type, .error, .retry, .input, .message] | join(" ")' \
		out)" "error Unreadable false x $1"
	refuses "$1" at-load x.db x
	if has_network; then
		refuses "$1" at-resolve x
		is "$1: at-resolve: its error line" "$(jq -r .error out)" \
		    Unreadable
	fi
	exits 2 "$1: --exclude" at-load --exclude x x.db lines
	is "$1: --exclude: the message" "$(sed 1q err)" \
	    "at-load: --exclude x: $1"
	exits 2 "$1: -k" at-carwalk -k x a.car
	is "$1: -k: the message" "$(sed 1q err)" "at-carwalk: -k x: $1"
}

cp a.car x
is_kind 'a CAR; run at-carwalk on it first'
{ printf '\012\241\147version\002'; cat a.car; } >x
is_kind 'a CAR; run at-carwalk on it first'
gzip -c lines >x
is_kind 'gzip data; decompress it first'
printf 'SQLite format 3\000\020\000\001\001\n' >x
is_kind 'an SQLite database'
if command -v zstd >/dev/null; then
	zstd -qc lines >x
	is_kind "zstd data; decompress lines with zstd -dc first, $(:
	    )or read a CAR with at-carwalk"
else
	skip 'zstd' 'no zstd program'
fi
if command -v mkframes >/dev/null; then
	mkframes active >x
	is_kind 'recorded frames; read them with at-firehose first'
	mkframes error:FutureCursor >x
	is_kind 'recorded frames; read them with at-firehose first'
else
	skip 'frames' 'no program mkframes'
fi
printf '\377\376{\000\n' >x
is_kind 'UTF-16 text; convert it to UTF-8 first'

# Files that aren't recorded frames
# no_frames MESSAGE
no_frames() {
	exits 1 "no frames: $1" at-firehose x
	is "no frames: $1: the message" "$(cat err)" "at-firehose: x: $1"
	is "no frames: $1: its error line" \
	    "$(jq -r '[.error, .input, .message] | join(" ")' out)" \
	    "Unreadable x $1"
}
if has_network; then
	cp a.car x
	no_frames 'a CAR; run at-carwalk on it first'
	cp lines x
	no_frames 'lines of JSON; want recorded frames, or --jetstream'
	gzip -c lines >x
	no_frames 'gzip data; decompress it first'
fi

# The next input is read nevertheless.
cp a.car x
exits 1 'a CAR, then lines' at-validate -l lexicons x lines
sed 1d out >got
same 'the lines are copied' got <lines
exits 1 'a CAR, then lines: at-load' at-load y.db x lines
is 'the lines are loaded' "$(at-status y.db | jq -r .state)" completed
exits 1 'a CAR from a pipe' sh -c 'cat x | at-validate -l lexicons'
is 'is named' "$(cat err)" \
    'at-validate: -: a CAR; run at-carwalk on it first'

exits 1 'a directory' at-validate -l lexicons cars
is 'is named' "$(cat err)" 'at-validate: cars: a directory, want a file'

# A database and a file of lines in the wrong order
exits 2 'lines in place of a database' at-load lines y.db
is 'says which comes first' "$(cat err)" "at-load: lines: not a database, $(:
    )but lines of JSON; the database is the first operand"
exits 2 'a CAR in place of a database' at-load a.car
is 'says what it is' "$(cat err)" \
    'at-load: a.car: not a database, but a CAR; run at-carwalk on it first'
exits 2 'at-status of a CAR' at-status a.car
is 'says what it is, too' "$(cat err)" \
    'at-status: a.car: not a database, but a CAR; run at-carwalk on it first'

done_testing
