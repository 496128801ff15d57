# shellcheck shell=sh
# shellcheck disable=SC2154 # of lib.sh and run
# Compare at-fetchrepo, which fetches small repos from a local server, with
# others: in a memory file system with curl, which has as many connections; on a
# disk with the writing alone; as a pipeline into SQLite with a script that
# checks nothing. Compare an update by differences of a large repo of which 1 %
# has changed with a whole download. Measure memory during 50 large downloads.

if ! command -v faultyd >/dev/null || ! command -v curl >/dev/null; then
	row 'at-fetchrepo' - - 'SKIPPED: no libmicrohttpd or no curl'
	return 0
fi

fetch_memory=
for fetch_dir in "${XDG_RUNTIME_DIR:-/nowhere}" /dev/shm; do
	[ -z "$fetch_memory" ] && [ -w "$fetch_dir" ] &&
		[ "$(stat -f -c %T "$fetch_dir")" = tmpfs ] || continue
	fetch_memory=$(mktemp -d "$fetch_dir/atpipe-bench.XXXXXX")
done
if [ -z "$fetch_memory" ]; then
	row 'at-fetchrepo' - - 'SKIPPED: no memory file system'
	return 0
fi
# shellcheck disable=SC2016 # for at_exit
at_exit 'kill "$fetch_server" 2>/dev/null || :; rm -rf "$fetch_memory"'

# serve DIR ARGUMENT...: start the server; sets $ports
serve() {
	[ -z "${fetch_server-}" ] || kill "$fetch_server"
	rm -f ready
	mkfifo ready
	faultyd -d "$@" >ready &
	fetch_server=$!
	read -r ports <ready
}

# did N: print an invented DID
did() {
	printf 'did:plc:%024d' "$1" | tr 0189 abcd
}

fetch_repos=xrpc/com.atproto.sync.getRepo
mkdir -p "$fetch_memory/www/$fetch_repos"
i=0
while [ $i -lt 2000 ]; do
	i=$((i + 1))
	mkcar -n 105 -s $i -d "$(did $i)" \
	    >"$fetch_memory/www/$fetch_repos/$(did $i)"
done
serve "$fetch_memory/www"
i=0
while [ $i -lt 2000 ]; do
	i=$((i + 1))
	printf '{"did":"%s","pds":"http://127.0.0.1:%d"}\n' "$(did $i)" \
	    "$ports" >>jobs.in
	printf 'url="http://127.0.0.1:%d/%s?did=%s"\noutput="%s/out/%d"\n' \
	    "$ports" $fetch_repos "$(did $i)" "$fetch_memory" $i >>curlrc
done
mkdir "$fetch_memory/out"
fetch='at-fetchrepo --allow-private -j 10 --per-host 10'
ratio 'at-fetchrepo, 2,000 repos of 40 kB / curl --parallel' 1.3 \
    "rm -rf $fetch_memory/cars && $fetch -d $fetch_memory/cars jobs.in" \
    "rm -f $fetch_memory/out/* &&
	curl -s --parallel --parallel-max 10 -K curlrc 2>/dev/null"

# On a disk, each file is synced before it gets its name.
cat >write.sh <<EOT
rm -rf alone
mkdir alone
for f in $fetch_memory/www/$fetch_repos/*; do
	dd if=\$f of=alone/aside bs=1M conv=fsync 2>/dev/null
	mv alone/aside alone/\${f##*:}
done
EOT
ratio '  on disk / write, fsync, rename alone (sh, dd, mv)' - \
    "rm -rf cars && $fetch -d cars jobs.in" 'sh write.sh'

fetch_row='fetch, walk, load on disk / unchecked script (Python)'
if [ "$(stat -f -c %T .)" = tmpfs ]; then
	row "$fetch_row" - - 'SKIPPED: TMPDIR is on no disk'
elif ! python3 -c 'import sqlite3' 2>/dev/null; then
	row "$fetch_row" - - 'SKIPPED: no python3 with sqlite3'
else
	ratio "$fetch_row" 0.9 \
	    "$fetch -d cars jobs.in | at-carwalk | at-load x.db" \
	    "python3 '$here/fetch.py' jobs.in cars x.db 10" \
	    'rm -rf cars x.db*' 'rm -rf cars x.db*'
	rm -f x.db*
fi

rm -rf cars alone "$fetch_memory/out" "$fetch_memory/www"
old=3m4xqkxkcac2a new=3m5xqkxkcac2a
fetch_www=$fetch_memory/www/$fetch_repos
mkdir -p "$fetch_www" "${fetch_www}Status"
large() {
	mkcar -n "${RECORDS:-300000}" -d "$(did 1)" "$@"
}
large -r $old >old.car
large -r $new -C 1 >"$fetch_www/$(did 1)"
large -r $new -C 1 -D old.car >"$fetch_www/$(did 1),$old"
printf '{"did":"%s","active":true,"rev":"%s"}' "$(did 1)" $new \
    >"${fetch_www}Status/$(did 1)"
serve "$fetch_memory/www"
printf '{"did":"%s","pds":"http://127.0.0.1:%d"}\n' "$(did 1)" "$ports" >job.in
fetch_car=$(at-fetchrepo --allow-private -d "$fetch_memory/cars" job.in |
    sed 's/.*"car":"\([^"]*\)".*/\1/')
ratio 'update of 1 % by since / whole download, time' 1 \
    "at-fetchrepo --allow-private -d $fetch_memory/cars job.in" \
    "at-fetchrepo --allow-private --full -d $fetch_memory/cars job.in" \
    "cp old.car $fetch_car" "cp old.car $fetch_car"
judge '  bytes received' "$(wc -c "$fetch_www/$(did 1),$old" \
    "$fetch_www/$(did 1)" |
    awk 'NR == 1 { a = $1 } NR == 2 { printf "%.3f", a / $1 }')" 0.05
rm -rf "$fetch_memory/cars" "$fetch_memory/www" old.car
mkdir -p "accounts/$fetch_repos"
serve accounts -n 13
: >jobs.in
i=0
while [ $i -lt 50 ]; do
	i=$((i + 1))
	mkcar -n 30000 -s $i -d "$(did $i)" >"accounts/$fetch_repos/$(did $i)"
	printf '{"did":"%s","pds":"http://127.0.0.1:%d"}\n' "$(did $i)" \
	    "$(echo "$ports" | cut -d ' ' -f $((i % 13 + 1)))" >>jobs.in
done
anonymous at-fetchrepo \
    'at-fetchrepo --allow-private --hosts 13 -d cars jobs.in'
judge 'at-fetchrepo, 50 large downloads, anonymous memory, kB' "$peak" 65536
kill "$fetch_server"
