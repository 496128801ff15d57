# shellcheck shell=sh
# shellcheck disable=SC2154 # runs is from lib.sh
# at-serve, documents of many DIDs from SQLite, against the least server that
# answers stored documents from SQLite, both asked by wrk; then beginnings of
# handles, and pages of records. DIDS (1000000) and SECONDS_EACH (5) may be set.
# Loading the operations takes minutes.

serve_dids=${DIDS:-1000000}
serve_seconds=${SECONDS_EACH:-5}

serve_pids=
# shellcheck disable=SC2016 # later
at_exit 'for serve_pid in $serve_pids; do kill "$serve_pid"; done 2>/dev/null'

# serve_start READY CMD...: start a server, and set $serve_url from its line
serve_start() {
	serve_ready=$1
	shift
	rm -f "$serve_ready"
	mkfifo "$serve_ready"
	"$@" >"$serve_ready" &
	serve_pid=$!
	serve_pids="$serve_pids $serve_pid"
	read -r serve_line <"$serve_ready"
	case $serve_line in
	http:*) serve_url=$serve_line ;;
	*) serve_url=http://127.0.0.1:$serve_line ;;
	esac
}

# serve_ask URL: ask for the lines of the file paths; set $rate, $p50 and $p99
serve_ask() {
	wrk -t 2 -c 64 -d "${serve_seconds}s" --latency -s ask.lua "$1" >asked
	rate=$(awk '/^Requests\/sec/ { printf "%.0f", $2 }' asked)
	p50=$(awk '$1 == "50%" { print $2 }' asked)
	p99=$(awk '$1 == "99%" { print $2 }' asked)
	if grep -q 'Non-2xx\|Socket errors' asked; then
		cat asked >&2
		exit 2
	fi
}

# serve_also NAME: other paths
serve_also() {
	serve_ask "$serve_ours"
	row "  $1, each second" "$rate" - 'for comparison'
	row '  latency, half and 99 of 100 at most' "$p50" "$p99" \
	    'for comparison'
}

serve_bench() {
	mkplc -n "$serve_dids" -d "$serve_dids" >operations
	at-load serve.db operations
	for serve_n in $(seq 50); do
		mkcar -n 200 -s "$serve_n" \
		    -d "did:web:a$serve_n.example" >account.car
		at-carwalk account.car
	done | at-load serve.db
	sqlite3 serve.db 'SELECT did FROM plc_latest WHERE NOT tombstoned' \
	    >found
	shuf -n 100000 --random-source=found found | sed 's,^,/,' >paths
	serve_start at-serve.ready at-serve -j 2 --listen 127.0.0.1:0 \
	    --per-client 1000 serve.db
	serve_ours=$serve_url serve_our_pid=$serve_pid

	# The other server has the same documents ready.
	sqlite3 mini.db 'CREATE TABLE document (did TEXT PRIMARY KEY, text)'
	curl -s "$serve_ours$(head -n 1 paths)" >one
	sqlite3 mini.db "ATTACH 'serve.db' AS s; INSERT INTO document
	    SELECT did, readfile('one') FROM s.plc_operation
	    WHERE nullified < 1 GROUP BY did"
	serve_start mini.ready miniserve mini.db 2
	serve_theirs=$serve_url

	cat >ask.lua <<-'EOF'
	local paths = {}
	for path in io.lines("paths") do paths[#paths + 1] = path end
	local i = math.random(#paths)
	request = function()
		i = i % #paths + 1
		return wrk.format("GET", paths[i])
	end
	EOF
	: >ratios
	: >rates
	serve_n=0
	while [ "$serve_n" -le "$runs" ]; do
		serve_ask "$serve_theirs"
		serve_their_rate=$rate
		serve_ask "$serve_ours"
		[ "$serve_n" -eq 0 ] || {
			awk -v a="$rate" -v b="$serve_their_rate" \
			    'BEGIN { printf "%.2f\n", a / b }' >>ratios
			echo "$rate" >>rates
		}
		serve_n=$((serve_n + 1))
	done
	judge_least "at-serve: rate / minimal server ($serve_dids DIDs)" \
	    "$(median ratios)" 0.6
	row '  in documents/s' "$(median rates)" - 'for comparison'
	row '  latency, half and 99 of 100 at most' "$p50" "$p99" \
	    'for comparison'
	sqlite3 serve.db "SELECT '/autocomplete/' ||
		substr(handle, 1, 2 + n % 6)
	    FROM (SELECT handle, row_number() OVER (ORDER BY cid) AS n
		FROM plc_operation WHERE handle IS NOT NULL LIMIT 20000)" >paths
	serve_also 'autocomplete'
	sqlite3 serve.db "SELECT '/xrpc/com.atproto.repo.listRecords?repo=' ||
	    did || '&collection=' || collection || '&limit=50&cursor=' || rkey
	    FROM records" >paths
	serve_also 'pages of records'
	serve_kib=$(awk '/^RssAnon/ { print $2 }' "/proc/$serve_our_pid/status")
	judge '  anonymous memory, kB' "$serve_kib" 32768
	rm -f serve.db* mini.db* operations found
}

if command -v wrk >/dev/null && command -v miniserve >/dev/null &&
    command -v sqlite3 >/dev/null && command -v curl >/dev/null; then
	serve_bench
else
	row 'at-serve' - - 'SKIPPED: no wrk, curl, sqlite3 or miniserve'
fi
