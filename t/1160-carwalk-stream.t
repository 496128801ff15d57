#!/bin/sh
# at-carwalk: --stream writes records before the repo is known to be complete,
# and --unlink removes the CARs of jobs
. "${0%/*}/lib/tap.sh"

# alike FILE: compare it with `want`, which was written without --stream
alike() {
	for name in want "$1"; do
		sed '/^{"type":"commit"/s/"records":[0-9]*,//' "$name" >"x.$name"
	done
	cmp x.want "x.$1"
}

# last: print the type and the error of the last line of out
last() {
	tail -n 1 out | jq -r '.type + " " + (.error // "")' | sed 's/ $//'
}

# true_part: does `want` have all record lines of out, in the same order?
true_part() {
	grep '^{"type":"record"' out >part
	grep '^{"type":"record"' want | head -n "$(wc -l <part)" | cmp - part
}

mkcar -n 3000 -K key >pre.car
key=$(cat key)
at-carwalk -k "$key" pre.car >want
exits 0 'pre-order' at-carwalk --stream -k "$key" pre.car
ok 'the lines are the same' alike out
exits 0 'pre-order, from a pipe' \
	sh -c "cat pre.car | at-carwalk --stream -k $key"
ok 'the lines are the same' alike out
exits 1 'the key of somebody else' at-carwalk --stream -k \
	did:key:zQ3shV7S2iC3MbktvrVQ9isCtPSLXNQHS6UM7oDgLjUmrKjXg pre.car
is 'no record' "$(wc -l <out) $(last)" '1 error BadSignature'

# Records appear while the rest of the CAR is still missing.
mkfifo in
at-carwalk --stream <in >out 2>err &
pid=$!
exec 3>in
head -c 8000 pre.car >&3
wait_for 'records before the end' grep -q '^{"type":"record"' out
tail -c +8001 pre.car >&3
exec 3>&-
wait $pid
at-carwalk pre.car >want
ok 'the lines are the same' alike out

at-carwalk -c 'app.bsky.feed.*' pre.car >want
exits 0 'some collections' at-carwalk --stream -c 'app.bsky.feed.*' pre.car
ok 'the lines are the same' alike out

# any keys and values, among them errors of single records
mkcar -n 500 -k random >random.car
at-carwalk -q random.car >want
status=$?
exits $status 'any values' at-carwalk -q --stream random.car
ok 'the lines are the same' alike out

for order in post shuffle twice; do
	mkcar -n 500 -o $order >$order.car
	at-carwalk $order.car >want
	exits 0 "order: $order" at-carwalk --stream $order.car
	ok 'the lines are the same' alike out
	exits 0 "order: $order, from a pipe" \
		sh -c "cat $order.car | at-carwalk --stream"
	ok 'the lines are the same' alike out
done


# The same record under two keys, whose block the CAR has once
printf 'com.example.zzz/1 {"a":1}\ncom.example.zzz/2 {"a":1}\n' >same
mkcar -n 50 -R same >same.car
at-carwalk same.car >want
exits 0 'a record that two keys name' at-carwalk --stream same.car
ok 'the lines are the same' alike out

# Blocks are missing: what was written is true, and there is no end.
at-carwalk pre.car >want
mkcar -n 3000 -x 700 >holes.car
exits 1 'missing blocks' at-carwalk -q --stream holes.car
is 'an error in place of the end' "$(last)" 'error MissingBlock'
ok 'records before' test "$(wc -l <out)" -gt 100

# cut anywhere
size=$(wc -c <pre.car)
ends=0 false=0
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19; do
	head -c $((size * i / 20)) pre.car >cut.car
	at-carwalk -q --stream cut.car >out && ends=$((ends + 1))
	[ "$(last | cut -c 1-5)" = error ] || ends=$((ends + 1))
	true_part || false=$((false + 1))
done
is 'a cut CAR never ends' "$ends" 0
is 'what was written is true' "$false" 0
ok 'records come before the cut' test "$(wc -l <out)" -gt 2000

# A changed byte is found at its block, after true records only.
at=$((size / 2))
cp pre.car flipped.car
dd if=pre.car bs=1 skip=$at count=1 2>err |
	tr '\000-\377' '\001-\377\000' |
	dd of=flipped.car bs=1 seek=$at conv=notrunc 2>err
exits 1 'a changed byte' at-carwalk -q --stream flipped.car
is 'is found' "$(last)" 'error BadBlock'
ok 'what was written is true' true_part
ok 'and about half of it' test "$(wc -l <out)" -gt 1000

# every attack has the same end
differ=
for attack in $(mkhostile); do
	mkhostile "$attack" </dev/null >x.car 2>err || continue
	at-carwalk -q x.car >out
	plain="$? $(last)"
	at-carwalk -q --stream x.car >out
	[ "$? $(last)" = "$plain" ] || differ="$differ $attack"
done
is 'attacks end as without --stream' "$differ" ''

for option in --salvage --partial; do
	exits 2 "--stream with $option" at-carwalk --stream $option pre.car
	is 'says why' "$(head -n 1 err)" "at-carwalk: --stream can't be \
combined with --salvage or --partial"
done

# Memory does not grow with the repo.
if sh -c 'ulimit -d 30000; exec at-carwalk --version' >out 2>err; then
	mkcar -n 100000 >large.car
	at-carwalk large.car >want
	exits 0 'a large repo in 4,000 kB' \
		sh -c 'ulimit -d 4000; exec at-carwalk --stream large.car'
	ok 'the lines are the same' alike out
	exits 2 'not without --stream, in 1,000 kB' \
		sh -c 'ulimit -d 1000; exec at-carwalk large.car'
else
	skip 'memory' 'the program needs more memory of its own'
fi

# at-load keeps an incomplete repo in progress, and completes it later.
head -c $((size / 2)) pre.car >cut.car
at-carwalk -q --stream cut.car >cut.lines
exits 1 'load what came' at-load -q x.db <cut.lines
is 'records are there' "$(sqlite3 x.db \
	'SELECT count(*) > 500 FROM records')" 1
is 'the account is not complete' "$(at-status x.db | jq -r .state)" failed
exits 0 'load it whole' sh -c 'at-carwalk --stream pre.car | at-load -q x.db'
is 'all records are there' "$(sqlite3 x.db 'SELECT count(*) FROM records')" 3000
is 'the account is complete' "$(at-status x.db | jq -r .state)" completed

# --unlink
mkdir cars
cp pre.car cars/1.car
cp pre.car cars/3.car
cp flipped.car cars/2.car
for i in 1 2; do
	printf '{"type":"repo","car":"cars/%d.car"}\n' $i
done >job.lines
exits 1 'remove CARs' at-carwalk -q --unlink <job.lines
is 'of jobs without fault' "$(ls cars)" '2.car
3.car'
is 'after their lines' "$(grep -c '^{"type":"end"' out)" 1
exits 0 'an operand' at-carwalk --unlink cars/3.car
ok 'stays' test -f cars/3.car
exits 0 'a pipeline without an archive' \
	sh -c "at-carwalk --unlink | at-load -q y.db" <<EOT
{"type":"repo","did":"$(jq -rn 'input.did' want)","car":"cars/3.car"}
EOT
is 'has loaded it' "$(sqlite3 y.db 'SELECT count(*) FROM records')" 3000
ok 'and removed it' test ! -e cars/3.car
cp pre.car cars/4.car
job=$(at-status y.db | jq -c '.car = "cars/4.car"')
printf '%s\n' "$job" >job.lines
exits 0 'an unchanged repo' at-carwalk --unlink <job.lines
is 'is not read' "$(last) $(tail -n 1 out | jq .unchanged)" 'end true'
ok 'and removed' test ! -e cars/4.car
if [ "$(id -u)" -ne 0 ]; then
	cp pre.car cars/5.car
	chmod a-w cars
	printf '{"type":"repo","car":"cars/5.car"}\n' >job.lines
	exits 0 'a CAR that cannot be removed' at-carwalk --unlink <job.lines
	is 'is reported' "$(cat err)" \
		"at-carwalk: cars/5.car: can't remove: Permission denied"
	chmod u+w cars
else
	skip 'a CAR that cannot be removed' 'root can remove it'
fi

done_testing
