#!/bin/sh
# A subscription: it resumes at the last cursor, and ends where it must.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/wsd.sh"
start_wsd -l log

closed='the host closed the connection: 1001 restart'

# gives NAME [OPTION...] PATH: does wsc print standard input for this
# subscription?
gives() {
	name=$1
	shift
	: >log
	ws -S "$@" >out
	same "$name" out
}

gives 'it goes on from the last cursor' -n 5 '/count?stop=2' <<END
opened
text 1 1
text 1 2
lost ConnectionFailed: U/count?stop=2: $closed
opened
text 1 3
text 1 4
lost ConnectionFailed: U/count?stop=2&cursor=2: $closed
opened
text 1 5
END
same 'so it asks' log <<'END'
/count?stop=2 wsc/1
/count?stop=2&cursor=2 wsc/1
/count?stop=2&cursor=4 wsc/1
END

gives 'a host alone has the path that the caller names' -c 7 -n 1 '' <<'END'
opened
text 1 8
END
is 'with a cursor' "$(cat log)" '/count?cursor=7 wsc/1'

gives 'a message that is no use' -d 2 -n 3 /count <<'END'
opened
text 1 1
text 1 2
lost BadFrame: dropped
opened
text 1 3
END

# The second message may have been read together with the first.
ws -S -w 100 -n 2 /count | sed '/^resumed$/d' >out
same 'a pause' out <<'END'
opened
text 1 1
text 1 2
END

gives 'a cursor in the future' -c 999 '/count?stop=2' <<END
opened
text 4 1000
text 4 1001
lost ConnectionFailed: U/count?stop=2&cursor=999: $closed
ended FutureCursor final: U/count?stop=2&cursor=1001: cursor in the future
END

for what in accept status?code=404 xrpc; do
	ws -S "/$what" | sed 's/:.*//' >out
	ok "not a stream: $what" grep -q '^ended .* final$' out
	is "$what: once" "$(wc -l <out)" 1
done

# A service that may come back is asked again, for ever.
for what in status nothing shut drop cut; do
	timeout --foreground 2 wsc -S -o 50 "$url/$what" >out
	is "$what: goes on until it is killed" $? 124
	ok "$what: again and again" [ "$(grep -c ^lost out)" -ge 5 ]
	ok "$what: with pauses" [ "$(grep -c ^lost out)" -le 200 ]
done
done_testing
