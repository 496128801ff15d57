#!/bin/sh
# quickstart demo: what it does with its operands. The test uses the built
# programs, a DNS server and a host of its own.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/realnet.sh"
own_network
. "$top/t/lib/net.sh"
command -v sqlite3 >/dev/null || skip_all "no sqlite3"

# The script, without what installs and builds
mkdir contrib build logs
{
	sed '/^case ${1-} in$/,$d' "$top/contrib/quickstart"
	cat <<'EOT'
provide() {
	:
}
compile() {
	:
}
EOT
	printf 'top="%s" build="%s" logs=logs\ndemo "$@"\n' "$top" "$build"
} >contrib/quickstart
chmod +x contrib/quickstart

alice=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa
bob=did:plc:bbbbbbbbbbbbbbbbbbbbbbbb
carol=did:plc:cccccccccccccccccccccccc
start_faultyd -n 1
for account in $alice:alice.test $bob:bob.test $carol:carol.car; do
	did=${account%:*}
	mkcar -n 20 -d "$did" -K key >car
	put_did "$did" "$url" "$(cat key)" "${account##*:}"
	put_repo "$did" car
done
cat >zone <<END
_atproto.alice.test TXT 60 did=$alice
_atproto.bob.test TXT 60 did=$bob
_atproto.carol.car TXT 60 did=$carol
END
ok "dnsd starts" serve_dns zone -p 53

# demo OPERAND...: with a new database
demo() {
	rm -rf atpipe-demo.db* cars
	contrib/quickstart "$@"
}
# loaded: print the number of records of each account
loaded() {
	sqlite3 atpipe-demo.db 'SELECT did, count(*) FROM records
	    GROUP BY did ORDER BY did'
}

for handle in alice.test @alice.test Alice.Test at://alice.test \
    https://bsky.app/profile/alice.test https://bsky.app/profile/$alice \
    https://bsky.app/profile/alice.test/post/3kabc?x=1 \
    at://$alice/app.bsky.feed.post/3kabc; do
	exits 0 "$handle" demo --allow-private --url="$url" "$handle"
	is "$handle is loaded" "$(loaded)" "$alice|20"
	is "$handle: nothing is wrong" "$(cat err)" ""
done
marked=$(printf '\342\200\252@alice.test\342\200\254')
exits 0 "marks of direction" demo --allow-private --url="$url" "$marked"
is "are no part of a handle" "$(loaded)" "$alice|20"
exits 2 "other letters" demo "$(printf 'alic\303\251.test')"
is "are not left out" "$(cat out)" ""
exits 0 "and again" demo --allow-private --url="$url" \
    at://$alice/app.bsky.feed.post/3kabc
ok "it shows the commands" grep -qF "\$ printf '%s\\n' $alice |
  at-resolve --allow-private --url=$url |
  at-fetchrepo --allow-private --url=$url -d cars |
  at-carwalk | at-load atpipe-demo.db" out
ok "and says what they do" grep -q "^quickstart: at-resolve looks up .*" out

mkcar -n 7 -d $carol >carol.car
exits 0 "a handle, a DID and a CAR" demo --allow-private --url="$url" \
    bob.test $alice carol.car
is "are all loaded" "$(loaded)" "$alice|20
$bob|20
$carol|7"
exits 0 "a handle that is a file's name, with a @" demo --allow-private \
    --url="$url" @carol.car
is "is a handle" "$(loaded)" "$carol|20"

exits 1 "a handle that nobody has" demo --allow-private --url="$url" \
    --retries=0 alice.test nobody.test
is "holds up no other" "$(loaded)" "$alice|20"
ok "it is named" grep -q "^at-resolve: .*nobody.test" err
for word in nowhere.car nowhere.car.zst no/such.file nohandle \
    "did:web:*"; do
	exits 2 "$word" demo alice.test "$word"
	is "$word is refused" "$(cat err)" \
	    "quickstart: $word: no such CAR, and not a handle or a DID"
	is "$word: before anything is done" "$(cat out)" ""
done
stop_faultyd
# --serve

rm -rf atpipe-demo.db* cars
contrib/quickstart --serve=127.0.0.1:0 carol.car >out 2>err </dev/null &
pid=$!
address() {
	sed -n 's/^quickstart: the status page is \([^ ]*\) .*/\1/p' out
}
served() {
	[ -n "$(address)" ] && curl -s "$(address)" >page &&
		grep -q '<dt>Accounts</dt><dd>1</dd>' page
}
if command -v curl >/dev/null; then
	wait_for "--serve shows the status page" served
	ok "of the demo's database" grep -q '<dt>Records</dt><dd>7</dd>' page
else
	wait_for "--serve prints an address" test -n "$(address)"
fi
kill -TERM $pid
status=0
wait $pid || status=$?
is "a signal ends it" "$status $(cat err)" "0 "

done_testing
