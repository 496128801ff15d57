#!/bin/sh
# at-carwalk: a CARv2, whose data section is a CARv1
. "${0%/*}/lib/tap.sh"

# le64 NUMBER: print it in little-endian order
le64() {
	lib_n=$1
	for _ in 1 2 3 4 5 6 7 8; do
		# shellcheck disable=SC2059 # it is made here
		printf "\\$(printf %03o $((lib_n & 255)))"
		lib_n=$((lib_n >> 8))
	done
}

# v2 CHARACTERISTICS OFFSET SIZE INDEX: print pragma and header
v2() {
	printf '\012\241\147version\002'
	le64 "$1"
	le64 0
	le64 "$2"
	le64 "$3"
	le64 "$4"
}

mkcar -n 50 >v1.car
size=$(wc -c <v1.car)
at-carwalk v1.car >want

# as_v1 NAME: the lines are those of the CARv1: from a file, from a pipe, and
# both compressed
as_v1() {
	exits 0 "$1" at-carwalk x.car
	same "$1: as CARv1" out <want
	exits 0 "$1: a pipe" sh -c '{ cat x.car; echo $? >code; } | at-carwalk'
	is "$1: a pipe: its writer" "$(cat code)" 0
	same "$1: a pipe: as CARv1" out <want
	command -v zstd >/dev/null || return 0
	zstd -qf x.car -o x.car.zst
	exits 0 "$1: in zstd" at-carwalk x.car.zst
	same "$1: in zstd: as CARv1" out <want
	exits 0 "$1: zstd from a pipe" sh -c 'cat x.car.zst | at-carwalk'
	same "$1: zstd from a pipe: as CARv1" out <want
}
{
	v2 0 51 "$size" 0
	cat v1.car
} >x.car
as_v1 'without an index'
{
	v2 128 51 "$size" $((51 + size))
	cat v1.car
	head -c 300000 /dev/urandom
} >x.car
as_v1 'with an index'
{
	v2 255 1000 "$size" $((1000 + size + 50))
	head -c 949 /dev/zero
	cat v1.car
	head -c 50 /dev/zero
	echo index
} >x.car
as_v1 'with padding'

# An index after the data is skipped, so it needs no temporary file.
{
	v2 128 51 "$size" $((51 + size))
	cat v1.car
	head -c 40000000 /dev/zero
} >x.car
# shellcheck disable=SC2016 # for the inner shell
exits 0 'a large index from a pipe' \
    sh -c 'cat x.car | TMPDIR=missing at-carwalk'
same 'a large index from a pipe: as CARv1' out <want
if command -v zstd >/dev/null; then
	zstd -qf x.car -o x.car.zst
	# shellcheck disable=SC2016 # for the inner shell
	exits 0 'a large index in zstd' \
	    env TMPDIR=missing at-carwalk x.car.zst
	same 'a large index in zstd: as CARv1' out <want
fi
exits 0 'with -c' at-carwalk -c app.bsky.feed.like x.car
grep '"collection":"app.bsky.feed.like"' want >likes
grep '"type":"record"' out >got
same 'the same records' got <likes

echo '{"type":"repo","car":"x.car"}' >job
exits 0 'of a job' at-carwalk <job
sed 1d out >got
same 'of a job: as CARv1' got <want

# refused NAME MESSAGE: x.car, as a file and from a pipe
refused() {
	exits 1 "$1" at-carwalk x.car
	is "$1: says why" "$(cat err)" "at-carwalk: x.car: $2"
	is "$1: one error" "$(jq -r '"\(.type) \(.error) \(.retry)"' out)" \
	    'error BadCar true'
	run sh -c 'cat x.car | at-carwalk'
	is "$1: from a pipe" "$(cat err)" "at-carwalk: -: $2"
}
v2 0 51 "$size" 0 | head -c 11 >x.car
refused 'the pragma alone' 'CAR is cut inside the header of a CARv2 at byte 11'
v2 0 51 "$size" 0 | head -c 50 >x.car
refused 'a header that is cut' \
    'CAR is cut inside the header of a CARv2 at byte 50'
v2 0 0 0 0 >x.car
refused 'a header that was never filled in' \
    'CARv2 whose data has 0 bytes from byte 0'
{
	v2 0 50 "$size" 0
	cat v1.car
} >x.car
refused 'data inside the header' "CARv2 whose data has $size bytes from byte 50"
{
	v2 0 51 -52 0
	cat v1.car
} >x.car
refused 'data of nearly 2^64 bytes' \
    'CARv2 whose data has 18446744073709551564 bytes from byte 51'
{
	v2 0 $((1 << 40)) "$size" 0
	cat v1.car
} >x.car
refused 'data behind the end' \
    "CAR is cut inside the padding of a CARv2 at byte $((51 + size))"
{
	v2 0 51 $((size + 1)) 0
	cat v1.car
} >x.car
refused 'less data than it says' \
    "CAR is cut inside the data of a CARv2 at byte $((51 + size))"
{
	v2 0 51 $((size - 1)) 0
	cat v1.car
} >x.car
refused 'more data than it says' \
    "CAR is cut inside a block at byte $((51 + size - 1))"
{
	v2 0 51 20 0
	cat v1.car
} >x.car
refused 'an end inside the header of the data' \
    'CAR is cut inside its header at byte 71'
{
	v2 0 51 $((size + 51)) 0
	v2 0 51 "$size" 0
	cat v1.car
} >x.car
refused 'a CARv2 in a CARv2' 'CAR of version 2, want 1'
if command -v zstd >/dev/null; then
	{
		v2 0 51 "$size" 0
		cat v1.car
		head -c 300000 /dev/urandom
	} >x.car
	zstd -qc x.car | head -c -10 >cut.zst
	exits 1 'zstd that is cut inside the index' at-carwalk cut.zst
	is 'is damaged' "$(cat err)" \
	    'at-carwalk: cut.zst: zstd ends inside a frame'
fi

done_testing
