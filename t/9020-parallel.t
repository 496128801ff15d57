#!/bin/sh
# Several processes write into one pipe or file: no line is cut by another's.
. "${0%/*}/lib.sh"

command -v jq >/dev/null || skip_all "no jq"

i=0
while [ $i -lt 8 ]; do
	i=$((i + 1))
	mkcar -n $((i * 400)) -s $i >$i.car
done
at-carwalk ./*.car | sort >want

# The first lines are read byte by byte, so that all writers come to wait.
read_slowly() {
	n=0
	while [ "$n" -lt 500 ] && IFS= read -r line; do
		printf '%s\n' "$line"
		n=$((n + 1))
	done
	cat
}

together() {
	printf '%s\n' ./*.car | xargs -P 8 -n 1 at-carwalk | read_slowly
}

run together
is "all went well" "$status" 0
ok "every line through the pipe is whole" jq -e .type out
sort out >got
ok "and none is lost" cmp got want

printf '%s\n' ./*.car | xargs -P 8 -n 1 at-carwalk >file
sort file >got
ok "nor in a file" cmp got want

done_testing
