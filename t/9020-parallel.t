#!/bin/sh
# Several processes write to one pipe or file: no line is cut by the line of
# another process.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

command -v jq >/dev/null || skip_all "no jq"

mkdir u && cd u || exit 2
ok "lines of 100 bytes and of 1 MiB" "$unit"/ndjson
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
is "number of long lines" "$(awk 'length > 1000000' want | wc -l)" 48

# Read the first lines byte by byte, so that all writers have to wait.
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

# More than one process is writing when the reader ends.
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

# Processes that wait for a reader that doesn't read, or for another process
# that waits

waits() {
	grep -q -e "-> POSIX .* WRITE $1 " /proc/locks
}

# begin CAR: walk it into the FIFO; sets $began
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
same "no message" said </dev/null
size=$(wc -c <next)
tail -c "$size" got | cmp - next
is "all its lines, and nothing else" $? 0
head -c -"$size" got >part
ok "behind what the one that was killed had written" \
    cmp -n "$(wc -c <part)" part writing
ok "which ends within a line" test -n "$(tail -c 1 part)"

# So the first line of the next process is lost with the cut one.
exits 1 "at-load reports it" at-load killed.db got
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

# GNU parallel distributes jobs, collects lines, and resumes after a kill

if ! parallel --version 2>/dev/null | grep -q '^GNU parallel'; then
	skip "GNU parallel" "not installed"
	done_testing
fi

printf '%s\n' cars/*/*.car | jq -cR '{type: "repo", car: .}' >in
at-carwalk <in | sort >want
for how in --group --line-buffer --ungroup; do
	status=0
	parallel -j 8 --pipe -N 2 $how at-carwalk <in >out || status=$?
	is "$how: every job is done" $status 0
	sort out >got
	ok "$how: its lines are there, and whole" cmp got want
done

grep "\"type\":\"record\"" want >keys
parallel -j 8 --pipe --line-buffer at-carwalk <keys | sort >got
ok "long lines are shared out whole" cmp got keys

printf '%s\n' cars/*/*.car | parallel -j 8 --line-buffer "at-carwalk {} |
    jq -c 'select(.rkey == \"k3\")'" | sort >got
jq -c 'select(.rkey == "k3")' want >keys
ok "lines of other programs are gathered whole" cmp got keys

# Jobs that wait at the gate are killed, or left alone, unless there is a file
# go.
cat >walk <<'EOT'
#!/bin/sh
echo "$@" >>ran
case $* in
*/a/[57].car*) [ -e go ] || read -r _ <gate ;;
esac
at-carwalk "$@" | at-load resumed.db && echo "$@" >>ended
EOT
chmod +x walk
mkfifo gate
exec 4<>gate
printf '%s\n' cars/a/*.car cars/b/[12].car >list
xargs at-carwalk <list | at-load all.db
rows all.db >want

# held: have the first two jobs ended, and do the next two wait?
held() {
	[ "$(wc -l <log)" -eq 3 ] && [ "$(wc -l <ran)" -eq 4 ]
}

# logged: print sequence number and exit value of each job
logged() {
	sed 1d log | cut -f 1,7 | sort | tr '\t\n' ': '
}

# ended N: have N jobs ended?
ended() {
	[ "$(wc -l <ended)" -eq "$1" ]
}

for signal in INT TERM KILL; do
	rm -f log ran ended go resumed.db*
	setsid env --default-signal=INT parallel -j 2 -N 2 --joblog log \
	    --resume -a list ./walk >said 2>&1 </dev/null &
	wait_for "the jobs that are killed" held
	killed=$! alive=0
	[ $signal != KILL ] || killed=-$! alive=2
	kill -s $signal -- "$killed"
	wait $! 2>/dev/null
	is "$signal: what was done is in the log" "$(logged)" "1:0 2:0 "
	touch go
	[ $alive -eq 0 ] || printf '\n\n' >&4
	exits 0 "$signal: again" parallel -j 2 -N 2 --joblog log --resume \
	    -a list ./walk
	is "$signal: the log has all" "$(logged)" "1:0 2:0 3:0 4:0 5:0 "
	sort ran >got
	same "$signal: only what was under way was begun twice" got <<'EOT'
cars/a/1.car cars/a/2.car
cars/a/3.car cars/a/4.car
cars/a/5.car cars/a/6.car
cars/a/5.car cars/a/6.car
cars/a/7.car cars/a/8.car
cars/a/7.car cars/a/8.car
cars/b/1.car cars/b/2.car
EOT
	wait_for "the jobs that outlive parallel" ended $((5 + alive))
	rows resumed.db >got
	ok "$signal: the same rows" cmp got want
done
exits 0 "once more" parallel -j 2 -N 2 --joblog log --resume -a list ./walk
is "nothing is done" "$(wc -l <ran)" 7

# A job fails if one of its CARs fails, but it walks the others.
mv cars/a/6.car whole
head -c 2000 whole >cars/a/6.car
rm log
walked() {
	run parallel -j 2 -N 4 --joblog log "$@" -a list at-carwalk
}
walked
is "the status is how many jobs failed" "$status" 1
is "the CAR has its error" "$(jq -r 'select(.type == "error").input' out)" \
    cars/a/6.car
is "the others are done" "$(grep -c '^{"type":"end"' out)" 9
is "the log has its status" "$(logged)" "1:0 2:1 3:0 "
walked --resume
is "--resume leaves it" "$status $(cat out)" "0 "
mv whole cars/a/6.car
walked --resume-failed
is "--resume-failed does all of the job again" \
    "$status $(grep -c '^{"type":"end"' out)" "0 4"

done_testing
