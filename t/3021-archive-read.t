#!/bin/sh
# Reading an archived CAR: as a stream of bytes, and as a repo
. "${0%/*}/lib/tap.sh"
command -v zstd >/dev/null || skip_all "no zstd"

did=did:plc:ewvi7nxzyoun6zhxrhs64oiz
shard=$(printf %s $did | sha256sum | cut -c 1-2)
name=$shard/did_plc_${did#did:plc:}.car

# read_car ARGUMENT...
read_car() {
	"$unit/archive-read" "$@"
}

mkcar -n 3000 -s 3 -r 3m4xqkxkcac2a >a.car
mkcar -n 3000 -s 3 -C 20 -r 3m5xqkxkcac2a >b.car
mkdir -p empty plain/"$shard" packed/"$shard" parts/"$shard"
cp a.car plain/"$name"
zstd -qc a.car >packed/"$name".zst
{
	head -c 1000 a.car | zstd -qc
	tail -c +1001 a.car | zstd -qc
} >parts/"$name".zst

for archive in plain packed parts; do
	exits 0 "$archive" read_car stream $archive $did
	ok "$archive: the same bytes" cmp a.car out
	exits 0 "$archive: a repo" read_car repo $archive $did
	is "$archive: its rev" "$(cut -d ' ' -f 1,3 out)" \
	    "3m4xqkxkcac2a 3m4xqkxkcac2a"
done
exits 1 "no CAR" read_car stream empty $did
exits 1 "no repo" read_car repo empty $did
same "and no rev" out <<'EOT'

EOT
exits 1 "another DID" read_car stream plain did:web:a.example
exits 1 "a path" read_car stream plain did:web:../"$name"

# A dictionary
mkdir -p small/"$shard"
for i in $(seq 40); do
	mkcar -n $((i % 20 + 5)) -s "$i" >"sample$i.car"
done
ok "a dictionary is trained" zstd -q --train sample*.car -o dict \
    --maxdict=8000
mkcar -n 20 -s 3 -r 3m4xqkxkcac2a >small.car
zstd -qc -D dict small.car >small/"$name".zst
id=$(zstd -lv small/"$name".zst 2>/dev/null | sed -n 's/^DictID: //p')
exits 1 "the dictionary is missing" read_car stream small $did
cp dict "small/$id.zdict"
exits 0 "the dictionary is there" read_car stream small $did
ok "with it: the same bytes" cmp small.car out
cp sample1.car "small/$id.zdict"
exits 1 "the dictionary is something else" read_car stream small $did

# Damage. The commit is near the front, so it is found.
head -c $(($(wc -c <packed/"$name".zst) - 100)) packed/"$name".zst >part
cp part packed/"$name".zst
exits 2 "a compressed CAR that is cut" read_car stream packed $did
same "cut: says so" err <<EOT
Unreadable: packed/$name.zst: zstd ends inside a frame
EOT
exits 2 "cut: as a repo" read_car repo packed $did
head -c 100000 a.car >plain/"$name"
printf x | dd of=plain/"$name" bs=1 seek=90000 conv=notrunc 2>/dev/null
exits 2 "a block that is damaged" read_car repo plain $did
rm -r plain/"$shard"
mkdir -p elsewhere/"$shard"
cp a.car elsewhere/"$name"
ln -s ../elsewhere/"$shard" plain/"$shard"
exits 1 "a symbolic link in place of a shard" read_car stream plain $did

# Earlier CARs
rm plain/"$shard"
mkdir -p "plain/$shard/.did_plc_${did#did:plc:}"
cp b.car plain/"$name"
cp a.car "plain/$shard/.did_plc_${did#did:plc:}/3m4xqkxkcac2a.car"
exits 0 "an earlier CAR" read_car repo plain $did 3m4xqkxkcac2a
is "earlier: its rev, and the newest one" "$(cut -d ' ' -f 1,3 out)" \
    "3m4xqkxkcac2a 3m5xqkxkcac2a"
zstd -q --rm "plain/$shard/.did_plc_${did#did:plc:}/3m4xqkxkcac2a.car"
exits 0 "an earlier CAR that is compressed" \
    read_car repo plain $did 3m4xqkxkcac2a
exits 0 "the newest one by its rev" read_car repo plain $did 3m5xqkxkcac2a
is "newest: its rev" "$(cut -d ' ' -f 1,3 out)" "3m5xqkxkcac2a 3m5xqkxkcac2a"
exits 1 "a rev that isn't kept" read_car repo plain $did 3m4xqkxkcac3a
same "not kept: the newest rev" out <<'EOT'
3m5xqkxkcac2a
EOT
exits 1 "not a rev" read_car repo plain $did ../../x
done_testing
