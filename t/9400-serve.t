#!/bin/sh
# at-serve: what all routes have in common.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/serve.sh"

ok "requests, routes and answers" "$unit"/serve
set -- "$data"/fuzz/serve-request/*
exits 0 "hostile requests" "$build"/t/fuzz/serve-request "$@"
is "all were run" "$(cat out)" $#

usage_error 'no database' 'no database is named' at-serve
usage_error 'two databases' 'want one database' at-serve a.db b.db
usage_error 'two places' '--unix and --listen exclude each other' \
    at-serve --unix x --listen 127.0.0.1:0 a.db

exits 2 'a database that is missing' at-serve --listen 127.0.0.1:0 x.db
ok 'is named' grep -q '^at-serve: x.db: ' err
is 'and not made' "$(ls x.db 2>/dev/null)" ''

at-load x.db </dev/null
start_serve x.db
version=$(at-serve --version | sed 's/.* //')

for path in /_health /xrpc/_health; do
	get $path
	is "$path: status" "$code" 200
	is "$path: body" "$(cat body)" "{\"version\":\"$version\"}"
	is "$path: type" "$(header content-type)" \
	    'application/json; charset=utf-8'
	is "$path: length" "$(header content-length)" "$(wc -c <body)"
	is "$path: any site may read it" \
	    "$(header access-control-allow-origin)" '*'
done

etag=$(header etag)
ok 'there is an ETag' test -n "$etag"
get /_health -I
is 'HEAD: status' "$code" 200
is 'HEAD: the same length' "$(header content-length)" "$((14 + ${#version}))"
is 'HEAD: the same ETag' "$(header etag)" "$etag"
for match in "$etag" "W/$etag" "\"x\", $etag" '*'; do
	get /_health -H "If-None-Match: $match"
	is "If-None-Match: $match" "$code $(wc -c <body) $(header etag)" \
	    "304 0 $etag"
done
get /_health -H "If-None-Match: \"x\", ${etag%?}"
is 'If-None-Match: another one' "$code" 200

get /_health -X OPTIONS
is 'OPTIONS: status' "$code" 204
is 'OPTIONS: methods' "$(header allow)" 'GET, HEAD, OPTIONS'
is 'OPTIONS: for scripts' "$(header access-control-allow-methods)" \
    'GET, HEAD, OPTIONS'
get /_health -X DELETE
is 'another method' "$code $(cat body)" '405 {"message":"Method Not Allowed"}'
is 'what is allowed' "$(header allow)" 'GET, HEAD, OPTIONS'
get /xrpc/_health -d x
is 'POST' "$code $(cat body)" \
    '405 {"error":"MethodNotImplemented","message":"Method Not Allowed"}'

get /xrpc/com.example.nothing
is 'a method that is not there' "$code $(jq -r .error body)" '404 NotFound'
get /a/b/c
is 'a path that is not there' "$code $(cat body)" \
    '404 {"message":"Not Found"}'
get /xrpc/%zz
is 'bad percent-encoding' "$code $(jq -r .message body)" \
    '400 bad percent-encoding in the URL'
get "/$(printf '%08192d' 0)"
is 'a URL that is too long' "$code $(jq -r .message body)" \
    '414 the URL has more than 8192 bytes'

stop_serve
is 'SIGTERM: exit status' "$serve_status" 0
same 'no messages' serve.err </dev/null

done_testing
