# shellcheck shell=sh
# For tests that use a network, after tap.sh: functions that start faultyd and
# give it files and rules. The top of t/tool/faultyd.c describes both.
#
#	. "${0%/*}/lib/tap.sh"
#	. "$top/t/lib/net.sh"
#	put_did did:plc:x http://127.0.0.1:1 did:key:z... alice.test
#	start_faultyd -n 2
#	rules <<'END'
#	* /did:* times=2 status=503
#	END
#	run at-resolve --allow-private -u "$url" did:plc:x
#	is 'asked again' "$(asked | wc -l)" 3
#	is 'one at a time' "$(counts .maxInFlight)" 1
#	stop_faultyd
#	done_testing
#
# All servers share the files in $www, unless -d says otherwise. If a test has
# several servers (one with TLS, for example), it gives each a name: set
# $server before you call a function below.

need_network
command -v faultyd >/dev/null || skip_all "no libmicrohttpd"

server=main
# shellcheck disable=SC2154 # from lib.sh
www=$lib_tmp/www
mkdir "$www" "$lib_tmp/net"

net_end() {
	for net in "$lib_tmp"/net/*; do
		[ -e "$net/pid" ] && [ ! -e "$net/stopped" ] || continue
		read -r net_pid <"$net/pid"
		kill -KILL "$net_pid"
		wait "$net_pid" 2>/dev/null
	done
}
at_exit net_end

# start_faultyd ARGUMENT...: set $ports (all of them), $port (the first), $url
# (of the first) and $faultyd (the process). faultyd stops when the script ends
# or starts it again. $faultyd_via is put before the command: "ip netns exec x".
start_faultyd() {
	net=$lib_tmp/net/$server
	[ ! -e "$net/pid" ] || [ -e "$net/stopped" ] || stop_faultyd
	rm -rf "$net"
	mkdir -p "$net"
	mkfifo "$net/ready"
	touch "$net/rules" "$net/log"
	# shellcheck disable=SC2086 # words
	${faultyd_via-} faultyd -d "$www" -r "$net/rules" -l "$net/log" \
	    -c "$net/counts" "$@" >"$net/ready" 2>"$net/err" </dev/null &
	faultyd=$!
	echo $faultyd >"$net/pid"
	if ! read -r ports <"$net/ready"; then
		fail "faultyd starts"
		diag <"$net/err"
		done_testing
	fi
	port=${ports%% *}
	net_scheme=http net_host=127.0.0.1 net_before=
	for net_argument; do
		[ "$net_argument" != -s ] || net_scheme=https
		[ "$net_before" != -a ] || net_host=$net_argument
		net_before=$net_argument
	done
	case $net_host in
	*:*) net_host=[$net_host] ;;
	esac
	# shellcheck disable=SC2034 # for the scripts
	url=$net_scheme://$net_host:$port
}

# stop_faultyd: counts and requests keep what they know. The test fails if
# faultyd ended by itself, which it does if a rule or a file is wrong.
stop_faultyd() {
	net=$lib_tmp/net/$server
	read -r net_pid <"$net/pid"
	kill "$net_pid" 2>/dev/null
	net_status=0
	wait "$net_pid" || net_status=$?
	: >"$net/stopped"
	[ $net_status -ne 0 ] || [ -s "$net/err" ] || return 0
	fail "faultyd ran until it was stopped: status $net_status"
	diag <"$net/err"
}

# rules: from the next request on, faultyd follows the rules on standard input
rules() {
	cat >"$lib_tmp/net/$server/rules.new"
	mv "$lib_tmp/net/$server/rules.new" "$lib_tmp/net/$server/rules"
}

# net_counts SIGNAL: make faultyd write its counts
net_counts() {
	net=$lib_tmp/net/$server
	[ ! -e "$net/stopped" ] || return 0
	rm -f "$net/counts"
	read -r net_pid <"$net/pid"
	kill "-$1" "$net_pid"
	wait_for "faultyd's counts" test -e "$net/counts"
}

# counts JQ-FILTER: apply the filter to the present counts
counts() {
	net_counts USR1
	jq -r "$1" "$lib_tmp/net/$server/counts"
}

# forget: set counts and requests to zero
forget() {
	net_counts USR2
	: >"$lib_tmp/net/$server/log"
}

# requests: print the log, "EPOCH.MS INDEX STATUS PATH?QUERY USER-AGENT"
requests() {
	cat "$lib_tmp/net/$server/log"
}

# asked: print only "INDEX STATUS PATH?QUERY" of the log
asked() {
	cut -d ' ' -f 2-4 "$lib_tmp/net/$server/log"
}

# put PATH: write standard input to the file $www/PATH
put() {
	mkdir -p "$(dirname "$www/$1")"
	cat >"$www/$1"
}

# put_did DID PDS [KEY [HANDLE]]: write a DID document. All but DID may be
# empty. KEY is a did:key or its z... The document of a did:web goes to its
# host.
put_did() {
	case $1 in
	did:web:*)
		net_path=${1#did:web:}
		net_path=@${net_path%%[%]*}/.well-known/did.json
		;;
	*)	net_path=$1 ;;
	esac
	jq -nc --arg did "$1" --arg pds "$2" --arg key "${3-}" \
	    --arg handle "${4-}" '{
		"@context": ["https://www.w3.org/ns/did/v1",
		    "https://w3id.org/security/multikey/v1"],
		id: $did,
		alsoKnownAs: [if $handle != "" then "at://" + $handle
		    else empty end],
		verificationMethod: [if $key != "" then {
			id: ($did + "#atproto"),
			type: "Multikey",
			controller: $did,
			publicKeyMultibase: ($key | ltrimstr("did:key:"))
		    } else empty end],
		service: [if $pds != "" then {
			id: "#atproto_pds",
			type: "AtprotoPersonalDataServer",
			serviceEndpoint: $pds
		    } else empty end]
	    }' | put "$net_path"
}

# make_jobs N LETTER PDS: print jobs of N accounts of a host. LETTER begins
# their identifiers, so that two hosts have different accounts.
make_jobs() {
	awk -v n="$1" -v letter="$2" -v pds="$3" 'BEGIN {
		for (i = 0; i < n; i++) {
			id = letter sprintf("%023d", i)
			gsub(/0/, "a", id)
			gsub(/1/, "b", id)
			gsub(/8/, "c", id)
			gsub(/9/, "d", id)
			printf "{\"did\":\"did:plc:%s\",\"pds\":\"%s\"}\n",
			    id, pds
		}
	}'
}

# put_handle HANDLE DID: HANDLE's host answers with this DID at /.well-known
put_handle() {
	echo "$2" | put "@$1/.well-known/atproto-did"
}

# put_repo DID CAR: write the answers of getRepo, getLatestCommit, getRepoStatus
# and describeRepo. Call put_did first if describeRepo shall contain the
# document. For a CAR that at-carwalk refuses, only getRepo answers.
#
#	mkcar -d DID -r REV -n RECORDS -K keyfile >x.car
put_repo() {
	net_repo=xrpc/com.atproto.sync
	put $net_repo.getRepo/"$1" <"$2"
	at-carwalk "$2" 2>/dev/null |
		grep '^{"type":"\(commit\|end\)"' >"$lib_tmp/facts"
	[ "$(wc -l <"$lib_tmp/facts")" -eq 2 ] || return 0
	jq -c 'select(.type == "commit") | {cid, rev}' "$lib_tmp/facts" |
		put $net_repo.getLatestCommit/"$1"
	jq -c --arg did "$1" 'select(.type == "commit") |
	    {did: $did, active: true, rev}' "$lib_tmp/facts" |
		put $net_repo.getRepoStatus/"$1"
	[ -e "$www/$1" ] && net_doc=$(cat "$www/$1") ||
		net_doc="{\"id\":\"$1\"}"
	jq -c --arg did "$1" --argjson doc "$net_doc" 'select(.type == "end") |
	    {handle: ((($doc.alsoKnownAs // [])[0] // "at://handle.invalid") |
	    ltrimstr("at://")), did: $did, didDoc: $doc,
	    collections: (.collections | keys), handleIsCorrect: true}' \
	    "$lib_tmp/facts" | put xrpc/com.atproto.repo.describeRepo/"$1"
}

# cert NAME ADDRESS-OR-HOST...: write NAME.crt and NAME.key, signed by
# themselves
cert() {
	net_name=$1 net_alt=
	shift
	for net_host; do
		case $net_host in
		*:*) net_alt=$net_alt,IP:$net_host ;;
		*[!0-9.]*) net_alt=$net_alt,DNS:$net_host ;;
		*) net_alt=$net_alt,IP:$net_host ;;
		esac
	done
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
	    -nodes -days 3650 -subj /CN=faultyd -addext \
	    "subjectAltName=${net_alt#,}" -keyout "$net_name.key" \
	    -out "$net_name.crt" 2>/dev/null
}
