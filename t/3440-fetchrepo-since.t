#!/bin/sh
# at-fetchrepo by differences: what a host sends since the archived rev, put
# together with the archived CAR; and hosts that answer wrongly in every way
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"

a=did:plc:ewvi7nxzyoun6zhxrhs64oiz
b=did:plc:bbbbbbbbbbbbbbbbbbbbbbbb
get=xrpc/com.atproto.sync.getRepo
old=3m4xqkxkcac2a new=3m5xqkxkcac2a

start_faultyd -n 1

# fetch ARGUMENT...
fetch() {
	run at-fetchrepo --allow-private -u "$url" -d cars --retries 2 \
	    --retry-delay 10ms --max-wait 2s "$@"
}

mkcar -n 300 -r $old -K key >old.car
mkcar -n 300 -C 5 -r $new -K key >new.car
mkcar -n 300 -C 5 -r 3m3xqkxkcac2a -K key >older.car
mkcar -n 20 -d $b -r $new -K key >other.car
mkcar -n 300 -C 5 -r $new -K key -D old.car >since.car
key=$(cat key)
put_did $a "$url" "$key" alice.test
car=cars/$(printf %s $a | sha256sum | cut -c 1-2)/did_plc_${a#did:plc:}.car

# begin [OPTION...]: an archive with the old CAR
begin() {
	rules </dev/null
	rm -rf cars "${www:?}/$get"
	put_repo $a old.car
	fetch "$@" $a
	[ "$status" -eq 0 ] || cat err >>first.err
	put_repo $a new.car
	forget
}

# calls: print the requests for repos
calls() {
	asked | sed -n 's/.* \([0-9a-z]*\) .*getRepo?did=[a-z:0-9]*&*/\1 /p' |
		paste -sd , - | sed 's/ *,/, /g; s/ *$//'
}

# how: print fetched and received
how() {
	jq -r '[.fetched, .received, .rev] | join(" ")' out
}

size() {
	wc -c <"$1" | tr -d ' '
}

begin
is 'the first fetch is full' "$(how)" "full $(size old.car) $old"
put $get/$a,$old <since.car
exits 0 'a difference' fetch $a
is 'a difference: its line' "$(how)" "since $(size since.car) $new"
is 'a difference: one request' "$(calls)" "200 since=$old"
ok 'a difference: the CAR, in pre-order' cmp new.car "$car"
ok 'a difference is smaller' test "$(size since.car)" -lt \
    $(($(size new.car) / 3))
is 'a difference: its size' "$(jq .size out)" "$(size new.car)"
forget
exits 0 'again' fetch $a
is 'again: nothing is fetched' "$(how)" "none 0 $new"
is 'again: no request' "$(calls)" ''

begin --zstd
put $get/$a,$old <since.car
exits 0 'compressed' fetch --zstd $a
is 'compressed: its line' "$(how)" "since $(size since.car) $new"
ok 'compressed: the CAR' sh -c "zstd -dqc $car.zst | cmp - new.car"
is 'compressed: no other file' "$(find cars -type f)" "$car".zst

begin
put $get/$a,$old <since.car
exits 0 '--full' fetch --full $a
is '--full: its line' "$(how)" "full $(size new.car) $new"
is '--full: one request' "$(calls)" 200
begin
put $get/$a,$old <since.car
exits 0 '--no-verify' fetch --no-verify $a
is '--no-verify: is full' "$(how)" "full $(size new.car) $new"

begin
cp other.car "$car"
put $get/$a,$old <since.car
exits 0 'another CAR in its place' fetch $a
is 'another CAR in its place: full' "$(how)" "full $(size new.car) $new"
begin
head -c 3000 old.car >"$car"
put $get/$a,$old <since.car
exits 0 'the archived CAR is cut' fetch $a
is 'the archived CAR is cut: full' "$(jq -r .fetched out)" full
is 'the archived CAR is cut: once' "$(calls)" "200 since=$old, 200"
ok 'the archived CAR is cut: mended' cmp new.car "$car"

# Whatever the host answers to since, the whole repo follows, once.
# falls_back NAME [RECEIVED]: getRepo with since has this answer
falls_back() {
	exits 0 "$1" fetch $a
	is "$1: full" "$(jq -r '.fetched + " " + .rev' out)" "full $new"
	is "$1: no message" "$(cat err)" ''
	is "$1: twice" "$(calls | sed 's/^[0-9]*/N/')" \
	    "N since=$old, 200"
	ok "$1: the CAR" cmp new.car "$car"
	[ $# -lt 2 ] || is "$1: received" "$(jq .received out)" "$2"
	is "$1: no other file" "$(find cars -type f)" "$car"
}
sends() {
	begin
	put $get/$a,$old
}
sends </dev/null
falls_back 'an empty body' "$(size new.car)"
mkcar -n 0 -r $new -K key | head -c 59 | sends
falls_back 'a header with another root' $((59 + $(size new.car)))
head -c $(($(size since.car) / 2)) since.car | sends
falls_back 'half of the blocks, cut'
mkcar -n 300 -C 5 -r $new -K key -D old.car -x 2 | sends
falls_back 'half of the blocks'
sed 's,app.bsky,app.bskz,' since.car | sends
falls_back 'wrong bytes'
sends <older.car
falls_back 'an earlier commit'
sends <other.car
falls_back 'the commit of another account'
mkcar -n 300 -s 2 -C 5 -r $new -K wrongkey | sends
falls_back 'a commit of another key'
mkcar -n 300 -C 5 -r 7777777777777 -K key | sends
falls_back 'a rev in the future'
echo '{"type":"x"}' | sends
falls_back 'no CAR'
zstd -qc since.car | sends
falls_back 'a compressed CAR'
for rule in status=400 error=InvalidRequest error=RepoNotFound status=404 \
	status=501 status=403 status=500; do
	begin
	rules <<-END
	* *getRepo?did=*since=* $rule
	END
	exits 0 "$rule" fetch $a
	is "$rule: full" "$(how)" "full $(size new.car) $new"
	is "$rule: the whole repo once" "$(calls | sed 's/.*, //')" 200
	ok "$rule: the CAR" cmp new.car "$car"
done

# Redirects
begin
put pds.car <since.car
rules <<END
* *getRepo?did=*since=* redirect=/pds.car
END
exits 0 'a redirect' fetch $a
is 'a redirect: its line' "$(how)" "since $(size since.car) $new"
begin
rules <<END
* *getRepo?did=*since=* redirect=/nowhere
END
exits 0 'a redirect to nothing' fetch $a
is 'a redirect to nothing: full' "$(how)" "full $(size new.car) $new"

# The whole repo needs no second request.
sends <new.car
exits 0 'a host that ignores since' fetch $a
is 'a host that ignores since: full' "$(how)" "full $(size new.car) $new"
is 'a host that ignores since: once' "$(calls)" "200 since=$old"
ok 'a host that ignores since: the CAR' cmp new.car "$car"
mkcar -n 300 -C 5 -r $new -K key -o twice -p 2000000 | sends
exits 0 'the whole repo, in disorder' fetch $a
is 'the whole repo, in disorder: full' "$(jq -r .fetched out)" full
ok 'the whole repo, in disorder: in pre-order' cmp new.car "$car"

# nothing new, from a host that can't tell its rev
begin
head -c 59 old.car >x
put $get/$a,$old <x
rules <<END
* *getRepoStatus* status=501
* *getLatestCommit* status=501
END
exits 0 'nothing new' fetch $a
is 'nothing new: its line' "$(how)" "none 59 $old"
ok 'nothing new: the CAR' cmp old.car "$car"

# the host has an older repo, or loses it: the archive keeps what it has
begin
put_repo $a older.car
exits 1 'an older repo' fetch $a
is 'an older repo: error' "$(jq -r .error out)" OldRev
ok 'an older repo: the archive stays' cmp old.car "$car"
begin
put $get/$a <older.car
sends_older=$get/$a,$old
put $sends_older <older.car
exits 1 'an older repo, against its status' fetch $a
is 'an older repo, against its status: error' "$(jq -r .error out)" OldRev
is 'an older repo, against its status: twice' "$(calls)" \
    "200 since=$old, 200"
ok 'an older repo, against its status: stays' cmp old.car "$car"
begin
put_repo $a older.car
exits 0 'rollback' fetch --allow-rollback $a
ok 'rollback: the older CAR' cmp older.car "$car"
begin
rules <<END
* *getRepo?* cut=500
END
exits 1 'a host that cuts everything' fetch $a
ok 'a host that cuts everything: the archive stays' cmp old.car "$car"
begin
put $get/$a,$old <since.car
exits 1 'too large with what is archived' fetch --max-size 40k $a
is 'too large: error' "$(jq -r .error out)" TooLarge
ok 'too large: the archive stays' cmp old.car "$car"

is 'every first fetch succeeded' "$(cat first.err 2>/dev/null)" ''

stop_faultyd
done_testing
