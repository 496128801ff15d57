# shellcheck shell=sh
# shellcheck disable=SC2119,SC2154 # top and postgres_bin are from elsewhere
# For tests of at-load, after tap.sh: the lines of repos, and databases of both
# kinds as text.

. "$top/t/lib/postgres.sh"

command -v sqlite3 >/dev/null || skip_all "no sqlite3"

# shellcheck disable=SC2034	# for the scripts
did=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa
# shellcheck disable=SC2034
r1=3kaaaaaaaaa22 r2=3kbbbbbbbbb22 r3=3kccccccccc22

# repo DID REV N [NAME=VALUE...]: describe a snapshot of N records in three
# collections, for lines(). source=list; filter=NSID: only this collection;
# drop=K: omit every Kth record; edit=K: change every Kth record;
# signature=verified.
repo() {
	printf '%s %s %s ' "$1" "$2" "$3"
	shift 3
	printf '%s\n' "$*"
}

# lines: print the lines of the snapshots that standard input describes
lines() {
	awk '
	function cid(x, text) {
		for (text = "bafyrei"; length(text) < 32; x = int(x / 26))
			text = text substr(letters, x % 26 + 1, 1)
		return text
	}
	function shared() {
		return sprintf("\"did\":\"%s\",\"rev\":\"%s\"", $1, $2)
	}
	function also() {
		return o["filter"] == "" ? "" : \
		    sprintf(",\"filter\":[\"%s\"]", o["filter"])
	}
	function record(c, i, r) {
		r = sprintf("\"n\":%d,\"text\":\"%s\"", i, text)
		printf "{\"type\":\"record\",%s,\"collection\":\"%s\"," \
		    "\"rkey\":\"k%07d\",\"action\":\"create\"," \
		    "\"source\":\"%s\",\"cid\":\"%s\",\"record\":{%s}}\n",
		    shared(), c, i, source,
		    cid(o["edit"] && i % o["edit"] == 0 ? i + 7654321 : i), r
	}
	BEGIN {
		letters = "abcdefghijklmnopqrstuvwxyz"
		text = "some text that is as long as a short post, \\\"é\\\""
		split("com.example.like com.example.post org.example.x", nsid)
	}
	{
		split("", o)
		for (i = 4; i <= NF; i++) {
			name = $i
			sub(/=.*/, "", name)
			o[name] = substr($i, length(name) + 2)
		}
		source = o["source"] == "" ? "car" : o["source"]
		if (source == "car")
			printf "{\"type\":\"commit\",%s,\"cid\":\"%s\"," \
			    "\"data\":\"%s\",\"version\":3,\"signature\":" \
			    "\"%s\",\"records\":%d,\"source\":\"car\"%s}\n",
			    shared(), cid($3),
			    cid($3 + 1), o["signature"] == "" ? "unchecked" : \
			    o["signature"], $3, also()
		collections = comma = ""
		for (c = 1; c <= 3; c++) {
			if (o["filter"] != "" && o["filter"] != nsid[c])
				continue
			n = 0
			for (i = c; i <= $3; i += 3)
				if (!o["drop"] || i % o["drop"]) {
					record(nsid[c], i)
					n++
				}
			if (n > 0) {
				collections = collections comma "\"" nsid[c] \
				    "\":" n
				comma = ","
			}
		}
		printf "{\"type\":\"end\",%s,\"collections\":{%s}," \
		    "\"errors\":0,\"source\":\"%s\"%s}\n", shared(),
		    collections, source, also()
	}'
}

# each_database CMD [OPTION...]: run CMD sqlite, then CMD postgresql. The server
# gets these options. Skip the latter if there is no server.
each_database() {
	load_test=$1
	shift
	"$load_test" sqlite
	if ! postgres_find; then
		skip "with PostgreSQL" "no server of PostgreSQL"
		return
	fi
	ok "PostgreSQL starts" postgres_start "$@" || done_testing
	"$load_test" postgresql
	postgres_stop
}

# database KIND NAME: make an empty database, and print its name for at-load
database() {
	case $1 in
	postgresql) postgres_db "$2" ;;
	*)	rm -f "$2".db*
		echo "$2.db"
		;;
	esac
}

# sql DATABASE STATEMENT: run it, and print its rows
sql() {
	case $1 in
	postgresql:*) psql_at "$1" "$2" ;;
	*) sqlite3 "$1" "$2" ;;
	esac
}

# sound DATABASE: does the database find its tables and indexes sound?
sound() {
	case $1 in
	postgresql:*)
		[ ! -x "$postgres_bin/pg_amcheck" ] ||
			PGOPTIONS="-c client_min_messages=warning" \
			"$postgres_bin/pg_amcheck" --install-missing \
			    --heapallindexed --parent-check "$1"
		;;
	*)	[ "$(sqlite3 "$1" 'PRAGMA integrity_check')" = ok ] ;;
	esac
}

# rows DATABASE: print what the views contain, without times
rows() {
	sql "$1" '
	SELECT did, collection, rkey, rev, cid, record, uri FROM records
	    ORDER BY uri;
	SELECT count(*) FROM all_records;
	SELECT did, handle, handle_status, pds, key, status FROM accounts
	    ORDER BY did;
	SELECT did, rev, loaded_rev, head, data, signature, records, car,
	    status, error, message, attempts FROM repos ORDER BY did;
	SELECT * FROM tombstones ORDER BY did, collection, rkey;
	SELECT * FROM floors ORDER BY did, collection;
	SELECT did, collection, status, loaded_rev, cursor, records_synced,
	    records_skipped, records_failed, error, counts FROM import_states
	    ORDER BY did, collection;
	SELECT service, collection, cursor, last_event_time FROM cursors
	    ORDER BY service, collection;
	SELECT * FROM errors ORDER BY did, collection, rkey, program;
	SELECT count(*) FROM snapshot'
	sound "$1" || echo "$1 is damaged"
}

# contents DATABASE: print the number of records of each rev
contents() {
	sql "$1" 'SELECT rev, count(*) FROM records GROUP BY rev
	    ORDER BY rev' | tr '|\n' '  ' | sed 's/ $//'
}

# states DATABASE: print each pattern's status, loaded rev and figures
states() {
	sql "$1" 'SELECT collection, status, loaded_rev, records_synced,
	    records_skipped, records_failed FROM import_states
	    ORDER BY collection'
}
