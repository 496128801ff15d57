#!/bin/sh
# zstd that is cut, changed, in pieces, or much larger than it looks
. "${0%/*}/lib/tap.sh"

command -v zstd >/dev/null || skip_all 'no zstd program'

mkcar -k random -n 30 -s 96 >a.car
at-carwalk a.car >want
zstd -q --check -19 a.car
size=$(wc -c <a.car.zst)

# frames one after the other, and skippable frames
head -c 3000 a.car | zstd -q >one.zst
tail -c +3001 a.car | zstd -q >two.zst
printf '\120\052\115\030\004\000\000\000abcd' >skip
: | zstd -q >nothing.zst
cat one.zst two.zst >x
exits 0 'two frames' at-carwalk x
ok 'are one CAR' cmp want out
cat skip one.zst skip nothing.zst two.zst skip nothing.zst >x
exits 0 'with others between' at-carwalk x
ok 'are one CAR' cmp want out
run sh -c 'cat x | at-carwalk'
ok 'from a pipe too' cmp want out
exits 1 'only the first half' at-carwalk one.zst
is 'is a CAR that is cut' "$(jq -r '[.error, .message] | join(" ")' out)" \
	'BadCar CAR is cut inside a block at byte 3000'
cat one.zst two.zst two.zst >x
exits 1 'the second half twice' at-carwalk x
is 'is one error' "$(jq -r .type out)" error

# refused NAME MESSAGE: the file x
refused() {
	exits 1 "$1" at-carwalk x
	is "$1: its error" "$(jq -r '[.type, .error, .message] | join("|")' \
		out)" "error|BadCar|$2"
}
{
	cat a.car.zst
	printf 'more'
} >x
refused 'bytes after the frame' 'zstd: Unknown frame descriptor'
{
	cat a.car.zst
	printf '\050\265'
} >x
refused 'half a magic number after it' 'zstd ends inside a frame'
printf '\050\265\057\375' >x
refused 'a magic number' 'zstd ends inside a frame'
printf '\050\265\057' >x
refused 'less than that' 'CAR is cut inside its header at byte 3'
printf '\120\052\115\030\377\377\377\377abcd' >x
# With 32 bits, libzstd refuses such a long frame immediately.
case $(getconf LONG_BIT) in
32) said='zstd: Unspecified error code' ;;
*) said='zstd ends inside a frame' ;;
esac
refused 'a frame to be passed over that is cut' "$said"
cp skip x
refused 'nothing but a frame to be passed over' 'not a CAR: empty'
cp nothing.zst x
refused 'a frame of nothing' 'not a CAR: empty'
printf '\050\265\057\375\000\250\001\000\000' >x
refused 'a window of 2 GiB' \
	'zstd: Frame requires too much memory for decoding'
zstd -q -c a.car.zst >x
exits 1 'zstd of zstd' at-carwalk x
is 'is one error' "$(jq -r '[.type, .error] | join("|")' out)" 'error|BadCar'

# cut at any place: one error
mkdir cuts && cd cuts || exit 2
mutate cut <../a.car.zst
find . -name '*.car' | sort | xargs at-carwalk -q >../out 2>../err
cd .. || exit 2
is 'cut anywhere: nothing crashes' "$(cat err)" ''
is 'cut anywhere: one error each' \
	"$(grep -c '^{"type":"error"' out) $(wc -l <out)" "$size $size"

# changed at any place: one error, or the same lines
grep '^{"type":"record"' want | sort >records
for mask in 01 80; do
	mkdir flips && cd flips || exit 2
	mutate flip $mask <../a.car.zst
	find . -name '*.car' | sort | xargs at-carwalk -q >../out 2>../err
	cd .. && rm -r flips || exit 2
	is "changed by $mask: nothing crashes" "$(cat err)" ''
	is "changed by $mask: one result each" \
		"$(grep -cE '^{"type":"(error|end)"' out)" "$size"
	is "changed by $mask: no other record" \
		"$(grep '^{"type":"record"' out | sort -u |
		    comm -13 records -)" ''
	ok "changed by $mask: nearly all are refused" \
		test "$(grep -c '^{"type":"error"' out)" -gt $((size - 10))
done

# Small files that expand to more than 4 GiB. Zeroes end the walk immediately.
head -c 67108864 /dev/zero | zstd -q >zeroes
i=0
while [ $i -lt 70 ]; do
	cat zeroes
	i=$((i + 1))
done >x
ok 'a small file' test "$(wc -c <x)" -lt 1000000
exits 1 'of 4 GiB of zeroes' timeout 60 at-carwalk x
is 'ends at its first byte' "$(jq -r '[.error, .message] | join("|")' out)" \
	'BadCar|not a CAR: header of 0 bytes, at most 65536'
cat a.car.zst x >y
exits 1 'with a CAR before them' timeout 60 at-carwalk y
is 'ends where they begin' "$(jq -r '[.error, .message] | join("|")' out)" \
	"BadCar|empty section at byte $(wc -c <a.car)"

# The same small block a million times, in a CAR whose order doesn't help: the
# cost is that of reading them.
digest='\022\040\343\260\304\102\230\374\034\024\232\373\364\310\231\157'\
'\271\044\047\256\101\344\144\233\223\114\244\225\231\033\170\122\270\125'
# copies N: print N blocks without bytes
copies() {
	# shellcheck disable=SC2059
	printf "\\044\\001\\161$digest" >block
	n=37
	while [ $n -lt $((37 * $1)) ]; do
		cat block block >blocks
		mv blocks block
		n=$((2 * n))
	done
	head -c $((37 * $1)) block
}
copies 1000000 >million
is 'a million blocks' "$(wc -c <million)" 37000000
mkcar -k random -n 30 -s 96 -o shuffle >b.car
cat b.car million | zstd -q >x
ok 'in a small file' test "$(wc -c <x)" -lt 20000
exits 0 'take their time and no more' timeout 60 at-carwalk x
ok 'and change nothing' cmp want out

# the same digest under many other names
{
	cat b.car
	awk -v digest="$digest" 'BEGIN {
		for (i = 0; i < 200000; i++)
			printf "\046\001%c%c%c%s", i % 128 + 128,
			    int(i / 128) % 128 + 128, 1 + int(i / 16384),
			    digest
	}'
} >x.car
is 'number of names' "$(wc -c <x.car)" $(($(wc -c <b.car) + 200000 * 39))
exits 0 'one digest under many names' timeout 60 at-carwalk x.car
ok 'changes nothing' cmp want out

done_testing
