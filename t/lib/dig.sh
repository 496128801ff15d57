# shellcheck shell=sh
# shellcheck disable=SC2154 # lib_tmp is from lib.sh
# dig(1), or where it isn't installed what prints the same of dnsq's answers:
# after lib.sh, and only for its options as contrib/examples/gather-lexicons
# has them.
#
#	. "$top/t/lib/dig.sh"
#	provide_dig
#	DIG="dig @$dns_address -p $dns_port"

provide_dig() {
	! command -v dig >/dev/null || return 0
	mkdir -p "$lib_tmp/dig"
	cat >"$lib_tmp/dig/dig" <<'EOT'
#!/bin/sh
server=127.0.0.1 port=53
for name; do
	case $name in
	@*)	server=${name#@} ;;
	esac
	[ "${before-}" != -p ] || port=$name
	before=$name
done
answer=$(dnsq -w 300 "$server" "$port" TXT "$name") || {
	echo ';; no servers could be reached'
	exit 9
}
printf '%s\n' "$answer" | awk '
NR == 1 {
	print ";; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: " $1 \
	    ", id: 7\n;; flags: qr rd ra; QUERY: 1, ANSWER: 1\n"
	print ";; ANSWER SECTION:"
	next
}
{
	name = $1
	ttl = $2
	type = $3 == 16 ? "TXT" : "CNAME"
	sub(/^[^ ]* [^ ]* [^ ]* /, "")
	gsub(/";/, "\\\";")
	print name ".\t\t" ttl "\tIN\t" type "\t" $0
}'
echo
EOT
	chmod +x "$lib_tmp/dig/dig"
	PATH=$lib_tmp/dig:$PATH
}
