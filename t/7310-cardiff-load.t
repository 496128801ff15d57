#!/bin/sh
# at-cardiff old new | at-load: a database that has the old repo then has
# exactly what loading the new one gives, in both kinds of database.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

older=3m3xqkxkcac2a old=3m4xqkxkcac2a new=3m5xqkxkcac2a newer=3m6xqkxkcac2a
mkcar -n 300 -r $old >full.car
mkcar -n 300 -C 30 -r $new >changed.car
mkcar -n 300 -C 30 -r $older >earlier.car
mkcar -n 300 -r $new >recommitted.car
mkcar -n 300 -s 7 -r $new >other.car
mkcar -n 0 -r $older >none.car
mkcar -n 0 -r $newer >emptied.car
mkcar -n 400 -k random -r $old >random.car
{ echo 'a.b.c/kept {"n":1}'; echo 'a.b.c/bad%key {"n":2}'
	echo 'a.b.c/worse%key {"n":3}'; echo 'nothing {"n":4}'
	echo 'other {"n":5}'; } >keys
mkcar -n 0 -R keys -r $old >keys.car
grep -v 'bad\|nothing' keys | sed 's/kept/created/' >keys.after
mkcar -n 0 -R keys.after -r $new >keys-deleted.car
mkcar -n 400 -k random -C 40 -r $new >random-changed.car

# facts DATABASE: print its records, and whether accounts are complete
facts() {
	sql "$1" '
	SELECT did, collection, rkey, rev, cid, record FROM records
	    ORDER BY uri;
	SELECT did, loaded_rev, synced_rev, unsynced, status, error
	    FROM repos ORDER BY did;
	SELECT * FROM floors ORDER BY did, collection;
	SELECT * FROM tombstones ORDER BY did, collection, rkey;
	SELECT did, collection, status, loaded_rev, error FROM import_states
	    ORDER BY did, collection;
	SELECT did, collection, rkey, error FROM errors
	    ORDER BY did, collection, rkey'
	sound "$1" || echo "$1 is damaged"
}

# load DATABASE CAR...
load() {
	load_into=$1
	shift
	for car; do
		at-carwalk -q "$car" | at-load -q "$load_into"
	done
}

# updates KIND NAME OLD NEW...: each CAR after the first one comes as changes
updates() {
	kind=$1 name=$2
	shift 2
	db=$(database "$kind" updated)
	load "$db" "$1"
	before=
	for after; do
		if [ -z "$before" ]; then
			before=$after
			continue
		fi
		at-cardiff -q "$before" "$after" >changes
		at-load -q "$db" changes
		before=$after
	done
	facts "$db" >have
	db=$(database "$kind" whole)
	load "$db" "$@"
	facts "$db" >want
	same "$kind: $name" have <want
}

all() {
	updates "$1" "records are changed and deleted" full.car changed.car
	updates "$1" "records are created and changed" earlier.car full.car
	updates "$1" "all at once" full.car other.car
	updates "$1" "the old repo is empty" none.car full.car
	updates "$1" "the new repo is empty" full.car emptied.car
	updates "$1" "both are" none.car emptied.car
	updates "$1" "only the commit is new" full.car recommitted.car
	updates "$1" "the commit is the same" full.car full.car
	updates "$1" "keys and records of any form" random.car \
	    random-changed.car
	updates "$1" "keys without a valid form are deleted" keys.car \
	    keys-deleted.car
	updates "$1" "one after another" none.car earlier.car full.car \
	    changed.car emptied.car

	# A database without the old repo doesn't take the changes for a whole
	# repo, unless the old repo is empty.
	db=$(database "$1" lacking)
	at-cardiff full.car changed.car | at-load -q "$db"
	is "$1: without the old repo the account isn't complete" \
	    "$(sql "$db" "SELECT coalesce(synced_rev, 'none') FROM repos")" none
	load "$db" full.car
	facts "$db" >have
	db=$(database "$1" whole)
	load "$db" full.car changed.car
	facts "$db" >want
	same "$1: it is when the old repo comes later" have <want
	db=$(database "$1" lacking)
	at-cardiff none.car full.car | at-load -q "$db"
	facts "$db" >have
	db=$(database "$1" whole)
	load "$db" full.car
	facts "$db" >want
	same "$1: all records after an empty repo are a whole one" have <want

	# Some collections
	db=$(database "$1" some)
	at-carwalk -q -c app.bsky.feed.* full.car | at-load -q "$db"
	at-cardiff -c app.bsky.feed.* full.car changed.car | at-load -q "$db"
	facts "$db" >have
	db=$(database "$1" whole)
	at-carwalk -q -c app.bsky.feed.* full.car | at-load -q "$db"
	at-carwalk -q -c app.bsky.feed.* changed.car | at-load -q "$db"
	facts "$db" >want
	same "$1: some collections" have <want
}
each_database all -F
done_testing
