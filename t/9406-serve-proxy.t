#!/bin/sh
# at-serve behind the reverse proxies of its page, and its unit of systemd.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/serve.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/operations.sh"
. "$top/t/lib/pages.sh"

did=$(plc_did 2)
echo '2 01 create cid=a handle=a.test pds=pds.test' | plc_lines >input
at-load x.db input
mkdir page
(cd page && displays "$top/man/at-serve.1")

# The commands of the page, each with this database and any port
grep -l '^at-serve ' page/* >commands
while read -r file; do
	# shellcheck disable=SC2046 # words
	start_serve $(sed 's/^at-serve //; s/[a-z]*\.db$/x.db/' "$file")
	get "/$did"
	is "$(cat "$file")" "$code" 200
	stop_serve
done <commands

start_serve --per-client 4096 x.db
address=${url#http://}

# asks NAME: does the proxy at the socket front answer as at-serve does?
asks() {
	wait_for "$1" test -S front
	url=http://$address
	for path in "/$did" /export /nothing "/$did/log/audit"; do
		get "$path"
		cp body want
		want="$code $(header content-type)"
		url=http://mirror.example.com
		get "$path" --unix-socket front
		is "$1: $path" "$code $(header content-type)" "$want"
		ok "$1: $path: body" cmp body want
		url=http://$address
	done
}

proxy_end() {
	[ -z "${proxy-}" ] || kill "$proxy" 2>/dev/null
}
at_exit proxy_end

file=$(grep -l 'reverse_proxy' page/*)
if command -v caddy >/dev/null; then
	{
		printf '{\n\tadmin off\n\tauto_https off\n}\n'
		sed "s/127\.0\.0\.1:2580/$address/;
		    s|^mirror.example.com|http://mirror.example.com|
		    s|encode|bind unix/front\n\tencode|" "$file"
	} >Caddyfile
	HOME=$PWD caddy run --adapter caddyfile --config Caddyfile \
	    >proxy.log 2>&1 &
	proxy=$!
	asks Caddy || diag <proxy.log
	kill "$proxy"
	wait "$proxy"
	rm -f front
else
	skip "Caddy" "no caddy"
fi

file=$(grep -l 'proxy_pass' page/*)
if nginx=$(PATH=$PATH:/usr/sbin command -v nginx); then
	{
		printf 'daemon off;\npid nginx.pid;\nevents { }\nhttp {\n'
		printf 'access_log off;\n'
		for temp in client_body proxy fastcgi uwsgi scgi; do
			echo "${temp}_temp_path $PWD/$temp;"
		done
		sed "s/127\.0\.0\.1:2580/$address/; /ssl_certificate/d;
		    s|443 ssl|unix:$PWD/front|" "$file"
		echo '}'
	} >nginx.conf
	"$nginx" -p "$PWD" -e "$PWD/nginx.log" -c "$PWD/nginx.conf" \
	    >proxy.log 2>&1 &
	proxy=$!
	asks nginx || diag <nginx.log
	kill "$proxy"
	wait "$proxy"
else
	skip "nginx" "no nginx"
fi
proxy=
stop_serve
is "at-serve ends" "$serve_status" 0
same "it says nothing" serve.err </dev/null

service=$top/contrib/systemd/atpipe-serve.service
if command -v systemd-analyze >/dev/null; then
	sed "s|^ExecStart=at-serve|ExecStart=$build/bin/at-serve|" "$service" \
	    >atpipe-serve.service
	exits 0 "systemd accepts the unit" \
	    systemd-analyze verify --man=no "$PWD/atpipe-serve.service"
else
	skip "systemd accepts the unit" "no systemd-analyze"
fi

done_testing
