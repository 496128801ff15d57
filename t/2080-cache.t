#!/bin/sh
# the cache of look-ups: what it keeps, several processes, and files of other
# programs
. "${0%/*}/lib/tap.sh"
need_network

# This takes as long as a process waits for another.
mkdir busy unit speed
(cd busy && exec "$unit"/cache busy) >busy.out 2>&1 &
busy=$!

# shellcheck disable=SC2016	# the inner shell's
ok 'entries' sh -c 'cd unit && "$unit"/cache'
# try FILE: open it, get a value and put one
try() {
	"$unit"/cache open "$1"
}

exits 0 'a new file' try new
is 'no value' "$(cat out err)" ''
exits 0 'is one' try new
is 'has the value' "$(cat out err)" new
ls >list
is 'no other file stays' "$(grep -c '^new' list)" 1
: >empty
exits 0 'an empty file' try empty

# Files of other programs aren't changed.
# refused NAME FILE MESSAGE
refused() {
	cp "$2" before
	exits 2 "$1" try "$2"
	is "$1: why" "$(cat err)" "System: $2: $3"
	ok "$1: as it was" cmp before "$2"
}
printf 'did:plc:1 a file of lines, longer than the head of a database\n%.0s' \
	1 2 3 >lines
refused 'lines' lines 'file is not a database'
head -c 50 new >part
exits 2 'a part of a head' try part
ok 'a part of a head: why' grep -q '^System: part: ' err
if command -v sqlite3 >/dev/null; then
	sqlite3 other 'CREATE TABLE entry (name TEXT, value TEXT)'
	refused 'a database of something else' other \
		'a database of something else'
	sqlite3 named 'PRAGMA application_id = 1; VACUUM'
	refused 'an empty one of something else' named \
		'a database of something else'
	cp new later
	sqlite3 later 'PRAGMA user_version = 2'
	refused 'a cache of a later version' later \
		'a cache of version 2, this program supports 1'
	is 'in WAL mode' "$(sqlite3 new 'PRAGMA journal_mode')" wal
	sqlite3 new "UPDATE entry SET error = 'Unheard', message = 'x'"
	exits 0 'an unknown error' try new
	is 'counts as missing' "$(cat out)" new
	sqlite3 new "UPDATE entry SET error = 'Unheard', value = NULL"
	exits 0 'only an unknown error' try new
	is 'counts as missing' "$(cat out)" ''
else
	skip 'databases of something else' 'no sqlite3 program'
fi
at-load rows </dev/null
refused 'rows of at-load' rows 'a database of something else'

# damaged: the pages of the table and its index
head -c 4096 new >bad
head -c 8192 /dev/urandom >>bad
exits 2 'pages of noise' try bad
is 'pages of noise: why' "$(cat err)" \
	'System: bad: database disk image is malformed'
head -c 4096 new >bad
exits 2 'only the first page' try bad
is 'only the first page: why' "$(cat err)" \
	'System: bad: database disk image is malformed'

# files that can't be written
cp new kept
if [ "$(id -u)" -ne 0 ]; then
	mkdir sealed
	cp new sealed/cache
	chmod 444 sealed/cache
	refused 'a read-only file' sealed/cache "can't be written"
elif mkdir disk && unshare -m true 2>/dev/null; then
	# shellcheck disable=SC2016	# the inner shell's
	run unshare -m sh -c 'mount -t tmpfs -o size=1m none disk &&
	    cp kept disk/cache && mount -o remount,ro none disk &&
	    "$unit"/cache open disk/cache'
	is 'a read-only file' "$status" 2
	is 'a read-only file: why' "$(cat err)" \
		"System: disk/cache: can't be written"
	# shellcheck disable=SC2016	# the inner shell's
	run unshare -m sh -c 'mount -t tmpfs -o size=40k none disk &&
	    cp kept disk/cache && "$unit"/cache open disk/cache'
	is 'a full disk' "$status" 2
	ok 'a full disk: why' grep -q '^System: disk/cache: ' err
else
	skip 'a read-only file' 'root may write, and may not mount'
fi

(cd speed && "$unit"/cache speed) >out 2>&1
is 'puts and gets' "$?" 0
grep '^#' out
status=0
wait "$busy" || status=$?
is 'another process that writes' "$status" 0
grep -v '^ok' busy.out | diag
done_testing
