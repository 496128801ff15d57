# shellcheck shell=sh
# shellcheck disable=SC2154 # runs is from lib.sh
# at-firehose on recorded frames, against what it can't do without: the SHA-256
# of the blocks, and libsecp256k1's verification of the signatures with keys
# that stay parsed. at-firehose verifies with a thread for each processor,
# libsecp256k1 with one. COMMITS (100000) may be set.

mkframes -r 50 -n "$((${COMMITS:-100000} / 50))" -k 8000 -K keys >frames
# shellcheck disable=SC2046 # three numbers
set -- $(minifirehose count frames)
frames_commits=$1
row '  recorded frames: commits, blocks, bytes of blocks' "$1" "$2" "$3"

# firehose NAME BAR MINI CMD: the time that minifirehose needs for its part, as
# a share of what the command line needs
firehose() {
	firehose_n=0
	: >ratios
	: >rates
	while [ "$firehose_n" -lt "$runs" ]; do
		firehose_part=$(eval "$3")
		seconds "$4"
		awk -v a="$firehose_part" -v b="$ns" \
		    'BEGIN { printf "%.2f\n", a / b }' >>ratios
		awk -v n="$frames_commits" -v b="$ns" \
		    'BEGIN { printf "%.0f\n", n / b * 1e9 }' >>rates
		firehose_n=$((firehose_n + 1))
	done
	judge_least "$1" "$(median ratios)" "$2"
	row '  in commits/s' "$(median rates)" - 'for comparison'
}
firehose 'at-firehose: rate / SHA-256 of the blocks' 0.17 \
    'minifirehose hash frames' 'at-firehose frames'
firehose 'at-firehose, signatures: rate / libsecp256k1' 0.75 \
    'minifirehose verify frames keys' 'at-firehose -k keys frames'

anonymous at-firehose 'at-firehose -k keys frames'
judge 'at-firehose: anonymous memory, kB' "$peak" 65536
rm frames keys
