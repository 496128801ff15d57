#!/bin/sh
# at-serve: where it listens, and how it ends.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/serve.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/operations.sh"

did=$(plc_did 2)
echo '2 01 create cid=a handle=a.test pds=pds.test' | plc_lines >input
at-load x.db input

# bad ADDRESS MESSAGE
bad() {
	exits 2 "--listen '$1'" at-serve --listen "$1" x.db
	is "its message" "$(cat err)" "at-serve: $2"
}
form='is not an address such as 127.0.0.1:2580 or [::1]:2580'
for address in '' : x 127.0.0.1 :80 127.0.0.1: 127.0.0.1:x ::1:80 '[::1]' \
    '[]:80' '[::1:80' 127.0.0.1:800000 127.0.0.1:-1; do
	bad "$address" "'$address' $form"
done
bad 127.0.0.1:65536 "'127.0.0.1:65536' has no valid port"

for address in 127.0.0.1:0 localhost:0 0.0.0.0:0; do
	start_serve --listen "$address" x.db
	port=${url##*:}
	case $url in
	http://127.0.0.1:[1-9]* | http://0.0.0.0:[1-9]* | \
	    'http://[::1]:'[1-9]*) pass "$address: it says where" ;;
	*) fail "$address: it says where: $url" ;;
	esac
	get "/$did"
	is "$address: it answers" "$code" 200
	stop_serve
	is "$address: it ends" "$serve_status" 0
done
if [ -s /proc/net/if_inet6 ] && grep -q ' lo$' /proc/net/if_inet6; then
	for address in '[::1]:0' '[::]:0'; do
		start_serve --listen "$address" x.db
		port=${url##*:}
		is "$address: it says where" "$url" "http://${address%0}$port"
		url="http://[::1]:$port"
		get "/$did"
		is "$address: it answers" "$code" 200
		url=http://127.0.0.1:$port
		get "/$did"
		[ "$address" = '[::]:0' ] && want=200 || want=000
		is "$address: by IPv4" "$code" "$want"
		stop_serve
	done
else
	skip "IPv6" "this machine has none"
fi

# A directory that isn't there is a mistake, not one without files.
for option in --archive --blobs; do
	exits 2 "$option: a missing directory" at-serve $option missing x.db
	is "its message" "$(cat err)" \
	    'at-serve: missing: No such file or directory'
	exits 2 "$option: a file" at-serve $option x.db x.db
	is "its message" "$(cat err)" 'at-serve: x.db: Not a directory'
done

start_serve x.db
exits 75 "an address in use" at-serve --listen "${url#http://}" x.db
is "its message" "$(cat err)" "at-serve: can't listen on ${url#http://}: $(:
    )Address already in use"
is "and no output" "$(cat out)" ''
kill -INT "$serve_pid"
wait "$serve_pid"
is "SIGINT ends it" $? 0
start_serve --listen "${url#http://}" x.db
pass "the address is free at once"
kill -KILL "$serve_pid"
wait "$serve_pid" 2>kill.err
start_serve --listen "${url#http://}" x.db
pass "also after a kill"
stop_serve

# A socket with a path
start_serve --unix sock x.db
is "--unix: it says where" "$url" unix:sock
url=http://x
get "/$did" --unix-socket sock
is "--unix: it answers" "$code" 200
exits 75 "a path in use" at-serve --unix sock x.db
is "its message" "$(cat err)" \
    "at-serve: can't listen on sock: Address already in use"
get "/$did" --unix-socket sock
is "the first one still answers" "$code" 200
stop_serve
is "it ends" "$serve_status" 0
ok "without its socket" not test -e sock
start_serve --unix sock x.db
kill -KILL "$serve_pid"
wait "$serve_pid" 2>kill.err
ok "a kill leaves the socket" test -S sock
start_serve --unix sock x.db
url=http://x
get "/$did" --unix-socket sock
is "the next one replaces it" "$code" 200
stop_serve
echo mine >file
exits 75 "a file" at-serve --unix file x.db
is "is not replaced" "$(cat file)" mine
exits 2 "no directory" at-serve --unix no/sock x.db
exits 2 "a long path" at-serve --unix "$(printf '%0108d' 0)" x.db
exits 2 "an empty path" at-serve --unix '' x.db

# What is under way is finished: a query that takes a fraction of a second.
sql x.db 'ALTER TABLE plc_operation RENAME TO operation_away;
    CREATE VIEW plc_operation AS SELECT o.* FROM operation_away o, (
	WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c
	    LIMIT 600000) SELECT count(*) AS n FROM c)'
start_serve -j 1 --query-timeout 60s x.db
used() {
	awk '{ print $14 }' "/proc/$serve_pid/stat"
}
before=$(used)
curl -s -o slow.body -w '%{http_code}' "$url/$did" >slow.code &
slow=$!
# works: has it used the processor since then?
works() {
	[ "$(used)" -ge $((before + 8)) ]
}
wait_for "the query runs" works
stop_serve
is "SIGTERM ends it" "$serve_status" 0
wait $slow
is "what was under way is answered" \
    "$(cat slow.code) $(jq -r .id slow.body)" "200 $did"
same "nothing is said" serve.err </dev/null

# Standard output that can't be written
if [ -w /dev/full ]; then
	run sh -c 'at-serve --listen 127.0.0.1:0 x.db >/dev/full'
	is "a full disk" "$status $(cat err)" \
	    "2 at-serve: can't write: No space left on device"
else
	skip "a full disk" "no /dev/full"
fi

done_testing
