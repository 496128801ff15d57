#!/bin/sh
# at-carwalk: signatures, and the sources of keys
. "${0%/*}/lib/tap.sh"

alice=did:plc:h2qnjxmcrp5pdohnb2y5psjt
key=did:key:$(jq -r '.verificationMethod[0].publicKeyMultibase' \
	"$data/car/alice.did.json")
other=did:key:zQ3shbLeR1AEdMzFENqw7iSsDPRD6pxocPgrfRx9ykSDEj1B9
p256=did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169
cp "$data/car/alice.car" .

# signature: print the signature field of the commit line of out, or the error
signature() {
	jq -r 'select(.type == "commit" or .type == "error") |
	    .signature // .error' out | tr '\n' ,
}

# walk NAME STATUS SIGNATURE ARGUMENT...
walk() {
	name=$1 want=$2 said=$3
	shift 3
	exits "$want" "$name" at-carwalk "$@" alice.car
	is "$name: signature" "$(signature)" "$said"
}

# from a real server
walk 'no key' 0 unchecked,
is 'no key: records' "$(grep -c '^{"type":"record"' out)" 95
walk 'no key, but required' 1 NoKey, --require-signature
is 'no key, but required: says so' "$(cat err)" \
	"at-carwalk: alice.car: the key of $alice is unknown"
walk 'its key' 0 verified, -k "$key"
is 'its key: records' "$(grep -c '^{"type":"record"' out)" 95
walk 'its key, required' 0 verified, --require-signature -k "$key"
walk 'another key' 1 BadSignature, -k "$other"
is 'another key: no record' "$(grep -c '^{"type":"record"' out)" 0
walk 'a key of another curve' 1 BadSignature, -k "$p256"
walk 'a key that does not fit, salvaged' 1 BadSignature, --salvage -k "$other"
walk 'a key that does not fit, as a part' 1 BadSignature, --partial -k "$other"
walk 'the last -k counts' 0 verified, -k "$other" -k "$key"

# from a file
cat >keys <<END
{"type":"identity","did":"did:plc:another","handle":null,"key":"$other"}
{"type":"identity","did":"$alice","key":"$key","at":"2026-01-01T00:00:00Z"}
{"type":"identity","did":"did:plc:zzz","key":null}
{"type":"repo","did":"$alice","key":"$other"}
{"type":"error","did":"$alice"}
{"type":"identity","key":"$other"}
END
walk 'a file' 0 verified, -k keys
walk 'a file, required' 0 verified, -k keys --require-signature
grep -v "$alice" keys >others
walk 'a file without it' 0 unchecked, -k others
walk 'a file without it, required' 1 NoKey, -k others --require-signature
walk 'two files' 0 verified, -k others -k keys
# line DID KEY: add a line
line() {
	printf '{"type":"identity","did":"%s","key":%s}\n' "$1" "$2" >>keys
}
line $alice "\"$other\""
walk 'a later line counts' 1 BadSignature, -k keys
line $alice null
walk 'later there was none' 0 unchecked, -k keys
line $alice "\"$key\""
walk 'and later again' 0 verified, -k keys
{
	i=0
	while [ $i -lt 500 ]; do
		printf '{"type":"identity","did":"did:plc:%s","key":"%s"}\n' \
			$i "$other"
		i=$((i + 1))
	done
	cat keys
} >many
walk 'many lines' 0 verified, -k many
run sh -c 'at-carwalk -k - alice.car <keys'
is '- is a name here' "$status" 2
walk 'an empty file' 0 unchecked, -k /dev/null
walk 'a file, and a key for the rest' 1 BadSignature, -k others -k "$other"
walk 'a key for the rest, and a file' 0 verified, -k "$other" -k keys

# not a key
# wrong NAME MESSAGE ARGUMENT
wrong() {
	exits 2 "$1" at-carwalk -k "$3" alice.car
	is "$1: says why" "$(head -n 1 err)" "at-carwalk: -k $3: $2"
	is "$1: no output" "$(cat out)" ''
}
wrong 'no such file' "can't open: No such file or directory" gone
mkdir dir
wrong 'a directory' 'a directory, want a file' dir
echo 'not JSON' >bad
wrong 'a file of something else' 'line 1: not a JSON object' bad
printf '{}\n{"type":"identity","did":"did:plc:a","key":"did:key:zzz"}\n' >bad
exits 2 'an invalid key in a file' at-carwalk -k bad alice.car
is 'says in which line' "$(sed -n '1s/\(line 2\).*/\1/p' err)" \
	'at-carwalk: -k bad: line 2'
for bad in 5 '""' '[]' '"did:web:x.example"'; do
	printf '{"type":"identity","did":"%s","key":%s}\n' $alice "$bad" >bad
	exits 2 "$bad is no key" at-carwalk -k bad alice.car
	ok 'and does not count as missing' grep -q \
	    '^at-carwalk: -k bad: line 1: key is not a did:key' err
done
for bad in did:key: did:key:z did:key:zQ3sh did:key:x "did:key:${key#*:*:}x" \
	did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK; do
	exits 2 "no key: $bad" at-carwalk -k "$bad" alice.car
	is 'no output' "$(cat out)" ''
done

# from the job; its key comes first
# job NAME STATUS SIGNATURE KEY ARGUMENT...
job() {
	name=$1 want=$2 said=$3
	printf '{"type":"repo","did":"%s","car":"alice.car","key":%s}\n' \
		$alice "$4" >line
	shift 4
	exits "$want" "job: $name" at-carwalk "$@" <line
	is "job: $name: signature" "$(signature)" "$said"
}
job 'its key' 0 verified, "\"$key\""
job 'its key, required' 0 verified, "\"$key\"" --require-signature
job 'another key' 1 BadSignature, "\"$other\""
job 'no key' 0 unchecked, null
job 'no key, but required' 1 NoKey, null --require-signature
job 'no key, but one given' 0 verified, null -k "$key"
job 'another key, and the right one given' 1 BadSignature, "\"$other\"" \
	-k "$key"
job 'its key, and another given' 0 verified, "\"$key\"" -k "$other"
job 'a key that is none' 1 BadSyntax, '"did:key:zzz"' -k "$key"
job 'an empty key' 1 BadLine, '""' -k "$key"

done_testing
