#!/bin/sh
# Waiting is visible: -v prints a message for each failed attempt, and the line
# of -p shows the last one.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"

did=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa
start_faultyd -n 1
put_did $did "$url"

# attempts NAME RULES COMMAND...: two attempts fail
attempts() {
	name=$1 glob=$2
	shift 2
	rules <<-END
		* $glob times=2 status=503
	END
	run "$@" --allow-private --retry-delay 1ms -v
	is "$name: -v" "$(sed -n 's/, next in [01] s$/, next/p' err)" \
	    "$1: ${url#http://}: attempt 1 of 6, next
$1: ${url#http://}: attempt 2 of 6, next"
	rules <<-END
		* $glob times=2 status=503
	END
	run "$@" --allow-private --retry-delay 1ms
	ok "$name: not without -v" not grep -q ', next in' err
}
attempts '/did:*' '/did:*' at-resolve -u "$url" $did
attempts 'getRepo' '*getRepo[?]*' at-fetchrepo -u "$url" -d cars $did
attempts 'getRepoStatus' '*getRepoStatus*' at-describe -u "$url" $did
attempts 'listRecords' '/xrpc/*' at-listrecords -u "$url" \
    -c app.bsky.feed.post $did
attempts 'listRepos' '*listRepos*' at-listrepos -u "$url"

rules <<'END'
* * times=1 status=429 retry-after=1
END
run at-resolve --allow-private --retry-delay 1ms -v -u "$url" $did
is 'a rate limit: -v' "$(grep next err)" \
    "at-resolve: ${url#http://}: rate limit, next attempt in 1 s"

# says: after SIGUSR1, does the program print that it waits?
says() {
	kill -USR1 "$pid"
	grep -q "^at-resolve: .* ${url#http://}: attempt 1 of 6, next in" err
}
rules <<'END'
* * status=503
END
at-resolve --allow-private --retry-delay 50s -u "$url" $did >out 2>err &
pid=$!
wait_for 'the signal' hears "$pid"
wait_for 'the line of progress' says
ok 'the line of progress' says
kill $pid
wait $pid 2>/dev/null
done_testing
