#!/bin/sh
# Accounts as people write them: @handle, profile URLs, at:// URIs, comments,
# and invisible characters.
. "${0%/*}/lib/tap.sh"
need_network
command -v jq >/dev/null || skip_all "no jq"

did=did:plc:h2qnjxmcrp5pdohnb2y5psjt
cache=$PWD/cache

# resolves FILE: print how the lines are understood, without the network
resolves() {
	at-resolve -q --offline --cache "$cache" --retries 0 "$@" >out 2>err
	jq -r '.did // .message' out
}

# names TEXT DID-OR-MESSAGE: the result for this line
names() {
	printf '%s\n' "$1" >lines
	is "a line: $1" "$(resolves lines)" "$2"
}
names "$did" $did
names "@$did" $did
names "at://$did" $did
names "at://$did/app.bsky.feed.post/3k" $did
names "https://bsky.app/profile/$did" $did
names "https://bsky.app/profile/$did/post/3k" $did
names "http://127.0.0.1:3000/profile/$did?a=b" $did
names "deer.social/profile/$did#top" $did
names "  $did # a note" $did
names "$did	# a note" $did
names "# a comment" ""
names "  # a comment" ""
names "$did# a" "$(resolves "$did# a")"

# For an impossible handle, the error says so.
printf '%s\n' printer.local >lines
want=$(resolves lines)
for name in @printer.local at://printer.local Printer.LOCAL \
    at://printer.local/app.bsky.feed.post/3k \
    https://bsky.app/profile/printer.local \
    https://bsky.app/profile/@printer.local \
    https://deer.social/profile/printer.local/post/3k \
    bsky.app/profile/printer.local 'printer.local # a note'; do
	names "$name" "$want"
	is "an operand: $name" "$(resolves "$name")" "$want"
done
is "an operand: a handle" "$(resolves printer.local)" "$want"
for program in "at-fetchrepo -d cars" at-describe at-listrecords; do
	# shellcheck disable=SC2086 # two words
	exits 1 "$program: a URL" $program -q \
	    https://bsky.app/profile/printer.local
	is "$program: takes it" "$(jq -r .message out)" "$want"
done

# A file is preferred to a handle of the same name.
echo "$did" >printer.local
is "a file with the name of a handle" "$(resolves printer.local)" $did
rm printer.local

# Invisible characters that people paste.
for mark in '\0342\0200\0216' '\0342\0200\0217' \
    '\0342\0200\0252' '\0342\0200\0256' \
    '\0342\0201\0246' '\0342\0201\0251' '\0342\0200\0213' '\0342\0200\0215' \
    '\0357\0273\0277' '\0330\0234'; do
	m=$(printf %b "$mark")
	names "$m@${m}printer.local$m" "$want"
	is "an operand with $mark" "$(resolves "${m}@printer.local")" "$want"
	printf '%s\n' "$m$did" >excluded
	echo "$did" | at-fetchrepo -q -d cars --exclude excluded >out 2>err
	is "--exclude: $mark" "$(jq -r .error out)" Excluded
	at-carwalk "no${m}file" >out 2>err
	ok "a message escapes $mark" grep -qF "no\\x" err
done

# --exclude takes the same forms.
for name in "at://$did" "https://bsky.app/profile/$did/post/3k" "$did # x" \
    "$did#x" "@$did"; do
	printf '%s\n' "$name" >excluded
	echo "$did" | at-fetchrepo -q -d cars --exclude excluded >out 2>err
	is "--exclude: $name" "$(jq -r .error out)" Excluded
done

# An error line contains what was typed, and --retry accepts it.
jq -cn '{type: "error", program: "x", input: "@printer.local", error: "x",
    message: "x", retry: true}' >lines
is "--retry" "$(resolves --retry lines)" "$want"

done_testing
