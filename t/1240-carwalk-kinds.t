#!/bin/sh
# at-carwalk: if an input isn't a CAR, the message says what it is and what to
# do. `retry` is true only if another download can help.
. "${0%/*}/lib/tap.sh"

command -v jq >/dev/null || skip_all "no jq"
mkcar -n 5 >a.car
mkcar -n 6 -s 2 >b.car

# error FILE: print its one error line, without the fields that are always the
# same
error() {
	jq -r '"\(.type) \(.error) \(.retry) \(.message)"' "$1"
}

# is_kind NAME RETRY MESSAGE: the file `x`, as an operand and from a pipe
is_kind() {
	exits 1 "$1" at-carwalk x
	is "$1: what it is" "$(error out)" "error BadCar $2 not a CAR: $3"
	is "$1: and on standard error" "$(cat err)" "at-carwalk: x: not a CAR: $3"
	run sh -c 'cat x | at-carwalk'
	case $(error out) in
	*" not a CAR: $3") pass "$1: from a pipe" ;;
	*) is "$1: from a pipe" "$(error out)" "error BadCar $2 not a CAR: $3" ;;
	esac
}

html="an HTML page, perhaps a host's error; download it again"
printf '<!DOCTYPE html>\n<html><title>502</title></html>\n' >x
is_kind 'HTML' true "$html"
printf '<html><head></head></html>' >x
is_kind 'HTML without a doctype' true "$html"
printf '\357\273\277\r\n <?xml version="1.0"?><x/>' >x
is_kind 'XML behind white space' true "$html"
echo '{"error":"RepoNotFound","message":"Could not find repo"}' >x
is_kind "a host's error" true \
    'an error of a host: RepoNotFound: Could not find repo'
echo '{"error":"InternalServerError"}' >x
is_kind "a host's error without a message" true \
    'an error of a host: InternalServerError'
{
	printf '{"message":"x","error":"Y","more":"'
	head -c 6000 /dev/zero | tr '\0' z
	echo '"}'
} >x
is_kind "a host's error that is long" true 'an error of a host: Y: x'
exits 1 "a host's error from curl | at-carwalk" \
    sh -c 'echo "{\"error\":\"RepoNotFound\"}" | at-carwalk'
is "is an error" "$(jq -c '[.error, .input, .retry]' out)" \
    '["BadCar","line 1",true]'
echo '{"type":"commit"}' >x
exits 0 'a line of ours' at-carwalk <x
ok 'is copied' cmp x out
printf '{}\n{"error":"X"}\n' >x
exits 0 'another object, not the first one' at-carwalk <x
ok 'is copied as well' cmp x out

echo '{"type":"repo","car":"a.car"}' >x
exits 1 'NDJSON as an operand' at-carwalk x
is 'says how it is read' "$(error out)" \
    "error BadCar false not a CAR: lines of at-ndjson(5);$(:
    ) give them as standard input"
echo '[1, 2]' >x
is_kind 'JSON' false 'JSON'

printf 'a.car\nb.car\n' >x
is_kind 'a list of files' false 'a list of files? use xargs at-carwalk'
printf 'cars/3f/did_plc_x.car.zst\r\n' >x
is_kind 'a list of one compressed file' false \
    'a list of files? use xargs at-carwalk'
printf '\357\273\277did:plc:h2qnjxmcrp5pdohnb2y5psjt\n' >x
is_kind 'a list of DIDs' false \
    'a list of DIDs; at-fetchrepo downloads their repos'
echo 'error code: 1033' >x
is_kind 'text' true "text, 'error code: 1033'"
head -c 500 /dev/zero | tr '\0' y >x
is_kind 'long text' true "text, '$(head -c 80 x)'"

gzip -c a.car >x
is_kind 'gzip' false 'gzip data; decompress it first'
printf '\375\067zXZ\000abc' >x
is_kind 'xz' false 'xz data; decompress it first'
printf 'BZh91AY&SY' >x
is_kind 'bzip2' false 'bzip2 data; decompress it first'
printf 'PK\003\004\024\000' >x
is_kind 'zip' false 'a zip archive; unpack it first'
tar cf x a.car
is_kind 'tar' false 'a tar archive; unpack it first'
if command -v zstd >/dev/null; then
	zstd -qc a.car | zstd -qc >x
	is_kind 'zstd twice' false 'zstd in zstd; decompress it first'
	tar cf - a.car | zstd -qc >x
	is_kind 'tar in zstd' false 'a tar archive; unpack it first'
else
	skip 'zstd' 'no zstd program'
fi
printf 'SQLite format 3\000\020\000\001\001' >x
is_kind 'SQLite' false 'a SQLite database'
printf '\377\376<\000' >x
is_kind 'UTF-16' false 'UTF-16 text'
: >x
exits 1 'an empty file' at-carwalk x
is 'an empty file: what it is' "$(error out)" 'error BadCar true not a CAR: empty'

# Two CARs, joined by cat
size=$(wc -c <a.car)
cat a.car b.car >x
exits 1 'two CARs' at-carwalk x
is 'two CARs: says so' "$(error out)" "error BadCar true $(:
    )another CAR begins at byte $size; want one in a file"
{ cat a.car; printf '\012\241\147version\002'; cat b.car; } >y
exits 1 'a CAR and a CARv2' at-carwalk y
is 'a CAR and a CARv2: says so' "$(error out)" "error BadCar true $(:
    )another CAR begins at byte $size; want one in a file"
exits 1 'two CARs, salvaged' at-carwalk --salvage x
is 'the first is' "$(grep -c '"type":"record"' out)" 5

# Unreadable files
# unreadable NAME RETRY MESSAGE OPERAND
unreadable() {
	exits 1 "$1" at-carwalk "$4"
	is "$1: says why" "$(error out)" "error Unreadable $2 $3"
}
unreadable 'no such file' true "can't open: No such file or directory" gone
unreadable 'a file in a file' false "can't open: Not a directory" a.car/b
unreadable 'a long name' false "can't open: File name too long" \
    "$(printf '%0300d' 0)"
ln -s loop loop
unreadable 'a link to itself' false \
    "can't open: Too many levels of symbolic links" loop
mkdir dir
mkfifo fifo
for name in dir fifo; do
	echo '{"type":"repo","car":"'$name'"}' >x
	exits 1 "a job's car is a $name" at-carwalk <x
	sed 1d out >got
	is "no download helps there" "$(jq -c '[.error, .retry]' got)" \
	    '["Unreadable",false]'
done
# shellcheck disable=SC2016 # for sh
exits 1 'the output' sh -c ': >own; at-carwalk own >>own; s=$?; cp own x; exit $s'
is 'no download helps there, either' "$(jq .retry x)" false

done_testing
