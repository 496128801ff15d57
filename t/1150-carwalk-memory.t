#!/bin/sh
# at-carwalk: how much memory it uses, and what happens if there is less
. "${0%/*}/lib/tap.sh"

# limited KIB CMD...: run it with this limit of private memory
limited() {
	# shellcheck disable=SC3045 # dash has it
	sh -c 'ulimit -d "$1"; shift; exec "$@"' sh "$@"
}

# A sanitizer's own memory exceeds any limit.
limited 50000 at-carwalk --version >out 2>err ||
	skip_all 'the program needs more memory of its own'

# 48 MiB, and 24 bytes for each of 76,042 blocks
mkcar -n 60000 -o shuffle >x.car
at-carwalk x.car >want
bar=$((48 * 1024 + 24 * 76042 / 1024))
exits 0 'a file' limited $bar at-carwalk x.car
ok 'is given in full' cmp want out
exits 0 'a pipe' limited $bar sh -c 'cat x.car | at-carwalk'
ok 'is given in full' cmp want out
if command -v zstd >/dev/null; then
	# and the window: 2 MiB at this level
	zstd -q x.car
	exits 0 'zstd' limited $((bar + 2048)) at-carwalk x.car.zst
	ok 'is given in full' cmp want out
else
	skip 'zstd' 'no zstd program'
fi

# many CARs one after the other
mkcar -n 100 >a.car
at-carwalk a.car >one
i=0
while [ $i -lt 200 ]; do
	ln a.car "$i.a.car"
	i=$((i + 1))
done
exits 0 'many' limited 4000 at-carwalk ./*.a.car
is 'are given in full' "$(wc -l <out)" $((200 * $(wc -l <one)))

# a record whose JSON is six times as long
{
	printf '\241\141a\172\000\017\377\370'
	head -c 1048568 /dev/zero | tr '\000' '\001'
} | mkhostile record >x.car
exits 0 'a large record' limited 49152 at-carwalk x.car
ok 'is given in full' test "$(wc -c <out)" -gt 6291456

# a hostile length takes no memory
{
	printf '\241\141a\133\000\000\000\000\177\377\377\377'
} | mkhostile record >x.car
exits 1 'a length of 2 GiB in a record' limited 8000 at-carwalk x.car
mkhostile header-of-1-gib >x.car
exits 1 'a header of 1 GiB' limited 8000 at-carwalk x.car
mkhostile section-of-2-63 >x.car
exits 1 'a section of 2^63 bytes' limited 8000 at-carwalk x.car

# too little memory: one clear line and status 2
mkcar -n 60000 -o shuffle >x.car
exits 2 'too little, a file' limited 1500 at-carwalk x.car
is 'one line' "$(sed 's/ for an index of .*//' err)" \
	'at-carwalk: x.car: no memory'
exits 2 'too little, a pipe' limited 8000 sh -c 'cat x.car | at-carwalk'
is 'one line' "$(cat err)" 'at-carwalk: -: no memory'
is 'no output' "$(cat out)" ''

done_testing
