#!/bin/sh
# shellcheck disable=SC2119 # what is run without options
# at-serve --upstream: operations are passed on to another directory.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"
. "$top/t/lib/serve.sh"

did=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa
usage_error 'no URL' "--upstream: 'x y' isn't an origin such as https://host" \
    at-serve --upstream 'x y' x.db

at-load x.db </dev/null

# submit DID BODY [OPTION of curl...]
submit() {
	submit_did=$1 submit_body=$2
	shift 2
	get "/$submit_did" -H 'Content-Type: application/json' \
	    --data-binary "$submit_body" "$@"
}

# The other directory is a copy, too.
start_serve x.db
other=$url other_pid=$serve_pid
start_serve -j 1 --upstream "$other" x.db
submit $did '{}'
is 'its answer' "$code $(header content-type) $(cat body)" \
    "501 application/json; charset=utf-8 $(:
    ){\"message\":\"This server is a copy of a directory and takes no $(:
    )operations\"}"
is 'any site may read it' "$(header access-control-allow-origin)" '*'
submit "$did/../x" '{}'
is 'another path' "$code" 404
for bad in x did:web:x.test "$did%3fx" did:plc:short; do
	submit "$bad" '{}'
	is "not a did:plc: $bad" "$code $(jq -r .message body)" \
	    "400 Not a DID: $(echo "$bad" | sed 's/%3f/?/')"
done
head -c 70000 /dev/zero | tr '\0' x >large
submit $did @large
is 'a body that is too large' "$code $(cat body)" \
    '413 {"message":"The body is too large"}'

kill "$other_pid" && wait "$other_pid"
is 'the other one ended' $? 0
submit $did '{}'
is 'nobody is there' "$code $(cat body)" \
    "502 {\"message\":\"The directory can't be reached\"}"
stop_serve
is 'it ends' "$serve_status" 0
ok 'what it says' grep -q "^at-serve: $other: " serve.err
is 'once' "$(wc -l <serve.err)" 1

# What reaches the directory, and what of its answer comes back
mkdir -p "$www"
printf 'OK' | put "$did"
start_faultyd
directory=$url
start_serve -j 1 --upstream "$directory" x.db
submit $did '{"a":1}'
is 'what the directory answers' "$code $(cat body)" '200 OK'
is 'this path is asked for' "$(asked)" "0 200 /$did"
ok 'by at-serve' grep -q ' at-serve/' "$lib_tmp/net/main/log"
rules <<'END'
* * echo times=1
END
submit $did '{"a":1}'
ok 'by a POST' grep -q "^POST /$did" body
ok 'of JSON' grep -qi '^content-type: application/json' body
ok 'of the same bytes' grep -q '^{"a":1}$' body
rules <<'END'
* * status=429 times=1
END
submit $did '{}'
is 'another status' "$code" 429
is 'is asked once' "$(asked | wc -l)" 3

# A directory that doesn't answer doesn't hold up the rest.
rules <<'END'
* * delay=60000
END
for n in 1 2 3 4 5 6; do
	curl -s -o "slow.$n" -w '%{http_code}\n' -d '{}' "$url/$did" \
	    >"slow.$n.code" &
	eval "slow$n=$!"
done
four() {
	[ "$(counts .maxInFlight)" -ge 4 ]
}
wait_for 'four requests under way' four
get /_health -m 10
is 'other requests are answered' "$code" 200
stop_serve
is 'SIGTERM ends it' "$serve_status" 0
for n in 1 2 3 4 5 6; do
	eval "wait \$slow$n"
	is "and request $n is answered" "$(cat "slow.$n.code")" 502
done

# Connections that stay open pass operations on until the server has ended.
rules </dev/null
start_serve -j 2 --upstream "$directory" x.db
for n in 1 2 3; do
	curl -s --fail-early -o "busy.$n" -d '{}' "$url/$did?n=[1-1000000]" &
	eval "busy$n=$!"
done
busy() {
	[ -s busy.1 ] && [ -s busy.2 ] && [ -s busy.3 ]
}
wait_for 'three busy clients' busy
stop_serve
is 'SIGTERM ends it beside busy clients' "$serve_status" 0
for n in 1 2 3; do
	eval "wait \$busy$n" || :
done

done_testing
