#!/bin/sh
# What http sends with methods other than GET, when it sends it again, and how
# redirects change it.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"

start_faultyd -n 2
port1=${ports#* }
url1=http://127.0.0.1:$port1

# send NAME OPTION... URL: write the output to got, without the ports
send() {
	name=$1
	shift
	forget
	run httpc "$@"
	sed "s/127.0.0.1:$port1/OTHER/; s/127.0.0.1:$port/HOST/" out >got
}

# sends NAME OPTION... URL: is the echo equal to standard input?
sends() {
	send "$@" -v
	tail -n +2 got >body
	same "$name" body
}

# says NAME WANT OPTION... URL: check the output and the number of requests
says() {
	want=$2 name=$1
	shift 2
	send "$name" "$@"
	# As libcurl 7 writes it
	sed "s/Could not connect/Couldn't connect/" got >said
	is "$name" "$(cat said) $(asked | wc -l)" "$want"
}

echo '* * echo' | rules
sends 'GET' "$url/a?b=c" <<'END'
GET /a?b=c
Host: HOST
User-Agent: httpc
Accept: */*
Accept-Encoding: identity

END
sends 'GET with a header' -H 'X-A: b c' "$url/" <<'END'
GET /
Host: HOST
User-Agent: httpc
Accept: */*
Accept-Encoding: identity
X-A: b c

END
sends 'POST' -m POST -d '{"a":1}' -H 'Content-Type: application/json' \
    -H 'Accept: text/csv' -H 'Authorization: Bearer x' "$url/a" <<'END'
POST /a
Host: HOST
User-Agent: httpc
Accept-Encoding: identity
Content-Type: application/json
Accept: text/csv
Authorization: Bearer x
Content-Length: 7

{"a":1}
END
sends 'POST without content' -m POST "$url/a" <<'END'
POST /a
Host: HOST
User-Agent: httpc
Accept: */*
Accept-Encoding: identity
Content-Length: 0

END
sends 'POST of no known type' -m POST -d '{}' "$url/a" <<'END'
POST /a
Host: HOST
User-Agent: httpc
Accept: */*
Accept-Encoding: identity
Content-Length: 2

{}
END
for method in PUT PATCH DELETE SEARCH GET; do
	sends "$method with content" -m $method -d x "$url/a" <<-END
	$method /a
	Host: HOST
	User-Agent: httpc
	Accept: */*
	Accept-Encoding: identity
	Content-Length: 1

	x
	END
done
for method in GET DELETE OPTIONS; do
	sends "$method alone" -m $method "$url/a" <<-END
	$method /a
	Host: HOST
	User-Agent: httpc
	Accept: */*
	Accept-Encoding: identity

	END
done
send 'much content' -m POST -n 3000000 "$url/a" -v
is 'much content' "$(head -n 1 got) $(tail -n 1 got | tr -d x) $(tail -n 1 got |
	wc -c)" '200 1  3000001'
ok 'much content: without a wait' not grep -q Expect got
printf '%s\n' '* /a method=HEAD status=202' '* * echo' | rules
says 'HEAD' '202 1 1' -m HEAD "$url/a"
send 'HEAD has no body' -m HEAD "$url/b" -v
is 'HEAD has no body' "$(cat got)" '200 1'

# Requests that can't be sent
# refuses NAME MESSAGE OPTION...
refuses() {
	name=$1 want=$2
	shift 2
	send "$name" "$@" "$url/a"
	is "$name" "$status $(cat got) $(asked | wc -l)" "1 BadSyntax 0 $want 0"
}
refuses 'no method' "'' isn't a method of HTTP" -m ''
refuses 'a method of two words' "'GET /b' isn't a method of HTTP" -m 'GET /b'
refuses 'a method in lower case' "'post' isn't a method of HTTP" -m post
refuses 'two headers in one' "$(printf "'A: b\nC: d' %s" \
	"isn't a header with a value")" -H "$(printf 'A: b\nC: d')"
for header in A: 'A: ' A ': b' ' : b' 'A B: c' ''; do
	refuses "header '$header'" "'$header' isn't a header with a value" \
		-H "$header"
done

# Repeated or not
for code in 500 503; do
	echo "* * status=$code" | rules
	error="HostError 1 http://HOST/a: HTTP status $code"
	says "POST, $code" "$error 1" -m POST -d x "$url/a"
	says "PATCH, $code" "$error 1" -m PATCH -d x "$url/a"
	says "POST that may be repeated, $code" "HostError 3${error#* 1} 3" \
		-r -m POST -d x "$url/a"
	for method in GET HEAD OPTIONS PUT DELETE; do
		says "$method, $code" "HostError 3${error#* 1} 3" -m $method \
			"$url/a"
	done
done
limited='http://HOST/a: HTTP status 429'
echo '* * times=1 status=429' | rules
says 'POST, 429' "RateLimited 0 $limited 1" -m POST -d x "$url/a"
says 'the next one' 'NotFound 1 http://HOST/a: HTTP status 404 1' -m POST -d x "$url/a"
echo '* * times=1 status=429' | rules
says 'POST that may be repeated, 429' 'NotFound 1 http://HOST/a: HTTP status 404 2' \
	-r -m POST -d x "$url/a"
printf '%s\n' '* * times=1 status=503' '* * times=1 reset' '* * echo' | rules
sends 'the same content again' -r -m POST -d same "$url/a" <<'END'
POST /a
Host: HOST
User-Agent: httpc
Accept: */*
Accept-Encoding: identity
Content-Length: 4

same
END
lost='ConnectionFailed 1 http://HOST/a: Failure when receiving data from the peer'
echo '* /a reset' | rules
says 'POST, and the connection is lost' "$lost 1" -m POST -d x "$url/a"
put b </dev/null
says 'POST, and a connection that was kept is lost' "$(printf '200 1\n%s 2' \
	"$lost")" -m POST -d x "$url/b" "$url/a"
says 'GET, and a connection that was kept is lost' "$(printf '200 1\n%s' \
	"ConnectionFailed 3${lost#* 1}") 5" -d x "$url/b" "$url/a"
echo '* /a hang' | rules
says 'POST, and no answer' \
	'Timeout 1 http://HOST/a: Timeout was reached 1' -t 500 -m POST -d x \
	"$url/a"
says 'POST, no answer, and the next' "$(printf '%s\n%s 2' \
	'Timeout 1 http://HOST/a: Timeout was reached' '200 1')" \
	-t 3000 -m POST -d x "$url/a" "$url/b"
stop_faultyd
says 'POST, and nobody is there' \
	"ConnectionFailed 3 http://HOST/a: Couldn't connect to server 0" \
	-m POST -d x "$url/a"
start_faultyd -n 2
port1=${ports#* }
url1=http://127.0.0.1:$port1

# Redirects
# redirects CODE METHOD TARGET: with content and headers; the echo goes to got
redirects() {
	printf '%s\n' "* /a redirect=$3 status=$1" '* * echo' | rules
	send "$1" -v -m "$2" -d x -H 'Content-Type: text/csv' \
	    -H 'Accept: text/csv' -H 'Authorization: Bearer x' \
	    -H 'X-Secret: y' "$url/a"
}
for code in 301 302 303; do
	redirects $code POST /b
	same "$code of a POST" got <<-'END'
	200 1
	GET /b
	Host: HOST
	User-Agent: httpc
	Accept-Encoding: identity
	Accept: text/csv
	Authorization: Bearer x
	X-Secret: y

	END
done
for code in 307 308; do
	redirects $code POST /b
	same "$code of a POST" got <<-'END'
	200 1
	POST /b
	Host: HOST
	User-Agent: httpc
	Accept-Encoding: identity
	Content-Type: text/csv
	Accept: text/csv
	Authorization: Bearer x
	X-Secret: y
	Content-Length: 1

	x
	END
	redirects $code POST "$url1/b"
	same "$code of a POST to another host" got <<-'END'
	200 1
	POST /b
	Host: OTHER
	User-Agent: httpc
	Accept-Encoding: identity
	Content-Type: text/csv
	Accept: text/csv
	Content-Length: 1

	x
	END
done
redirects 302 PUT "$url1/b"
is '302 of a PUT' "$(sed -n '2p; $p' got)" "PUT /b
x"
redirects 303 PUT "$url1/b"
same '303 of a PUT to another host' got <<'END'
200 1
GET /b
Host: OTHER
User-Agent: httpc
Accept-Encoding: identity
Accept: text/csv

END
redirects 303 HEAD /b
is '303 of a HEAD' "$(cat got)" '200 1'
printf '%s\n' '* /b method=HEAD status=204' '* /a redirect=/b status=303' |
	rules
says '303 of a HEAD is one' '204 1 2' -m HEAD "$url/a"
printf '%s\n' "0 /a redirect=$url1/b status=307" \
    "1 /b redirect=$url/c status=307" '* * echo' | rules
sends 'back to the first host' -H 'X-Secret: y' "$url/a" <<'END'
GET /c
Host: HOST
User-Agent: httpc
Accept: */*
Accept-Encoding: identity

END
printf '%s\n' '* /a redirect=/b status=303' '* /b times=2 status=503' \
    '* * echo' | rules
says 'a POST that became a GET is repeated' '200 3 4' -m POST -d x "$url/a"
printf '%s\n' '* /a redirect=/b status=308' '* /b times=2 status=503' \
    '* * echo' | rules
says 'a POST that was led elsewhere is not' \
	'HostError 1 http://HOST/b: HTTP status 503 2' -m POST -d x "$url/a"
printf '%s\n' '* /a redirect=/b status=303' '* /c method=POST status=400' |
	rules
says 'the next request is a POST again' "$(printf '200 1\n%s 3' \
	'Refused 1 http://HOST/c: HTTP status 400')" -m POST -d x "$url/a" \
	"$url/c"

# The host closes a connection when the second request comes. libcurl counts
# how often it repeats one, and would refuse the sixth time.
printf '%s\n' '* /0 echo' '* * first=1 reset' '* * echo' | rules
forget
run httpc -R 0 "$url/0" "$url/1" "$url/2" "$url/3" "$url/4" "$url/5" \
    "$url/6" "$url/7" "$url/8" "$url/9"
is 'kept connections that are closed are no failures' \
	"$(sort out | uniq -c | tr -s ' ') $(asked | wc -l)" ' 10 200 1 19'

# Addresses
says 'a private address' \
	"PrivateAddress 0 http://HOST/a: plain http 0" -p -m POST -d x "$url/a"
https=https://127.0.0.1:$port
says 'with https' \
	"PrivateAddress 1 https://HOST/a: address 127.0.0.1 isn't public 0" \
	-p -m POST -d x "$https/a"

done_testing
