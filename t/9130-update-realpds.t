#!/bin/sh
# An archive that is updated by differences through many rounds of random
# writes equals, each time, what the reference PDS exports as a whole.
# ATPIPE_ROUNDS is their number, by default 10.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/realnet.sh"
. "$top/t/lib/realpds.sh"
prepare_realpds
own_network
ok "the servers start" start_realpds --accounts 1 --records 40 || done_testing
did=$(jq -r '.accounts[0].did' ready.json)
handle=$(jq -r '.accounts[0].handle' ready.json)
pds=http://127.0.0.1:2583
rounds=${ATPIPE_ROUNDS:-10}

# fetch ARGUMENT...
fetch() {
	at-fetchrepo -q --allow-private -u "$plc" "$@" "$did"
}

exits 0 "the first fetch" fetch -d cars
is "it is full" "$(jq -r .fetched out)" full

round=0 since=0 whole=0
: >wrong
while [ $((round += 1)) -le "$rounds" ]; do
	case $((round % 5)) in
	0) n=60 ;;
	*) n=$((round % 5)) ;;
	esac
	act random "$handle" com.example.kit.thing 150 "$n" 2>said ||
		echo "$round: writing failed: $(cat said)" >>wrong
	fetch -d cars >out || echo "$round: failed" >>wrong
	car=$(jq -r .car out)
	curl -s "$pds/xrpc/com.atproto.sync.getRepo?did=$did" >export.car
	# In pre-order, one commit has one CAR.
	at-carbuild -q -o want.car export.car >said 2>&1 &&
		cmp want.car "$car" >>wrong ||
		echo "$round: differs from the export" >>wrong
	[ "$(jq -r .fetched out)" = since ] ||
		echo "$round: $(jq -r .fetched out)" >>wrong
	since=$((since + $(jq -r .received out)))
	whole=$((whole + $(wc -c <export.car)))
done
same "each update is by a difference and equals a whole export" wrong </dev/null
diag <<EOT
$rounds updates: $since bytes instead of $whole
EOT
ok "fewer bytes come" test $((4 * since)) -lt "$whole"

at-carwalk -k "$(jq -r .key out)" export.car | jq -c 'del(.signature)' >want
at-carwalk -k "$(jq -r .key out)" "$car" | jq -c 'del(.signature)' >got
ok "the same records" cmp want got
exits 0 "again: nothing is new" fetch -d cars
is "nothing is fetched" "$(jq -c '[.fetched, .received]' out)" '["none",0]'
rm "$car"
exits 0 "without the CAR" fetch -d cars
is "it is full" "$(jq -r .fetched out)" full

done_testing
