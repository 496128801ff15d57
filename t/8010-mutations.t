#!/bin/sh
# A CAR with one byte changed, or cut, at any place
. "${0%/*}/lib/tap.sh"

mkcar -k random -n 30 -s 128 -o shuffle -l list >sound.car
is 'no block is there twice' "$(cut -d ' ' -f 2 list | sort -u | wc -l)" 30
at-carwalk sound.car | grep '^{"type":"record"' | sort >records
is 'records' "$(wc -l <records)" 30
size=$(wc -c <sound.car)

# walk ARGUMENT...: walk all files of the directory, into out
walk() {
	status=0
	find . -name '*.car' | sort | xargs at-carwalk -q "$@" >../out \
		2>../err || status=$?
}

# each file gives exactly one error
refused() {
	walk
	is "$1: exit status" "$status" 123
	is "$1: nothing crashes" "$(cat ../err)" ''
	is "$1: number of errors" "$(grep -c '^{"type":"error"' ../out)" "$size"
	is "$1: and nothing else" "$(wc -l <../out)" "$size"
	is "$1: one each" "$(jq -r .input ../out | sort -u | wc -l)" "$size"
	is "$1: of these names" "$(jq -r .error ../out | sort -u |
	    grep -vE '^(BadCar|BadBlock|MissingBlock|BadCommit|TooLarge)$')" ''
}

# --salvage gives no record that wasn't in the CAR
salvaged() {
	walk --salvage
	is "$1, salvaged: nothing crashes" "$(cat ../err)" ''
	is "$1, salvaged: number of errors" \
		"$(grep -c '^{"type":"error"' ../out)" "$size"
	is "$1, salvaged: no end" "$(grep -c '^{"type":"end"' ../out)" 0
	grep '^{"type":"record"' ../out |
		sed 's/"source":"part"/"source":"car"/' | sort -u >../given
	is "$1, salvaged: no other record" \
		"$(comm -13 ../records ../given)" ''
	ok "$1, salvaged: but some" test "$(wc -l <../given)" -gt 25
}

for mask in 01 24 80 ff; do
	mkdir flips && cd flips || exit 2
	mutate flip $mask <../sound.car
	refused "changed by $mask"
	[ $mask != 80 ] || salvaged "changed by $mask"
	cd .. && rm -r flips || exit 2
done

mkdir cuts && cd cuts || exit 2
mutate cut <../sound.car
refused 'cut'
salvaged 'cut'
cd .. || exit 2

done_testing
