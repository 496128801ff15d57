#!/bin/sh
# Streams whose frames are good, but lost, repeated, out of order, cut, or of a
# server that goes wrong.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/faulty.sh"

# three NAME QUERY STATUS [MIDDLE [END]]: three commits, of which the second one
# comes to the lines MIDDLE. END: the cursor and the messages. The account is
# then synced, or misses a commit.
whole='create a.b.c/x r2
commit 2 r2 since r1 ops 1'
three() {
	if [ "${4-$whole}" = "$whole" ]; then
		state='rows w=r3 x=r2
synced r3 live r3'
	else
		state="rows w=r3
${reason:-gap} - live r3
job r3"
	fi
	stream "$1" "$2" +a.b.c/w +a.b.c/x =a.b.c/w <<END
status $3
create a.b.c/w r1
commit 1 r1 whole ops 1
${4-$whole}
update a.b.c/w r3
commit 3 r3 since r2 ops 1
cursor 3
${5+at-firehose: $5}
--
$state
END
}

# Frames
three good '' 0
three slow '?drip=1' 0
three repeated '?repeat=2' 0
limit=2 three lost '?drop=2' 0 ''
limit=2 three text '?text=2' 0 '' \
    'U: ignoring text messages; a Jetstream needs --jetstream'
again='connecting again in N s'
broken="U: message isn't DAG-CBOR; $again"
three cut '?cut=2&times=1' 0 "$whole" "$broken"
three cbor '?cbor=2&times=1' 0 "$whole" "$broken"
reason=unverified three always-cut '?cut=2' 1 'error BadFrame 2 r2' "$broken
at-firehose: U: frame: DAG-CBOR: value is cut at byte 221"
three always-cbor '?cbor=2' 1 'error BadFrame nobody' "$broken
at-firehose: U: frame: DAG-CBOR: indefinite length at byte 0"

# A recording leaves out what would make the rest of it unreadable.
for query in '?cut=2' '?cbor=2' '?json=2'; do
	start_wsd -f cbor.frames
	rm -f recording
	firehose -n 3 -k keys --record recording
	exits 0 "a recording of $query" at-firehose recording
	is 'has the other events' "$(jq -r .seq out | paste -sd ' ' -)" \
	    'null 1 null 3'
done

# The event that comes too late is old.
limit=3 stream swapped '?swap=2' +a.b.c/w +a.b.c/x =a.b.c/w +a.b.c/y <<END
status 0
create a.b.c/w r1
commit 1 r1 whole ops 1
update a.b.c/w r3
commit 3 r3 since r2 ops 1
create a.b.c/y r4
commit 4 r4 since r3 ops 1
cursor 4
--
rows w=r3 y=r4
gap - live r4
job r4
END

# Connections
three closed '?stop=2' 0 "$whole" \
    "U/frames: the host closed the connection: 1001 restart; $again"
three broken '?break=2&times=1' 0 "$whole" \
    "U/frames: connection cut; $again"
three huge '?huge=2&times=1' 0 "$whole" \
    "U/frames: message of more than 5242880 bytes; $again"
path=/moved three moved '' 0

# What never gets better: it tries again until SIGTERM, and writes no cursor
# beyond what came.
stuck() {
	stream "$1" "$2" +a.b.c/w +a.b.c/x =a.b.c/w <<END
status 0
create a.b.c/w r1
commit 1 r1 whole ops 1
cursor 1
${3+at-firehose: $3}
--
rows w=r1
synced r1 live r1
END
}
lost_twice() {
	grep -q cursor out && [ "$(grep -c again err)" -ge 2 ]
}
until=lost_twice
stuck stuck-broken '?break=2' "U/frames: connection cut; $again"
stuck stuck-huge '?huge=2' \
    "U/frames: message of more than 5242880 bytes; $again"
until='grep -q cursor out'
stuck silent '?hang=2'
until=

# What the service says
limit=3 stream outdated '?drop=2' +a.b.c/w info:OutdatedCursor +a.b.c/x \
    =a.b.c/w <<END
status 1
create a.b.c/w r1
commit 1 r1 whole ops 1
error OutdatedCursor nobody
update a.b.c/w r3
commit 3 r3 since r2 ops 1
cursor 3
at-firehose: U: events after 1 are lost: OutdatedCursor: note
--
rows w=r3
gap - live r3
job r3
END
stream future '' +a.b.c/w error:FutureCursor =a.b.c/w <<END
status 2
create a.b.c/w r1
commit 1 r1 whole ops 1
error FutureCursor nobody
cursor 1
at-firehose: U: FutureCursor: bye
--
rows w=r1
synced r1 live r1
END
stream too-slow '?stop=2' +a.b.c/w error:ConsumerTooSlow =a.b.c/w <<END
status 1
create a.b.c/w r1
commit 1 r1 whole ops 1
error ConsumerTooSlow nobody
update a.b.c/w r2
commit 2 r2 since r1 ops 1
cursor 2
at-firehose: U: ConsumerTooSlow: bye
at-firehose: U/frames: the host closed the connection: 1001 restart; $again
--
rows w=r2
synced r2 live r2
END

# Cursor 0 would be the oldest event that the service keeps.
mkframes error:ConsumerTooSlow +a.b.c/w >frames
start_wsd -f frames -l log
exits 1 'a notice before the first event' at-firehose --allow-private \
    --offline -u "$url/frames?stop=1" -n 2 </dev/null
is 'it connects again without a cursor' "$(sed 's/ .*//; /^.xrpc/d' log)" \
    '/frames?stop=1
/frames?stop=1'

# never NAME PATH ERROR MESSAGE: nothing comes
never() {
	path=$2 stream "$1" "${query-}" +a.b.c/w <<END
status 2
error $3 nobody
at-firehose: U: $4
--
END
}
from=999 never future-http /xrpc FutureCursor \
    'U/xrpc: cursor in the future'
query='?link=1' never redirected /redirect PrivateAddress \
    "ws://169.254.1.1/: address 169.254.1.1 isn't public"
never loop /loop BadAnswer 'U/loop: more than 5 redirects'
never not-found /none NotFound 'U/none: HTTP status 404'
never no-websocket /noupgrade BadAnswer \
    'U/noupgrade: answer to the WebSocket handshake: no "Upgrade: websocket"'

# refuses URL [MESSAGE]: an address that isn't public
refuses() {
	exits 2 "private: $1" at-firehose -u "$1" --plc http://127.0.0.1:9 \
	    </dev/null
	jq -r '[.type, .error, .retry, .host] | map(tostring) |
	    join(" ")' out >got
	same 'its line' got <<END
error PrivateAddress false https://${1#wss://}
END
	same 'its message' err <<END
at-firehose: https://${1#wss://}: $1/xrpc/com.atproto.sync.subscribeRepos: \
address $2 isn't public
END
}
refuses "wss://127.0.0.1:$port" 127.0.0.1
refuses "wss://[::1]:$port" ::1
refuses wss://10.1.2.3 10.1.2.3
exits 2 'plain ws' at-firehose -u "ws://127.0.0.1:$port" </dev/null
same 'is an error before anything is written' err <<END
at-firehose: ws://127.0.0.1:$port: plain ws
END
is 'so there is no line' "$(cat out)" ''

load_streams
done_testing
