#!/bin/sh
# CIDs, binary and as text
. "${0%/*}/lib/tap.sh"

# lines FILE: without empty lines and comments
lines() {
	sed -e '/^$/d' -e '/^# /d' "$data/vectors/syntax/$1.txt"
}

# Of the valid ones those in base32 and base58, but for one that has no CID in
# it; of the invalid ones all, though version 0 is read here, where CARs of any
# sort are.
lines cid_syntax_valid | grep '^[bz]' | grep -v '^z7x3CtScH765HvShXT$' >yes
lines cid_syntax_invalid | grep -v '^Qm' >no
is 'so many valid ones' "$(wc -l <yes)" 4
is 'so many invalid ones' "$(wc -l <no)" 9
ok 'valid' "$unit"/cid valid <yes
ok 'invalid' "$unit"/cid invalid <no
ok 'beyond the vectors' "$unit"/cid
done_testing
