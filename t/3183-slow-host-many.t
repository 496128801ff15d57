#!/bin/sh
# One slow host with more jobs than the program reads ahead: jobs beyond a
# number fail, and the jobs after them are done
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"

start_faultyd -n 3
# shellcheck disable=SC2086 # words
set -- $ports
slow=http://127.0.0.1:$1 quick=http://127.0.0.1:$2
directory=http://127.0.0.1:$3

make_jobs 6000 x "$slow" >slow.in
make_jobs 20 y "$quick" >quick.in
cat slow.in quick.in >in
jq -r .did quick.in | while read -r did; do
	put_did "$did" "$quick"
	printf '{"did":"%s","active":true,"rev":"3m4xqkxkcac2a"}' "$did" |
		put "xrpc/com.atproto.sync.getRepoStatus/$did"
	printf '{"cid":"%s","rev":"3m4xqkxkcac2a"}' \
	    bafyreicelctyn3rrhtidwzwqgs6t34sdax2togklj6mmxceaag7o5uwiua |
		put "xrpc/com.atproto.sync.getLatestCommit/$did"
done
# The directory's documents of accounts of the slow host
put_did did:plc:x "$slow"
rules <<'END'
0 * endless drip=400
END
has_results() {
	[ "$(grep -c '^{"type":"repo"' out)" -eq 20 ]
}
: >out
at-describe --allow-private --status-only -u "$directory" -q --stall 3s \
    -t 1h <in >out 2>err &
pid=$!
wait_for 'the jobs behind' has_results
ok 'the jobs behind are done' has_results
kill $pid
wait $pid 2>/dev/null

# at-describe looks up the document again before the job fails. There is no
# document.
jq -c 'select(.type == "error") | .error' out | sort | uniq -c >got
is 'no other results' "$(jq -r 'select(.type == "error") | .error' out |
	sort -u)" NotFound

# If a document still names the slow host, the error says so.
sed -n 1,5200p slow.in | jq -r .did | while read -r did; do
	printf '{"id":"%s","service":[{"id":"#atproto_pds",%s"%s"}]}' "$did" \
	    '"type":"AtprotoPersonalDataServer","serviceEndpoint":' "$slow" \
	    >"$www/$did"
done
sed -n 1,5200p slow.in >in
has_errors() {
	[ "$(grep -c '^{"type":"error"' out)" -ge 2600 ]
}
: >out
at-describe --allow-private --status-only -u "$directory" -q --stall 3s \
    -t 1h <in >out 2>err &
pid=$!
wait_for 'the jobs that are too many' has_errors
kill $pid
wait $pid 2>/dev/null
is 'they may be tried again' "$(jq -c '[.type, .error, .message, .retry,
	.retryAfter]' out | sort -u)" "[\"error\",\"Timeout\",\"$slow is slow, $(:
	)and too many requests wait for slow hosts\",true,300]"
ok 'no more fail than have to' test "$(wc -l <out)" -le 2700

# A slow host that still answers gets its time.
rules <<'END'
0 * drip=80
END
has_some() {
	[ "$(wc -l <out)" -ge 30 ]
}
: >out
at-describe --allow-private --status-only -u "$directory" -q --stall 3s \
    -t 1h <in >out 2>err &
pid=$!
wait_for 'results of a slow host' has_some
kill $pid
wait $pid 2>/dev/null
is 'none that waits fails' "$(jq -r .error out | sort -u)" RepoNotFound

done_testing
