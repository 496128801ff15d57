# shellcheck shell=sh
# shellcheck disable=SC2154 # runs and ns are from lib.sh
# at-load into SQLite against sqlite3's own import of the same rows.

[ -e large.car ] || mkcar -n "${RECORDS:-300000}" >large.car
at-carwalk large.car >large
mkcar -n "${RECORDS:-300000}" -C 1 -r 3m5xqkxkcac2a | at-carwalk >changed
at-load rows.db large
sqlite3 -csv rows.db 'SELECT * FROM entry' >rows.csv

# Both write into a new database with at-load's own tables and settings.
fresh='rm -f x.db*; at-load --schema | sqlite3 x.db'
ratio 'at-load, SQLite, new database / .import' 0.9 \
    'rm -f x.db*; at-load x.db large' \
    "$fresh; sqlite3 x.db '.import --csv rows.csv entry'"

: >ratios
n=0
while [ $n -lt "$runs" ]; do
	n=$((n + 1))
	rm -f x.db*
	seconds 'at-load x.db large'
	first=$ns
	seconds 'at-load x.db changed'
	awk -v a="$ns" -v b="$first" 'BEGIN { printf "%.2f\n", a / b }' >>ratios
done
judge 'at-load, 1 % of the records changed / first load' \
    "$(median ratios)" 0.3

: >rates
n=0
size=$(wc -c <large)
while [ $n -lt "$runs" ]; do
	n=$((n + 1))
	seconds 'at-load rows.db large'
	awk -v b="$size" -v ns="$ns" \
	    'BEGIN { printf "%.0f\n", b / ns * 1000 }' \
	    >>rates
done
judge_least 'at-load, a repo that is loaded, MB/s' "$(median rates)" 300
