# shellcheck shell=sh
# shellcheck disable=SC2154 # url is from wsd.sh
# For the tests of a faulty event stream, after tap.sh: what at-firehose writes
# of it, and what at-load makes of these lines.
#
#	. "${0%/*}/lib/tap.sh"
#	. "$top/t/lib/faulty.sh"
#	stream NAME QUERY EVENT... <<END
#	what at-firehose does
#	--
#	what at-load makes of its lines
#	END
#	load_streams
#	done_testing
#
# Each NAME is an account of its own. mkframes makes its events, wsd serves them
# with the faults of QUERY, and faultyd is the directory that has its key.
#
# Which test has which fault. 6240 to 6244 show the lines, the exit status and
# the messages of at-firehose, and what both databases have then; the others
# look at one part of that.
#
#	signature, account, rev, root, too many bytes	6240 6010 6100
#	a rev in the future				6240 6100
#	a block with another hash, or missing		6240 6010 6100
#	prevData, operations that the tree denies	6240 6010 6100
#	#sync that is wrong				6240
#	a frame of another form				6240 6010 6100 8060
#	frames that are cut or not CBOR			6242 6100 8060
#	frames lost, repeated, out of order		6242 6110 6230
#	a frame of 200 MB				6242 6200
#	slow, silent, closing and breaking servers	6242 6200 6220
#	redirects, answers that aren't WebSockets	6242 6200 6205
#	private addresses				6242 6200 6210
#	OutdatedCursor, FutureCursor, ConsumerTooSlow	6242 6100 6110
#	frames that somebody forged			6244 6100
#	no prevData, #sync, revs that go back or leap	6244 6300 6310
#	an account that moved, and starts over		6312
#	lost frames, restarts, two streams, kills	6300
#	inversion, against trees that are built		1050 6010

. "$top/t/lib/load.sh"
. "$top/t/lib/wsd.sh"
. "$top/t/lib/net.sh"

command -v jq >/dev/null || skip_all "no jq"
start_faultyd -n 1
plc=$url

# did_of NAME: its letters, and twos
did_of() {
	printf '%s222222222222222222222222' "$1" | tr -d - | cut -c 1-24 |
		sed 's/^/did:plc:/'
}

# A rev in short: r2 of event 2, h2 an hour later, b2 an hour earlier
for faulty in r b:behind h:ahead; do
	flaw=${faulty#?}
	flaw=${flaw#:}
	set --
	while [ $# -lt 9 ]; do
		set -- "$@" "${flaw:+$flaw!}empty"
	done
	mkframes "$@" >frames
	at-firehose frames | jq -r "\"s/\" + .rev + \"/${faulty%%:*}\" +
	    (.seq | tostring) + \"/g\""
done >revs
streams=

# brief: the lines in the file out, and of the cursors the last one
brief() {
	jq -r '
	if .type == "record" then
		[.action, .collection + "/" + .rkey, .rev]
	elif .type == "commit" then
		[.type, .seq, .rev,
		    if .since then "since " + .since else empty end,
		    if .whole then "whole" else empty end,
		    if .ops then "ops \(.ops)" else "no ops" end,
		    (.signature | select(. != "verified"))]
	elif .type == "error" then
		["error", .error, .seq, .rev,
		    if .did then empty else "nobody" end,
		    if .retry then "retry" else empty end]
	elif .type == "account" then
		[.type, .status // "active"]
	elif .type == "cursor" then
		[.type, .cursor]
	else [.type] end
	| map(values | tostring) | join(" ")' out |
		awk '/^cursor/ { cursor = $0; next } 1
		    END { if (cursor != "") print cursor }'
}

# messages: what the file err says, without queries
messages() {
	sed "s,[a-z]*://127.0.0.1:$port,U,g; s,?[^: ]*:,:,
	    s/did:plc:[a-z]*22*: //; s/did:plc:[a-z]*22*/DID/
	    s/bafyrei[a-z0-9]*/CID/
	    s/in [0-9.]* s\$/in N s/" err | uniq
}

# firehose [OPTION...]: at-firehose on the stream at $path and $query. If $until
# is a condition, it gets SIGTERM then.
firehose() {
	set -- --allow-private --plc "$plc" \
	    -u "$url${path:-/frames}$query" --from "${from:-0}" "$@"
	if [ -z "${until-}" ]; then
		run timeout 60 at-firehose "$@" </dev/null
		return
	fi
	status=0
	: >out
	: >err
	at-firehose "$@" </dev/null >out 2>err &
	wait_for "$until" eval "$until"
	kill $!
	wait $! || status=$?
}

# stream NAME QUERY EVENT...: does at-firehose what standard input says? $limit
# is the number of events that come, if it isn't that of the arguments;
# $options are for at-firehose.
stream() {
	name=$1 query=$2
	shift 2
	sed '/^$/d' >both
	sed '/^--$/,$d' both >want
	sed '1,/^--$/d' both >"$name.want"
	did=$(did_of "$name")
	mkframes -d "$did" -K keys -- "$@" >"$name.frames"
	put_did "$did" http://pds.test "$(jq -r .key keys)" alice.test
	start_wsd -f "$name.frames"
	# shellcheck disable=SC2086 # words
	firehose -n "${limit:-$#}" ${options--k keys}
	{
		echo "status $status"
		brief
		messages
	} | sed -f revs >got
	cp out "$name.lines"
	streams="$streams $name"
	same "$name: lines, status and messages" got <want
}

# account NAME: what the database $db has of it
account() {
	did=$(did_of "$1")
	where="WHERE did = '$did'"
	{
		sql "$db" "SELECT rkey || '=' || rev FROM all_records $where
		    ORDER BY rkey" | paste -sd ' ' - | sed -n 's/^./rows &/p'
		sql "$db" "SELECT coalesce(unsynced, 'synced') || ' ' ||
		    coalesce(synced_rev, '-') || ' live ' ||
		    coalesce(live_rev, '-') FROM repos $where"
		jq -r "select(.did == \"$did\") | \"job \" + .rev" unsynced
	} | sed -f revs
}

# accounts KIND: has the database $db of each account what the test wants?
accounts() {
	at-status --unsynced "$db" >unsynced
	for name in $streams; do
		account "$name" >got
		same "$1: $name" got <"$name.want"
	done
}

# Lines up to each commit in a run of its own: `parts` writes files part-N.
parts() {
	jq -r '[.did // "", (.type == "commit" or (.type == "error" and
	    .collection == null))] | map(tostring) | join(" ")' all >marks
	paste -d ' ' marks all | awk '{
		did = $2 == "true" || $2 == "false" ? $1 : ""
		n = count[did] + 0
		if ($2 == "true")
			count[did]++
		sub(/^[^ ]* [^ ]* /, "")
		print >("part-" n)
	}'
}

load_into() {
	db=$(database "$1" together)
	exits 0 "$1: all lines at once" at-load "$db" all
	accounts "$1"
	[ "$1" = sqlite ] || return
	db=$(database "$1" apart)
	for part in part-*; do
		at-load "$db" "$part" || fail "at-load $part"
	done
	accounts "each commit in a run of its own"
}

# load_streams: load the lines of all streams into both databases
load_streams() {
	for name in $streams; do
		cat "$name.lines"
	done >all
	parts
	each_database load_into
}
