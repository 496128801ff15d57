# shellcheck shell=sh
# shellcheck disable=SC2016,SC2119,SC2154 # for eval, here from run
# Measure at-load with many small accounts and with live lines, into both
# databases: what is loaded already, a later rev, live lines beside a minimal
# loader, and four processes at once beside one.

. "$here/../../t/lib/postgres.sh"

accounts=${ACCOUNTS:-100000}

# cid: a function of awk that makes a text of 59 letters from a number
cid='function cid(x, text) {
	for (text = "bafyrei"; length(text) < 59; x = int(x / 26))
		text = text substr("abcdefghijklmnopqrstuvwxyz", x % 26 + 1, 1)
	return text
}'

# whole N REV EDIT: print N accounts of 10 records, like at-carwalk; every
# EDITth record differs
whole() {
	awk -v n="$1" -v rev="$2" -v edit="$3" "$cid"'
	BEGIN {
		for (a = 1; a <= n; a++) {
			s = sprintf("\"did\":\"did:web:a%07d.example\"," \
			    "\"rev\":\"%s\"", a, rev)
			printf "{\"type\":\"commit\",%s,\"cid\":\"%s\"," \
			    "\"data\":\"%s\",\"version\":3,\"signature\":" \
			    "\"unchecked\",\"records\":10,\"source\":" \
			    "\"car\"}\n", s, cid(a), cid(a + 1)
			for (i = 0; i < 10; i++)
				printf "{\"type\":\"record\",%s," \
				    "\"collection\":\"app.bsky.feed.%s\"," \
				    "\"rkey\":\"3k%06dk%04d\",\"action\":" \
				    "\"create\",\"source\":\"car\",\"cid\":" \
				    "\"%s\",\"record\":{\"n\":%d,\"text\":" \
				    "\"as long as a short post may be\"," \
				    "\"createdAt\":\"2024-01-01T00:00:00Z\"" \
				    "}}\n", s, i < 5 ? "like" : "post", a, i,
				    cid(a * 10 + i + \
				    ((a * 10 + i) % edit ? 0 : 1e9)), i
			printf "{\"type\":\"end\",%s,\"collections\":{" \
			    "\"app.bsky.feed.like\":5," \
			    "\"app.bsky.feed.post\":5},\"errors\":0," \
			    "\"source\":\"car\"}\n", s
		}
	}'
}

# live N: print N records of N/5 accounts as rows, with tabs between the fields
live() {
	awk -v n="$1" "$cid"'
	function tid(x, text, i) {
		for (i = 0; i < 6; i++) {
			text = substr("234567abcdefghijklmnopqrstuvwxyz",
			    x % 32 + 1, 1) text
			x = int(x / 32)
		}
		return "3kccccc" text
	}
	BEGIN {
		srand(7)
		OFS = "\t"
		for (i = 1; i <= n; i++)
			print sprintf("did:web:a%07d.example",
			    int(rand() * n / 5) + 1), tid(i),
			    "app.bsky.feed." (i % 3 ? "like" : "post"), tid(i),
			    cid(i), "{\"n\":" i ",\"text\":" \
			    "\"as long as a short post may be\"," \
			    "\"createdAt\":\"2024-01-01T00:00:00Z\"}"
	}'
}

# as_lines: print these rows as lines of at-ndjson(5)
as_lines() {
	awk -F '\t' '{
		printf "{\"type\":\"record\",\"did\":\"%s\",\"rev\":\"%s\"," \
		    "\"collection\":\"%s\",\"rkey\":\"%s\",\"action\":" \
		    "\"create\",\"source\":\"live\",\"cid\":\"%s\"," \
		    "\"record\":%s}\n", $1, $2, $3, $4, $5, $6
	}'
}

# four NAME: print a command that loads NAME.0 to NAME.3 with four processes
four() {
	four_all=
	for part in 0 1 2 3; do
		four_all="$four_all at-load \$db $1.$part 2>err.$part &"
	done
	echo "$four_all wait"
}

whole "$accounts" 3kaaaaaaaaa22 1000000007 >many
whole $((accounts / 5)) 3kaaaaaaaaa22 1000000007 >some
whole $((accounts / 5)) 3kbbbbbbbbb22 100 >some.later
live "$accounts" >live.rows
as_lines <live.rows >live
for part in 0 1 2 3; do
	for file in some live; do
		awk -v part=$part 'NR % 4 == part' $file >$file.$part
	done
	ln -s live same.$part
done

# both KIND DATABASE NEW BASELINE BAR NAME TABLES: measure one kind of database.
# NEW makes an empty database, TABLES its tables. BASELINE, which is named NAME,
# loads live.rows into these; BAR is the bar of at-load beside it.
both() {
	eval "$3"
	at-load "$2" many
	rate "at-load, $1, $accounts accounts that are loaded, MB/s" 150 many \
	    "at-load '$2' many"
	ratio "at-load, $1, accounts at a later rev / new" 1.2 \
	    "at-load '$2' some.later" "at-load '$2' some" \
	    "$3; at-load '$2' some" "$3"
	ratio "at-load, $1, live lines / $6" "$5" "at-load '$2' live" "$4" \
	    "$3; $7" "$3; $7"
	ratio "at-load, $1, live lines dealt to 4 / to one" 2 \
	    "db='$2'; $(four live)" "at-load '$2' live" "$3" "$3"
	ratio "at-load, $1, the same live lines by 4 / by one 4 times" 2 \
	    "db='$2'; $(four same)" \
	    "at-load '$2' live; at-load '$2' live live live" "$3" "$3"
	ratio "at-load, $1, snapshots dealt to 4 / to one" 2 \
	    "db='$2'; $(four some)" \
	    "at-load '$2' some.0 some.1 some.2 some.3 2>err" "$3" "$3"
}

both SQLite x.db 'rm -f x.db*' 'miniload x.db 20000 <live.rows' 1.54 \
    'a minimal C loader' 'at-load --schema | sqlite3 x.db >x.out'
rm -f x.db*

if ! postgres_find; then
	row 'at-load, PostgreSQL, many accounts' - - \
	    'SKIPPED: no server of PostgreSQL'
	return 0
fi
postgres_start
accounts_db=$(postgres_url x)
cat >merge.sql <<'END'
BEGIN;
CREATE TEMPORARY TABLE line (did text, rev text, nsid text, rkey text,
    cid text, record jsonb) ON COMMIT DROP;
\copy line FROM live.rows
INSERT INTO account (did) SELECT DISTINCT did FROM line ON CONFLICT DO NOTHING;
INSERT INTO collection (nsid) SELECT DISTINCT nsid FROM line
    ON CONFLICT DO NOTHING;
INSERT INTO entry (account, collection, id, indexed, state, rkey, rev, cid,
    record) SELECT a.id, c.id, row_number() OVER (), 0, 0, rkey, l.rev, cid,
    record FROM line l JOIN account a ON a.did = l.did
    JOIN collection c ON c.nsid = l.nsid
    ON CONFLICT (account, collection, rkey) DO UPDATE SET rev = excluded.rev,
    cid = excluded.cid, record = excluded.record
    WHERE entry.rev < excluded.rev;
COMMIT;
END
both PostgreSQL "$accounts_db" \
    "postgres_db x >x.url; psql_at '$accounts_db' CHECKPOINT" \
    "$postgres_bin/psql -Xq '$accounts_db' -f merge.sql" 2 \
    'COPY and INSERT ON CONFLICT' \
    "at-load --schema '$accounts_db' >x.sql; psql_at '$accounts_db' '\\i x.sql'"
postgres_stop
