#!/bin/sh
# identifiers: every line of the vectors, and cases that the vectors don't have
. "${0%/*}/lib/tap.sh"

# lines FILE: print it without empty lines and comments, which have a space
# after #
lines() {
	sed -e '/^$/d' -e '/^# /d' "$data/vectors/syntax/$1.txt"
}

# vectors KIND FILE: FILE_syntax_valid.txt and FILE_syntax_invalid.txt
vectors() {
	lines "$2_syntax_valid" >yes
	lines "$2_syntax_invalid" >no
	ok "$1: valid" "$unit"/syntax "$1" valid <yes
	ok "$1: invalid" "$unit"/syntax "$1" invalid <no
}

vectors at-identifier atidentifier
vectors at-uri aturi
vectors cid cid
vectors datetime datetime
vectors did did
vectors handle handle
vectors language language
vectors nsid nsid
vectors record-key recordkey
vectors tid tid
vectors uri uri

# of the right form, but impossible dates
lines datetime_parse_invalid >no
ok 'datetime: no date' "$unit"/syntax datetime invalid <no

# well-formed, as the lexicon's format requires, but invalid
lines language_parse_invalid >yes
ok 'language: well-formed, but not valid' "$unit"/syntax language invalid <yes

set -- "$data"/vectors/syntax/*.txt
is 'no vector is left out' "$#" 24

ok 'beyond the vectors' "$unit"/syntax
done_testing
