#!/bin/sh
# A program that was stopped for a while (SIGSTOP, Ctrl-Z) doesn't count its
# hosts as slow, and doesn't fail the jobs that wait for them
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"

start_faultyd -n 2
make_jobs 4000 x "$url" >in
# The host answers each request after a fifth of a second.
echo '0 * delay=200 body=x' | rules

# told N: are there N results?
told() {
	[ "$(wc -l <out)" -ge "$1" ]
}

: >out
at-fetchrepo --allow-private -u "http://127.0.0.1:${ports#* }" -q \
    --no-verify -d cars --stall 3s <in >out 2>err &
pid=$!
for n in 4 12 20; do
	wait_for "$n results" told $n
	kill -STOP $pid
	sleep 1.5 # a rate is measured over half a second
	kill -CONT $pid
done
wait_for 'further results' told 40
kill $pid
wait $pid 2>/dev/null
is 'no job has failed' "$(jq -r 'select(.type == "error") | .message' out |
	sort -u)" ''

stop_faultyd
done_testing
