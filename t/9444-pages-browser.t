#!/bin/sh
# at-serve: the pages in a real browser: width, contrast, labels, keyboard,
# policy, no jump
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/serve.sh"
. "$top/t/lib/load.sh"

for need in chromium chromedriver python3; do
	command -v $need >/dev/null || skip_all "no $need"
done

evil='<img src=x onerror=alert(1)>'
key=$(sed -n 's/.*"publicKeyMultibase":"\(z[^"]*\)".*/\1/p' \
    "$data/car/alice.did.json")
{
	at-carwalk -k "did:key:$key" "$data/car/alice.car"
	printf '{"type":"cursor","service":"https://relay.example","stream":'
	printf '"com.atproto.sync.subscribeRepos","cursor":"%s","at":"%s"}\n' \
	    123456789 "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
	for n in 1 2 3; do
		printf '{"type":"identity","did":"did:web:%s.example",' "h$n"
		printf '"handle":"h%s.example.com","pds":"https://p%s",' $n $n
		printf '"at":"2026-01-01T00:00:00Z"}\n'
		printf '{"type":"error","program":"at-fetchrepo","did":'
		printf '"did:web:h%s.example","error":"%s",' $n \
		    "$(echo RepoNotFound RepoDeactivated RepoUnavailable |
			cut -d ' ' -f $n)"
		printf '"message":"%s","at":"2026-01-01T00:00:00Z"}\n' "$evil"
	done
	printf '{"type":"record","did":"did:web:h1.example","rev":"%s",' $r2
	printf '"collection":"com.example.post","rkey":"1","source":"live",'
	printf '"action":"create","cid":"%s","record":{"text":"%s"}}\n' \
	    bafyreielwnfybcy7iljiqjymq2k7224ot3ftswfznho7j7admysc5yvlmm "$evil"
	mkplc -n 300 -s 1 -t | at-plcaudit -q
} | at-load pages.db 2>/dev/null
at-load empty.db </dev/null

counted() {
	get /
	grep -q '<dt>Accounts</dt>' body
}

start_serve empty.db
wait_for 'it is counted' counted
python3 "$top/t/browser/look.py" --once "$url" / >tap 2>err
is 'an empty database' "$(grep -v '^ok' tap) $(cat err)" "$(grep '^1\.\.' tap) "
stop_serve

start_serve pages.db
wait_for 'accounts are counted' counted
plc=$(sqlite3 pages.db 'SELECT did FROM plc_operation WHERE nullified = 1
    LIMIT 1')
car=$(sqlite3 pages.db 'SELECT did FROM accounts WHERE did LIKE "did:plc:%"
    LIMIT 1')
python3 "$top/t/browser/look.py" "$url" / "/account/$car" "/account/$plc" \
    /account/did:web:h1.example /search?q=h /search?q=%3Cb%3E >tap 2>err
is 'pages of accounts' "$(grep -v '^ok' tap) $(cat err)" \
    "$(grep '^1\.\.' tap) "
ok 'all of them were looked at' test "$(grep -c '^ok' tap)" -ge 50
stop_serve

done_testing
