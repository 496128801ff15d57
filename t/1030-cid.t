#!/bin/sh
# CIDs, binary and as text
. "${0%/*}/lib/tap.sh"

# lines FILE: print it without empty lines and comments
lines() {
	sed -e '/^$/d' -e '/^# /d' "$data/vectors/syntax/$1.txt"
}

# Of the valid CIDs, those in base32 and base58, except one text that has no CID
# in it. All of the invalid CIDs; but version 0 is valid here, because CARs of
# all kinds are read.
lines cid_syntax_valid | grep '^[bz]' | grep -v '^z7x3CtScH765HvShXT$' >yes
lines cid_syntax_invalid | grep -v '^Qm' >no
is 'number of valid ones' "$(wc -l <yes)" 4
is 'number of invalid ones' "$(wc -l <no)" 9
ok 'valid' "$unit"/cid valid <yes
ok 'invalid' "$unit"/cid invalid <no
ok 'beyond the vectors' "$unit"/cid
done_testing
