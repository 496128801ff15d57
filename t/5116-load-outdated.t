#!/bin/sh
# What a host has that is later than what is loaded, and what is confirmed
# without reading it again, in both databases.
# shellcheck disable=SC2086 # no spaces in them
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

command -v jq >/dev/null || skip_all "no jq"

pds=https://pds.example old=https://old.example
early=2024-01-01T00:00:00Z late=2024-01-02T00:00:00Z

# listed NAME REV [AT [FIELDS]]: print it as at-listrepos does
listed() {
	printf '{"type":"repo","did":"did:web:%s.example","rev":"%s",' "$1" "$2"
	printf '"host":"%s","at":"%s",%s}\n' $pds "${3-$early}" \
	    "${4-\"active\":true}"
}
failure() {
	printf '{"type":"error","program":"at-fetchrepo",'
	printf '"did":"did:web:%s.example","error":"Timeout",' "$1"
	printf '"message":"no","retry":true,"at":"%s"%s}\n' "$2" "${3-}"
}
named() {
	printf '{"type":"identity","did":"did:web:%s.example","handle":null,' "$1"
	printf '"pds":"%s","key":null,"at":"%s"}\n' "$2" "$3"
}
full() {
	repo "did:web:$1.example" "$2" 3 | lines
}
# dids DATABASE OPTION...
dids() {
	dids_db=$1
	shift
	at-status "$@" "$dids_db" | jq -r '.did | split(":")[2] | .[:-8]' |
		tr '\n' ' ' | sed 's/ $//'
}
# confirm REV [FIELDS [NAME]]
confirm() {
	printf '{"type":"end","did":"did:web:%s.example","rev":"%s"%s,' \
	    "${3-a}" "$1" "${2-}"
	echo '"unchanged":true}'
}

outdated() {
	db=$(database "$1" outdated)
	{
		full same $r2; listed same $r2
		full later $r1; listed later $r2
		full ahead $r3; listed ahead $r2
		listed never $r1
		full unheard $r1
		for name in away gone off; do
			full $name $r1
		done
		listed away $r2 $early '"active":false,"status":"deactivated"'
		listed gone $r2 $early '"active":false,"status":"takendown"'
		listed off $r2 $early '"active":false'
		full part $r1 | sed '$d'; listed part $r1
		repo did:web:some.example $r1 6 filter=com.example.post | lines
		listed some $r2
		failure tried $late; listed tried $r1 $early
		failure again $early; listed again $r1 $late
		failure waits $early ',"retryAfter":"2999-01-01T00:00:00Z"'
		listed waits $r1 $late
		failure wrong $late ",\"rev\":\"$r1\""; listed wrong $r1 $late
		failure newer $late ",\"rev\":\"$r1\""; listed newer $r2 $late
		full moved $r2
		named moved $old $early; named moved $pds $late
		printf '{"type":"repo","did":"did:web:moved.example",'
		printf '"rev":"%s","host":"%s","active":true,' $r3 $old
		echo '"at":"2024-01-03T00:00:00Z"}'
		listed moved $r2
		for name in behind forged; do
			full $name $r1
			listed $name $r2 $late
		done
		full back $r1; named back $pds $early
		listed back $r3 $early | sed "s,$pds,$old,"
		listed back $r1 $late
		listed behind $r1 2024-01-03T00:00:00Z | sed "s,$pds,$old,"
		listed forged $r1 2999-01-01T00:00:00Z | sed "s,$pds,$old,"
	} >input
	at-load "$db" input 2>err
	want="again behind forged later never newer part some"
	is "--outdated ($1)" "$(dids "$db" --outdated)" "$want"
	is "is a job" "$(at-status --outdated --did did:web:later.example "$db")" \
	    "{\"type\":\"repo\",\"did\":\"did:web:later.example\",\"rev\":\"$r2\",\
\"state\":\"completed\",\"loadedRev\":\"$r1\",\"at\":\"2024-01-01T00:00:00.000Z\"}"
	is "so is one of collections" "$(at-status --outdated "$db" \
	    --did did:web:some.example | jq -c '[.rev, .loadedRev,
	    .loadedFilter]')" "[\"$r2\",\"$r1\",[\"com.example.post\"]]"
	is "of these" "$(dids "$db" --outdated --did did:web:never.example \
	    --did did:web:same.example)" never
	is "or others" "$(dids "$db" --outdated --retry-due --pending)" \
	    "again behind forged later never newer part some tried wrong"
	for name in later behind forged; do
		full $name $r2 | at-load "$db"
	done
	full never $r1 | at-load "$db"
	is "what is loaded isn't listed" "$(dids "$db" --outdated)" \
	    "again newer part some"
	exits 0 "--reset" at-status --reset --outdated "$db"
	is "forgets them" "$(jq -r .did out | wc -l)" 4

	# More accounts than a page holds; few of them are outdated.
	db=$(database "$1" many)
	awk -v r1=$r1 -v r2=$r2 -v pds=$pds 'BEGIN {
		for (i = 0; i < 6000; i++) {
			did = sprintf("did:web:a%04d.example", i)
			printf "{\"type\":\"repo\",\"did\":\"%s\",\"rev\":" \
			    "\"%s\",\"host\":\"%s\",\"active\":true}\n",
			    did, i % 5 ? r1 : r2, pds
			printf "{\"type\":\"end\",\"did\":\"%s\",\"rev\":" \
			    "\"%s\",\"collections\":{},\"errors\":0}\n", did, r1
		}
	}' | at-load "$db"
	at-status --outdated "$db" >out
	is "some of many" "$(wc -l <out)" 1200
	ok "in order, each once" sort -cu out
	case $1 in
	postgresql)
		# Without statistics, a planner prefers whole tables, as here.
		sql "$db" "ALTER DATABASE many SET random_page_cost = 1000"
		at-status --outdated --did did:web:a0005.example "$db" >out
		is "what is of accounts is found by keys" "$(sql "$db" "SELECT
		    sum(seq_tup_read) FROM pg_stat_user_tables WHERE
		    relname IN ('account', 'coverage')")" 0
		;;
	esac
}

confirmed() {
	db=$(database "$1" confirmed)
	full a $r2 | at-load "$db"
	failure a 2998-01-01T00:00:00Z | at-load "$db"
	is "a job failed ($1)" "$(at-status "$db" | jq -r .state)" failed
	confirm $r2 >line
	exits 0 "loaded repos are confirmed" at-load -v "$db" line
	is "no row is written" "$(cat err)" \
	    "at-load: 1 lines: 0 rows written, 0 confirmed, 0 skipped, 0 bad"
	is "but the failure is over" \
	    "$(at-status "$db" | jq -c '[.state, .loadedRev]')" \
	    "[\"completed\",\"$r2\"]"
	rows "$db" >want
	for fields in "" ',"filter":["com.example.post"]'; do
		confirm $r2 "$fields" >line
		exits 0 "again $fields" at-load "$db" line
	done
	confirm $r1 >line
	exits 0 "an earlier rev" at-load "$db" line
	rows "$db" >got
	ok "changes nothing" cmp got want
	at-load --partial "$db" line
	is "nor as a part" "$?" 0
	confirm $r3 >line
	exits 1 "a later rev isn't believed" at-load "$db" line
	is "message" "$(cat err)" \
	    "at-load: line: line 1: unchanged, but rev $r3 isn't loaded"
	confirm $r2 '' z >line
	exits 1 "nor an account that isn't here" at-load "$db" line
	rows "$db" >got
	ok "which changes nothing" cmp got want

	db=$(database "$1" part)
	repo did:web:a.example $r2 6 filter=com.example.post | lines |
		at-load "$db"
	rows "$db" >want
	confirm $r2 >line
	exits 1 "the whole, where some is loaded" at-load "$db" line
	confirm $r2 ',"filter":["com.example.like","com.example.post"]' >line
	exits 1 "more than is loaded" at-load "$db" line
	confirm $r2 ',"filter":["com.example.post"]' >line
	exits 0 "what is" at-load "$db" line
	rows "$db" >got
	ok "the same is loaded" cmp got want

	db=$(database "$1" together)
	{ full a $r2; failure a $late; confirm $r2; } >line
	exits 0 "in one transaction with what it confirms" at-load "$db" line
	{ confirm $r2 '' b; full b $r2; } >line
	exits 1 "or before it" at-load "$db" line
	is "both are loaded" "$(at-status "$db" | jq -r .state)" "completed
completed"
	full c $r1 | sed '$d' >line
	confirm $r1 '' c >>line
	exits 1 "in place of an end" at-load "$db" line
	is "it completes nothing" "$(at-status --did did:web:c.example "$db" |
	    jq -c '[.state, .loadedRev]')" '["in_progress",null]'

	db=$(database "$1" list)
	repo did:web:a.example $r2 6 source=list | lines | at-load "$db"
	is "a listing does not count as a CAR" "$(at-status "$db" | jq -c \
	    '[.loadedRev, .loadedFilter]')" "[\"$r2\",[]]"
	confirm $r2 >line
	exits 0 "but it is loaded" at-load "$db" line
}

both() {
	outdated "$1"
	confirmed "$1"
}
each_database both -F

done_testing
