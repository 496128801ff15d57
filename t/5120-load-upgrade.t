#!/bin/sh
# at-load: a database of an older version.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

# columns DATABASE: print the columns of its tables and views
columns() {
	sql "$1" "SELECT m.name, p.name, p.pk, p.\"notnull\"
	    FROM sqlite_schema m, pragma_table_info(m.name) p
	    WHERE m.type IN ('table', 'view') ORDER BY 1, 2"
}

sqlite3 old.db <"$data/db/version-1.sql" >mode
is "a file of version 1" "$(sql old.db 'PRAGMA user_version')" 1
sql old.db 'CREATE VIEW mine AS SELECT did, status FROM repos;
    CREATE VIEW broken AS SELECT a FROM b; CREATE TABLE own (x)'
sql old.db "SELECT uri, rev, cid, record, indexed_at FROM all_records
    ORDER BY uri" >records
cp old.db full.db
cp old.db two.db
cp old.db reader.db

exits 2 "is not read before it is upgraded" at-status reader.db
is "message" "$(cat err)" \
    "at-status: reader.db: tables of version 1, at-load needs 8"

exits 0 "is opened" at-load old.db /dev/null
is "and becomes one of version 8" "$(sql old.db 'PRAGMA user_version')" 8
sql old.db "SELECT uri, rev, cid, record, indexed_at FROM all_records
    ORDER BY uri" >got
ok "with the same records" cmp got records
at-load new.db /dev/null
columns new.db >want
sql old.db 'DROP TABLE own' && sql old.db 'DROP VIEW broken'
columns old.db | grep -v '^mine' >got
ok "and the columns of a new one" diff got want
is "a view of one's own is still there" \
    "$(sql old.db "SELECT status FROM mine WHERE did = 'did:web:b.example'")" \
    in_progress
is "cursors are as they were" "$(sql old.db 'SELECT service, cursor,
    collection, last_event_time FROM cursors ORDER BY service')" \
    "https://pds.example|x||
wss://relay.example|123||2024-01-01T00:00:00.000Z"
is "but for those that nobody needs" "$(sql old.db "SELECT collection, status,
    cursor FROM import_states WHERE did = 'did:web:e.example'")" "*|completed|"
is "tables and indices are sound" "$(sql old.db 'PRAGMA integrity_check')" ok

# The listing resumes.
{
	repo did:web:b.example $r2 9 source=list filter=com.example.post |
		lines | tail -n 1
	printf '{"type":"cursor","service":"https://pds.example",'
	printf '"collection":"com.example.post","cursor":"y"}\n'
	printf '{"type":"cursor","did":"did:web:c.example",'
	printf '"collection":"com.example.post","rev":"%s",' $r1
	echo '"cursor":"page1","counts":{"com.example.post":100}}'
} >rest
exits 0 "it takes further lines" at-load old.db rest
is "the listing is completed" "$(sql old.db "SELECT status, cursor,
    records_synced FROM import_states
    WHERE did = 'did:web:b.example'")" "completed||3"
is "a cursor of the host and a collection is another one" \
    "$(sql old.db "SELECT collection, cursor FROM cursors
    WHERE service = 'https://pds.example' ORDER BY 1")" "|x
com.example.post|y"
is "counts are kept" "$(sql old.db "SELECT counts FROM import_states
    WHERE did = 'did:web:c.example' AND cursor IS NOT NULL")" \
    '{"com.example.post":100}'
rows old.db >got
exits 0 "and again" at-load old.db rest
rows old.db >want
ok "nothing changes" cmp got want

# Version 2 stored the retry of failures only in their lines.
sqlite3 second.db <"$data/db/version-2.sql" >mode
is "a file of version 2" "$(sql second.db 'PRAGMA user_version')" 2
exits 0 "is opened, too" at-load second.db /dev/null
columns second.db >got
columns new.db >want
ok "with the columns of a new one" diff got want
is "what failed can still be tried again" \
    "$(at-status --retry-due second.db | jq -r '[.did, .retryAfter] | @tsv')" \
    "did:web:f.example	2024-01-01T00:01:00.000Z"
is "and what is final not" "$(at-status --failed second.db |
    jq -r '[.did, .retry] | @tsv')" "did:web:f.example	true
did:web:g.example	false"

# Version 3 didn't store who said what about an account.
sqlite3 third.db <"$data/db/version-3.sql" >mode
sqlite3 third.db "UPDATE account SET pds = 'HTTPS://pds.example:443/'
    WHERE pds IS NOT NULL"
exits 0 "a file of version 3" at-load third.db /dev/null
columns third.db >got
ok "gets the columns of a new one" diff got want
is "what was said counts as of nobody in particular" \
    "$(sql third.db 'SELECT did, status FROM accounts ORDER BY did')" \
    "did:web:a.example|takendown
did:web:b.example|
did:web:c.example|active"
at-status --purge-gone third.db
is "it removes nothing" "$(sql third.db 'SELECT count(*) FROM all_records')" 1
{
	printf '{"type":"repo","did":"did:web:a.example","active":true,'
	printf '"host":"https://pds.example","rev":"%s",' 3kaaaaaaaaa22
	echo '"at":"2024-01-01T00:00:00Z"}'
} | at-load third.db
is "and the account's host overrules it" \
    "$(sql third.db "SELECT status FROM accounts
    WHERE did = 'did:web:a.example'")" active
is "but a later rev stays later" \
    "$(at-status --outdated third.db | jq -r '[.did, .rev] | @tsv')" \
    "did:web:a.example	3kbbbbbbbbb22
did:web:c.example	3kaaaaaaaaa22"

# Version 4 had one cursor for a host and a collection, whatever the stream was.
sqlite3 fourth.db <"$data/db/version-4.sql" >mode
exits 0 "a file of version 4" at-load fourth.db /dev/null
columns fourth.db >got
ok "gets the columns of a new one, too" diff got want
is "cursors of nobody knows what are as they were" "$(sql fourth.db "SELECT
    service, stream, collection, cursor FROM cursors ORDER BY 1")" \
    "https://pds.example||com.example.post|y
https://relay.example|||123"
is "and records" "$(sql fourth.db "SELECT count(*) FROM all_records")" 2
is "no change is recorded" "$(sql fourth.db "SELECT * FROM changes")" ""

# Version 5 had no operations of a PLC directory.
sqlite3 fifth.db <"$data/db/version-5.sql" >mode
exits 0 "a file of version 5" at-load fifth.db /dev/null
columns fifth.db >got
ok "gets the columns of a new one as well" diff got want
is "with no operation" "$(sql fifth.db "SELECT did FROM plc_operations
    UNION ALL SELECT did FROM plc_latest")" ""
is "and with its records" "$(sql fifth.db "SELECT count(*)
    FROM all_records")" 2

# Version 6 had no blobs.
sqlite3 sixth.db <"$data/db/version-6.sql" >mode
exits 0 "a file of version 6" at-load sixth.db /dev/null
columns sixth.db >got
ok "has then the columns of a new one" diff got want
is "with no blob" "$(sql sixth.db "SELECT did FROM blobs")" ""
is "and with its operation" "$(sql sixth.db "SELECT handle
    FROM plc_latest")" old.test

# Version 7 had no indexes for an export of operations.
sqlite3 seventh.db <"$data/db/version-7.sql" >mode
exits 0 "a file of version 7" at-load seventh.db /dev/null
columns seventh.db >got
ok "has the columns of a new one, in the end" diff got want
is "and its indexes" \
    "$(sql seventh.db 'SELECT sql FROM sqlite_schema ORDER BY name')" \
    "$(sql new.db 'SELECT sql FROM sqlite_schema ORDER BY name')"
is "with its blob and its operation" "$(sql seventh.db "SELECT cid FROM blobs
    UNION ALL SELECT handle FROM plc_latest")" "bafkreia
old.test"

# Two upgrades at the same time, and one that can't write.
at-load two.db /dev/null 2>other &
exits 0 "of two processes one does it" at-load two.db /dev/null
wait $!
is "or the other" "$? $(cat other err)" "0 "
sql two.db "DROP VIEW broken"
columns two.db | grep -v "^mine\|^own" >got
columns new.db >want
ok "and once" diff got want

sql full.db "DROP VIEW broken"
sql full.db "PRAGMA wal_checkpoint(TRUNCATE)" >mode
limited() {
	(
		trap '' XFSZ
		ulimit -f 1
		exec at-load "$@"
	)
}
exits 2 "without room" limited full.db /dev/null
is "it stays a file of version 1" "$(sql full.db 'PRAGMA user_version')" 1
exits 0 "until there is some" at-load full.db /dev/null
is "then not" "$(sql full.db 'PRAGMA user_version')" 8

done_testing
