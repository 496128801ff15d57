#!/bin/sh
# lexicons: the vectors, each rule, each format, and what the linter refuses
. "${0%/*}/lib/tap.sh"

vectors=$data/vectors/lexicon
find_lexicons
# Lines of a here-document are `WANT <- INPUT`.
wants() {
	sed 's/ <- .*//' "$1"
}
inputs() {
	sed 's/^.* <- //' "$1"
}

# lints NAME: print the linter's messages about these definitions
lints() {
	cat >cases
	wants cases >want
	inputs cases | sed 's/.*/{"lexicon":1,"id":"example.lexicon.lint","defs":{&}}/' |
		while IFS= read -r line; do
			printf '%s\n' "$line" | "$unit"/lexicon lint
		done | sed 's/^BadSyntax: //; s/ example.lexicon.lint$//' >out
	same "$1" out <want
}

# says NAME LEXICONS COLLECTION [-l]: check records with these members
says() {
	cat >cases
	wants cases >want
	inputs cases | sed "s/.*/$3	self	{\"\$type\":\"$3\",&}/" |
		"$unit"/lexicon check ${4+"$4"} "$2" >out
	same "$1" out <want
}

# The vectors

jq -c . "$vectors"/catalog/*.json >catalog
run "$unit"/lexicon lint <catalog
same 'the catalog is fine' out <<'EOT'
ok example.lexicon.permissionset
ok example.lexicon.procedure
ok example.lexicon.query
ok example.lexicon.record
ok example.lexicon.subscription
EOT

jq -c '.[].lexicon' "$vectors/lexicon-valid.json" >in
run "$unit"/lexicon lint <in
same 'valid lexicons' out <<'EOT'
ok example.lexicon.other
ok example.lexicon.record
ok example.lexicon.perms
EOT

jq -c '.[].lexicon' "$vectors/lexicon-invalid.json" >in
jq -r '.[].name' "$vectors/lexicon-invalid.json" >names
run "$unit"/lexicon lint <in
paste -d: names out | sed 's/:BadSyntax/ -/' >found
same 'invalid lexicons, each for its reason' found <<'EOT'
invalid lexicon field -: /lexicon: want an integer
invalid id field -: /id: want a string
invalid NSID -: /id: not an NSID
defined unknown -: /defs/demo/type: not allowed here
defined ref -: /defs/demo/type: not allowed here
non-main primary -: /defs/demo/type: must be the main definition
record missing type object -: /defs/main/record: has no type
EOT

# records FILE: as lines for "$unit"/lexicon check
records() {
	jq -r '.[] | "example.lexicon.record\t\(.rkey)\t\(.data)"' \
	    "$vectors/$1.json"
}

records record-data-valid >in
run "$unit"/lexicon check catalog <in
same 'valid records' out <<'EOT'
valid
valid
valid
EOT

# The last three also lack a required integer.
records record-data-invalid >in
jq -r '.[].name' "$vectors/record-data-invalid.json" >names
run "$unit"/lexicon check catalog <in
paste -d: names out >found
same 'invalid records, each for its reason' found <<'EOT'
missing required field:required /integer
invalid boolean field:type /boolean
invalid integer field:type /integer
invalid non-nullable string field:null /string
invalid string field:type /string
invalid bytes field:type /bytes
invalid bytes: empty object:type /bytes
invalid bytes: wrong type:type /bytes
invalid cid-link field:type /cid-link
invalid blob field:type /blob
invalid blob: wrong type:type /blob
invalid array:type /array
invalid array element:type /array/0, type /array/1
object wrong data type:type /object
object nested wrong data type:type /object/a
invalid token ref type:type /ref
invalid ref value:type /ref
invalid string format handle:format /formats/handle
invalid string format did:format /formats/did
invalid string format atidentifier:format /formats/atidentifier
invalid string format nsid:format /formats/nsid
invalid string format aturi:format /formats/aturi
invalid string format cid:format /formats/cid
invalid string format datetime:format /formats/datetime
invalid string format language:format /formats/language
invalid string format uri:format /formats/uri
invalid string format tid:format /formats/tid
invalid string format recordkey:format /formats/recordkey
wrong const value:const /constInteger
integer not in enum:enum /enumInteger
out of integer range:maximum /rangeInteger
string too short:minLength /lenString
string too long:maxLength /lenString
string too short (graphemes):minGraphemes /graphemeString
string too long (graphemes):maxGraphemes /graphemeString
out of enum string:enum /enumString
bytes too short:minLength /sizeBytes
bytes too long:maxLength /sizeBytes
array too short:minLength /lenArray
array too long:maxLength /lenArray
blob too large:maxSize /sizeBlob/size
blob wrong type:accept /acceptBlob/mimeType
open union wrong data type:type /union
open union missing $type:union /union
out of closed union:union /closedUnion/$type
union inner invalid:union /closedUnion/$type
union inner invalid:type /union/a
unknown wrong type (bool):type /unknown, required /integer
unknown wrong type (bytes):type /unknown, required /integer
unknown wrong type (blob):type /unknown, required /integer
EOT

# What the data model forbids, in a field of any type. The sum turns 123.0 into
# 123, which jq 1.7 would keep and at-carwalk never writes.
cat >any <<'EOT'
{"lexicon":1,"id":"example.lexicon.any","defs":{"main":{"type":"record","key":"any","record":{"type":"object","properties":{"any":{"type":"unknown"}}}}}}
EOT
for kind in valid invalid; do
	jq -r '.[] | "example.lexicon.any\tx\t" +
	    ({"$type": "example.lexicon.any", any: .json} |
	    walk(if type == "number" then . + 0 else . end) | tostring)' \
	    "$data/vectors/data-model/data-model-$kind.json" >in
	"$unit"/lexicon check any <in | sed 's/ .*//' | sort | uniq -c |
		sed 's/^ *//' >"$kind"
done
is 'the data model: valid' "$(cat valid)" \
    "$(jq length "$data/vectors/data-model/data-model-valid.json") valid"
is 'the data model: invalid' "$(cat invalid)" \
    "$(jq length "$data/vectors/data-model/data-model-invalid.json") type"

# Formats, by the vectors of the syntax

jq -nc --args '{lexicon: 1, id: "example.lexicon.formats", defs: {main: {
    type: "record", key: "any", record: {type: "object", properties:
    ($ARGS.positional | map({key: ., value: {type: "string", format: .}}) |
    from_entries)}}}}' at-identifier at-uri cid datetime did handle language \
    nsid record-key tid uri >formats

# format NAME FILE VERDICT
format() {
	sed -e '/^$/d' -e '/^# /d' "$data/vectors/syntax/$2.txt" |
		jq -rR --arg format "$1" '"example.lexicon.formats\tx\t" +
		    ({"$type": "example.lexicon.formats"} + {($format): .} |
		    tostring)' >in
	"$unit"/lexicon check formats <in | sort -u >out
	is "$2" "$(cat out)" "$3"
}

for name in at-identifier:atidentifier at-uri:aturi cid:cid \
    datetime:datetime did:did handle:handle language:language nsid:nsid \
    record-key:recordkey tid:tid uri:uri; do
	format "${name%:*}" "${name#*:}_syntax_valid" valid
	format "${name%:*}" "${name#*:}_syntax_invalid" \
	    "format /${name%:*}"
done
format datetime datetime_parse_invalid 'format /datetime'
format language language_parse_invalid 'format /language'

says 'formats' formats \
    example.lexicon.formats <<'EOT'
valid <- "did":"did:plc\u003ah2qnjxmcrp5pdohnb2y5psjt"
valid <- "uri":"https:\/\/example.com\/"
valid <- "language":"de-DE-1901-1996"
valid <- "language":"en-a-foo-b-foo-x-a-a"
format /language <- "language":"de-1996-de-1996"
format /language <- "language":"en-a-foo-b-bar-A-baz"
valid <- "at-uri":"at:\/\/example.com\/app.bsky.feed.post\/x"
format /nsid <- "nsid":"app.bsky\nfeed.post"
EOT

# Our own records

cat >types <<'EOT'
{"lexicon":1,"id":"example.lexicon.types","defs":{"main":{"type":"record","key":"any","record":{"type":"object","nullable":["maybe","must"],"properties":{"boolean":{"type":"boolean"},"yes":{"type":"boolean","const":true},"no":{"type":"boolean","const":false},"integer":{"type":"integer","default":7},"range":{"type":"integer","minimum":-2,"maximum":3},"one":{"type":"integer","const":-1},"few":{"type":"integer","enum":[5,-3,9007199254740993]},"none":{"type":"integer","enum":[]},"string":{"type":"string"},"const":{"type":"string","const":"a/b"},"enum":{"type":"string","enum":["red","green","","b\u00fcro"]},"known":{"type":"string","knownValues":["x"]},"bytes3":{"type":"string","minLength":2,"maxLength":3},"some":{"type":"string","minGraphemes":1},"two":{"type":"string","minGraphemes":2,"maxGraphemes":2},"three":{"type":"string","maxGraphemes":3},"all":{"type":"string","enum":["abcd"],"maxLength":3,"maxGraphemes":2,"format":"tid"},"bytes":{"type":"bytes"},"long":{"type":"bytes","minLength":3,"maxLength":4},"link":{"type":"cid-link"},"blob":{"type":"blob"},"image":{"type":"blob","accept":["image/*","text/plain"],"maxSize":1000},"star":{"type":"blob","accept":["*/*"]},"nothing":{"type":"blob","accept":[]},"array":{"type":"array","items":{"type":"integer"},"minLength":1,"maxLength":3},"nest":{"type":"array","items":{"type":"array","items":{"type":"object","properties":{"a":{"type":"boolean"}}}}},"object":{"type":"object","required":["a","b"],"properties":{"a":{"type":"integer"},"b":{"type":"integer"},"c":{"type":"integer"}}},"maybe":{"type":"integer"},"must":{"type":"integer"},"null":{"type":"null"},"unknown":{"type":"unknown"},"open":{"type":"union","refs":["#one","#main","example.lexicon.other","example.lexicon.gone#x"]},"closed":{"type":"union","closed":true,"refs":["#one","example.lexicon.other#main"]},"ref":{"type":"ref","ref":"#one"},"other":{"type":"ref","ref":"example.lexicon.other"},"string2":{"type":"ref","ref":"#two"},"short":{"type":"string","maxLength":3},"many":{"type":"string","minGraphemes":2},"gone":{"type":"ref","ref":"example.lexicon.gone"},"self":{"type":"ref","ref":"#main"},"a/b~c":{"type":"integer"},"\u00fc":{"type":"integer"},"$type":{"type":"string"}}}},"one":{"type":"object","required":["n"],"properties":{"n":{"type":"integer"}}},"two":{"type":"string","minLength":2}}}
{"lexicon":1,"id":"example.lexicon.other","defs":{"main":{"type":"object","properties":{"n":{"type":"integer"},"more":{"type":"array","items":{"type":"ref","ref":"example.lexicon.other#main"}}}}}}
EOT

says 'booleans and integers' types example.lexicon.types <<'EOT'
valid <- "boolean":true,"yes":true,"no":false
type /boolean <- "boolean":0
type /boolean <- "boolean":"true"
const /yes, const /no <- "yes":false,"no":true
valid <- "integer":0
valid <- "integer":-9223372036854775808
valid <- "integer":9223372036854775807
type /integer <- "integer":9223372036854775808
type /integer <- "integer":1.5
type /integer <- "integer":1.0
type /integer <- "integer":1e3
type /integer <- "integer":"1"
type /integer <- "integer":[1]
valid <- "range":-2
valid <- "range":3
minimum /range <- "range":-3
maximum /range <- "range":4
valid <- "one":-1
const /one <- "one":1
valid <- "few":9007199254740993
valid <- "few":5
valid <- "few":-3
enum /few <- "few":9007199254740992
enum /none <- "none":0
EOT

says 'strings' types example.lexicon.types <<'EOT'
valid <- "string":""
type /string <- "string":1
type /string <- "string":{"a":1}
valid <- "const":"a/b"
valid <- "const":"a\/b"
const /const <- "const":"a\\/b"
valid <- "enum":"red","known":"y"
valid <- "enum":""
valid <- "enum":"b\u00fcro"
enum /enum <- "enum":"blue"
enum /enum <- "enum":"redd"
enum /enum <- "enum":"b\u00fcr"
valid <- "bytes3":"ab"
valid <- "bytes3":"\u00fca"
valid <- "bytes3":"\u20ac"
minLength /bytes3 <- "bytes3":"a"
minLength /bytes3 <- "bytes3":"\u0041"
maxLength /bytes3 <- "bytes3":"abcd"
maxLength /bytes3 <- "bytes3":"\u00fc\u00fc"
maxLength /bytes3 <- "bytes3":"üü"
minLength /string2 <- "string2":"x"
minLength /string2 <- "string2":"\u0041"
type /string2 <- "string2":0
valid <- "short":"\u0041\u0042\u0043"
maxLength /short <- "short":"\u0041\u0042\u0043\u0044"
EOT

says 'graphemes' types example.lexicon.types <<'EOT'
minGraphemes /some <- "some":""
valid <- "some":"x"
valid <- "two":"ab"
minGraphemes /two <- "two":"a"
valid <- "many":"\u0041\u0042"
minGraphemes /many <- "many":"\u0041"
maxGraphemes /two <- "two":"abc"
valid <- "two":"👩‍👩‍👦‍👦🇩🇪"
minGraphemes /two <- "two":"👩‍👩‍👦‍👦"
minGraphemes /two <- "two":"🇩🇪"
maxGraphemes /two <- "two":"🇩🇪🇩🇪🇩🇪"
valid <- "three":"üüü"
maxGraphemes /three <- "three":"üüüü"
valid <- "three":"u\u0308u\u0308u\u0308"
maxGraphemes /three <- "three":"u\u0308u\u0308u\u0308u"
valid <- "three":"\u0041\u0042\u0043"
maxGraphemes /three <- "three":"\u0041\u0042\u0043\u0044"
valid <- "three":"\ud83c\udde9\ud83c\uddeaab"
valid <- "three":"\r\n\r\n\r\n"
maxGraphemes /three <- "three":"\n\n\n\n"
enum /all, maxLength /all, maxGraphemes /all, format /all <- "all":"abcde"
EOT

# shellcheck disable=SC2016
link='{"$link":"bafyreiclp443lavogvhj3d2ob2cxbfuscni2k5jk7bebjzg7khl3esabwq"}'
sed "s|LINK|$link|g" >in <<'EOT'
valid <- "bytes":{"$bytes":""}
valid <- "bytes":{"$bytes":"YQ"}
valid <- "bytes":{"$bytes":"YQ=="}
valid <- "bytes":{"$bytes":"\/w"}
valid <- "bytes":{"\u0024bytes":"YQ"}
type /bytes <- "bytes":{"$bytes":"Y"}
type /bytes <- "bytes":{"$bytes":"YQ="}
type /bytes <- "bytes":{"$bytes":"YQ==="}
type /bytes <- "bytes":{"$bytes":"===="}
type /bytes <- "bytes":{"$bytes":"_w"}
type /bytes <- "bytes":{"$bytes":1}
type /bytes <- "bytes":{"$bytes":{"x":1}}
type /bytes <- "bytes":{"$bytes":"YQ","x":1}
type /bytes <- "bytes":LINK
type /bytes <- "bytes":[]
valid <- "long":{"$bytes":"YWJj"}
valid <- "long":{"$bytes":"YWJjZA=="}
minLength /long <- "long":{"$bytes":"YWI"}
maxLength /long <- "long":{"$bytes":"YWJjZGU"}
valid <- "link":LINK
type /link <- "link":{"$link":"bafy"}
type /link <- "link":{"$link":""}
type /link <- "link":{"$link":7}
type /link <- "link":{"$bytes":"YQ"}
type /link <- "link":{}
type /link <- "link":"x"
EOT
says 'bytes and links' types example.lexicon.types <in

sed "s|LINK|$link|g" >in <<'EOT'
valid <- "blob":{"$type":"blob","ref":LINK,"mimeType":"a/b","size":0}
valid <- "blob":{"size":1,"mimeType":"a\/b","ref":LINK,"$type":"blob"}
type /blob <- "blob":{"$type":"blob","ref":LINK,"mimeType":"a/b"}
type /blob <- "blob":{"$type":"blob","ref":LINK,"size":1}
type /blob <- "blob":{"$type":"blob","mimeType":"a/b","size":1}
type /blob <- "blob":{"ref":LINK,"mimeType":"a/b","size":1}
type /blob <- "blob":{"$type":"blob","ref":LINK,"mimeType":"a/b","size":1,"x":1}
type /blob <- "blob":{"$type":"blob","ref":LINK,"mimeType":"","size":1}
type /blob <- "blob":{"$type":"blob","ref":LINK,"mimeType":"ab","size":1}
type /blob <- "blob":{"$type":"blob","ref":LINK,"mimeType":"a/b","size":-1}
type /blob <- "blob":{"$type":"blob","ref":LINK,"mimeType":"a/b","size":"1"}
type /blob/size <- "blob":{"$type":"blob","ref":LINK,"mimeType":"a/b","size":1.5}
type /blob/ref <- "blob":{"$type":"blob","ref":{"$link":"x"},"mimeType":"a/b","size":1}
type /blob <- "blob":{"$type":"Blob","ref":LINK,"mimeType":"a/b","size":1}
type /blob <- "blob":{"cid":"bafyreiclp443lavogvhj3d2ob2cxbfuscni2k5jk7bebjzg7khl3esabwq","mimeType":"a/b"}
type /blob <- "blob":LINK
valid <- "image":{"$type":"blob","ref":LINK,"mimeType":"image/png","size":1000}
valid <- "image":{"$type":"blob","ref":LINK,"mimeType":"image\/png","size":1000}
valid <- "image":{"$type":"blob","ref":LINK,"mimeType":"text/plain","size":1}
accept /image/mimeType <- "image":{"$type":"blob","ref":LINK,"mimeType":"text/plain2","size":1}
accept /image/mimeType <- "image":{"$type":"blob","ref":LINK,"mimeType":"imagex/png","size":1}
accept /image/mimeType, maxSize /image/size <- "image":{"$type":"blob","ref":LINK,"mimeType":"video/mp4","size":1001}
valid <- "star":{"$type":"blob","ref":LINK,"mimeType":"video/mp4","size":1}
accept /nothing/mimeType <- "nothing":{"$type":"blob","ref":LINK,"mimeType":"a/b","size":1}
EOT
says 'blobs' types example.lexicon.types <in

says 'arrays and objects' types example.lexicon.types <<'EOT'
valid <- "array":[1]
type /array/1 <- "array":[1,"2",3]
minLength /array <- "array":[]
maxLength /array <- "array":[1,2,3,4]
type /array/3, maxLength /array <- "array":[1,2,3,null]
type /array <- "array":{"0":1}
type /nest/1/0/a <- "nest":[[],[{"a":1}],[{"a":true}]]
type /nest/0, type /nest/1/0 <- "nest":[1,[2]]
valid <- "object":{"a":1,"b":2,"x":[{"y":null}]}
required /object/a, required /object/b <- "object":{}
required /object/b <- "object":{"a":1,"c":2}
null /object/a, null /object/c, required /object/b <- "object":{"a":null,"c":null}
type /object <- "object":[]
type /object/$type <- "object":{"$type":"","a":1,"b":2}
valid <- "object":{"$type":"com.example.x","a":1,"b":2}
type /object <- "object":{"$link":"x"}
type /object <- "object":{"a":1,"$bytes":"YQ","b":["x"]}
json /object/a <- "object":{"a":1,"b":2,"a":3}
valid <- "maybe":null,"must":null,"null":null
type /null <- "null":0
null /array <- "array":null
null /unknown <- "unknown":null
EOT

sed "s|LINK|$link|g" >in <<'EOT'
valid <- "unknown":{},"x":[1,[2,{"y":"z"}]]
valid <- "unknown":{"$type":"example.lexicon.types#one"}
type /unknown <- "unknown":[]
type /unknown <- "unknown":"x"
type /unknown <- "unknown":LINK
type /unknown/a/0 <- "unknown":{"a":[1.5]}
type /unknown/$type <- "unknown":{"$type":null}
type /unknown/a/$type <- "unknown":{"a":{"$type":""}}
type /unknown/a <- "unknown":{"a":{"$link":"x"}}
type /x/0/y, type /z <- "x":[{"y":1.5}],"z":{"$bytes":"?"}
EOT
says 'unknown, and fields nobody knows' types example.lexicon.types <in

says 'references' types example.lexicon.types <<'EOT'
valid <- "ref":{"n":1}
valid <- "ref":{"$type":"example.lexicon.types#one","n":1}
type /ref/$type <- "ref":{"$type":"example.lexicon.types#two","n":1}
type /ref/$type <- "ref":{"$type":7,"n":1}
type /ref/n <- "ref":{"n":"1"}
required /ref/n <- "ref":{}
valid <- "other":{"$type":"example.lexicon.other","n":1}
type /other/$type <- "other":{"$type":"example.lexicon.other#main"}
type /other/more/1/more/0/n <- "other":{"more":[{"n":1},{"more":[{"n":"x"}]}]}
valid (incomplete) <- "gone":7
type /gone/a (incomplete) <- "gone":{"a":1.5}
type /self/self/integer <- "self":{"self":{"integer":"x"}}
type /self/$type <- "self":{"$type":"example.lexicon.types#one"}
EOT

says 'unions' types example.lexicon.types <<'EOT'
valid <- "open":{"$type":"example.lexicon.types#one","n":1}
valid <- "open":{"n":1,"$type":"example.lexicon.types#one"}
valid <- "open":{"n":1,"\u0024type":"example.lexicon\u002etypes#one"}
type /open/n <- "open":{"n":"1","$type":"example.lexicon.types#one"}
required /open/n <- "open":{"$type":"example.lexicon.types#one"}
type /open/integer <- "open":{"$type":"example.lexicon.types","integer":""}
type /open/n <- "open":{"$type":"example.lexicon.other","n":""}
valid <- "open":{"$type":"com.example.anything","n":""}
valid (incomplete) <- "open":{"$type":"example.lexicon.gone#x","n":""}
type /open/n <- "open":{"$type":"com.example.anything","n":1.5}
union /open/$type <- "open":{"$type":"example.lexicon.types#main"}
union /open/$type <- "open":{"$type":"com.example.anything#main"}
union /open <- "open":{}
union /open <- "open":{"n":1.5}
union /open <- "open":{"$type":7}
union /open <- "open":{"$type":""}
type /open <- "open":[]
null /open <- "open":null
valid <- "closed":{"$type":"example.lexicon.other"}
valid <- "closed":{"$type":"example.lexicon.types#one","n":1}
union /closed/$type <- "closed":{"$type":"example.lexicon.types"}
union /closed/$type <- "closed":{"$type":"example.lexicon.types#on"}
union /closed/$type <- "closed":{"$type":"example.lexicon.types#one2"}
json /open/$type <- "open":{"$type":"example.lexicon.types#one","n":1,"$type":"example.lexicon.types#one"}
EOT

says 'paths are JSON pointers' types example.lexicon.types <<'EOT'
type /a~1b~0c <- "a/b~c":""
type /a~1b~0c <- "a\/b\u007ec":""
type /ü <- "ü":""
type /ü <- "\u00fc":""
type /~1~0// <- "/~":{"":{"":1.5}}
type /a"b/0 <- "a\"b":[1.5]
EOT

says 'all problems are told' types example.lexicon.types <<'EOT'
type /integer, maximum /range, enum /few, type /object/a, required /object/b, type /array/0 <- "integer":"","range":4,"few":4,"object":{"a":""},"array":[true]
EOT

# rkey and $type

cat >keys <<'EOT'
{"lexicon":1,"id":"example.keys.tid","defs":{"main":{"type":"record","key":"tid","record":{"type":"object","properties":{}}}}}
{"lexicon":1,"id":"example.keys.nsid","defs":{"main":{"type":"record","key":"nsid","record":{"type":"object","properties":{}}}}}
{"lexicon":1,"id":"example.keys.any","defs":{"main":{"type":"record","key":"any","record":{"type":"object","properties":{}}}}}
{"lexicon":1,"id":"example.keys.self","defs":{"main":{"type":"record","key":"literal:self","record":{"type":"object","properties":{}}}}}
{"lexicon":1,"id":"example.keys.object","defs":{"main":{"type":"object","properties":{}}}}
EOT
cat >cases <<'EOT'
valid <- tid 3kznmn7xqxl22
recordKey  <- tid self
recordKey  <- tid zznmn7xqxl222
valid <- nsid app.bsky.feed.post
recordKey  <- nsid self
valid <- any self
valid <- any a:b_c~d
recordKey  <- any ..
recordKey  <- any a/b
valid <- self self
recordKey  <- self Self
recordKey  <- self sel
recordKey  <- self selfie
unknown <- object x
unknown <- none x
EOT
wants cases >want
inputs cases | while read -r kind rkey; do
	# shellcheck disable=SC2016
	printf 'example.keys.%s\t%s\t{"$type":"example.keys.%s"}\n' "$kind" \
	    "$rkey" "$kind"
done >in
run "$unit"/lexicon check keys <in
same 'record keys' out <want

cat >cases <<'EOT'
valid <- {"$type":"example.keys.any"}
recordType /$type <- {"$type":"example.keys.any#main"}
recordType /$type <- {"$type":"example.keys.self"}
recordType /$type <- {"$type":null}
recordType /$type <- {"$type":["x"]}
recordType /$type <- {"$type":""}
recordType /$type <- {"type":"example.keys.any"}
recordType /$type <- {}
type  <- []
type  <- "x"
type  <- null
type  <- {"$link":"x"}
json  <- {
json  <- {"$type":"example.keys.any"} x
json /x <- {"$type":"example.keys.any","x":
json /x/1/y <- {"$type":"example.keys.any","x":[1,{"y":}]}
json  <- 
EOT
wants cases >want
inputs cases | sed 's/^/example.keys.any	x	/' >in
run "$unit"/lexicon check keys <in
# shellcheck disable=SC2016
same '$type, and what is no record' out <want

# Lenience

says 'datetimes: strict' formats example.lexicon.formats <<'EOT'
valid <- "datetime":"2024-02-29T12:34:56.789Z"
valid <- "datetime":"2024-02-29T12:34:56.7890123456789012345678901234567890123456789Z"
format /datetime <- "datetime":"2024-02-29T12:34:56.78901234567890123456789012345678901234567890Z"
format /datetime <- "datetime":"2024-02-29T12:34:56"
format /datetime <- "datetime":"2024-02-29t12:34:56z"
EOT
says 'datetimes: lenient' formats example.lexicon.formats -l <<'EOT'
valid <- "datetime":"2024-02-29T12:34:56.789Z"
valid <- "datetime":"2024-02-29T12:34:56"
valid <- "datetime":"2024-02-29T12:34:56.123456"
valid <- "datetime":"2024-02-29t12:34:56z"
valid <- "datetime":"2024-02-29 12:34:56Z"
valid <- "datetime":"2024-02-29T12:34Z"
valid <- "datetime":"2024-02-29T12:34"
valid <- "datetime":"2024-02-29T12:34:56+0100"
valid <- "datetime":"2024-02-29T12:34:56-00:00"
valid <- "datetime":"2024-02-29T12:34:56-0000"
valid <- "datetime":"2024-02-29 12:34+0100"
format /datetime <- "datetime":"2023-02-29T12:34:56"
format /datetime <- "datetime":"2024-02-29T24:34"
format /datetime <- "datetime":"2024-02-29T12:34:60"
format /datetime <- "datetime":"2024-02-29"
format /datetime <- "datetime":"2024-02-29T12"
format /datetime <- "datetime":"2024-02-29T12:3"
format /datetime <- "datetime":"2024-02-29T12:34:5"
format /datetime <- "datetime":"2024-02-29T12:34:"
format /datetime <- "datetime":"2024-02-29T12:34:56."
format /datetime <- "datetime":"2024-02-29T12:34:56+01"
format /datetime <- "datetime":"2024-02-29T12:34:56+01:0"
format /datetime <- "datetime":"2024-02-29T12:34:56+01-00"
format /datetime <- "datetime":"2024-02-29T12:34:56 +01:00"
format /datetime <- "datetime":"2024-02-29T12:34:56+2400"
format /datetime <- "datetime":"2024-02-29T12:34:56ZZ"
format /datetime <- "datetime":"2024-02-29  12:34:56Z"
format /datetime <- "datetime":""
EOT

cid=bafyreiclp443lavogvhj3d2ob2cxbfuscni2k5jk7bebjzg7khl3esabwq
sed "s|CID|$cid|g; s|LINK|$link|g" >in <<'EOT'
valid <- "blob":{"cid":"CID","mimeType":"a/b"}
valid <- "image":{"mimeType":"image/png","cid":"CID"}
accept /image/mimeType <- "image":{"mimeType":"video/mp4","cid":"CID"}
type /blob <- "blob":{"cid":"x","mimeType":"a/b"}
type /blob <- "blob":{"cid":"CID","mimeType":7}
type /blob <- "blob":{"cid":"CID","mimeType":"a/b","x":1}
type /blob <- "blob":{"cid":"CID"}
valid <- "blob":{"$type":"blob","ref":LINK,"mimeType":"a/b","size":-1}
type /blob <- "blob":{"$type":"blob","ref":LINK,"mimeType":"a/b","size":-2}
EOT
says 'legacy blobs' types example.lexicon.types -l <in

# The linter

lints 'types and their places' <<'EOT'
ok <- "main":{"type":"object","properties":{}}
ok <- 
ok <- "a":{"type":"token"},"main":{"type":"token"},"b-c_9":{"type":"null"}
/defs/: invalid definition name <- "":{"type":"token"}
/defs/a#b: invalid definition name <- "a#b":{"type":"token"}
ok <- "a/b":{"type":"token"}
/defs/a: want an object <- "a":"token"
/defs/a: has no type <- "a":{}
/defs/a/type: want a string <- "a":{"type":1}
/defs/a/type: unknown type <- "a":{"type":"thing"}
/defs/a/type: not allowed here <- "a":{"type":"union","refs":[]}
/defs/a/type: not allowed here <- "a":{"type":"params","properties":{}}
/defs/a/type: must be the main definition <- "a":{"type":"query"}
/defs/a/type: must be the main definition <- "a":{"type":"procedure"}
/defs/a/type: must be the main definition <- "a":{"type":"subscription"}
/defs/a/type: must be the main definition <- "a":{"type":"permission-set","permissions":[]}
/defs/a/properties/b/type: not allowed here <- "a":{"type":"object","properties":{"b":{"type":"token"}}}
/defs/a/items/type: not allowed here <- "a":{"type":"array","items":{"type":"record"}}
/defs/a/description: want a string <- "a":{"type":"token","description":7}
ok <- "a":{"type":"token","other":7}
JSON: the key a appears twice <- "a":{"type":"token"},"a":{"type":"token"}
EOT

lints 'strings, numbers and booleans' <<'EOT'
ok <- "a":{"type":"string","format":"did","default":"x","minLength":1,"maxLength":1,"minGraphemes":0,"maxGraphemes":0,"enum":["x"],"const":"x","knownValues":["y"]}
/defs/a/format: unknown format <- "a":{"type":"string","format":"email"}
/defs/a/format: want a string <- "a":{"type":"string","format":1}
/defs/a/default: want a string <- "a":{"type":"string","default":1}
/defs/a/const: want a string <- "a":{"type":"string","const":null}
/defs/a/enum: want a list of strings <- "a":{"type":"string","enum":["x",1]}
/defs/a/knownValues: want a list of strings <- "a":{"type":"string","knownValues":"x"}
/defs/a/maxLength: want an integer of 0 or more <- "a":{"type":"string","maxLength":-1}
/defs/a/maxLength: want an integer of 0 or more <- "a":{"type":"string","maxLength":1.5}
/defs/a/minLength: more than maxLength <- "a":{"type":"string","minLength":2,"maxLength":1}
/defs/a/minGraphemes: more than maxGraphemes <- "a":{"type":"string","minGraphemes":2,"maxGraphemes":1}
ok <- "a":{"type":"integer","minimum":-1,"maximum":-1,"default":0,"const":0,"enum":[0,1]}
/defs/a/minimum: want an integer <- "a":{"type":"integer","minimum":"1"}
/defs/a/minimum: more than maximum <- "a":{"type":"integer","minimum":1,"maximum":0}
/defs/a/default: want an integer <- "a":{"type":"integer","default":1.5}
/defs/a/enum: want a list of integers <- "a":{"type":"integer","enum":["1"]}
/defs/a/const: want an integer <- "a":{"type":"integer","const":9223372036854775808}
ok <- "a":{"type":"boolean","default":true,"const":false}
/defs/a/default: want a boolean <- "a":{"type":"boolean","default":"true"}
/defs/a/const: want a boolean <- "a":{"type":"boolean","const":0}
EOT

lints 'bytes, blobs, arrays, references' <<'EOT'
/defs/a/minLength: more than maxLength <- "a":{"type":"bytes","minLength":2,"maxLength":1}
/defs/a/maxLength: want an integer of 0 or more <- "a":{"type":"bytes","maxLength":"1"}
/defs/a/accept: want a list of strings <- "a":{"type":"blob","accept":"image/*"}
/defs/a/maxSize: want an integer of 0 or more <- "a":{"type":"blob","maxSize":1e6}
/defs/a: has no items <- "a":{"type":"array"}
/defs/a/items: has no type <- "a":{"type":"array","items":{}}
/defs/a/minLength: more than maxLength <- "a":{"type":"array","items":{"type":"unknown"},"minLength":2,"maxLength":1}
/defs/a/items: has no ref <- "a":{"type":"array","items":{"type":"ref"}}
/defs/a/items/ref: not a reference <- "a":{"type":"array","items":{"type":"ref","ref":""}}
/defs/a/items/ref: not a reference <- "a":{"type":"array","items":{"type":"ref","ref":"#"}}
/defs/a/items/ref: not a reference <- "a":{"type":"array","items":{"type":"ref","ref":"a.b.c#"}}
/defs/a/items/ref: not a reference <- "a":{"type":"array","items":{"type":"ref","ref":"a.b.c#d#e"}}
/defs/a/items/ref: not a reference <- "a":{"type":"array","items":{"type":"ref","ref":"lex:a.b.c"}}
ok <- "a":{"type":"array","items":{"type":"ref","ref":"com.example.c#d"}}
/defs/a/items: has no refs <- "a":{"type":"array","items":{"type":"union"}}
/defs/a/items/refs/1: not a reference <- "a":{"type":"array","items":{"type":"union","refs":["#a","b"]}}
/defs/a/items/closed: want a boolean <- "a":{"type":"array","items":{"type":"union","refs":[],"closed":"yes"}}
ok <- "a":{"type":"array","items":{"type":"union","refs":[],"closed":true}}
EOT

lints 'objects, records, calls, permissions' <<'EOT'
/defs/a: has no properties <- "a":{"type":"object"}
/defs/a/properties: want an object <- "a":{"type":"object","properties":[]}
/defs/a/properties/b~1c: want an object <- "a":{"type":"object","properties":{"b/c":7}}
/defs/a/required: a required property is missing <- "a":{"type":"object","properties":{},"required":["b"]}
/defs/a/required: want a list of strings <- "a":{"type":"object","properties":{},"required":true}
ok <- "a":{"type":"object","properties":{},"nullable":["b"]}
/defs/main: has no key <- "main":{"type":"record","record":{"type":"object","properties":{}}}
/defs/main: has no record <- "main":{"type":"record","key":"tid"}
/defs/main/key: want any, tid, nsid or literal: and a record key <- "main":{"type":"record","key":"uuid","record":{"type":"object","properties":{}}}
/defs/main/key: want any, tid, nsid or literal: and a record key <- "main":{"type":"record","key":"literal:","record":{"type":"object","properties":{}}}
/defs/main/record/type: want object <- "main":{"type":"record","key":"any","record":{"type":"ref","ref":"#a"}}
/defs/main/parameters/type: want params <- "main":{"type":"query","parameters":{"type":"object","properties":{}}}
/defs/main/parameters/properties/a/type: not allowed here <- "main":{"type":"query","parameters":{"type":"params","properties":{"a":{"type":"bytes"}}}}
/defs/main/parameters/properties/a/items/type: not allowed here <- "main":{"type":"query","parameters":{"type":"params","properties":{"a":{"type":"array","items":{"type":"ref","ref":"#x"}}}}}
/defs/main/parameters/required: a required property is missing <- "main":{"type":"query","parameters":{"type":"params","properties":{},"required":["a"]}}
/defs/main/output: has no encoding <- "main":{"type":"query","output":{}}
/defs/main/output/schema/type: not allowed here <- "main":{"type":"query","output":{"encoding":"x","schema":{"type":"string"}}}
/defs/main/input/schema/properties/a/type: unknown type <- "main":{"type":"procedure","input":{"encoding":"x","schema":{"type":"object","properties":{"a":{"type":"x"}}}}}
/defs/main/message: has no schema <- "main":{"type":"subscription","message":{}}
/defs/main/errors/1: has no name <- "main":{"type":"query","errors":[{"name":"A"},{"description":"x"}]}
/defs/main/permissions: want permissions, each with its resource <- "main":{"type":"permission-set","permissions":[{"type":"permission"}]}
/defs/main/permissions: want permissions, each with its resource <- "main":{"type":"permission-set","permissions":[{"type":"permission","resource":""}]}
/defs/main/title:lang: want strings by language <- "main":{"type":"permission-set","permissions":[],"title:lang":{"1":"x"}}
EOT

# lexicon and id
cat >in <<'EOT'
[]
{}
{"lexicon":2,"id":"a.b.c","defs":{}}
{"lexicon":1,"defs":{}}
{"lexicon":1,"id":"a.b.c"}
{"lexicon":1,"id":"a.b.c","defs":{},"revision":"x"}
{"lexicon":1,"id":"a.b.c","defs":{}
EOT
run "$unit"/lexicon lint <in
same 'the document itself' out <<'EOT'
BadSyntax: not a lexicon: want an object with "lexicon": 1
BadSyntax: not a lexicon: want an object with "lexicon": 1
BadSyntax: /lexicon: want 1
BadSyntax: the document: has no id
BadSyntax: the document: has no defs
BadSyntax: /revision: want an integer
BadSyntax: JSON: text without end
EOT

# One after the other: the second is equal to the first, the third differs.
cat >in <<'EOT'
{"lexicon":1,"id":"com.example.a","defs":{"b":{"type":"object","description":"x","properties":{"description":{"type":"string"}}}}}
{"$type":"com.atproto.lexicon.schema","id":"com.example.a","description":"y","lexicon":1,"defs":{"b":{"properties":{"description":{"type":"string"}},"type":"object"}}}
{"lexicon":1,"id":"com.example.a","defs":{"b":{"type":"object","properties":{}}}}
EOT
run "$unit"/lexicon lint <in
same 'the same again, and another one' out <<'EOT'
ok com.example.a
again com.example.a
BadRecord: com.example.a: another lexicon has this id
EOT

# The targets of references
while IFS= read -r line; do
	want=${line%% <- *}
	printf '%s\n' '{"lexicon":1,"id":"com.example.a","defs":{"main":{"type":"query"},"token":{"type":"token"},"string":{"type":"string"},"object":{"type":"object","properties":{}}}}' \
	    "{\"lexicon\":1,\"id\":\"com.example.b\",\"defs\":{\"x\":{\"type\":\"array\",\"items\":${line#* <- }}}}" >in
	"$unit"/lexicon lint <in | sed -n 's/^link: //p' >out
	is "link: $want" "$(cat out)" "$want"
done <<'EOT'
com.example.b: reference to com.example.a: can't be referred to <- {"type":"ref","ref":"com.example.a"}
com.example.b: reference to com.example.a#token: can't be referred to <- {"type":"ref","ref":"com.example.a#token"}
com.example.b: reference to com.example.a#gone: no such definition <- {"type":"ref","ref":"com.example.a#gone"}
com.example.b: reference to com.example.b: no such definition <- {"type":"ref","ref":"#main"}
com.example.b: reference to com.example.a#string: not an object <- {"type":"union","refs":["com.example.a#object","com.example.a#string"]}
 <- {"type":"ref","ref":"com.example.a#string"}
 <- {"type":"union","refs":["com.example.a#object","com.example.c","com.example.c#d"]}
EOT

if [ -n "$lexicons" ]; then
	find "$lexicons" -name '*.json' -exec jq -c . {} + >real
	"$unit"/lexicon lint <real >out
	grep -v '^ok ' out >found
	same "real lexicons: nothing to say" found </dev/null
	is 'real lexicons: all of them' "$(wc -l <out)" "$(wc -l <real)"
else
	skip 'real lexicons' 'none beside the sources, or in ATPIPE_LEXICONS'
fi

ok 'the rest' "$unit"/lexicon
ok 'catalogs, and lines that are checked' "$unit"/lexicon-lines
done_testing
