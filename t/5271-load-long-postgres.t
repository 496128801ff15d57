#!/bin/sh
# at-load into PostgreSQL: records that are too long for jsonb, and indexes.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

need_postgres
ok "PostgreSQL starts" postgres_start -F || done_testing
max=262144
index=com.example.post:a

# text N: print N letters, on one line
text() {
	awk -v n="$1" 'BEGIN {
		for (s = "abcdefgh"; length(s) < n; s = s s)
			;
		print substr(s, 1, n)
	}'
}
# record RKEY: print a record line with the JSON from standard input
record() {
	printf '{"type":"record","did":"%s","rev":"%s",' "$did" "${rev-$r1}"
	printf '"collection":"com.example.post","rkey":"%s",' "$1"
	printf '"action":"create","source":"part","cid":"bafyrei%s%s",' "$1" \
	    "${rev-$r1}"
	printf '"record":'
	tr -d '\n'
	echo '}'
}
# rows DB: print what is stored of each record
rows() {
	psql_at "$1" "SELECT rkey, record IS NULL, octet_length(record_text),
	    octet_length(record->>'a'), did IS NULL FROM records ORDER BY rkey"
}

{
	(printf '{"a":"' && text $((max - 8)) && printf '"}') | record fits
	(printf '{"a":"' && text $((max - 7)) && printf '"}') | record long
	(printf '{"a":"' && text 16000000 && printf '"}') | record longest
	(printf '{"a":[1' && text 400000 | sed 's/./,1/g' && printf ']}') |
		record list
	echo '{"a":[1e131071,1e131071]}' | record digits
	echo '{"a":"short"}' | record short
} >input
cat >want <<'EOT'
digits|t|25||f
fits|f||262136|f
list|t|800009||f
long|t|262145||f
longest|t|16000008||f
short|f||5|f
EOT

db=$(postgres_db before)
exits 0 "an index" at-load --index $index "$db" /dev/null
exits 0 "takes long records" at-load "$db" input
rows "$db" >got
same "which are texts, not jsonb" got <want
is "none is lost" "$(psql_at "$db" "SELECT md5(record_text) FROM records
    WHERE rkey = 'long'")" "$(sed -n '/"rkey":"long"/s/.*"record":\(.*\)}/\1/p' \
	input | tr -d '\n' | md5sum | cut -d ' ' -f 1)"
rev=$r2
echo '{"a":"short"}' | record long >next
exits 0 "a shorter version" at-load "$db" next
is "is jsonb" "$(psql_at "$db" "SELECT record, record_text FROM records
    WHERE rkey = 'long'")" '{"a": "short"}|'
unset rev

db=$(postgres_db after)
exits 0 "without an index" at-load "$db" input
rows "$db" >got
same "the rows are the same" got <want
# In the form in which older versions stored them.
psql_at "$db" "UPDATE entry SET record = CAST(record_text AS jsonb),
    record_text = NULL WHERE record IS NULL AND rkey <> 'digits'"
is "long texts as jsonb" "$(psql_at "$db" "SELECT count(*) FROM records
    WHERE octet_length(record->>'a') > $max")" 2
exits 0 "an index of them" at-load --index $index "$db" /dev/null
is "isn't an index of long texts" "$(psql_at "$db" "SELECT rkey, record IS NULL,
    record_text IS NULL FROM records ORDER BY rkey")" "digits|t|f
fits|f|t
list|t|f
long|f|t
longest|t|f
short|f|t"
is "none is lost" "$(psql_at "$db" "SELECT octet_length(CAST(record_text AS
    json)->>'a') FROM records WHERE rkey = 'longest'")" 16000000
is "the index finds the others" "$(psql_at "$db" "SET enable_seqscan = off" \
    "SELECT rkey FROM records WHERE record->>'a' = 'short'")" short
exits 0 "the index again" at-load --index $index "$db" input

# at-load(1) promises that one record with U+0000 doesn't spoil the query.
(printf '{"b":"x\\u0000y","n":1e200000,"a":"' && text $max && printf '"}') |
	record nul >input
echo '{"a":"a\u0000b","b":"short"}' | record changed >>input
exits 0 "records with U+0000" at-load "$db" input
is "have fields" "$(psql_at "$db" "SELECT rkey,
    coalesce(record::json, replace(record_text, '\u0000', '\ufffd')::json)->>'b'
    FROM records WHERE rkey IN ('nul', 'changed') ORDER BY rkey")" \
	"changed|short
nul|x$(printf '\357\277\275')y"
done_testing
