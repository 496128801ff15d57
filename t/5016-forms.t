#!/bin/sh
# Each field of each type, missing and with values of every kind, in every
# program that reads the line. A wrong value is BadLine with the field's name,
# and never counts as absent.
. "${0%/*}/lib/tap.sh"

command -v sqlite3 >/dev/null || skip_all 'no sqlite3'

# The forms that the page lists, as `field|form` or `type.field|form`.
page_forms() {
	awk '
	/^\.S[hs] / { inside = $0 == ".Ss Forms of fields" }
	/^\.It Sy / { form = substr($0, 8) }
	/^\.(It|El)/ { list = /^\.It/ }
	/^\.Cm / && inside && list && form != "" {
		for (i = 2; i <= NF; i++)
			if ($i != ",")
				print $i "|" form
	}' "$1"
}
page_forms "$top/man/at-ndjson.5" >page
"$unit"/fields forms >fields
cut -d '|' -f 1,2 fields >code

# The page's form of each field of the code: the form for its type, or else for
# its name.
awk -F '|' '
NR == FNR && $2 != "null" { form[$1] = $2 }
NR == FNR { next }
{
	name = $1 in form ? $1 : substr($1, index($1, ".") + 1)
	print $1 "|" form[name]
}' page code >want
same 'the page lists the form of every field' code <want
sed -n 's/|.*|null$/|null/p' fields | sort >nulls
grep '|null$' page | sort >want
same 'and which may be null' nulls <want
ok 'there are many' test "$(wc -l <code)" -gt 70

# Values for each form. Every field gets all of these values, and those that are
# listed here for its form: good ones, and, after the bar, bad ones.
all='null 5 true {} [] "" "zzz" "HUGE" 1e999 9223372036854775808'
cat >values <<'END'
a string|"" "zzz" "HUGE" "\u00e4\/"|
a non-empty string|"zzz" "HUGE" "\u00e4\/"|
a file name|"zzz" "HUGE"|"a\u0000"
a DID|"did:web:a.example" "d\u0069d:web:a.example"|"did:web:HUGE" "a.example"
a handle|"a.example" "A.example"|"HUGE.example" "did:web:a.example" "a."
a did:key|"did:key:zQ3sh"|"did:key:z" "did:key:z0" "did:key:zONES" "did:key:zQ3\u0000h"
an origin|"https://a.example" "http://[::1]:5/" "HTTPS://a"|"https://" "https://HUGE" "https://a/b" "a.example" "https://a?b" "://a"
a TID|"3kaaaaaaaaa22" "\u0033kaaaaaaaaa22"|"3kaaaaaaaaa2" "3kaaaaaaaaa222" "zkaaaaaaaaa22"
an NSID|"com.example.a"|"com.HUGE.a" "com.example.*" "a.b"
a record key|"zzz" "self"|"a/b" "." "a\u0000"
a CID|"bafyreigqqkntqhiijpqaab6flmzujotupt6rph7sxjuvwnqv52wi2zizay" "QmRBFvniXSe3tuummyvV4oWKgrFXwyZ435s9tBGKg977JZ"|"bafyreiHUGE" "bafyrei!" "QmRBFvniXSe3tuummyvV4oWKgrFXwyZ435s9tBGKg977J" "QmRBFvniXSe3tuummyvV4oWKgrFXwyZ435s9tBGKg977JI"
a time|"2026-01-31T12:00:00.000Z" "2026-01-31T12:00:00+01:00"|"yesterday" "2026-13-31T12:00:00Z" "2026-01-31" "1769860800"
create, update or delete|"create" "update" "delete"|"Delete" ["delete"]
car, list, part or live|"car" "list" "part" "live"|"cars" ["part"]
verified or unchecked|"verified" "unchecked"|"valid"
valid, invalid or unchecked|"valid" "invalid" "unchecked"|"verified"
valid|"valid"|"invalid" ["valid"]
present or absent|"present" "absent"|"Present" ["absent"]
a state of an import|"pending" "in_progress" "completed" "failed"|"done"
a boolean|true false|"true" "no" 0 1
true|true|false "true" 1
a count|5 0 9007199254740992|-1 1.5 1e3 "5" 9007199254740993 9223372036854775807
2 or 3|2 3|1 4 2.0 "3"
seconds or a time|5 0 1.5 1e999 9223372036854775808 "2026-01-31T12:00:00Z"|-1 "soon" "5"
a string or bytes|"" "zzz" "HUGE" {"$bytes":"AA"}|{"$bytes":5} {"a":"b"} {"$bytes":"AA","a":1}
an object|{} {"a":[null]}|[{}]
an array|[] [5,{}]|
an array of strings|[] ["a",""]|[5] ["a",null] "a"
an array of collections|["a.b.c","a.b.*"] ["*"]|[5] ["a"] ["a.b.c",null] "*" {"a.b.c":1}
an object of NSIDs and counts|{} {"a.b.c":5,"a.b.d":0}|{"a":1} {"a.b.c":-1} {"a.b.c":"1"} {"a.b.c":null} {"a.b.c":1.5} {"a.b.c":9007199254740993} {"a.b.c":9223372036854775807} ["a.b.c"]
anything|null 5 true {} [] "" "zzz" "HUGE" 1e999 9223372036854775808|
END
cut -d '|' -f 2 code | sort -u >want
cut -d '|' -f 1 values | sort >got
comm -23 want got >found
same 'every form has values' found </dev/null

# A line of each type: the required fields, and, after +, others that it has
# here.
cat >lines <<'END'
identity|did="did:web:a.example"
repo|did="did:web:a.example" +car="gone.car"
account|did="did:web:a.example"
commit|did="did:web:a.example" rev="3kaaaaaaaaa22"
record|did="did:web:a.example" rev="3kaaaaaaaaa22" collection="com.example.a" rkey="self" +source="live" cid="bafyreia" record={}
cursor|did="did:web:a.example" rev="3kaaaaaaaaa22" cursor="1"
plc|did="did:web:a.example" cid="bafyreigqqkntqhiijpqaab6flmzujotupt6rph7sxjuvwnqv52wi2zizay" createdAt="2026-01-31T12:00:00.000Z" operation={}
blob|did="did:web:a.example" cid="bafkreifkquj4hghi2i66klzpiak745tmnv4b4o7js7cgb267i4jiyktsbu"
end|did="did:web:a.example" rev="3kaaaaaaaaa22" collections={}
host|host="https://a.example"
error|error="Timeout" +did="did:web:a.example" +retry=true
END

# lines_of TYPE NAME: write to the file in a line for each field and value, and
# to want the result of each: `number|field|good or bad|value`. NAME is the
# type, or none: an object without `type`.
lines_of() {
	awk -F '|' -v type="$1" -v name="$2" -v all="$all" '
	FILENAME == "values" { good[$1] = $2; bad[$1] = $3 }
	FILENAME == "fields" && index($1, type ".") == 1 {
		form[n++] = substr($1, length(type) + 2) "|" $2 "|" $3
	}
	FILENAME == "lines" && $1 == type { base = $2 }
	function put(field, value, is, i, j, m, of, line) {
		line = name == "" ? "" : ",\"type\":\"" name "\""
		m = split(base, of, " ")
		for (i = 1; i <= m; i++) {
			sub(/^\+/, "", of[i])
			j = index(of[i], "=")
			if (substr(of[i], 1, j - 1) == field ||
			    (field == "unchanged" && value != "" &&
				of[i] ~ /^collections/))
				continue
			line = line ",\"" substr(of[i], 1, j - 1) "\":" \
			    substr(of[i], j + 1)
		}
		# In a deletion, both may be null.
		if (type == "record" && (field == "cid" || field == "record") &&
		    value == "null")
			line = line ",\"action\":\"delete\""
		if (value != "")
			line = line ",\"" field "\":" value
		gsub(/HUGE/, huge, line)
		gsub(/ONES/, ones, line)
		print "{" substr(line, 2) "}" >"in"
		print ++number "|" field "|" is "|" value >"want"
	}
	function is_in(value, list, i, m, of) {
		m = split(list, of, " ")
		for (i = 1; i <= m && of[i] != value; i++)
			;
		return i <= m
	}
	END {
		ones = huge = sprintf("%03000d", 0)
		gsub(/0/, "1", ones)
		for (i = 0; i < n; i++) {
			split(form[i], of, "|")
			put(of[1], "", index(" " base, " " of[1] "=") ? \
			    "bad" : "good")
			m = split(all, value, " ")
			for (j = 1; j <= m; j++)
				put(of[1], value[j], is_in(value[j],
				    good[of[2]]) || of[3] == value[j] ? \
				    "good" : "bad")
			m = split(good[of[2]], value, " ")
			for (j = 1; j <= m; j++)
				if (!is_in(value[j], all))
					put(of[1], value[j], "good")
			m = split(bad[of[2]], value, " ")
			for (j = 1; j <= m; j++)
				put(of[1], value[j], "bad")
		}
	}' values fields lines
}

# agree NAME: does the file got, with lines `number|message`, have exactly the
# bad lines, and does each message name the field? Print the differences.
agree() {
	awk -F '|' '
	FILENAME == "got" { said[$1] = $2; next }
	{
		is = !($1 in said) ? "good" : \
		    index(" " said[$1] " ", " " $2 " ") ? "bad" : "unnamed"
		if (is != $3)
			print $2 " " substr($4, 1, 60) ": " is ", want " $3 \
			    ", " said[$1]
	}' got want >found
	same "$1: $(wc -l <want) lines" found </dev/null
}

# If many lines are bad, only some of them are reported one by one.
load() {
	rm -f x.db part.*
	split -l 50 in part.
	n=0
	for part in part.*; do
		at-load x.db "$part" 2>&1 >/dev/null | awk -v n=$n '
		match($0, /line [0-9]+: /) {
			print n + substr($0, RSTART + 5, RLENGTH - 7) "|" \
			    substr($0, RSTART + RLENGTH)
		}'
		n=$((n + 50))
	done >got
}
for type in identity repo account commit record cursor plc end error; do
	lines_of $type $type
	load
	agree "at-load: $type"
done
lines_of host host
load
agree 'at-load: host'

# The error lines of wrong jobs
errors() {
	jq -r 'select(.type == "error" and .error == "BadLine") | .message' \
	    out | sed -n 's/^line \([0-9]*\): /\1|/p' >got
}
lines_of repo repo
sed 's/^\([0-9]*|did\)|bad|$/\1|good|/' want >found # the CAR will tell
mv found want
at-carwalk -q <in >out
errors
agree 'at-carwalk: repo'
mkdir lexicons
echo '{"lexicon":1,"id":"com.example.b","defs":{"main":{"type":"token"}}}' \
    >lexicons/b.json
lines_of record record
at-validate -q -l lexicons in >out
errors
agree 'at-validate: record'
if has_network; then
	# The handle of a job also names it. The key in the error of a job is
	# the job's; the rest of the job decides what the job is.
	sed 's/^error\.key|anything/error.key|a did:key|null/' fields >found
	mv found fields
	for type in repo '' error; do
		lines_of "${type:-repo}" "$type"
		sed 's/^\([0-9]*|\(did\|error\)\)|bad|$/\1|good|/' want |
			if [ "$type" = error ]; then
				grep -v '^[0-9]*|\(cid\|collection\|retry\)|'
			else
				cat
			fi >found
		mv found want
		at-resolve -q --offline --cache cache --retry <in >out
		errors
		grep -v 'neither did nor handle\|http or https' got >found
		mv found got
		agree "at-resolve: ${type:-without type}"
	done
else
	skip 'at-resolve' 'this build has no network'
fi

# A field that comes twice
cut -d '|' -f 1 lines | while read -r type; do
	grep "^$type\." fields | sed "s/^$type\.//; s/|.*//" >names
	while read -r field; do
		echo "{\"type\":\"$type\",\"$field\":1,\"$field\":1}"
		echo "{\"type\":\"$type\",\"$field\":null,\"$field\":null}"
	done <names
done >in
split -l 50 in twice.
for part in twice.*; do
	at-load x.db "$part" 2>&1
done | grep -c 'line [0-9]*: ' >got
is 'a field that comes twice is named' "$(cat got)" "$(wc -l <in)"
printf '%s\n' '{"type":"end","type":"end"}' \
    '{"type":"end","stale":1,"stale":2,"did":"did:web:a.example","did":"x"}' >in
exits 1 'twice' at-load x.db in
is 'message' "$(cat err)" "at-load: in: line 1: type twice
at-load: in: line 2: did twice"

# This value counted as absent once, and removed every record.
rm -f x.db
mkcar -n 9 -s 1 >a.car
at-carwalk a.car | at-load x.db
is 'loaded' "$(sqlite3 x.db 'SELECT count(*) FROM records')" 9
at-carwalk a.car | tail -n 1 | sed 's/"collections":{[^}]*}/"collections":{}/' \
    >end
newer=$(jq -r .rev end | sed 's/^3./3z/')
sed "s/\"rev\":\"[^\"]*\"/\"rev\":\"$newer\"/" end >later
for source in '["part"]' '{}' 5 null '""'; do
	sed "s/\"source\":\"car\"/\"source\":$source/" later >in
	exits 1 "an end of source $source" at-load x.db in
	is 'removes nothing' "$(sqlite3 x.db 'SELECT count(*) FROM records')" 9
done
for filter in null '[null]' '"com.example.a"' '{}' '[]'; do
	sed "s/}$/,\"filter\":$filter}/" later >in
	exits 1 "an end of filter $filter" at-load x.db in
	is 'removes nothing' "$(sqlite3 x.db 'SELECT count(*) FROM records')" 9
done
exits 0 'the end itself' at-load x.db later
is 'removes them' "$(sqlite3 x.db 'SELECT count(*) FROM records')" 0

# The maximum counts, of several ends
for i in $(seq 2100); do
	echo "{\"type\":\"end\",\"did\":\"did:web:a.example\",\"rev\":" \
	    "\"3kaaaaaaaaa22\",\"collections\":{" \
	    "\"com.example.a$i\":9007199254740992}}"
done >in
exits 1 'large counts' at-load x.db in
is 'are not lost in their sum' "$(cat err)" "at-load: did:web:a.example:\
 snapshot of rev 3kaaaaaaaaa22 in progress: 0 of 9007199254740992 records"

done_testing
