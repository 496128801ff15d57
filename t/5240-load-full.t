#!/bin/sh
# shellcheck disable=SC2119 # what is run without options
# at-load when the disk gets full: it says so, what was committed stays and is
# sound, and with more room the same command loads everything.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/namespaces.sh"
own_namespaces --mount
at_exit "umount -l disk 2>/dev/null"
. "$top/t/lib/load.sh"

records=60000
repo $did $r1 $((records / 10)) | lines >first
repo $did $r2 $records drop=7 edit=9 | lines >second

# disk DIRECTORY: mount another disk there
disk() {
	mkdir -p "$1"
	mount -t tmpfs -o size=400m tmpfs "$1" || skip_all "can't mount"
}

# fill DIRECTORY KB: leave this much room; make_room gives all of it back
fill() {
	filler=$1/filler
	free=$(df -k --output=avail "$1" | tail -n 1)
	head -c $(((free - $2) * 1024)) /dev/zero >"$filler"
}
make_room() {
	rm "$filler"
}

# fails DATABASE MESSAGE STATUS...: loading the second snapshot fails
fails() {
	fails_db=$1 fails_said=$2
	shift 2
	run at-load -t 2s "$fails_db" second
	ok "no room: status $status" test "$1" = $status -o "$2" = $status
	grep -v '; trying again$' err >said
	is "message of one line" "$(wc -l <said)" 1
	ok "as what it is" grep "$fails_said" said || diag <err
}

# goes_on DATABASE: nothing of the first snapshot is lost; with more room the
# second one is loaded
goes_on() {
	is "what was whole is there" "$(sql "$1" "SELECT loaded_rev FROM repos;
	    SELECT count(*) FROM records
	    WHERE rev NOT IN ('$r1', '$r2')")" "$r1
0"
	ok "the database is sound" sound "$1"
	exits 0 "with more room it continues" at-load "$1" second
	rows "$1" >got
	ok "to the same rows" cmp got want
}

disk disk
at-load want.db first second
rows want.db >want
at-load disk/full.db first
fill disk 2000
fails disk/full.db '^at-load: disk/full.db: database or disk is full$' 2 2
make_room
goes_on disk/full.db
umount disk

postgres_find || {
	skip "with PostgreSQL" "no server of PostgreSQL"
	done_testing
}

# Its tables are on another disk.
ok "PostgreSQL starts" postgres_start -c wal_recycle=off || done_testing
db=$(database postgresql whole)
at-load "$db" first second
rows "$db" >want
disk disk
[ -z "$postgres_user" ] || chown "$postgres_user" disk
psql_at "$(postgres_url postgres)" \
    "CREATE TABLESPACE small LOCATION '$PWD/disk'"
db=$(postgres_db tables 'TABLESPACE small')
at-load "$db" first
fill disk 2000
fails "$db" '^at-load: PostgreSQL: could not .*: No space left on device$' 2 2
make_room
goes_on "$db"

# Its log is on another disk, and the server ends.
db=$(database postgresql log)
postgres_stop
mkdir disk/wal
mv "$postgres_dir"/data/pg_wal/* disk/wal
rmdir "$postgres_dir/data/pg_wal"
ln -s "$PWD/disk/wal" "$postgres_dir/data/pg_wal"
[ -z "$postgres_user" ] || chown -R "$postgres_user" disk/wal
ok "PostgreSQL starts with its log there" postgres_start -c wal_recycle=off
at-load "$db" first
fill disk 0
fails "$db" '^at-load: PostgreSQL: ' 2 75
make_room
postgres_stop
ok "PostgreSQL starts again" postgres_start
goes_on "$db"

done_testing
