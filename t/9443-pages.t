#!/bin/sh
# at-serve: the pages for people, in both databases. Whatever an account, a
# host or a request says stays a text.
# shellcheck disable=SC2086 # no spaces in them
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/serve.sh"
. "$top/t/lib/load.sh"

evil='<script>alert(1)</script>'
html=did:plc:htmlhtmlhtmlhtmlhtmlhtml
gone=did:web:gone.example

ago() {
	date -u -d "@$(($(date +%s) - $1))" +%Y-%m-%dT%H:%M:%SZ
}

# identity DID HANDLE HOST
identity() {
	printf '{"type":"identity","did":"%s","handle":"%s",' "$1" "$2"
	printf '"handleStatus":"valid","pds":"%s","at":"%s"}\n' "$3" "$(ago 60)"
}

fixture() {
	for name in a b; do
		identity did:web:$name.example $name.example.com \
		    https://pds.example.com
		repo did:web:$name.example $r2 9 | lines
	done
	identity $gone gone.example.com https://pds.example.com
	repo $gone $r2 9 | lines
	printf '{"type":"account","did":"%s","active":false,' $gone
	printf '"status":"takendown","at":"%s"}\n' "$(ago 50)"
	identity $html html.example.com https://other.example.com
	printf '{"type":"record","did":"%s","rev":"%s","collection":' $html $r2
	printf '"app.bsky.feed.post","rkey":"3mbd355xl6222","source":"live",'
	printf '"action":"create","cid":"%s","record":{"text":"%s"}}\n' \
	    bafyreielwnfybcy7iljiqjymq2k7224ot3ftswfznho7j7admysc5yvlmm \
	    "$evil & \\\"q\\\" 'a'"
	printf '{"type":"error","program":"at-fetchrepo","did":"%s",' $html
	printf '"error":"%s","message":"</td>%s","retry":true,"at":"%s"}\n' \
	    Timeout "$evil" "$(ago 40)"
	printf '{"type":"cursor","service":"https://relay.example","stream":'
	printf '"com.atproto.sync.subscribeRepos","cursor":"%s","at":"%s"}\n' \
	    "$evil" "$(ago 5)"
	mkplc -n 300 -s 1 -t | at-plcaudit -q
}

# Accounts of one host more than the page shows: the last has one account, which
# failed, and the others have two.
many_hosts() {
	for n in $(seq 20); do
		for name in a b; do
			identity did:web:$name$n.example $name$n.example.com \
			    https://pds$n.example.com
		done
	done
	identity did:web:z.example z.example.com https://pds.example.net
	printf '{"type":"error","program":"at-fetchrepo","did":"%s",' \
	    did:web:z.example
	printf '"error":"Timeout","message":"no answer","at":"%s"}\n' "$(ago 40)"
}

# counted N: are the accounts of the status page counted?
counted() {
	get /
	grep -q "<dt>Accounts</dt><dd>$1</dd>" body
}

# between BEGIN END: print what stands between these, as it is
between() {
	perl -0777 -ne 'print $1 if m{\Q'"$1"'\E(.*?)\Q'"$2"'\E}s' body
}

# hash BEGIN END: the source of the policy that allows it
hash() {
	between "$1" "$2" | openssl dgst -sha256 -binary | openssl base64 |
		sed "s/.*/'sha256-&'/"
}

# harmless NAME: the page has only the script, and the policy, that it should
harmless() {
	is "$1: type" "$(header content-type)" 'text/html; charset=utf-8'
	policy=$(header content-security-policy)
	is "$1: policy" "${policy%; script-src*}" \
	    "default-src 'none'; base-uri 'none'; form-action 'self'; \
frame-ancestors 'none'; connect-src 'self'; style-src $(hash '<style>' '</style>')"
	case $(grep -c '<script' body) in
	0) pass "$1: no script" ;;
	*)	is "$1: the one script is allowed" \
		    "$(grep -c '<script' body) ${policy##*; script-src }" \
		    "1 $(hash '<script>' '</script>')" ;;
	esac
	ok "$1: no style, event or foreign resource in a tag" not grep -Eq \
	    '<[^>]* (style|on[a-z]+|src)=|(href|action)="(https?:|//)' body
	ok "$1: it is whole" grep -q '</html>$' body
}

pages() {
	db=$(database "$1" pages)
	fixture | at-load "$db" 2>/dev/null
	start_serve "$db"
	wait_for "$1: the accounts are counted" counted 4
	is "$1: status" "$code" 200
	harmless "$1: status"
	ok "$1: its example is a text" grep -Fq \
	    '&lt;/td&gt;&lt;script&gt;alert(1)&lt;/script&gt;' body
	grep -o '<dt>[^<]*</dt><dd>[^<]*' body | sed 's/<[^>]*>/ /g' >got
	same "$1: tiles" got <<-EOT
	 Accounts  4
	 Synced  3
	 Not synced  1
	 Failed  1
	 Records  27
	 DIDs  $(sql "$db" 'SELECT count(DISTINCT did) FROM plc_operation')
	 Audited  $(sql "$db" "SELECT count(*) FROM plc_operation
	    WHERE nullified < 1")
	 Behind  $(sed -n 's/.*Behind<.dt><dd>\([^<]*\).*/\1/p' body)
	EOT
	is "$1: the host that failed is shown once" \
	    "$(grep -o '<h2>Hosts[^<]*' body) $(grep -c '>other.example' body)" \
	    '<h2>Hosts 1'
	accounts "$1"
	searches "$1"
	stop_serve
	is "$1: exit status" "$serve_status $(cat serve.err)" '0 '
	hosts "$1"
}

hosts() {
	db=$(database "$1" hosts)
	many_hosts | at-load "$db" 2>/dev/null
	start_serve "$db"
	wait_for "$1: the accounts of many hosts are counted" counted 41
	is "$1: a host that fails, and has few accounts, has another box" \
	    "$(between '<h2>Hosts with failures' '</section>' |
		grep -c '>pds.example.net')" 1
	stop_serve
}

accounts() {
	get /account/$html
	is "$1: account" "$code" 200
	harmless "$1: account"
	ok "$1: a record that is HTML is a text" grep -Fq \
	    '&lt;script&gt;alert(1)&lt;/script&gt; &amp; \&quot;q\&quot; &#39;a&#39;' body
	ok "$1: its collection" grep -q \
	    ">app.bsky.feed.post</a></th><td class=\"n\">1<" body
	get /account/a.example.com
	is "$1: account by its handle" "$code $(grep -c '>did:web:a.example<' body)" \
	    '200 1'
	ok "$1: 3 records of a collection" grep -q \
	    ">com.example.like</a></th><td class=\"n\">3<" body
	get /account/$gone
	is "$1: an account that is gone" "$code" 200
	ok "$1: its status" grep -q '>takendown<' body
	ok "$1: no record of it" not grep -q 'com.example' body
	plc=$(sql "$db" 'SELECT did FROM plc_operation WHERE nullified = 1
	    ORDER BY did LIMIT 1')
	get "/account/$plc"
	is "$1: a DID of operations alone" "$code" 200
	is "$1: a verdict for each operation" \
	    "$(grep -c '<span class="mark' body)" \
	    "$(sql "$db" "SELECT count(*) FROM plc_operation
		WHERE did = '$plc'")"
	ok "$1: one is nullified" grep -q '>valid, nullified<' body
	for name in did:plc:aaaaaaaaaaaaaaaaaaaaaaaa nobody.example.com x \
	    %3Cscript%3Ealert%281%29%3C%2Fscript%3E ..%2f..; do
		get "/account/$name"
		is "$1: not there: $name" "$code" 404
		harmless "$1: not there"
	done
	get /account/
	is "$1: no name" "$code" 404
}

# search TEXT: set $found: where it leads, or the DIDs that it lists
search() {
	get /search -G --data-urlencode "q=$1"
	found=$(grep -o '<a href="/account/[^"]*' body |
	    sed 's/.*account.//' | tr '\n' ' ')
	[ "$code" = 200 ] || found="$code $(header location)"
}

searches() {
	a='303 /account/did:web:a.example'
	for text in did:web:a.example a.example.com A.Example.COM \
	    @a.example.com ' a.example.com ' at://did:web:a.example/x.y.z/k \
	    https://bsky.app/profile/a.example.com; do
		search "$text"
		is "$1: search '$text'" "$found" "$a"
	done
	search a.ex
	is "$1: the beginning of a handle" "$found" 'did:web:a.example '
	harmless "$1: search"
	for text in % _ 'a_example' '*' zz "$evil" '' "did:web:a.example'--"; do
		search "$text"
		is "$1: nothing is found: '$text'" "$code $found" '200 '
		harmless "$1: search '$text'"
	done
	search did:web:localhost%3A1
	is "$1: a DID with a percent sign" "$found" \
	    '303 /account/did:web:localhost%253A1'
	get /account/did:web:localhost%253A1
	is "$1: it isn't there" "$code" 404
	ok "$1: but is named" grep -q '>did:web:localhost%3A1<' body
}

each_database pages
done_testing
