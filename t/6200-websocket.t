#!/bin/sh
# The WebSocket client: messages, faults in frames, faults in the handshake.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/wsd.sh"
start_wsd -l log

# gives NAME [OPTION...] PATH: does wsc print standard input?
gives() {
	name=$1
	shift
	ws "$@" >out
	same "$name" out
}

gives 'a message' -n 1 /echo <<'END'
opened
text 5 hello
END
is 'the request names path, query and agent' "$(cat log)" '/echo wsc/1'

gives 'messages in fragments, control frames in between' /fragments <<'END'
opened
text 7 one two
binary 3 ...
text 0 
ended ConnectionFailed retry: U/fragments: the host closed the connection: 1005
END

gives 'bytes that come one by one' /slow <<'END'
opened
text 5 hello
text 5 again
ended ConnectionFailed retry: U/slow: the host closed the connection: 1000
END

gives 'a handshake that comes byte by byte' -n 1 /drip <<'END'
opened
text 5 hello
END

gives 'the reason of a close' /close?code=1008 <<'END'
opened
ended ConnectionFailed retry: U/close?code=1008: the host closed the connection: 1008 go?away
END

gives 'a large message' '/many?n=1&size=5242880' <<'END'
opened
binary 5242880 xxxxxxxxxxxxxxxx
ended ConnectionFailed retry: U/many?n=1&size=5242880: the host closed the connection: 1000 done
END

gives 'one that is too large' '/many?n=1&size=5242881' <<'END'
opened
ended TooLarge final: U/many?n=1&size=5242881: message of more than 5242880 bytes
END

gives '200 MB' -m 1000 /huge <<'END'
opened
ended TooLarge final: U/huge: message of more than 1000 bytes
END

gives 'one that is too large in parts' -m 99999 '/confetti?n=100000' <<'END'
opened
ended TooLarge final: U/confetti?n=100000: message of more than 99999 bytes
END

gives 'one that is not' -m 100000 '/confetti?n=100000' <<'END'
opened
binary 100000 xxxxxxxxxxxxxxxx
ended ConnectionFailed retry: U/confetti?n=100000: the host closed the connection: 1000
END

# limited KIB CMD...: run it with this limit of private memory
limited() {
	# shellcheck disable=SC3045 # dash has it
	sh -c 'ulimit -d "$1"; shift; exec "$@"' sh "$@"
}

# A sanitizer's own memory exceeds any limit. Threads have their own stacks.
if limited 30000 wsc ftp://host.test >out 2>&1; then
	is 'a message of 5 million parts fits into 30 MB' "$(limited 30000 \
	    wsc "$url/confetti?n=5000000" | grep -c '^binary 5000000')" 1
else
	skip 'a message of 5 million parts' 'wsc needs more memory'
fi

gives 'a flood of pings, each answered' '/pings?n=50000' <<'END'
opened
text 14 all pongs came
ended ConnectionFailed retry: U/pings?n=50000: the host closed the connection: 1000
END

gives 'a host that is silent' -s 100 -g 100 /silent <<'END'
opened
ended Timeout retry: U/silent: no answer to a ping
END

timeout --foreground 1 wsc -s 50 -g 500 "$url/echo" >out
is 'one that answers pings is kept' "$? $(cat out)" '124 opened
text 5 hello'

gives 'a pause, longer than a host may be silent' -w 500 -s 100 -g 100 \
    '/many?n=3&size=3000' <<'END'
opened
binary 3000 xxxxxxxxxxxxxxxx
resumed
binary 3000 xxxxxxxxxxxxxxxx
binary 3000 xxxxxxxxxxxxxxxx
ended ConnectionFailed retry: U/many?n=3&size=3000: the host closed the connection: 1000 done
END

ws -w 300 '/many?n=20000&size=1000' | uniq -c | sed 's/^ *//' >out
before=$(sed -n 's/^\([0-9]*\) binary.*/\1/p' out | head -n 1)
ok 'in a pause little comes' [ "$before" -le 6 ]
is 'after it all of the rest' \
    "$(awk '$2 == "binary" { n += $1 } END { print n }' out)" 20000

# ends OPENED [OPTION...]: test each line of a path and what ends its connection
ends() {
	opened=$1
	shift
	while read -r what why; do
		gives "$what" "$@" "/$what" <<-END
		${opened}ended $why
		END
	done
}
ends 'opened
' <<'END'
masked BadAnswer final: U/masked: frame that RFC 6455 forbids
reserved BadAnswer final: U/reserved: frame that RFC 6455 forbids
utf8 BadAnswer final: U/utf8: text that isn't UTF-8
opcode BadAnswer final: U/opcode: frame that RFC 6455 forbids
badping BadAnswer final: U/badping: frame that RFC 6455 forbids
orphan BadAnswer final: U/orphan: frame that RFC 6455 forbids
cut ConnectionFailed retry: U/cut: connection cut
drop ConnectionFailed retry: U/drop: connection cut
badclose ConnectionFailed retry: U/badclose: the host closed the connection: 1005
END

ends '' -o 2000 <<'END'
accept BadAnswer final: U/accept: answer to the WebSocket handshake: wrong Sec-WebSocket-Accept
noupgrade BadAnswer final: U/noupgrade: answer to the WebSocket handshake: no "Upgrade: websocket"
noconnection BadAnswer final: U/noconnection: answer to the WebSocket handshake: no "Connection: Upgrade"
extension BadAnswer final: U/extension: answer to the WebSocket handshake: an extension or subprotocol that wasn't offered
status HostError retry: U/status: HTTP status 502
status?code=200 BadAnswer final: U/status?code=200: not a WebSocket: HTTP status 200
status?code=404 NotFound final: U/status?code=404: HTTP status 404
status?code=429&after=7 RateLimited retry after 7000: U/status?code=429&after=7: HTTP status 429
xrpc FutureCursor final: U/xrpc: cursor in the future
xrpc?code=503 FutureCursor retry: U/xrpc?code=503: cursor in the future
chunked FutureCursor final: U/chunked: no
chunked?bad=1 FutureCursor final: U/chunked?bad=1: no
redirect?code=300 BadAnswer final: U/redirect?code=300: HTTP status 300
redirect?link=1 PrivateAddress final: ws://169.254.1.1/: address 169.254.1.1 isn't public
loop BadAnswer final: U/loop: more than 5 redirects
nothing Timeout retry: U/nothing: no WebSocket after 2000 ms
shut ConnectionFailed retry: U/shut: closed during the handshake
half ConnectionFailed retry: U/half: closed during the handshake
garbage BadAnswer final: U/garbage: not HTTP/1.1
flood BadAnswer final: U/flood: header of more than 16384 bytes
END

gives 'a redirect' -n 1 /redirect?code=307 <<'END'
opened
text 5 hello
END

gives 'plain ws' -P /echo <<'END'
ended PrivateAddress final: U/echo: plain ws
END
url=wss://127.0.0.1:$port
gives 'a private address' -P /echo <<'END'
ended PrivateAddress final: U/echo: address 127.0.0.1 isn't public
END

while read -r bad why; do
	is "$bad" "$(wsc "$bad")" "ended BadAnswer final: $bad: $why"
done <<'END'
ftp://host.test/ not wss
ws://user@host.test/ names a user
ws:// not a URL
END
done_testing
