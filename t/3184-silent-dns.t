#!/bin/sh
# Names whose DNS servers don't answer: jobs with other names, or without names,
# go on
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"
. "$top/t/lib/realnet.sh"
own_network

many=300
{
	i=0
	while [ $i -lt $many ]; do
		echo "h$i.silent.test SILENCE"
		echo "_atproto.h$i.silent.test SILENCE"
		i=$((i + 1))
	done
	for i in 1 2 3 4 5 6 7 8 9; do
		echo "_atproto.h$i.quick.test TXT 60 \"did=did:plc:aaaaaaaaaaaaaaaaaaaaaaa$i\""
	done
} | sed 's/aaaa1"/aaaab"/; s/aaaa8"/aaaac"/; s/aaaa9"/aaaad"/' >zone
serve_dns zone
start_faultyd -n 1
for i in b 2 3 4 5 6 7 c d; do
	did=did:plc:aaaaaaaaaaaaaaaaaaaaaaa$i
	handle=$(grep -F "$did" zone | cut -d ' ' -f 1)
	put_did $did "$url" '' "${handle#_atproto.}"
	printf '{"did":"%s","active":true,"rev":"3m4xqkxkcac2a"}' "$did" |
		put "xrpc/com.atproto.sync.getRepoStatus/$did"
	printf '{"cid":"%s","rev":"3m4xqkxkcac2a"}' \
	    bafyreicelctyn3rrhtidwzwqgs6t34sdax2togklj6mmxceaag7o5uwiua |
		put "xrpc/com.atproto.sync.getLatestCommit/$did"
	printf '{"did":"%s","pds":"%s"}\n' "$did" "$url" >>quick.in
done
i=0
while [ $i -lt 30 ]; do
	printf '{"did":"did:plc:%s%s","pds":"https://h%s.silent.test"}\n' \
	    aaaaaaaaaaaaaaaaaaaaaa "$(printf %02d $i | tr 0189 efgh)" $i
	i=$((i + 1))
done >slow.in

# others NAME FILE PROGRAM OPTION...: there are nine results while the other
# jobs wait
others() {
	name=$1 file=$2
	shift 2
	: >out
	"$@" --allow-private -q -u "$url" <"$file" >out 2>err &
	pid=$!
	wait_for "$name" has_nine
	ok "$name: the others are done" has_nine
	is "$name: first" "$(sed 9q out | grep -vc '"type":"error"')" 9
	kill $pid
	wait $pid 2>/dev/null
}
has_nine() {
	[ "$(grep -vc '"type":"error"' out)" -eq 9 ]
}

cat slow.in quick.in >in
others 'hosts' in at-describe --status-only --stall 6s
others 'hosts, few places' in at-describe --status-only --stall 6s -j 4
{
	sed -n 's/^_atproto.\(.*silent.test\) .*/\1/p' zone
	sed -n 's/^_atproto.\(.*quick.test\) .*/\1/p' zone
} >handles
others 'handles' handles at-resolve

done_testing
