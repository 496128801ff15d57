# shellcheck shell=sh
# shellcheck disable=SC2154 # here is from run
# Compare the rate of at-validate with that of jq on the same file.
# ATPIPE_LEXICONS can name a directory of lexicons; the default is the lexicons
# of the tests.

if ! command -v jq >/dev/null; then
	row 'at-validate / jq -c .cid' - - 'SKIPPED: no jq'
	return 0
fi
[ -e large.car ] || mkcar -n "${RECORDS:-300000}" >large.car
at-carwalk large.car >large.lines
validate_lexicons=${ATPIPE_LEXICONS:-$here/../../t/data/lexicons}

# as_fast NAME BAR LEXICONS: at-validate's rate must be at least BAR times that
# of jq
as_fast() {
	sh -c "at-validate -l '$3' large.lines" >/dev/null
	: >ratios
	validate_n=0
	while [ "$validate_n" -lt "$runs" ]; do
		seconds 'jq -c .cid large.lines'
		validate_jq=$ns
		seconds "at-validate -l '$3' large.lines"
		awk -v a="$validate_jq" -v b="$ns" \
		    'BEGIN { printf "%.1f\n", a / b }' >>ratios
		validate_n=$((validate_n + 1))
	done
	judge_least "$1" "$(median ratios)" "$2"
}
as_fast 'at-validate / jq -c .cid, times as fast' 10 "$validate_lexicons"

: >rates
seconds "at-validate -l '$validate_lexicons' large.lines"
awk -v b="$(wc -c <large.lines)" -v ns="$ns" \
    'BEGIN { printf "%.0f\n", b / ns * 1000 }' >rates
row '  in MB/s' "$(cat rates)" - 'for comparison'
rm large.lines
