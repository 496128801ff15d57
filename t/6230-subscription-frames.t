#!/bin/sh
# Recorded messages of an event stream, served with cursors, and what goes wrong
# with them.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/wsd.sh"

# account SEQ: print a message of type #account
account() {
	printf '\242ath#accountbop\001'
	printf '\244cdidx\040did:plc:aaaaaaaaaaaaaaaaaaaaaaaa'
	# shellcheck disable=SC2059 # an escape
	printf "cseq\\$(printf %o "$1")"
	printf 'dtimex\0302026-01-01T00:00:00.000Zfactive\365'
}
for seq in 1 2 4 5 7; do
	account $seq
done >frames
start_wsd -f frames

# seqs [OPTION...] QUERY: print the seqs that a subscription gets
seqs() {
	for query; do :; done
	options=
	while [ $# -gt 1 ]; do
		options="$options $1"
		shift
	done
	# shellcheck disable=SC2086 # words
	wsc -S $options "$url/frames$query" |
		sed -n 's/^frame //p; s/^lost.*/lost/p' | paste -sd ' ' -
}

is 'all' "$(seqs -n 5 '')" '1 2 4 5 7'
is 'after a cursor' "$(seqs -c 3 -n 3 '')" '4 5 7'
is 'it goes on where it was cut' "$(seqs -n 5 '?stop=2')" \
    '1 2 lost 4 5 lost 7'
is 'one lost' "$(seqs -n 4 '?drop=4')" '1 2 5 7'
is 'one repeated' "$(seqs -n 6 '?repeat=4')" '1 2 4 4 5 7'
is 'two swapped' "$(seqs -n 5 '?swap=4')" '1 2 5 4 7'
is 'one that is no use' "$(seqs -d 3 -n 5 '')" '1 2 4 lost 5 7'
done_testing
