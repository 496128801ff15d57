#!/bin/sh
# at-fetchrepo --dictionary, contrib/train-dictionary, and readers of the CARs
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"
command -v zstd >/dev/null || skip_all "no zstd"
command -v shuf >/dev/null || skip_all "no shuf"

a=did:plc:ewvi7nxzyoun6zhxrhs64oiz
start_faultyd -n 1
name=$(printf %s $a | sha256sum | cut -c 1-2)/did_plc_${a#did:plc:}.car

# fetch ARGUMENT...
fetch() {
	run at-fetchrepo --allow-private -u "$url" --retries 1 \
	    --retry-delay 10ms "$@" "$a"
}

mkdir samples
n=0
while [ $((n += 1)) -le 60 ]; do
	mkcar -n $((n % 30 + 5)) -s $n >samples/$n.car
done
exits 0 'train-dictionary' "$top/contrib/train-dictionary" samples small
ok 'it says by how much' grep -q '^20 other CARs: ' out
# shellcheck disable=SC2016 # for awk
ok 'smaller with the dictionary' awk '{ exit !($8 < $6) }' out
exits 2 'train-dictionary without operands' "$top/contrib/train-dictionary"
mkdir few
cp samples/1.car few
exits 1 'of one CAR' "$top/contrib/train-dictionary" few x
ok 'makes none' test ! -e x

mkcar -n 20 -s 3 -K key -r 3m4xqkxkcac2a >a.car
mkcar -n 20 -s 3 -C 20 -K key -r 3m5xqkxkcac2a >b.car
put_did $a "$url" "$(cat key)"
put_repo $a a.car
exits 0 'a fetch' fetch -d cars --dictionary small
id=$(zstd -lv "cars/$name.zst" 2>/dev/null | sed -n 's/^DictID: //p')
ok 'the dictionary is in the archive' cmp small "cars/$id.zdict"
ok 'zstd can read the CAR' \
    sh -c "zstd -dqc -D small 'cars/$name.zst' | cmp - a.car"
exits 0 'without a dictionary' fetch -d plain --zstd
ok 'is larger' test "$(wc -c <"plain/$name.zst")" -gt \
    "$(wc -c <"cars/$name.zst")"
at-carwalk a.car >want
exits 0 'at-carwalk of the archive' at-carwalk cars
ok 'the same records' cmp want out
exits 0 'at-carwalk of the CAR' sh -c "cd 'cars/${name%/*}' && at-carwalk *"
ok 'the same records' cmp want out
exits 0 'at-carwalk on standard input' at-carwalk <"cars/$name.zst"
ok 'the same records' cmp want out
exits 0 'again' fetch -d cars --dictionary small
is 'again: nothing is fetched' "$(jq -r .fetched out)" none
mkcar -n 20 -s 3 -C 20 -K key -r 3m5xqkxkcac2a -D a.car |
	put xrpc/com.atproto.sync.getRepo/$a,3m4xqkxkcac2a
put_repo $a b.car
exits 0 'an update' fetch -d cars --keep 2 --dictionary small --zstd=19
is 'an update: by since' "$(jq -r .fetched out)" since
at-carwalk b.car >want
exits 0 'the new CAR' at-carwalk cars
ok 'its records' cmp want out
at-carwalk a.car >want
exits 0 'the kept CAR' at-carwalk "cars/${name%/*}/.did_plc_${a#did:plc:}"
ok 'its records' cmp want out

# no dictionary
want="compressed with the zstd dictionary $id; want the file $id.zdict at the"
exits 1 'a pipe' sh -c "cat 'cars/$name.zst' | at-carwalk"
is 'a pipe: message' "$(cat err)" "at-carwalk: -: $want top of its archive"
mv "cars/$id.zdict" away
exits 1 'no dictionary' at-carwalk -q "cars/$name.zst"
is 'no dictionary: error' "$(jq -c '[.error, .message]' out)" \
    "[\"Unreadable\",\"$want top of its archive\"]"
put_repo $a a.car
cp "cars/$name.zst" before
exits 1 'no dictionary, and an earlier rev' fetch -d cars
is 'no dictionary, and an earlier rev: error' \
    "$(jq -c '[.error, .retry]' out)" '["Unreadable",true]'
is 'no dictionary, and an earlier rev: message' \
    "$(grep -c "cars/$name.zst: $want" err)" 1
ok 'the later CAR stays' cmp before "cars/$name.zst"
is 'as the only one' "$(ls "cars/${name%/*}")" "${name##*/}".zst
cp -r cars copy
exits 0 '--allow-rollback' fetch -d copy --allow-rollback
ok '--allow-rollback replaces it' cmp a.car "copy/$name"
put_repo $a b.car
head -c 4000 small >"cars/$id.zdict"
exits 1 'half a dictionary' at-carwalk -q "cars/$name.zst"
is 'half a dictionary: error' "$(jq -r .error out)" BadCar
echo other >"cars/$id.zdict"
exits 1 'another file' at-carwalk -q "cars/$name.zst"
exits 2 'another file, and at-fetchrepo' fetch -d cars --dictionary small
is 'another file: message' "$(head -n 1 err)" \
    "at-fetchrepo: --dictionary: cars/$id.zdict: another dictionary of the \
same id"
rm "cars/$id.zdict"
mkfifo "cars/$id.zdict"
exits 2 'a FIFO, and at-fetchrepo' timeout 20 at-fetchrepo -d cars \
    --dictionary small $a
rm "cars/$id.zdict"
if command -v strace >/dev/null && strace -qq true 2>/dev/null; then
	# Another process is faster.
	fetch -d raced --zstd
	strace -qq -o trace -e trace=linkat \
	    -e inject=linkat:delay_enter=2000000 at-fetchrepo -q \
	    --allow-private -u "$url" -d raced --dictionary small $a \
	    >out 2>err &
	sleep 1
	echo other >"raced/$id.zdict"
	wait $! && status=0 || status=$?
	is 'another dictionary appears: exit status' "$status" 2
	is 'it stays' "$(cat "raced/$id.zdict")" other
fi
mv away "cars/$id.zdict"
exits 0 'the dictionary again' at-carwalk "cars/$name.zst"

exits 2 'no dictionary' fetch -d cars --dictionary "$top/README"
is 'no dictionary: message' "$(head -n 1 err)" \
    "at-fetchrepo: --dictionary: $top/README: not a trained zstd dictionary"
exits 2 'no file' fetch -d cars --dictionary nowhere
exits 2 'with -o' fetch -o - --dictionary small

stop_faultyd
done_testing
