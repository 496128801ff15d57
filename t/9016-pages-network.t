#!/bin/sh
# The commands that the pages show without a prompt, run as they are printed, in
# a private network in which the reference PDS and PLC directory have the names,
# certificates and a public address as on the real network. Each display runs in
# a directory with the files that it names, which are about the same five
# accounts. The result must be what the PDS lists of these.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/realnet.sh"
. "$top/t/lib/realpds.sh"
. "$top/t/lib/pages.sh"
. "$top/t/lib/dig.sh"
prepare_realpds
own_network
ip address add 1.2.3.4/32 dev lo || skip_all '1.2.3.4 is not to be had'
ok "the servers start" start_all 1.2.3.4 || done_testing
ready=$PWD/ready.json
hidden=$(jq -r .takendownRecord ready.json)

# act VERB OPERAND...: as in realpds.sh, from any directory
act() {
	node "$top/t/realpds/act.mjs" "$ready" "$@"
}

# What the displays read

ok "there is a lexicon" act put alice.test com.atproto.lexicon.schema \
    com.example.kit.thing '{
    "lexicon": 1, "id": "com.example.kit.thing", "defs": {"main": {
    "type": "record", "key": "any", "record": {"type": "object",
    "required": ["int"], "properties": {"int": {"type": "integer"}}}}}}'
echo "_lexicon.kit.example.com TXT 60 did=$alice" >>zone
ok "DNS says whose it is" again_dns
provide_dig
PATH=$top/contrib/examples:$PATH
act records | sort >truth
mkdir inputs
printf '%s\n' "$alice" "$robert" "$carol" "$david" "$nulla" >inputs/dids
cp inputs/dids inputs/dids.txt
printf '%s\n' alice.test @robert.test at://nulla2.test "$carol" "$david" \
    >inputs/names
jq -cR '{type: "repo", did: .}' inputs/dids >inputs/jobs
echo "$alice" >inputs/authorities
ln -s "$data/lexicons" inputs/lexicons
ln -s "$top/t" "$top/contrib" inputs
at-fetchrepo -d inputs/cars inputs/dids | at-carwalk >inputs/lines

# failed DID ERROR RETRY: print the error line of a job
failed() {
	printf '{"type":"error","program":"at-fetchrepo","did":"%s",' "$1"
	printf '"error":"%s","message":"no","retry":%s}\n' "$2" "$3"
}

# prepare TEXT: make the files for this display; truth is what it may find
prepare() {
	cp -R ../../inputs/. .
	cp ../../truth truth
	# Files that the display itself makes must not exist yet.
	for file in lexicons lines repos; do
		case $1 in *">$file"*) rm -rf $file ;; esac
	done
	case $1 in *cars/\**) ;; *) rm -rf cars ;; esac
	case $1 in
	'echo alice.test'*)
		sed -i "/$alice/!d" truth ;;
	"sqlite3 records.db 'SELECT did FROM accounts'"*)
		at-load records.db lines
		act takedown nulla2.test true
		sed -i "/$nulla/d" truth ;;
	'at-status --pending'* | 'at-status --unsynced'*)
		sed "/$david/d" dids | at-describe >known
		failed "$david" Timeout true | cat known - |
			at-load records.db ;;
	'at-status records.db'* | 'at-status --hosts'* | \
	    'at-load '*/dev/null*)
		at-load records.db lines ;;
	*'at-status --cursors plc.db'*)
		at-plcexport -n 3 -d plc | at-plcaudit --state plc.state |
			at-load plc.db ;;
	*'at-resolve --from plc.db'*)
		at-plcexport | at-plcaudit | at-load plc.db ;;
	'at-plcexport plc'*)
		at-plcexport -d plc >/dev/null ;;
	*'at-status --cursors'*)
		echo https://pds.example.com >hosts
		at-listrepos -u https://pds.example.com -n 2 | cat lines - |
			at-load records.db ;;
	*--retry*)
		sed -i "/$david/d" names jobs
		failed "$david" Timeout true | tee -a names >>./jobs
		# The records of the job that was tried again are loaded.
		sed -i "/$david/!d" truth ;;
	*MethodNotImplemented*)
		sed -i "/$carol/d" jobs
		failed "$carol" MethodNotImplemented false >>./jobs ;;
	'jq -c '*'"cursor"'*lines*)
		at-listrecords --page 5 "$nulla" | awk '{ print }
		    /^{"type":"cursor"/ && ++n == 3 { exit }' >lines
		sed "/$nulla/d" dids | at-listrecords | cat - lines |
			at-load records.db ;;
	esac
}

# The results

# patterns FILE: print the collections that it requests, as a regular expression
patterns() {
	grep -oE -- "-c '?[a-z]+(\.[A-Za-z]+)+(\.\*)?" "$1" |
		sed "s/^-c '\{0,1\}//; s/\./\\\\./g; s/\*/.*/" |
		paste -s -d '|' | sed 's/.*/\/(&)\//'
}

# seen DATABASE: print the visible records, without the invalid ones. A record
# that its PDS hides comes with the CAR.
seen() {
	sqlite3 -separator ' ' "$1" "SELECT uri, cid FROM records UNION
	    SELECT 'at://' || did || '/' || collection || '/' || rkey, cid
	    FROM errors WHERE error = 'InvalidRecord'" |
		grep -vF "$hidden " | sort
}

# alike: are the files want and got equal, and not empty?
alike() {
	[ -s want ] && cmp want got && return
	diff want got | head -n 6 | cut -c 1-120
	return 1
}

# unfinished DATABASE: print which of the accounts aren't complete
unfinished() {
	sqlite3 "$1" "SELECT did FROM import_states
	    WHERE status <> 'completed'" | grep -Ff dids
}

# loaded DISPLAY: are the records in each database those of the PDS?
loaded() {
	for db in *.db; do
		# It has no records.
		case $db$(cat "$1") in
		plc.db* | *at-plcaudit\ \|\ at-resolve*) continue ;;
		esac
		[ -e "$db" ] && sqlite3 "$db" 'SELECT 1 FROM records LIMIT 1' \
		    >said 2>&1 || continue
		grep -E "$(patterns "$1")" truth >want
		seen "$db" >got
		ok "$db: the records of the PDS" alike
		unfinished "$db" >got
		same "$db: no account is unfinished" got </dev/null
	done
}

# effects TEXT: check what the page says about this display
effects() {
	# A repo that isn't available as a CAR is listed.
	case $1 in
	at-status\ --unsynced*) cars=5 ;;
	at-status\ * | *MethodNotImplemented*) cars=4 ;;
	echo\ *) cars=1 ;;
	*) cars=5 ;;
	esac
	case $1 in
	*"at-fetchrepo "*"-d cars"*)
		is "the archive is full" "$(find cars -name '*.car' |
		    wc -l)" $cars ;;
	esac
	case $1 in
	*"at-plcexport -d plc --cursor"*)
		is "the copy has the accounts" "$(sqlite3 plc.db 'SELECT did
		    FROM plc_latest WHERE NOT tombstoned' | grep -cFf dids)" 5
		is "all are verified" "$(sqlite3 plc.db "SELECT count(*)
		    FROM plc_operations WHERE audit IS NOT 'valid'")" 0 ;;
	"at-plcexport plc"*at-resolve*)
		is "the accounts have hosts" "$(sqlite3 records.db 'SELECT did
		    FROM accounts WHERE pds IS NOT NULL' | grep -cFf dids)" 5 ;;
	"sqlite3 records.db 'SELECT did FROM accounts'"*)
		is "one is hidden" "$(sqlite3 records.db "SELECT did, status
		    FROM accounts WHERE status <> 'active'")" \
		    "$nulla|takendown"
		act takedown nulla2.test false ;;
	'at-resolve '*'at-resolve --retry'*)
		is "all are resolved" "$(jq -r .type lines.new | sort |
		    uniq -c | tr -s ' ')" " 5 identity" ;;
	'at-resolve '*'SELECT pds'*)
		is "the host is counted" "$(cat out)" 'https://pds.test|5' ;;
	'at-resolve <authorities'*)
		is "two records of each are invalid" "$(sqlite3 records.db \
		    'SELECT did, count(*) FROM errors GROUP BY did' |
		    grep -c '|2$')" 5 ;;
	'at-listrepos >repos'*)
		is "each repo is listed once" "$(jq -r '.did // empty' repos |
		    sort | uniq -c | awk '{ n += $1 } END { print NR, n }')" \
		    "7 7" ;;
	esac
}

# try DISPLAY NAME: run it in the directory of its page
try() {
	text=$(cat "$1")
	mkdir "$1.d"
	cd "$1.d" || exit 2
	prepare "$text" >prepared 2>&1
	if exits 0 "$2" sh "../$1"; then
		# at-listrepos knows some repos that can't be fetched.
		grep -vF -e "$taken" -e "$asleep" -e "$gone" \
		    -e ": tombstoned" err >said
		same "no message" said </dev/null
		# shellcheck disable=SC2013 # words
		for file in $(grep -oE '>[a-z.]+' "../$1" | tr -d '>'); do
			ok "$file isn't empty" test -s "$file"
		done
		loaded "../$1"
		effects "$text"
	fi
	cd ..
}

for page in "$top"/man/*.[157]; do
	mkdir "${page##*/}"
	cd "${page##*/}" || exit 2
	for display in $(in_way network "$page"); do
		case $(cat "$display") in
		*at-plcexport\ --stream*) # nobody ends it
			skip "${page##*/}: $(titled "$display")" \
			    "no stream here: 7230 has one"
			continue ;;
		*at-firehose*) # would follow a relay, and nobody ends it
			skip "${page##*/}: $(titled "$display")" \
			    "no events here: 6100 and 6110 have some"
			continue ;;
		*at-listhosts*)
			skip "${page##*/}: $(titled "$display")" \
			    "no relay here: 3250 has one"
			continue ;;
		*"'moved'"*)
			skip "${page##*/}: $(titled "$display")" \
			    "no account has moved: 6312 has some"
			continue ;;
		esac
		try "$display" "${page##*/}: $(titled "$display")"
		# The page says that at-listrepos may replace it.
		case $(cat "$display") in
		'at-resolve <dids.txt | at-fetchrepo'*)
			sed 's/^at-resolve <dids.txt/at-listrepos/' \
			    "$display" >all
			try all "all accounts of the network" ;;
		esac
	done
	cd ..
done


done_testing
