#!/bin/sh
# Several processes write to one pipe or file: no line is cut by another's.
. "${0%/*}/lib.sh"
. "$top/t/load.sh"

command -v jq >/dev/null || skip_all "no jq"

mkdir u && cd u || exit 2
ok "lines of 100 bytes and of 1 MiB" u-ndjson
cd ..

# Accounts of many short records, and some of 1 MiB.
text=$(printf '%01000d' 0)
text=$text$text$text$text$text$text$text$text$text$text
text=$text$text$text$text$text$text$text$text$text$text
text=$text$text$text$text$text$text$text$text$text$text
for n in 0 1 2 3 4 5; do
	printf 'com.example.long/k%d {"n":%d,"text":"%s"}\n' $n $n "$text"
done >long
mkdir -p cars/a cars/b
for n in 1 2 3 4 5 6 7 8; do
	mkcar -d did:web:a$n.example -n $((n * 400)) -s $n >cars/a/$n.car
	mkcar -d did:web:b$n.example -n 50 -s $n -R long >cars/b/$n.car
done
at-carwalk cars/*/*.car | sort >want
is "so many are long" "$(awk 'length > 1000000' want | wc -l)" 48

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
	printf '%s\n' cars/*/*.car | xargs -P 8 -n 2 at-carwalk | read_slowly
}

run together
is "all went well" "$status" 0
sort out >got
ok "every line through the pipe is whole, and none is lost" cmp got want

printf '%s\n' cars/*/*.car | xargs -P 8 -n 2 at-carwalk |
	jq -c '[.did, .type, .collection, .rkey]' | sort >got
jq -c '[.did, .type, .collection, .rkey]' want | sort >keys
ok "so a reader of JSON can tell" cmp got keys

printf '%s\n' cars/*/*.car | xargs -P 8 -n 2 at-carwalk >file
sort file >got
ok "nor in a file" cmp got want

echo '{"type":"first"}' >file
# shellcheck disable=SC2016 # the inner shell's
printf '%s\n' cars/*/*.car |
	xargs -P 8 -n 2 sh -c 'exec at-carwalk "$@" >>file' sh
sed 1d file | sort >got
ok "nor in one that each of them appends to" cmp got want

# More than one is writing when the reader goes.
status=0
{ printf '%s\n' cars/*/*.car | xargs -P 8 -n 2 at-carwalk; } 2>err |
	head -n 1 >out
is "a reader that has seen enough" "$(jq -r .type out)" commit
grep -v '^xargs: at-carwalk: terminated by signal 13$' err >said
same "ends them quietly, but for xargs" said </dev/null

for n in 1 2 3 4 5 6 7 8; do
	head -c 2000 cars/a/$n.car >cars/$n.cut
done
{
	printf '%s\n' cars/*.cut cars/*.cut cars/*.cut |
		xargs -P 8 -n 3 at-carwalk 2>&1 >/dev/null
} | sort >got
for n in 1 2 3 4 5 6 7 8; do
	at-carwalk cars/$n.cut cars/$n.cut cars/$n.cut
done 2>&1 >/dev/null | sort >keys
ok "their messages are whole, too" cmp got keys
is "and there are as many" "$(wc -l <got)" 24

# Who waits for a reader that doesn't read, or for whoever does

waits() {
	grep -q -e "-> POSIX .* WRITE $1 " /proc/locks
}

# begin CAR: into the FIFO; sets $began
begin() {
	env --default-signal=INT at-carwalk "$1" >fifo 2>>said &
	began=$!
}

# ends SIGNAL STATUS: does it end like this?
ends() {
	kill "-$1" "$2"
	status=0
	wait "$2" 2>/dev/null || status=$?
	is "$1 ends it" $status "$3"
}

at-carwalk cars/a/8.car >writing
at-carwalk cars/a/7.car >next
mkfifo fifo
: >said
begin cars/a/8.car
writing=$began
exec 3<fifo
dd bs=100 count=1 <&3 >got 2>/dev/null
begin cars/a/6.car
wait_for "its turn" waits "$began"
ends TERM "$began" 143
begin cars/a/6.car
wait_for "its turn" waits "$began"
ends INT "$began" 130
begin cars/a/7.car
wait_for "its turn" waits "$began"
ends KILL "$writing" 137
cat <&3 >>got
exec 3<&-
wait "$began"
is "the next one writes" $? 0
same "nothing is said" said </dev/null
size=$(wc -c <next)
tail -c "$size" got | cmp - next
is "all its lines, and nothing else" $? 0
head -c -"$size" got >part
ok "behind what the one that was killed had written" \
    cmp -n "$(wc -c <part)" part writing
ok "which ends within a line" test -n "$(tail -c 1 part)"

# So the first line of the next one is lost with the one that was cut.
exits 1 "at-load tells of it" at-load killed.db got
sed 's/\(line [0-9]*\|in progress\): .*/\1/' err >said
same "the line, and what isn't complete" said <<EOT
at-load: got: line $(grep -c "" part)
at-load: did:web:a8.example: snapshot of rev 3m4xqkxkcac2a in progress
EOT
exits 0 "loaded again" at-load killed.db writing next
at-load want.db writing next
rows killed.db >got
rows want.db >want
ok "everything is there" cmp got want

done_testing
