#!/bin/sh
# WebSockets over TLS, at addresses that count as public.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/wsd.sh"
. "$top/t/lib/realnet.sh"
own_network
ip addr add 1.2.3.4/32 dev lo || skip_all '1.2.3.4 is not to be had'

cat >zone <<'END'
host.test A 60 1.2.3.4
other.test A 60 1.2.3.4
END
serve_dns zone
make_cert host.test
start_wsd -a 1.2.3.4 -p 443 -s cert.pem key.pem
start_wsd
private=$port

is 'a bare host is wss' "$(wsc -P -n 1 host.test/echo)" 'opened
text 5 hello'
is 'https is wss' "$(wsc -P -n 1 https://host.test/echo)" 'opened
text 5 hello'
is 'a certificate of another host' "$(wsc -P other.test/echo)" \
    'ended TlsFailed retry: wss://other.test/echo: SSL peer certificate or SSH remote key was not OK'
is 'a redirect to ws' "$(wsc -P "host.test/redirect?port=$private")" \
    "ended PrivateAddress final: ws://127.0.0.1:$private/echo: plain ws"
is 'where it is allowed' \
    "$(wsc -n 1 "host.test/redirect?port=$private")" 'opened
text 5 hello'

# A TLS record holds many frames. After libcurl has read it, the socket isn't
# ready any more, and no data comes until the ping after 30 seconds.
is 'all of what TLS has read comes' \
    "$(timeout 20 wsc -P -w 100 'host.test/many?n=5000&size=700' | grep -c ^binary)" 5000
is 'messages of many records' \
    "$(timeout 20 wsc -P 'host.test/many?n=5&size=3000000' | grep -c ^binary)" 5
done_testing
