#!/bin/sh
# at-fetchrepo verifies, compresses and syncs in threads: slow work doesn't
# delay other jobs
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"

get=xrpc/com.atproto.sync.getRepo

# did N: print an invented DID
did() {
	printf 'did:plc:%024d' "$1" | tr 0189 abcd
}

# job N URL
job() {
	printf '{"did":"%s","pds":"%s"}\n' "$(did "$1")" "$2"
}

# car N: print its path in the archive
car() {
	printf 'cars/%.2s/did_plc_%s.car' "$(printf %s "$(did "$1")" |
		sha256sum)" "$(did "$1" | cut -d : -f 3)"
}

# shard N: print the directory of that path
shard() {
	dirname "$(car "$1")"
}

# begin FILE: fetch the jobs of the file in the background
begin() {
	at-fetchrepo --allow-private -d cars "$1" >out 2>err 4<&- 5<&- 6<&- \
	    7<&- 8<&- &
	fetch=$!
}

# end NAME LINES: it exits 0, with this number of results
end() {
	status=0
	wait $fetch || status=$?
	is "$1" "$status $(wc -l <out) $(cat err)" "0 $2 "
}

# told N: is this number of results there?
told() {
	[ "$(wc -l <out)" -ge "$1" ]
}

start_faultyd -n 2
other=http://127.0.0.1:${ports#* }
# all in different shards
for i in 1 2 3 4 $(seq 17 36); do
	mkdir -p "$(shard "$i")"
	if [ "$i" -le 4 ]; then
		mkcar -n 3200 -s "$i" -d "$(did "$i")" | put "$get/$(did "$i")"
		job "$i" "$url"
	else
		mkcar -n 10 -s "$i" -d "$(did "$i")" | put "$get/$(did "$i")"
		job "$i" "$other"
	fi
done >jobs.in
ok 'a large one is large' test "$(wc -c <"$www/$get/$(did 1)")" -gt 1048576

# A directory that another process has locked represents all slow work. Four
# large repos that can't be stored leave threads for the small ones.
exec 4<"$(shard 1)" 5<"$(shard 2)" 6<"$(shard 3)" 7<"$(shard 4)"
flock 4
flock 5
flock 6
flock 7
begin jobs.in
wait_for 'the small ones have their results' told 20
is 'no large one has' "$(jq -c '.size > 1048576' out | sort | uniq -c |
	tr -s ' ')" ' 20 false'
is 'and no name' "$(find "$(shard 1)" "$(shard 2)" "$(shard 3)" "$(shard 4)" \
	-type f)" ''
exec 4<&- 5<&- 6<&- 7<&-
end 'until they can be kept' 24
is 'each job has its result' "$(jq -r .did out | sort -u | wc -l)" 24
is 'each CAR is whole' "$(find cars -type f -exec at-carwalk -q {} + |
	grep -c '^{"type":"end"')" 24

# A slow look-up in the archive delays no other job either.
rm -rf cars
mkdir -p "$(shard 17)"
echo 'no CAR' >"$(car 17)"
exec 8<"$(shard 17)"
flock 8
tail -n +5 jobs.in >small.in
begin small.in
wait_for 'the others have their results' told 19
is 'and it has none' "$(grep -c "$(did 17)" out)" 0
exec 8<&-
end 'until it can be looked at' 20

# From the network, a CAR isn't decompressed, verified or not.
if command -v zstd >/dev/null; then
	rm -rf cars
	mkcar -n 10 -d "$(did 50)" >a.car
	digest='\022\040\343\260\304\102\230\374\034\024\232\373\364\310\231'
	digest=$digest'\157\271\044\047\256\101\344\144\233\223\114\244\225'
	digest=$digest'\231\033\170\122\270\125'
	# shellcheck disable=SC2059
	printf "\\044\\001\\161$digest" >block
	n=37
	while [ $n -lt 18000000 ]; do
		cat block block >blocks
		mv blocks block
		n=$((2 * n))
	done
	cat a.car block | zstd -q >bomb
	ok 'a bomb' test "$(wc -c <bomb)" -lt 100000
	put "$get/$(did 50)" <bomb
	zstd -q <a.car | put "$get/$(did 51)"
	printf '\120\052\115\030\004\000\000\000abcd' | cat - bomb |
		put "$get/$(did 52)"
	for i in 50 51 52 53; do
		put_did "$(did $i)" "$url"
	done
	for i in 50 51 52; do
		job $i "$url"
	done >jobs.in
	for option in --retry --no-verify; do
		forget
		exits 1 "zstd from a host, $option" env TMPDIR=/nowhere \
		    at-fetchrepo --allow-private -u "$url" -q -d cars \
		    --retries 0 "$option" jobs.in
		is "$option: is not a CAR" "$(jq -r '[.error, .message] |
		    join(" ")' out | sed 's/http[^ ]*: //' | uniq -c |
		    tr -s ' ')" ' 3 BadCar not a CAR: compressed by zstd'
		is "$option: nothing is kept" \
		    "$(find cars -type f 2>/dev/null)" ''
	done
	is "each can't be tried again" "$(jq -r .retry out | sort -u)" false
	v2='\012\241\147version\002'
	# shellcheck disable=SC2059
	{ printf "$v2" && head -c 40 /dev/zero && cat a.car; } |
	    put "$get/$(did 53)"
	job 53 "$url" >v2.in
	exits 1 'a CARv2 from a host' at-fetchrepo --allow-private -u "$url" -q \
	    -d cars --retries 0 v2.in
	is 'is not a CAR either' "$(jq -r '[.error, .retry, .message] |
	    join(" ")' out | sed 's/http[^ ]*: //')" \
	    'BadCar false not a CAR of version 1: a CARv2'
	sed 1q jobs.in >one
	exits 1 'to standard output' env TMPDIR="$PWD" at-fetchrepo \
	    --allow-private -q -o - --no-verify --retries 0 one
	is 'nothing is written' "$(cat out)" ''
	by_hand=$(car 50)
	mkdir -p "${by_hand%/*}"
	zstd -q <a.car >"$by_hand"
	exits 0 'an archived file that was compressed by hand' \
	    at-fetchrepo --archived-is-enough -d cars "$(did 50)"
else
	skip 'zstd from a host' 'no zstd program'
fi

stop_faultyd
done_testing
