#!/bin/sh
# dnsd, the DNS server of the tests: its answers, as the C library reads them
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/realnet.sh"

# asks NAME [OPTION...] TYPE NAME: is the answer equal to standard input?
asks() {
	name=$1 options=
	shift
	while [ $# -gt 2 ]; do
		options="$options $1"
		shift
	done
	# shellcheck disable=SC2086 # words
	dnsq $options "$dns_address" "$dns_port" "$1" "$2" >got 2>&1
	same "$name" got
}

long=$(printf '%0200d' 0)
cat >zone <<EOT
# Comments and blank lines are ignored.

a.test A 60 127.0.0.1
a.test A 61 127.0.0.2
A.test AAAA 3600 2001:db8::1
b.test CNAME 5 a.test
loop.test CNAME 5 loop2.test
loop2.test CNAME 5 loop.test
_atproto.a.test TXT 60 "did=" did:web:a.test
_atproto.a.test TXT 60 "\001\"\\\\\255 #"
c.test A 0 192.0.2.1 then 192.0.2.2 then 127.0.0.1
servfail.test SERVFAIL
refused.test REFUSED
nxdomain.test NXDOMAIN
silence.test SILENCE
long.test TXT 1 $long $long $long
EOT
ok "starts" serve_dns zone -p 0
is "at the address that is the default" "$dns_address" 127.0.0.1

for tcp in '' -t; do
	how=${tcp:+tcp}
	how=${how:-udp}
	# shellcheck disable=SC2086 # or nothing
	set -- $tcp
	asks "$how: several values" "$@" A a.test <<-EOT
	NOERROR
	a.test 60 1 127.0.0.1
	a.test 61 1 127.0.0.2
	EOT
	asks "$how: the case of names is nothing" "$@" AAAA A.TEST <<-EOT
	NOERROR
	A.test 3600 28 2001:db8::1
	EOT
	asks "$how: another type" "$@" TXT a.test <<-EOT
	NOERROR
	EOT
	asks "$how: a CNAME" "$@" AAAA b.test <<-EOT
	NOERROR
	b.test 5 5 a.test
	A.test 3600 28 2001:db8::1
	EOT
	asks "$how: a CNAME itself" "$@" CNAME b.test <<-EOT
	NOERROR
	b.test 5 5 a.test
	EOT
	asks "$how: CNAMEs that go round" "$@" A loop.test <<-EOT
	NOERROR
	$(printf '%.0sloop.test 5 5 loop2.test\nloop2.test 5 5 loop.test\n' \
	    1 2 3 4)
	EOT
	asks "$how: strings" "$@" TXT _atproto.a.test <<-'EOT'
	NOERROR
	_atproto.a.test 60 16 "did=" "did:web:a.test"
	_atproto.a.test 60 16 "\001"\\255 #"
	EOT
	asks "$how: no such name" "$@" A x.test <<-EOT
	NXDOMAIN
	EOT
	asks "$how: the root" "$@" A . <<-EOT
	NXDOMAIN
	EOT
	asks "$how: SERVFAIL" "$@" A servfail.test <<-EOT
	SERVFAIL
	EOT
	asks "$how: REFUSED" "$@" A refused.test <<-EOT
	REFUSED
	EOT
	asks "$how: NXDOMAIN" "$@" A nxdomain.test <<-EOT
	NXDOMAIN
	EOT
	asks "$how: silence" "$@" -w 100 A silence.test <<-EOT
	silence
	EOT
done

for address in 192.0.2.1 192.0.2.2 127.0.0.1 127.0.0.1; do
	asks "successive answers: $address" A c.test <<-EOT
	NOERROR
	c.test 0 1 $address
	EOT
done

asks "a long answer is truncated over UDP" TXT long.test <<EOT
NOERROR truncated
EOT
asks "and whole over TCP" -t TXT long.test <<EOT
NOERROR
long.test 1 16 "$long" "$long" "$long"
EOT

tail -n 4 queries >got
same "queries are logged" got <<EOT
udp A c.test NOERROR 1
udp A c.test NOERROR 1
udp TXT long.test NOERROR 1
tcp TXT long.test NOERROR 1
EOT

echo 'a.test A 60 192.0.2.3' >zone
ok "the zone is read again" again_dns
asks "what is new" A a.test <<EOT
NOERROR
a.test 60 1 192.0.2.3
EOT
asks "what is gone" A b.test <<EOT
NXDOMAIN
EOT

for line in a.test 'a.test B 1' 'a.test A' 'a.test A 60' 'a.test A 1 x' \
	'a.test A 1 192.0.2.1 then' "a..test CNAME 1 a..test" \
	"a.test TXT 1 $long$long"; do
	echo "$line" >bad
	exits 2 "a bad line: $(echo "$line" | cut -c 1-40)" \
	    dnsd -p 0 bad
	is "message" "$(wc -l <err)" 1
done
exits 2 "no zone" dnsd -p 0 nowhere
exits 2 "no operand" dnsd -p 0
exits 2 "a port that is taken" dnsd -p "$dns_port" zone

done_testing
