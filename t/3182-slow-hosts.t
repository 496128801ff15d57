#!/bin/sh
# Slow and silent hosts slow only their own jobs: whatever the windows are, the
# jobs of other hosts are done at the same time
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"

slow=12 quick=20 each=5
start_faultyd -n $((slow + quick + 1))
directory=http://127.0.0.1:${ports##* }
rev=3m4xqkxkcac2a

# jobs FIRST LAST EACH: print jobs of these ports. The accounts' names contain
# the port; an "a" stands for the tens of its index.
jobs() {
	awk -v first="$1" -v last="$2" -v each="$3" -v ports="$ports" 'BEGIN {
		split(ports, port, " ")
		for (k = 0; k < each; k++)
			for (i = first; i <= last; i++) {
				s = sprintf("%012d%06d%06d", 0, i, k)
				gsub(/0/, "a", s)
				gsub(/1/, "b", s)
				gsub(/8/, "c", s)
				gsub(/9/, "d", s)
				print "{\"did\":\"did:plc:" s "\",\"pds\":" \
				    "\"http://127.0.0.1:" port[i + 1] "\"}"
			}
	}'
}
jobs 0 $((slow - 1)) $each >slow.in
jobs $slow $((slow + quick - 1)) $each >quick.in
cat slow.in quick.in >in
mkdir -p "$www/xrpc/com.atproto.sync.getRepoStatus"
jq -r .did in | while read -r did; do
	printf '{"did":"%s","active":true,"rev":"%s"}' "$did" $rev \
	    >"$www/xrpc/com.atproto.sync.getRepoStatus/$did"
	printf '{"cid":"%s","rev":"%s"}' \
	    bafyreicelctyn3rrhtidwzwqgs6t34sdax2togklj6mmxceaag7o5uwiua $rev |
		put "xrpc/com.atproto.sync.getLatestCommit/$did"
done

# slow_rules FAULT...: rules for the first ports
slow_rules() {
	i=0
	while [ $i -lt $slow ]; do
		echo "$i * $*"
		i=$((i + 1))
	done | rules
}

has_results() {
	[ "$(grep -c '^{"type":"repo"' out)" -eq "$1" ]
}

# others NAME OPTION...: are the jobs of all quick hosts done, although the jobs
# of the slow hosts, which come first, never end?
others() {
	name=$1
	shift
	forget
	: >out
	at-describe --allow-private --status-only -u "$directory" -q \
	    --stall 3s -t 1h "$@" <in >out 2>err &
	pid=$!
	wait_for "$name: quick hosts" has_results $((quick * each))
	ok "$name: quick hosts are done" has_results $((quick * each))
	kill $pid
	wait $pid 2>/dev/null
	is "$name: nothing else" "$(grep -vc '^{"type":"repo"' out)" 0
}

# More than 64 bytes a second isn't a stall.
slow_rules endless drip=400
others 'a trickle'
others 'a trickle, one host at a time' --hosts 1
others 'a trickle, few places' -j 3 --per-host 2
others 'a trickle, one place' -j 1
others 'a trickle, many for each host' -j 10 --per-host 10 --hosts 3
slow_rules hang
others 'silence' -j 4 --stall 6s
head -c 200000 /dev/zero | tr '\0' ' ' | put large
slow_rules file=large stall=100000
others 'a fast beginning' -j 4

# Slow hosts get all places if no other host needs them, and their jobs are done
# in the end.
slow_rules drip=200
forget
run at-describe --allow-private --status-only -u "$directory" -q -j 4 \
    --per-host 1 --stall 3s slow.in
is 'only slow hosts: status' "$status" 0
is 'only slow hosts: all are done' "$(grep -c '"type":"repo"' out)" \
	$((slow * each))
# The server notices the end of an answer a little later than the client.
at_once=$(counts .maxInFlight)
ok 'only slow hosts: all places' [ "$at_once" -ge 4 -a "$at_once" -le 6 ]

done_testing
