#!/bin/sh
# A slow reader delays jobs that haven't begun, not those that run: no host
# waits in the middle of a CAR.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"

i=0
while [ $i -lt 400 ]; do
	i=$((i + 1))
	did=did:plc:$(printf %024d $i | tr 0189 abcd)
	mkcar -n 3 -d "$did" >repo.car
	put "xrpc/com.atproto.sync.getRepo/$did" <repo.car
	echo "$did" >>dids
done
start_faultyd -n 1
jq -Rc --arg pds "$url" '{did: ., pds: $pds}' dids >jobs.in
mkfifo pipe
at-fetchrepo --allow-private --per-host 10 -d cars jobs.in >pipe 2>err &
fetch=$!
exec 3<pipe

quiet() {
	before=$(counts .requests)
	[ "$before" -ge 10 ] && [ "$(counts .inFlight)" -eq 0 ] &&
		[ "$(counts .requests)" -eq "$before" ]
}
wait_for 'nothing more is begun' quiet
ok 'few were asked for' test "$(counts .requests)" -lt 150
cat <&3 >out
status=0
wait $fetch || status=$?
is 'all is done in the end' "$status $(grep -c '^{"type":"repo"' out)" '0 400'
is 'without a word' "$(cat err)" ''
is 'each was asked for once' "$(counts .requests)" 400

done_testing
