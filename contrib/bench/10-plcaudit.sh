# shellcheck shell=sh
# shellcheck disable=SC2154 # runs is from lib.sh
# at-plcaudit on made-up operations, 15 of 100 with keys of P-256, against the
# parsing of as many keys and the verification of as many signatures. OPERATIONS
# (100000) may be set.

operations=${OPERATIONS:-100000}
mkplc -n "$operations" -t >plc
row '  operations, bytes' "$operations" "$(wc -c <plc)" ''

audit_n=0
: >ratios
: >rates
: >gains
while [ "$audit_n" -lt "$runs" ]; do
	audit_part=$(mkplc -b "$operations")
	seconds 'at-plcaudit -q -j 1 plc'
	audit_one=$ns
	seconds 'at-plcaudit -q -j 2 plc'
	awk -v a="$audit_part" -v b="$audit_one" \
	    'BEGIN { printf "%.2f\n", a / b }' >>ratios
	awk -v n="$operations" -v b="$audit_one" \
	    'BEGIN { printf "%.0f\n", n / b * 1e9 }' >>rates
	awk -v a="$audit_one" -v b="$ns" \
	    'BEGIN { printf "%.2f\n", a / b }' >>gains
	audit_n=$((audit_n + 1))
done
judge_least 'at-plcaudit: rate / parse and verify' "$(median ratios)" 0.8
row '  in operations/s' "$(median rates)" - 'for comparison'
judge_least 'at-plcaudit: -j 2 / -j 1' "$(median gains)" 1.9

anonymous at-plcaudit 'at-plcaudit -q plc'
row '  anonymous memory, kB' "$peak" - 'for comparison'
rm plc
