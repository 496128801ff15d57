#!/bin/sh
# at-fetchrepo --keep: the earlier CARs of an account
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"

a=did:plc:ewvi7nxzyoun6zhxrhs64oiz
start_faultyd -n 1
car=cars/$(printf %s $a | sha256sum | cut -c 1-2)/did_plc_${a#did:plc:}.car
old=${car%/*}/.did_plc_${a#did:plc:}

# fetch ARGUMENT...
fetch() {
	run at-fetchrepo --allow-private -u "$url" -d cars --retries 1 \
	    --retry-delay 10ms "$@" $a
}

# revs: print the names of the earlier CARs
revs() {
	find "$old" -type f -printf '%f\n' 2>/dev/null | sort | paste -sd ' ' -
}

for n in 2 3 4 5 6 7; do
	mkcar -n 30 -C $n -r 3m${n}xqkxkcac2a -K key >$n.car
done
put_did $a "$url" "$(cat key)"

# host N: the host has this CAR
host() {
	put_repo $a "$1.car"
}
rev() {
	echo "3m${1}xqkxkcac2a.car"
}

host 2
exits 0 'the first' fetch --keep 3
is 'no earlier one' "$(revs)" ''
for n in 3 4; do
	host $n
	exits 0 "rev $n" fetch --keep 3
	ok "rev $n: the newest has the name" cmp $n.car "$car"
done
is 'two earlier ones' "$(revs)" "$(rev 2) $(rev 3)"
ok 'they are as they were' cmp 2.car "$old/$(rev 2)"
exits 0 'nothing new' fetch --keep 3
is 'nothing changes' "$(revs)" "$(rev 2) $(rev 3)"
exits 0 'the changes between the last two' at-cardiff -d cars $a
is 'are those of the CARs' "$(cat out)" "$(at-cardiff 3.car 4.car)"
exits 0 'the changes since a rev' at-cardiff -d cars $a 3m2xqkxkcac2a
is 'are those of the CARs' "$(cat out)" "$(at-cardiff 2.car 4.car)"
host 5
exits 0 'one more' fetch --keep 3
is 'the earliest goes' "$(revs)" "$(rev 3) $(rev 4)"
host 6
exits 0 'without --keep' fetch
is 'they stay' "$(revs)" "$(rev 3) $(rev 4)"
exits 0 'a reader of the archive' at-carwalk cars
is 'sees the newest' "$(jq -r 'select(.type == "end") | .rev' out)" \
    3m6xqkxkcac2a
exits 0 'a reader of earlier ones' at-carwalk "$old"
is 'sees those' "$(jq -r 'select(.type == "end") | .rev' out |
    paste -sd ' ' -)" '3m3xqkxkcac2a 3m4xqkxkcac2a'
host 7
exits 0 'compressed' fetch --zstd --keep 2
is 'the plain one is kept' "$(revs)" "$(rev 6)"
is 'one newest file' "$(find "${car%/*}" -maxdepth 1 -type f)" "$car".zst
host 2
exits 1 'an older rev' fetch --keep 2
is 'an older rev: nothing changes' "$(revs)" "$(rev 6)"
exits 0 'an older rev, allowed' fetch --keep 2 --allow-rollback
is 'an older rev, allowed: the later one is kept' "$(revs)" "$(rev 7).zst"
rm -rf cars

# A kill leaves the newest CAR readable: at each write to the archive's
# directories, the process stops.
if command -v strace >/dev/null && strace -qq true 2>/dev/null; then
	for call in mkdirat linkat renameat unlinkat; do
		for nth in 1 2 3; do
			rm -rf cars
			for n in 2 3; do
				host $n
				fetch --keep 2
			done
			host 4
			strace -f -qq -o trace -e trace=$call -e \
			    inject=$call:signal=KILL:when=$nth \
			    at-fetchrepo -q --allow-private -u "$url" -d cars \
			    --keep 2 $a >killed 2>&1
			at-carwalk -q cars >walked ||
				fail "$call $nth: the archive is readable"
			jq -r 'select(.type == "end") | .rev' walked
			fetch --keep 2
			cmp 4.car "$car" || fail "$call $nth: goes on"
			# What a kill left over goes with the next update.
			case $(revs) in
			"$(rev 3)" | "$(rev 2) $(rev 3)") ;;
			*) fail "$call $nth: $(revs)" ;;
			esac
		done
	done >newest
	is 'killed at any call, the archive has one newest CAR' \
	    "$(grep -cx '3m[34]xqkxkcac2a' newest)" "$(wc -l <newest)"
	ok 'each time' test "$(wc -l <newest)" -eq 12
else
	ok 'no strace: kills are not tested' true
fi

# symbolic links
rm -rf cars
host 2
fetch --keep 2
mkdir elsewhere
ln -s "$PWD/elsewhere" "$old"
host 3
exits 2 'a link in place of the directory' fetch --keep 2
is 'nothing is written there' "$(ls elsewhere)" ''
ok 'the archive stays' cmp 2.car "$car"
rm "$old"
exits 0 'without the link' fetch --keep 2
is 'it is kept' "$(revs)" "$(rev 2)"

# --exclude
echo $a >list
exits 1 '--exclude' fetch --exclude list
is 'nothing is left' "$(find cars -type f)" ''

# One name begins like the other, and both are in one shard.
web=did:web:example.com longer=did:web:example.com.car794.test
for did in $web $longer; do
	for n in 2 3; do
		mkcar -n 5 -d "$did" -r 3m${n}xqkxkcac2a >web.car
		put_repo "$did" web.car
		echo "{\"type\":\"identity\",\"did\":\"$did\",\"pds\":\"$url\"}" |
			at-fetchrepo -q --allow-private -d cars --keep 2 >web
	done
done
is 'similar names: each has its earlier CAR' \
    "$(cd cars/3e && find . -path './.*/*' -type f | sort | paste -sd ' ' -)" \
    "./.did_web_${longer##*:}/$(rev 2) ./.did_web_${web##*:}/$(rev 2)"
echo $longer >list
exits 1 'similar names, --exclude' fetch --exclude list $longer
is 'similar names: the other stays' \
    "$(cd cars/3e && find . -type f | sort | paste -sd ' ' -)" \
    "./.did_web_example.com/$(rev 2) ./did_web_example.com.car"
exits 2 '--keep 0' fetch --keep 0
exits 2 'with -o' at-fetchrepo -o - --keep 2 $a
is 'with -o: message' "$(head -n 1 err)" 'at-fetchrepo: --keep needs -d'

stop_faultyd
done_testing
