#!/bin/sh
# at-validate against the reference implementation: 24,000 records over the
# lexicons of app.bsky, chat.bsky and com.atproto, half of them with one field
# changed. at-validate(1) explains each of the differences that are listed
# here.
. "${0%/*}/lib/tap.sh"

command -v jq >/dev/null || skip_all "no jq"
reference=$("$top/t/reference/setup.sh" 2>said) ||
	skip_all "no reference implementation: $(tail -n 1 said)"
ln -s "$reference/node_modules" . && cp "$top/t/reference/generate.mjs" .
count=24000
ok "records are made" node generate.mjs $count 1 "$data/vectors/syntax" \
    ${ATPIPE_LEXICONS:+"$ATPIPE_LEXICONS"}
is "as many as were asked for" "$(wc -l <verdicts)" $count
ok "at least a quarter is invalid" \
    test "$(grep -c '^0 0' verdicts)" -gt $((count / 4))
is "what was not changed is valid" \
    "$(grep 'unchanged' verdicts | cut -f 1 | sort -u)" '1 1'

# mode (strict, lenient or both), what the reference says, what at-validate
# says, change and path and rules, reason
cat >differences <<'EOT'
both 0 1 ^cid: (valid vector|a character.*)	text of a CID isn't decoded
both 0 1 ^integer: value 4	integers have 64 bits
both 0 1 ^(blob: ref no raw|none: value 13 .*/ref )	a blob's codec isn't looked at
both 0 1 ^uri: valid vector	a scheme may have dots
both 1 0 \$type [26] .* union$	$type is empty, or says #main
both 1 0 value 3 .* type$	a float is no value
both 1 0 value 12 .* type$	a blob is malformed also where any value may be
both 1 0 ^cid: invalid vector .* format$	a CID of version 0
both 1 0 ^uri: invalid vector .* format$	a URI is too long
both 1 0 ^at-uri: a character .* format$	an AT-URI has no fragment
lenient 1 0 ^at-uri: .* format$	record keys of AT-URIs are checked
lenient 1 0 ^language: .* format$	language tags are checked
lenient 1 0 ^(blob|none): .* (accept|maxSize|accept,maxSize)$	accept and maxSize are checked
lenient 0 1 ^datetime: 	other datetimes pass
lenient 1 0 ^datetime: .* format$	not any separator passes
EOT

# compare MODE COLUMN: print differences that aren't listed
compare() {
	jq -r 'if .type == "record" then "1\t-"
	    else "0\t" + ([.problems[].rule] | unique | join(",")) end' \
	    <out >ours
	paste verdicts ours | awk -F '\t' -v mode="$1" -v column="$2" '
	FILENAME == "differences" {
		split($1, a, " ")
		n++
		modes[n] = a[1]
		key[n] = a[2] " " a[3]
		pattern[n] = substr($1, length(a[1] a[2] a[3]) + 4)
		next
	}
	{
		split($1, said, " ")
		if (said[column] == $4)
			next
		what = $2 " " $3 " " $5
		for (i = 1; i <= n; i++)
			if ((modes[i] == mode || modes[i] == "both") &&
			    key[i] == said[column] " " $4 && what ~ pattern[i])
				next
		print FNR ": reference " said[column] ", at-validate " $4 \
		    ": " what
	}' differences - >found
	diag <<-EOT
	$1: $(paste verdicts ours | awk -F '\t' -v column="$2" '
	{ split($1, said, " "); n += said[column] != $4 }
	END { print n }') of $count verdicts differ
	EOT
	head -n 20 found >some
	same "$1: no difference but those listed" some </dev/null
}

exits 1 "at-validate" at-validate -l lexicons records
is "a line for each" "$(wc -l <out)" $count
compare strict 1
exits 1 "at-validate --lenient" at-validate -l lexicons --lenient records
compare lenient 2

# Does the comparison find anything? Without a lexicon, everything is valid.
exits 0 "with other lexicons" at-validate -l "$data/lexicons" -c com.example.x \
    records
(compare strict 1) >said
ok "the differences are found" test -s found

# The real records of a repo.
at-carwalk "$data/car/alice.car" >alice
exits 0 "a repo of the reference PDS" at-validate -l lexicons --summary alice
ok "is copied" cmp alice out
is "everything is valid" "$(awk '/^all/ { print $2, $3, $4, $5 }' err)" \
    "67 0 0 28"

done_testing
