#!/bin/sh
# What people type: times without a unit, hosts without a scheme, byte order
# marks.
. "${0%/*}/lib/tap.sh"
need_network
command -v jq >/dev/null || skip_all "no jq"

# A host without a scheme means https. No request is made, because the address
# is private.
# asks OPERAND ORIGIN
asks() {
	exits 1 "-u $1" at-listrepos -q --retries 0 -t 10 -u "$1"
	is "-u $1: is https" "$(jq -r '.error, .host' out | paste -s -d ' ')" \
	    "PrivateAddress $2"
}
asks 127.0.0.1 https://127.0.0.1
asks 127.0.0.1:8443 https://127.0.0.1:8443
asks 127.0.0.1:443/ https://127.0.0.1
asks '[::1]:8443' 'https://[::1]:8443'
asks https://127.0.0.1 https://127.0.0.1
ATPIPE_RELAY_URL=127.0.0.1:8443
export ATPIPE_RELAY_URL
exits 1 "ATPIPE_RELAY_URL" at-listrepos -q --retries 0
is "ATPIPE_RELAY_URL: is https" "$(jq -r .host out)" https://127.0.0.1:8443
unset ATPIPE_RELAY_URL
exits 1 "at-resolve -u" at-resolve -q --retries 0 -t 10 -u 127.0.0.1:8443 \
    did:plc:h2qnjxmcrp5pdohnb2y5psjt
ok "at-resolve -u: is https" grep -q 'https://127\.0\.0\.1:8443' out

# refuses OPERAND
refuses() {
	exits 2 "-u '$1'" at-resolve -u "$1"
	is "-u '$1': what is said" "$(sed 1q err)" \
	    "at-resolve: -u: '$1' isn't an origin such as https://host"
}
refuses relay
refuses ''
refuses example.com/xrpc
refuses user@example.com
refuses "$(printf '%0300d' 0).example.com"
exits 2 "http" at-resolve -u http://127.0.0.1
is "http needs --allow-private as before" "$(sed 1q err)" \
    "at-resolve: http://127.0.0.1: plain http needs --allow-private"

# A byte order mark at the start of an input is skipped.
bom=$(printf '\357\273\277')
mkcar -n 3 >a.car
at-carwalk a.car >lines
{
	printf %s "$bom"
	cat lines
} >marked
echo '{"type":"repo","car":"a.car"}' >job
at-carwalk <job >want
exits 0 "at-carwalk" sh -c "{ printf %s '$bom'; cat job; } | at-carwalk"
same "at-carwalk: takes the job" out <want
exits 0 "at-carwalk: empty input" sh -c "printf '%s\n' '$bom' | at-carwalk"
mkdir lexicons
name=com.example.kit.thing
jq -cn --arg id $name '{lexicon: 1, id: $id, defs: {main: {type: "record",
    key: "any", record: {type: "object", properties: {}}}}}' >x
{
	printf %s "$bom"
	cat x
} >lexicons/thing.json
exits 0 "at-validate" at-validate -l lexicons marked
same "at-validate: the mark isn't copied" out <lines
is "at-validate: the lexicon is one" "$(cat err)" ""
exits 0 "at-load" at-load x.db marked
is "at-load: the first line is one" "$(cat err)" ""
exits 0 "at-load: all lines are taken" at-status x.db
is "at-load: the repo is whole" "$(jq -r .state out)" completed
echo '{"type":"identity","did":"did:web:x.test"}' >identity
{
	printf %s "$bom"
	cat identity
} >keys
exits 0 "a file of keys" at-carwalk -k keys a.car
{
	printf %s "$bom"
	echo did:bad:x
} >dids
exits 1 "a list of DIDs" at-resolve -q dids
is "a list of DIDs: the first is one" "$(jq -r .did out)" did:bad:x

done_testing
