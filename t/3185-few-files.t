#!/bin/sh
# If few open files are allowed, there are fewer requests at the same time, and
# no failures
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"

many=60
start_faultyd -n 3
# shellcheck disable=SC2086 # words
set -- $ports
i=0
while [ $i -lt $many ]; do
	did=did:plc:$(printf %024d $i | tr 0189 abcd)
	at=$((i % 3 + 1))
	eval "at=\$$at"
	mkcar -n 3 -d "$did" >x.car
	put_did "$did" "http://127.0.0.1:$at"
	put_repo "$did" x.car
	echo "$did"
	i=$((i + 1))
done >dids
echo '* * delay=50' | rules

# few FILES SCRIPT ARGUMENT...: run at-fetchrepo with this limit of open files,
# from a shell that runs the script first
few() {
	files=$1 before=$2
	shift 2
	rm -rf cars
	forget
	run sh -c "ulimit -n $files; $before exec \"\$@\"" sh at-fetchrepo \
	    --allow-private -v -u "$url" --retry-delay 10ms -d cars \
	    --per-host 50 --cache cache "$@" dids
	is "$name: status" "$status" 0
	is "$name: all are there" "$(jq -r .car out | grep -c .)" $many
	is "$name: each is asked for once" "$(asked | grep -c 'getRepo?did')" \
		$many
}

name='64 files'
few 64 '' -j 50
is "$name: it is said" "$(grep -c 'at a time' err)" 1
is "$name: it is said, how" "$(grep 'at a time' err)" \
	'at-fetchrepo: 6 requests at a time: only 64 files may be open'
is "$name: number" "$(counts .maxInFlight)" 6

name='a limit that may be raised'
few '-S 64' '' -j 50
is "$name: no message" "$(grep -c 'at a time' err)" 0
ok "$name: number" test "$(counts .maxInFlight)" -gt 20

name='enough'
few 64 '' -j 5
is "$name: no message" "$(grep -c 'at a time' err)" 0

# Files that are already open
inherit=
for i in $(seq 10 45); do
	inherit="$inherit exec $i</dev/null;"
done
name='inherited files'
few 64 "$(for i in 3 4 5 6 7 8 9; do printf 'exec %s</dev/null; ' $i; done)" \
    -j 50
if command -v bash >/dev/null; then
	rm -rf cars
	forget
	run bash -c "ulimit -n 64; $inherit exec \"\$@\"" bash at-fetchrepo \
	    --allow-private -u "$url" --retry-delay 10ms -d cars --per-host 50 \
	    -j 50 dids
	is "$name, many: status" "$status" 0
	is "$name, many: all are there" "$(jq -r .car out | grep -c .)" $many
else
	skip "$name, many" 'no bash'
fi
name='very few'
few 24 '' -j 50

done_testing
