#!/bin/sh
# A host that refuses every request by its rate limit, with more jobs than the
# program reads ahead: its jobs fail after --max-wait, all at the same time, and
# the jobs after them are done
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"

start_faultyd -n 3
# shellcheck disable=SC2086 # words
set -- $ports

make_jobs 6000 x "http://127.0.0.1:$1" >in
make_jobs 20 y "http://127.0.0.1:$2" >>in
rules <<'END'
0 * status=429 retry-after=1
1 * body=x
END

# done_of N: are there N repo lines?
done_of() {
	[ "$(grep -c '^{"type":"repo"' out)" -eq "$1" ]
}
: >out
at-fetchrepo --allow-private -u "http://127.0.0.1:$3" -q --no-verify -d cars \
    --max-wait 3s <in >out 2>err &
pid=$!
wait_for 'the jobs behind' done_of 20
ok 'the jobs behind are done' done_of 20
kill $pid
wait $pid 2>/dev/null
ok 'the host was asked little' test "$(asked | grep -c '^0 429')" -le 100

stop_faultyd
done_testing
