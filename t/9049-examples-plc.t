#!/bin/sh
# contrib/examples: those about the operations of a PLC directory, with SQLite
# and PostgreSQL, and plc-mirror with a directory of the suite
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/operations.sh"
command -v jq >/dev/null || skip_all "no jq"

examples=$top/contrib/examples
a=$(plc_did 2) b=$(plc_did 3) c=$(plc_did 4) d=$(plc_did 5)

# tid MONTH: print the rev that a repo gets in the middle of a month of 2026
tid() {
	date -u -d "2026-$1-15" +%s | awk '{
		n = $0 * 1000000
		for (i = 0; i < 11; i++) {
			text = substr("234567abcdefghijklmnopqrstuvwxyz",
			    n % 32 + 1, 1) text
			n = int(n / 32)
		}
		print text "22"
	}'
}

# The seconds of plc_lines are months here. key=other: of another key
other=did:key:zQ3shV7S2iC3MbktvrVQ9isCtPSLXNQHS6UM7oDgLjUmrKjXg
mkdir cars
mkcar -n 3 -d "$a" -r "$(tid 03)" -K key >cars/a.car
mkcar -n 3 -d "$b" -r "$(tid 03)" -K key >cars/b.car
mkcar -n 3 -d "$c" -r "$(tid 03)" -K key >cars/c.car
mkcar -n 3 -d "$d" -r "$(tid 03)" -K key | zstd -q >"cars/d d.car.zst"
mkcar -n 3 -d "$(plc_did 6)" -r "$(tid 03)" -K key >cars/f.car
head -c 200 cars/a.car >cars/cut.car
key=$(cat key)
plc_lines <<'EOT' | sed "s/2026-01-01T00:00:\(..\)Z/2026-\1-01T00:00:00.500Z/
    /old[.]/!s/$plc_key/$key/g; /old[.]/s/$plc_key/$other/g" >input
2 01 create seq=1 cid=a handle=a.host.test pds=one.test
3 01 operation seq=2 cid=b handle=b.old.host.test pds=https://one.test
4 02 operation seq=3 cid=c handle=c.old.test pds=https://ONE.test/
5 02 operation seq=4 cid=d handle=d.host.test pds=https://two.test
3 04 operation seq=5 cid=e handle=b.test pds=https://two.test
3 04 operation seq=6 cid=f handle=thief.test pds=https://evil.test nullified=true
4 05 tombstone seq=7 cid=g
2 06 operation seq=8 cid=h handle=a.old.test pds=http://[::1|
5 06 operation seq=9 cid=i handle=d.host.test pds=https://two.test
EOT

asks() {
	kind=$1
	db=$(database "$kind" plc)
	empty=$(database "$kind" empty)
	at-load "$db" input
	at-load "$empty" </dev/null
	exits 0 "$kind: accounts-by-host" "$examples/accounts-by-host" "$db"
	sed -n '/<< end/,/^end/p' out >got
	same "$kind: counts the accounts of each month" got <<'EOT'
$accounts << end
two.test
2026-01 0
2026-02 1
2026-03 1
2026-04 2
2026-05 2
2026-06 2


invalid
2026-01 0
2026-02 0
2026-03 0
2026-04 0
2026-05 0
2026-06 1


one.test
2026-01 2
2026-02 3
2026-03 3
2026-04 2
2026-05 1
2026-06 0
end
EOT
	same "$kind: and says nothing" err </dev/null
	cp out hosts
	exits 0 "$kind: no operations" "$examples/accounts-by-host" "$empty"
	is "$kind: is a message" "$(cat out err)" "no operations"

	exits 0 "$kind: renamed-today" "$examples/renamed-today" "$db" \
	    2026-04-01
	same "$kind: prints changes" out <<EOT
2026-04-01T00:00:00Z	$b	b.old.host.test	b.test
EOT
	exits 0 "$kind: another day" "$examples/renamed-today" "$db" 2026-06-01
	same "$kind: with a legacy operation, without the same name" out <<EOT
2026-06-01T00:00:00Z	$a	a.host.test	a.old.test
EOT
	exits 0 "$kind: a tombstone" "$examples/renamed-today" "$db" 2026-05-01
	is "$kind: renames nobody" "$(cat out err)" ""
	exits 0 "$kind: today" "$examples/renamed-today" "$db"
	is "$kind: has no changes" "$(cat out err)" ""
	exits 2 "$kind: no day" "$examples/renamed-today" "$db" "1' OR 1"

	exits 0 "$kind: handles-by-domain" "$examples/handles-by-domain" "$db"
	same "$kind: counts handles" out <<EOT
1	host.test
1	old.test
1	own domains
EOT
	exits 0 "$kind: no handles" "$examples/handles-by-domain" "$empty"
	is "$kind: prints nothing" "$(cat out err)" ""

	exits 1 "$kind: check-signatures" "$examples/check-signatures" "$db" \
	    cars
	rev=$(tid 03)
	same "$kind: one result for each CAR" out <<EOT
signed	$a	$rev	cars/a.car
signed later	$b	$rev	cars/b.car
BadSignature	$c	$rev	cars/c.car
BadCar	-	-	cars/cut.car
signed	$d	$rev	cars/d d.car.zst
NoKey	$(plc_did 6)	$rev	cars/f.car
EOT
	mkdir later
	cp cars/b.car later
	exits 0 "$kind: only the next key" "$examples/check-signatures" \
	    "$db" later
	rm -r later
	mkdir good
	cp cars/[ab].car good
	exits 0 "$kind: if all are signed" "$examples/check-signatures" \
	    "$db" good
	rm -r good
	exits 2 "$kind: a file" "$examples/check-signatures" "$db" input
	is "$kind: a file: says so" "$(cat out err)" "input: not a directory"
	exits 2 "$kind: no directory" "$examples/check-signatures" "$db" no
}
each_database asks -F
if command -v gnuplot >/dev/null; then
	exits 0 "gnuplot draws it" gnuplot hosts
	same "without a word" err </dev/null
else
	skip "gnuplot draws it" "no gnuplot"
fi

# plc-mirror

has_network || done_testing
. "$top/t/lib/wsd.sh"
mkplc -n 1500 -s 4 -t -x 10 -l latest >made
sed 's/^{"type":"plc",\("did":"[^"]*"\),\("seq":[0-9]*\),/{\1,\2,/
    s/}$/,"type":"sequenced_op"}/' made >served
start_wsd -e operations -w words
: >words
url=http://127.0.0.1:$port
# mirror: bring the mirror up to date
mirror() {
	run "$examples/plc-mirror" plc mirror.db --allow-private -u "$url"
}
head -n 1000 served >operations
mirror
is "plc-mirror: invalid operations are failures" "$status" 1
is "it loads the operations" "$(sql mirror.db "SELECT count(*), max(seq)
    FROM plc_operations WHERE audit = 'valid'")" \
    "$(at-plcaudit -q made | jq -r 'select(.audit and .seq <= 1000).seq' |
    sort -nu | awk 'END { print NR "|" $0 }')"
cp served operations
mirror
is "the next run continues" "$(sql mirror.db 'SELECT cursor FROM cursors')" 1500
sql mirror.db "SELECT did, handle, pds, key, tombstoned, created_at, updated_at
    FROM plc_latest ORDER BY did" >got
sort latest >want
same "the database has what the last operations say" got <want
at-plcexport plc >got
ok "the archive has all operations" cmp made got
mirror
is "nothing new" "$status $(cat out err)" "0 "
exec 8<plc
flock 8
exits 0 "while another one runs" "$examples/plc-mirror" plc mirror.db
is "it does nothing" "$(cat out err)" ""
exec 8<&-
echo '{"type":"cursor","service":"https://x.test","stream":"/export",
    "cursor":"5"}' | tr -d '\n' | at-load mirror.db
mirror
is "a second directory" "$status $(cat err)" \
    "2 mirror.db has the cursors of several directories"

done_testing
