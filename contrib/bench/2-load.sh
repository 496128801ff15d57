# shellcheck shell=sh
# shellcheck disable=SC2016,SC2119,SC2154 # for eval, here from run
# Compare at-load into SQLite with sqlite3's own import of the same rows and
# with a minimal loader in C; compare at-load into PostgreSQL with psql's COPY.
# The others only add the rows: the tables exist already, and are at-load's.

. "$here/../../t/lib/postgres.sh"

[ -e large.car ] || mkcar -n "${RECORDS:-300000}" >large.car
at-carwalk large.car >large
mkcar -n "${RECORDS:-300000}" -C 1 -r 3m5xqkxkcac2a | at-carwalk >changed

# load_again KIND DATABASE NEW CHANGES: measure at-load against itself. NEW
# makes an empty database; CHANGES is the bar of --changes.
load_again() {
	ratio "at-load, $1, 1 % of it changed / first load" 0.25 \
	    "at-load '$2' changed" "at-load '$2' large" \
	    "$3; at-load '$2' large; load_settle" "$3"
	ratio "at-load, $1, with --changes / without" "$4" \
	    "at-load --changes '$2' large" "at-load '$2' large" "$3" "$3"
	rate "at-load, $1, a repo that is loaded, MB/s" 1000 large \
	    "at-load '$2' large"
}

load_new='rm -f x.db*'
load_settle() {
	:
}
at-load x.db large
sqlite3 -csv x.db 'SELECT * FROM entry' >rows.csv
ratio 'at-load, SQLite, new database / .import' 0.45 \
    'at-load x.db large' "sqlite3 x.db '.import --csv rows.csv entry'" \
    "$load_new" "$load_new; at-load --schema | sqlite3 x.db"
rm -f rows.csv
eval "$load_new"
at-load x.db large
sqlite3 -separator '	' x.db 'SELECT did, e.rev, nsid, rkey, cid, record
    FROM entry e JOIN account a ON a.id = account
    JOIN collection c ON c.id = collection ORDER BY e.id' >rows
ratio 'at-load, SQLite, new database / a minimal C loader' 0.8 \
    'at-load x.db large' 'miniload x.db 20000 <rows' \
    "$load_new" "$load_new; at-load --schema | sqlite3 x.db"
rm rows
load_again SQLite x.db "$load_new" 1.7
rm -f x.db*

if ! postgres_find; then
	row 'at-load, PostgreSQL' - - 'SKIPPED: no server of PostgreSQL'
	return 0
fi
postgres_start
load_db=$(postgres_url x)
# The server writes its pending data before each measurement.
load_settle() {
	psql_at "$load_db" CHECKPOINT
}
load_new='postgres_db x >x.url; load_settle'
eval "$load_new"
at-load "$load_db" large
psql_at "$load_db" '\copy entry TO rows.csv CSV'
ratio 'at-load, PostgreSQL, new database / \copy' 0.85 \
    "at-load '$load_db' large" \
    "$postgres_bin/psql -Xq '$load_db' -c '\\copy entry FROM rows.csv CSV'" \
    "$load_new" "$load_new; at-load --schema '$load_db' >x.sql
    psql_at '$load_db' '\\i x.sql'; load_settle"
load_again PostgreSQL "$load_db" "$load_new" 2.1
postgres_stop
