#!/bin/sh
# --exclude: accounts that ask to be left out.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

out1=did:web:out1.example out2=did:plc:bbbbbbbbbbbbbbbbbbbbbbbb
cat >list <<EOF
# the accounts that asked
$out1

  $out2   # in a letter
$out1
EOF
about() {
	repo "$1" "$r1" 6 | lines
	printf '{"type":"identity","did":"%s","handle":"a.example"}\n' "$1"
	printf '{"type":"error","did":"%s","error":"Timeout","retry":true}\n' \
	    "$1"
}
about $out1 >lines1
about "$did" >kept
about $out2 >lines2
# Records in turn, so that each is of another account than the one before.
paste -d '\n' lines1 kept lines2 lines2 >all
dids() {
	sql "$db" 'SELECT did FROM accounts ORDER BY did' | tr '\n' ' '
}

leaves_out() {
	db=$(database "$1" kept)
	at-load "$db" kept
	rows "$db" >want
	db=$(database "$1" new)
	exits 0 "$1: --exclude" at-load --exclude list "$db" all
	is "$1: it says nothing" "$(cat out err)" ""
	rows "$db" >got
	ok "$1: their lines are dropped" cmp got want || diff want got | diag

	db=$(database "$1" old)
	at-load --changes "$db" all
	is "$1: without it they are there" "$(dids)" "$did $out2 $out1 "
	exits 0 "$1: --exclude and no lines" at-load --exclude list "$db" \
	    /dev/null
	rows "$db" >got
	ok "$1: their rows go" cmp got want
	is "$1: which is recorded" "$(sql "$db" "SELECT count(*) FROM changes
	    WHERE action = 'delete'")" 12
	exits 0 "$1: an empty list" at-load --exclude /dev/null "$db" lines1
	is "$1: leaves nobody out" "$(dids)" "$did $out1 "
}
each_database leaves_out -F

# refused NAME MESSAGE: the file isn't a list
refused() {
	for program in "at-load x.db all" "at-fetchrepo -d cars" \
	    "at-listrecords all"; do
		[ -x "$build/bin/${program%% *}" ] || continue
		# shellcheck disable=SC2086 # words
		run ${program%% *} --exclude bad ${program#* }
		is "${program%% *}: $1" "$status $(sed 1q err)" \
		    "2 ${program%% *}: --exclude bad: $2"
	done
}
refused "no file" "can't open: No such file or directory"
printf '%s\nalice.example\n' "$did" >bad
refused "a handle" "line 2: 'alice.example' isn't a DID"
printf '%s %s\n' "$did" $out1 >bad
refused "two on a line" "line 1: '$did $out1' isn't a DID"
ok "nothing is made" [ ! -e x.db ]

# What programs that fetch do with it; they make no request.
if ! has_network; then
	skip "programs that fetch" "this build has no network"
	done_testing
fi
place() {
	printf 'cars/%s/%s.car' "$(printf %s "$1" | sha256sum | cut -c 1-2)" \
	    "$(echo "$1" | tr : _)"
}
for one in $out1 $out2 "$did"; do
	mkdir -p "$(dirname "$(place "$one")")"
	: >"$(place "$one")"
	: >"$(place "$one").zst"
done
cat >wanted <<EOF
{"type":"identity","did":"$out1","pds":"http://127.0.0.1:1"}
{"type":"repo","did":"$out2","pds":"http://127.0.0.1:1","rev":"$r1"}
$out1
{"type":"commit","did":"$out1","rev":"$r1"}
{"type":"commit","did":"$did","rev":"$r1"}
{"type":"cursor","did":"$out1","cursor":"1"}
{"type":"cursor","service":"https://pds.example","cursor":"1"}
EOF
for program in "at-fetchrepo -d cars" at-listrecords; do
	name=${program%% *}
	# shellcheck disable=SC2086 # words
	run $program --exclude list wanted
	is "$name: status" "$status" 1
	jq -c '[.type, .did, .error, .retry, .cursor]' out >got
	same "$name: each job has its result, and no other line" got <<-EOF
	["error","$out1","Excluded",false,null]
	["error","$out2","Excluded",false,null]
	["error","$out1","Excluded",false,null]
	["commit","$did",null,null,null]
	["cursor",null,null,null,"1"]
	EOF
done
ok "at-fetchrepo: their files go" test ! -e "$(place $out1)" \
    -a ! -e "$(place $out2)" -a ! -e "$(place $out1).zst"
find cars -name '*.car*' | sort >got
printf '%s\n%s.zst\n' "$(place "$did")" "$(place "$did")" >want
ok "at-fetchrepo: and no others" cmp got want
exits 0 "at-fetchrepo: an archive that isn't there" at-fetchrepo -d none \
    --exclude list /dev/null

# A link instead of a subdirectory leads out of the archive.
shard=$(dirname "$(place $out1)")
name=$(place $out1 | cut -d / -f 2-)
mkdir -p "outside/${shard#*/}"
touch "outside/$name"
rm -rf "$shard"
ln -s "../outside/${shard#*/}" "$shard"
exits 2 "at-fetchrepo: a link in the archive" at-fetchrepo -d cars \
    --exclude list /dev/null
is "at-fetchrepo: a link in the archive, why" "$(cat err)" \
    "at-fetchrepo: $shard: a symbolic link, want a directory"
ok "at-fetchrepo: what is behind it stays" test -e "outside/$name"

done_testing
