# shellcheck shell=sh
# shellcheck disable=SC2119,SC2120,SC2154 # top is from lib.sh
# The reference PDS and PLC directory, in a network of the test's own. After
# lib.sh and realnet.sh:
#
#	. "$top/t/lib/realpds.sh"
#	prepare_realpds		# once, where there is a network
#	own_network
#	start_realpds --accounts 5 --records 5

# What the programs ask unless told otherwise, and the host of the pages
realpds_known="plc.directory relay1.us-west.bsky.network pds.example.com"

# prepare_realpds: set it up in the user's cache, if that wasn't done, or skip
prepare_realpds() {
	[ -z "${REALPDS-}" ] || return 0
	REALPDS=$("$top/t/realpds/setup.sh" 2>said) ||
		skip_all "no reference PDS: $(tail -n 1 said)"
	export REALPDS
}

# start_realpds [OPTION...]: with these of start.mjs. The file ready.json says
# what there is; $plc is the directory's URL.
start_realpds() {
	serve ready.json node "$top/t/realpds/start.mjs" --data "$PWD/pds" \
	    "$@" 2>pds.said || {
		tail -n 20 pds.said
		return 1
	}
	# shellcheck disable=SC2034 # for the scripts
	plc=$(jq -r .plcUrl ready.json)
}

# act VERB OPERAND...: see realpds/act.mjs
act() {
	node "$top/t/realpds/act.mjs" ready.json "$@"
}

# did_of HANDLE: as it was at the start
did_of() {
	jq -r --arg handle "$1" '.accounts[] | select(.handle == $handle).did' \
	    ready.json
}

# serve_tls NAME...: HTTPS for these names; requests go to the file requests
serve_tls() {
	# shellcheck disable=SC2086 # words
	make_cert plc.test $realpds_known "$@"
	: >requests
	serve tls.ready node "$top/t/realpds/tls.mjs" ready.json cert.pem \
	    key.pem requests 2>tls.said
}

# use_names [ADDRESS]: set $alice, $robert, ... and write the file zone, where
# all hosts have this address. DNS knows the handles of alice, nulla and
# asleep, and the former one of robert, whose present one HTTPS knows. That of
# carol leads to another account, that of david to two; of those of taken and
# gone HTTPS says nothing.
use_names() {
	# shellcheck disable=SC2034 # for the scripts
	alice=$(did_of alice.test) robert=$(did_of robert.test) \
	    carol=$(did_of carol.test) david=$(did_of david.test) \
	    nulla=$(did_of nulla2.test) taken=$(did_of taken.test) \
	    asleep=$(did_of asleep.test) gone=$(did_of gone.test)
	for realpds_name in pds.test plc.test taken.test gone.test \
	    carol.test david.test $realpds_known; do
		echo "$realpds_name A 0 ${1-127.0.0.1}"
	done >zone
	cat >>zone <<-EOT
	robert.test CNAME 0 pds.test
	_atproto.alice.test TXT 0 "did=$alice"
	_atproto.nulla2.test TXT 0 "did=" "$nulla"
	_atproto.nulla2.test TXT 0 "something=else"
	_atproto.asleep.test TXT 0 "did=$asleep"
	_atproto.bobby.test TXT 0 "did=$robert"
	_atproto.carol.test TXT 0 "did=$alice"
	_atproto.david.test TXT 0 "did=$david"
	_atproto.david.test TXT 0 "did=$alice"
	EOT
}

# start_all [ADDRESS]: PDS, directory, and for this address names and HTTPS; the
# DIDs go to the file dids
start_all() {
	start_realpds --accounts 8 --records 12 --public-url https://pds.test &&
		use_names "$@" && serve_dns zone &&
		serve_tls pds.test alice.test robert.test carol.test \
		    david.test taken.test gone.test &&
		jq -r '.accounts[].did' ready.json >dids
}

# get NSID QUERY: straight from the PDS
get() {
	curl -s "http://127.0.0.1:2583/xrpc/com.atproto.$1?$2"
}

# asked NSID: for which DIDs, according to the file requests
asked() {
	sed -n "s,^GET pds.test /xrpc/com.atproto.$1?.*\(did\|repo\)=,,p" \
	    requests | sed 's/[& ].*//; s/%3[Aa]/:/g' | sort
}

# lines FILTER [OPERAND...]: what jq makes of them, sorted
lines() {
	jq -cS "$@" | sort
}

# agree NAME: is the file got what the file want says, if that says something?
agree() {
	if [ -s want ]; then
		same "$1" got <want
	else
		fail "$1: nothing to compare with"
	fi
}
