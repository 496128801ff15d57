#!/bin/sh
# Private addresses and plain http are refused, whatever a job, a document, a
# redirect or DNS says. The test has a network of its own, in which 1.2.3.4 is a
# public host.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"
. "$top/t/lib/realnet.sh"
own_network
ip addr add 1.2.3.4/32 dev lo || skip_all '1.2.3.4 is not to be had'

did=did:plc:h2qnjxmcrp5pdohnb2y5psjt
cat >zone <<'END'
host.test A 60 1.2.3.4
both.test A 60 1.2.3.4
both.test AAAA 60 ::1
rebind.test A 0 1.2.3.4 then 127.0.0.1
loop.test A 60 127.0.0.1
loop6.test AAAA 60 ::1
ten.test A 60 10.0.0.1
meta.test A 60 169.254.169.254
cgnat.test A 60 100.64.0.1
zero.test A 60 0.0.0.0
ula.test AAAA 60 fd00::1
link6.test AAAA 60 fe80::1
mapped.test AAAA 60 ::ffff:127.0.0.1
nat64.test AAAA 60 64:ff9b::7f00:1
six.test AAAA 60 2002:7f00:1::1
multi.test A 60 224.0.0.1
END
serve_dns zone
make_cert host.test both.test rebind.test 1.2.3.4
put_did $did https://host.test '' host.test
put_repo $did "$data/car/alice.car"
start_faultyd -a 1.2.3.4 -p 443 -s cert.pem key.pem

# describe PDS: print the result of a job at this host, which its document names
# too
describe() {
	put_did $did "$1"
	printf '{"did":"%s","pds":"%s"}\n' $did "$1" |
		at-describe -u https://host.test --status-only --retries 0 \
		    >out 2>err
	jq -r '[.type, .error // empty, .pds] | join(" ")' out
}

is 'a public host' "$(describe https://host.test)" 'repo https://host.test'
is 'one with a private address beside the public one' \
    "$(describe https://both.test)" 'repo https://both.test'
is 'a public address' "$(describe https://1.2.3.4)" 'repo https://1.2.3.4'

while read -r host address; do
	is "$host" "$(describe "https://$host")" \
	    "error PrivateAddress https://$host"
	ok "$host: the address is told" \
	    grep -qF "address $address isn't public" err
done <<'END'
loop.test 127.0.0.1
loop6.test ::1
ten.test 10.0.0.1
meta.test 169.254.169.254
cgnat.test 100.64.0.1
zero.test 0.0.0.0
ula.test fd00::1
link6.test fe80::1
mapped.test ::ffff:127.0.0.1
nat64.test 64:ff9b::7f00:1
six.test 2002:7f00:1::1
multi.test 224.0.0.1
127.0.0.1 127.0.0.1
[::1] ::1
[::ffff:127.0.0.1] ::ffff:127.0.0.1
[64:ff9b::a00:1] 64:ff9b::a00:1
END

# A name that is public at the first look-up, and private at the next.
is 're-bound: public at first' "$(describe https://rebind.test)" \
    'repo https://rebind.test'
is 're-bound: private then' "$(describe https://rebind.test)" \
    'error PrivateAddress https://rebind.test'
ok 're-bound: it is told' grep -qF "address 127.0.0.1 isn't public" err

# Plain http in a job, in a document, on the command line
is 'plain http in a document is not a host' "$(describe http://host.test)" \
    'error NoPds http://host.test'
exits 2 'plain http on the command line' at-resolve -u http://host.test $did
same 'message' err <<'END'
at-resolve: http://host.test: plain http needs --allow-private
Try 'at-resolve --help'.
END

# Redirects
put_did $did https://host.test
while read -r name target; do
	rules <<END
* /xrpc/com.atproto.sync.getRepoStatus* redirect=$target
END
	is "redirect to $target" "$(describe https://host.test)" \
	    "error $name https://host.test"
done <<'END'
PrivateAddress https://127.0.0.1/x
PrivateAddress https://169.254.169.254/latest/meta-data/
PrivateAddress https://[::1]/
PrivateAddress https://ten.test/
PrivateAddress http://host.test/
BadAnswer ftp://host.test/
BadAnswer https://user:password@host.test/
END
rules <<'END'
* /xrpc/com.atproto.sync.getRepoStatus* redirect=https://both.test%u times=1
END
is 'redirect to a public host' "$(describe https://host.test)" \
    'repo https://host.test'
rules <<'END'
* /xrpc/com.atproto.sync.getBlob* redirect=https://127.0.0.1/x
END
{
	printf '{"did":"%s","pds":"https://host.test","cid":"bafkrei' $did
	echo 'fkquj4hghi2i66klzpiak745tmnv4b4o7js7cgb267i4jiyktsbu"}'
} >one.in
exits 1 'redirect of a blob' at-fetchblob -q -u https://host.test \
    --retries 0 -d blobs one.in
is 'redirect of a blob: the error' "$(jq -r .error out)" PrivateAddress
rules </dev/null

# did:web
for host in ten.test loop.test localhost localhost%3A443; do
	run at-resolve -q -u https://host.test --retries 0 "did:web:$host"
	is "did:web:$host" "$(jq -r .error out)" PrivateAddress
done

# Handles: the website has a private address; DNS alone is enough
cat >>zone <<'END'
_atproto.both.test TXT 60 did=did:plc:h2qnjxmcrp5pdohnb2y5psjt
END
again_dns
put_did $did https://host.test '' both.test
echo both.test ten.test | tr ' ' '\n' |
	at-resolve -q -u https://host.test --retries 0 >out
is 'handles' "$(jq -r '[.type, .handle // .input, .handleStatus // .error] |
    join(" ")' out | sort)" "$(printf '%s\n' 'error ten.test PrivateAddress' \
    'identity both.test valid')"
put_did $did https://host.test '' ten.test
run at-resolve --check-handles -u https://host.test --retries 0 $did
is 'a handle that is checked at a private address is invalid' \
    "$(jq -r .handleStatus out)" invalid

# The proxies of the environment are ignored. --proxy is responsible for its
# addresses.
https_proxy=http://127.0.0.1:9 all_proxy=http://127.0.0.1:9
export https_proxy all_proxy
is 'proxies of the environment' "$(describe https://host.test)" \
    'repo https://host.test'
exits 1 '--proxy' at-describe -q -u https://host.test --retries 0 \
    --proxy http://127.0.0.1:9 $did
is 'is used' "$(jq -r .error out)" ConnectionFailed
no_proxy='*' NO_PROXY='*'
export no_proxy NO_PROXY
printf '{"did":"%s","pds":"https://127.0.0.1"}\n' $did >one.in
exits 1 '--proxy and no_proxy' at-describe -u https://host.test --retries 0 \
    --proxy http://127.0.0.1:9 one.in
ok 'nobody is asked directly' not grep -q '^at-describe: https://127.*\(TLS\|SSL\)' err
is 'but the proxy' "$(jq -r .error out)" ConnectionFailed
unset no_proxy NO_PROXY

# --allow-private allows all of them, except where a cloud keeps credentials.
server=plain
start_faultyd
put_did $did "$url"
exits 0 '--allow-private' at-describe --allow-private -u "$url" $did
is 'plain http at a private address' "$(jq -r .pds out)" "$url"

while read -r pds; do
	put_did $did "$pds"
	printf '{"did":"%s","pds":"%s"}\n' $did "$pds" |
		at-describe --allow-private -q -u "$url" --retries 0 >out
	is "$pds, --allow-private" "$(jq -r .error out)" PrivateAddress
done <<'END'
http://169.254.169.254
http://[fe80::1]
http://[::ffff:169.254.169.254]
http://[64:ff9b::a9fe:a9fe]
http://[64:ff9b:1:a9fe:a9:fe00::]
http://[fd00:ec2::254]
https://meta.test
https://link6.test
END
put_did $did "$url"
rules <<'END'
* /xrpc/com.atproto.sync.getRepoStatus* redirect=http://169.254.169.254/x
END
exits 1 'a redirect there' at-describe --allow-private -q -u "$url" \
    --retries 0 $did
is 'is refused' "$(jq -r .error out)" PrivateAddress

done_testing
