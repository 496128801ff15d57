#!/bin/sh
# at-load, at-status: files that this user can't open, read or write, and why.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

[ "$(id -u)" -eq 0 ] || skip_all "only root can be another user"
nobody() {
	setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups "$@"
}
[ "$(nobody id -un 2>/dev/null)" = nobody ] ||
	skip_all "root can't be another user here"
place=$(mktemp -d /tmp/atpipe.XXXXXX)
# shellcheck disable=SC2016 # for at_exit
at_exit 'rm -rf "$place"'
chmod 755 "$place"
cp "$build/bin/at-load" "$build/bin/at-status" "$place"
nobody test -x "$place/at-load" || skip_all "nobody can run the programs"
repo "$did" "$r1" 6 | lines >"$place/good"
repo "$did" "$r2" 6 edit=2 | lines >"$place/more"
PATH=$place:$PATH
cd "$place" || exit
mkdir theirs closed
chown nobody theirs
chmod 700 closed
at-load records.db good
at-load secret.db good
chmod 600 secret.db

# says NAME PROGRAM DATABASE MESSAGE [LINES]: run it as nobody
says() {
	case $2 in
	at-load) status=$(nobody at-load "$3" "${5-good}" 2>"$lib_tmp/said" >&2
		echo $?) ;;
	*) status=$(nobody at-status "$3" 2>"$lib_tmp/said" >&2; echo $?) ;;
	esac
	is "$2: $1" "$status $(cat "$lib_tmp/said")" "2 $2: $3$4"
}
open=": unable to open database file"
reader=": readers must be allowed to write the files -wal and -shm \
beside it: run this as the user who loads it, or read a copy"
denied="Permission denied"

says "a directory that may not be written" at-load new.db "$open: $denied"
says "a directory that isn't there" at-load no/new.db \
    "$open: No such file or directory"
says "a directory that may not be entered" at-load closed/x.db "$open: $denied"
says "nor to read" at-status closed/x.db "$open: $denied"
says "a file in place of a directory" at-load good/x.db \
    "$open: Not a directory"
says "a directory" at-load theirs ": is a directory"
says "a file that isn't there" at-status new.db \
    "$open: No such file or directory"
says "a file that may not be read" at-status secret.db "$open: $denied"
says "nor written" at-load secret.db "$open: $denied"
says "a file that may only be read" at-load records.db \
    ": can't be written: $denied"
says "and the files beside it not be made" at-status records.db "$reader"

# While a writer has the database open, these files exist.
mkfifo "$lib_tmp/commands"
sqlite3 records.db <"$lib_tmp/commands" >"$lib_tmp/answers" &
exec 3>"$lib_tmp/commands"
echo "BEGIN IMMEDIATE; SELECT 'has it';" >&3
wait_for "the lock" grep -q 'has it' "$lib_tmp/answers"
status=$(nobody at-status records.db 2>"$lib_tmp/said" >"$lib_tmp/out"
    echo $?)
case $status in
0) is "while a writer has it open, it can be read" \
    "$(jq -r .did "$lib_tmp/out")" "$did" ;;
*) is "while a writer has it open, why is said" \
    "$(cat "$lib_tmp/said")" "at-status: records.db$reader" ;;
esac
echo 'COMMIT;' >&3
exec 3>&-
wait

# After a crash, one of them is left.
cp records.db crashed.db
sqlite3 crashed.db "PRAGMA wal_autocheckpoint = 0" \
    "CREATE TABLE mine (x)" ".shell cp crashed.db-wal kept" >"$lib_tmp/answers"
mv kept crashed.db-wal
chmod 644 crashed.db-wal
says "after a crash" at-status crashed.db "$reader"
: >crashed.db-shm
chmod 644 crashed.db-shm
chmod 666 crashed.db
says "the file alone may be written" at-load crashed.db \
    "-wal: can't be written: $denied" more
chmod 666 crashed.db-wal
says "but not all beside it" at-load crashed.db \
    "-shm: can't be written: $denied" more

if mkdir full && mount -t tmpfs -o size=1m tmpfs full 2>"$lib_tmp/said"; then
	# shellcheck disable=SC2016 # for at_exit
	at_exit 'umount "$place/full"'
	at-load full/records.db good
	chmod -R 777 full
	mount -o remount,ro full
	says "a read-only file system" at-load full/new.db \
	    "$open: Read-only file system"
	says "a file on it" at-load full/records.db \
	    "$open: Read-only file system"
else
	skip "a read-only file system" "it can't be mounted"
fi
cd / || exit

done_testing
