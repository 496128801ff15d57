#!/bin/sh
# at-fetchrepo: thousands of jobs of many hosts, killed at any instant and run
# again; a full disk; memory
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"

# limited KIB CMD...: run it with this limit of private memory
limited() {
	# shellcheck disable=SC3045 # dash has it
	sh -c 'ulimit -d "$1"; shift; exec "$@"' sh "$@"
}

# A sanitizer's own memory exceeds any limit, and the test takes ten times as
# long.
many=2000 sanitized=
if ! limited 50000 at-carwalk --version >out 2>err; then
	many=400 sanitized=yes
fi
hosts=40 dead=0 slow=1
each=$((many / hosts))
rest=$((many - 2 * each))
xrpc=xrpc/com.atproto.sync.getRepo

# The last port is the directory.
start_faultyd -n $((hosts + 1))
directory=http://127.0.0.1:${ports##* }
mkdir -p "$www/$xrpc"
awk -v n=$many -v ports="$ports" -v hosts=$hosts 'BEGIN {
	split(ports, port, " ")
	for (i = 0; i < n; i++) {
		s = sprintf("%024d", i)
		gsub(/0/, "a", s)
		gsub(/1/, "b", s)
		gsub(/8/, "c", s)
		gsub(/9/, "d", s)
		print i % hosts, "did:plc:" s, "http://127.0.0.1:" \
		    port[i % hosts + 1]
	}
}' >all
mkdir -p "$www/xrpc/com.atproto.sync.getRepoStatus"
while read -r host did pds; do
	mkcar -n $((host == slow ? 30 : 3)) -d "$did" -r 3m4xqkxkcac2a \
	    >"$www/$xrpc/$did"
	printf '{"did":"%s","active":true,"rev":"3m4xqkxkcac2a"}' "$did" \
	    >"$www/xrpc/com.atproto.sync.getRepoStatus/$did"
	printf '{"did":"%s","pds":"%s"}\n' "$did" "$pds" >&3
	[ "$host" -gt $slow ] ||
		printf '{"id":"%s","service":[{"id":"#atproto_pds",%s"%s"}]}' \
		    "$did" '"type":"AtprotoPersonalDataServer",
		    "serviceEndpoint":' "$pds" >"$www/$did"
done <all 3>in
is 'number of jobs' "$(sort -u in | wc -l)" $many

# of HOST FILE: print how many lines of its accounts FILE has
of() {
	awk -v host="$1" '$1 == host { print $2 }' all | grep -cFf - "$2"
}

# begin ARGUMENT...: in the background
begin() {
	env --default-signal=INT at-fetchrepo --allow-private \
	    -u "$directory" -d cars --retry-delay 10ms "$@" >out 2>err <in &
	pid=$!
}

# end SIGNAL STATUS: send the signal; the exit status is STATUS
end() {
	kill "-$1" $pid
	ended=0
	wait $pid 2>/dev/null || ended=$?
	is "$1: status" $ended "$2"
	is "$1: stderr" "$(cat err)" ''
	ok "$1: whole lines" jq .type out
	leftovers "$1"
}

# leftovers NAME: does the archive contain only complete CARs?
leftovers() {
	is "$1: no leftovers" "$(find cars ! -type d ! -name '*.car')" ''
	find cars -name '*.car' -exec at-carwalk {} + >walked
	is "$1: whole CARs" $? 0
}

# again NAME ARGUMENT...: everything is fetched except what is archived. Each
# archived account costs one small request.
again() {
	again_name=$1
	shift
	find cars -name '*.car' | sed 's,.*/,,; s/\.car$//; s/_/:/g' |
		sort >had
	forget
	exits 0 "$again_name, again" at-fetchrepo --allow-private \
	    -u "$directory" -d cars "$@" in
	asked | grep -o 'getRepo?did=.*' | cut -d = -f 2 | sort >got
	awk '{ print $2 }' all | sort | comm -23 - had >lacked
	ok "$again_name: what lacked was fetched" cmp lacked got
	asked | grep -o 'getRepoStatus?did=.*' | cut -d = -f 2 | sort >got
	ok "$again_name: what was there was asked for" cmp had got
	is "$again_name: and nothing else" "$(asked | wc -l)" $many
	is "$again_name: a line for each job" \
	    "$(jq -r .did out | sort -u | wc -l) $(wc -l <out)" "$many $many"
	leftovers "$again_name"
	is "$again_name: all of them" "$(grep -c '^{"type":"end"' walked)" \
	    $many
}

# One host never answers, one sends a hundred bytes a second. All other hosts'
# jobs are done before any job of these two.
rules <<END
$dead * hang
$slow *getRepo* drip=100
* *getRepo* delay=10
END
begin --stall 10m
lines() {
	[ "$(wc -l <out)" -ge "$1" ]
}
wait_for 'the other hosts' lines $rest
is 'nobody is held up by a dead host' "$(of $dead out)" 0
is 'nor by a slow one' "$(of $slow out)" 0
is 'both windows are full' "$(counts ".ports[$dead].inFlight,\
.ports[$slow].inFlight")" '4
4'
is 'no host has more' "$(counts '[.ports[].maxInFlight] | max')" 4
is 'number of hosts at the same time' "$(counts .maxPorts)" 10
ok 'number of requests at the same time' test "$(counts .maxInFlight)" -le 40
ok 'but more than a few' test "$(counts .maxInFlight)" -gt 8
is 'one request a job' "$(counts .requests)" $((rest + 8))
end KILL 137
is 'KILL: number of CARs' "$(find cars -name '*.car' | wc -l)" $rest

# Then the timeouts of the dead host: four requests, twice each.
rules <<END
$dead * hang
END
forget
exits 1 'time-outs' at-fetchrepo --allow-private -u "$directory" -d cars \
	--retry-delay 10ms --stall 1s --retries 1 in
is 'a line for each job' "$(jq -r .did out | sort -u | wc -l) $(wc -l <out)" \
	"$many $many"
is 'each of the dead host says why' "$(jq -r '.error // empty' out | sort |
	uniq -c | tr -s ' ')" " $each Timeout"
is 'as stderr does' "$(grep -c '^at-fetchrepo: http' err)" "$each"
ok 'it was asked but a few times' test "$(counts ".ports[$dead].requests")" \
	-le 16
is 'the slow one for all' "$(counts ".ports[$slow].requests")" $each
rules </dev/null
grep '"type":"error"' out >errors
exits 0 'retried' at-fetchrepo --allow-private -u "$directory" -d cars \
	--retry errors
is 'and fetched' "$(jq -r .type out | uniq -c | tr -s ' ')" " $each repo"
leftovers 'all'
is 'all CARs' "$(grep -c '^{"type":"end"' walked)" $many
again 'all are there'

# killed at any instant
files() {
	[ "$(find cars -name '*.car' | wc -l)" -ge "$1" ]
}
rm -rf cars
mkdir cars
for part in 1 17 40; do
	begin
	wait_for "some CARs" files $((many * part / 100))
	end KILL 137
done
again KILL
rm -rf cars
mkdir cars
begin
wait_for "some CARs" files $((many / 20))
end INT 130
begin
wait_for "some CARs" files $((many / 5))
end TERM 143
again TERM

# a reader that ends early
rm -rf cars
run sh -c '{ at-fetchrepo --allow-private -u "$1" -d cars in; echo $? >code
	} | head -n 1' sh "$directory"
is 'head: ended by the signal' "$(cat code)" 141
is 'head: quietly' "$(cat err)" ''
leftovers head
again head

# a full disk
rm -rf cars
mkdir full
if unshare -m true 2>/dev/null; then
	# shellcheck disable=SC2016 # the inner shell's
	exits 2 'a full disk' unshare -m sh -c '
		mount -t tmpfs -o size=200k none full || exit 77
		at-fetchrepo --allow-private -u "$1" -d full/cars in
		code=$?
		find full ! -type d ! -name "*.car" >left
		find full -name "*.car" -exec at-carwalk {} + >walked || exit 78
		exit $code' sh "$directory"
	is 'a full disk: stderr' "$(sed 's|full/cars[^:]*|full/cars|' err)" \
	    "at-fetchrepo: full/cars: can't write: No space left on device"
	is 'a full disk: nothing partial' "$(cat left)" ''
	is 'a full disk: every reported CAR is there' \
	    "$(grep -c '^{"type":"end"' walked)" "$(wc -l <out)"
	ok 'a full disk: which is something' test -s out
else
	skip 'a full disk' 'unshare is not allowed'
fi

# 50 large CARs at the same time
if [ -n "$sanitized" ]; then
	skip 'memory' 'the program needs more memory of its own'
	stop_faultyd
	done_testing
fi
rm -rf cars
sed 50q all >large
while read -r host did pds; do
	mkcar -n 20000 -o shuffle -d "$did" >"$www/$xrpc/$did"
	size=$(wc -c <"$www/$xrpc/$did")
done <large
rules <<END
* *getRepo* times=50 delay=500
END
for port in $ports; do
	for _ in 1 2 3 4; do
		echo "http://127.0.0.1:$port"
	done
done | paste -d ' ' large - | sed 50q |
	awk '{ printf "{\"did\":\"%s\",\"pds\":\"%s\"}\n", $2, $4 }' >in
forget
exits 0 'large CARs' limited $((64 << 10)) at-fetchrepo --allow-private \
	-u "$directory" -d cars --hosts 13 --per-host 4 in
is 'all are there' "$(jq -r .size out | uniq -c | tr -s ' ')" \
	" 50 $size"
is 'all at once' "$(counts .maxInFlight)" 50

stop_faultyd
done_testing
