#!/bin/sh
# The counts of the status page, in both databases: as at-status --summary has
# them, although they are read in pages
# shellcheck disable=SC2086 # no spaces in them
. "${0%/*}/lib/tap.sh"
need_network
. "$top/t/lib/load.sh"

"$unit"/figures >made-up || fail 'made-up rows'
is 'made-up rows' "$(grep '^not' made-up)" ''

web() {
	printf '"did":"did:web:%s.example"' "$1"
}
at='"at":"2026-01-31T12:00:00Z"'

fixture() {
	for name in a b c d; do
		[ $name = d ] || repo "did:web:$name.example" $r2 9 | lines
		printf '{"type":"identity",%s,"handle":null,"pds":"%s",%s}\n' \
		    "$(web $name)" "https://h$((${#name} + 1)).example" "$at"
	done
	repo did:web:a.example $r3 9 filter=com.example.like | lines
	repo did:web:part.example $r1 9 | lines | sed '$d'
	for name in x y z; do
		printf '{"type":"error","program":"at-fetchrepo",%s,' \
		    "$(web $name)"
		printf '"error":"Timeout","message":"no <b>answer</b>",'
		printf '"retry":true,%s}\n' "$at"
	done
	printf '{"type":"error","program":"at-fetchrepo",%s,"error":"BadTree",' \
	    "$(web d)"
	printf '"message":"no","retry":false,%s}\n' "$at"
	printf '{"type":"error","program":"at-carwalk",%s,"rev":"%s",' \
	    "$(web part)" $r1
	printf '"collection":"com.example.like","rkey":"bad",'
	printf '"error":"BadRecord","message":"no"}\n'
	for state in x:deleted b:suspended new:takendown; do
		printf '{"type":"account",%s,"active":false,"status":"%s",%s}\n' \
		    "$(web ${state%:*})" "${state#*:}" "$at"
	done
	printf '{"type":"cursor","service":"https://r.example","stream":'
	printf '"com.atproto.sync.subscribeRepos","cursor":"7",%s}\n' "$at"
}

# of_summary: the same lines from the table of at-status --summary
of_summary() {
	tr -d , <summary | awk '
	/^[a-z]/ { group = $1 }
	$1 == "accounts" || $1 == "records" && 0 { print; next }
	group == "accounts" && /^  [a-z_]+ / && $2 > 0 { print }
	/^    can be retried  / && $4 > 0 { print "retry", $4 }
	/^synced accounts/ && $3 > 0 { print "synced", $3 }
	group == "records" && $1 == "synced" && $2 > 0 { print "records", $2 }
	group == "records" && $1 == "failed" && $2 > 0 {
		print "bad_records", $2
	}
	group == "hidden" && /^  / { print "hidden", $1, $2 }
	group == "failures" && /^  / { print "failure", $1, $2 }
	group == "unsynced" && /^  / { print "missing", $1, $2 }
	' | sed 's/  */ /g; s/^ //' | sort
}

as_summary() {
	db=$(database "$1" figures)
	fixture >in
	at-load "$db" in 2>/dev/null
	exits 0 "$1: at-status" at-status --summary "$db"
	mv out summary
	of_summary >want
	exits 0 "$1: counts" "$unit/figures" "$db"
	sed -n 's/^\(hidden\|failure\|missing\)\( .*\) 0$/\1\2/
	    /^\(host\|failing\|record_error\)/d; p' out | sort >got
	same "$1: they are those of at-status" got <want
	grep '^host\|^failing\|^record_error' out >got
	same "$1: hosts, and errors of records" got <<-'EOT'
	record_error BadRecord 1 0
	host https://h2.example 4 1
	failing https://h2.example 4 1
	EOT
	not grep -q '^accounts 9$' want || pass "$1: there are 9 accounts"
	pages "$1"
	empty=$(database "$1" empty)
	at-load "$empty" </dev/null
	run "$unit/figures" "$empty"
	is "$1: an empty database has none" "$status $(cat out err)" '0 '
}

# Accounts and operations of several pages
pages() {
	db=$(database "$1" pages)
	awk 'BEGIN {
		for (i = 0; i < 12001; i++)
			printf "{\"type\":\"repo\",\"did\":\"did:web:a%d.ex\"," \
			    "\"rev\":\"3kaaaaaaaaa22\",\"active\":true," \
			    "\"host\":\"https://h.example\"}\n", i
	}' | at-load "$db"
	mkplc -n 9000 -s 1 | at-plcaudit -q | at-load "$db" 2>/dev/null
	mkplc -n 2000 -s 2 | at-load "$db"
	"$unit/figures" "$db" >out
	sql "$db" "SELECT 'accounts ' || count(*) FROM accounts;
	    SELECT 'pending ' || count(*) FROM repos;
	    SELECT 'missing new ' || count(*) || ' 0' FROM repos;
	    SELECT 'dids ' || count(DISTINCT did) FROM plc_operations
		WHERE NOT coalesce(nullified, false);
	    SELECT 'operations ' || count(*) FROM plc_operations
		WHERE NOT coalesce(nullified, false);
	    SELECT 'audited ' || count(*) FROM plc_operations
		WHERE NOT coalesce(nullified, false) AND audit = 'valid';
	    SELECT 'newest_ms ' || max(ms) FROM plc_operation
		WHERE nullified < 1;
	    SELECT 'newest_audited_ms ' || max(ms) FROM plc_operation
		WHERE nullified < 1 AND audited = 1" >want
	same "$1: of several pages, each row counts once" out <want
	ok "$1: these are several" grep -q '^operations 1....$' want
}

each_database as_summary
done_testing
