#!/bin/sh
# Hosts that compress bodies without being asked: the bodies are decoded, and
# all limits count the decoded bytes
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/net.sh"

start_faultyd -n 1
did=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa
printf 'hello\n' | gzip -c | put hello.gz
printf 'hello\n' | zstd -qc | put hello.zst
head -c 100000000 /dev/zero | gzip -9c | put bomb.gz
gzip -c <"$www/bomb.gz" | put bomb.gz.gz
mkcar -n 20 -d $did -r 3m4xqkxkcac2a >x.car
size=$(wc -c <x.car)
gzip -c x.car | put x.car.gz

# encoded NAME ENCODING FILE: the result of httpc
encoded() {
	echo "* * file=$3 header='Content-Encoding: $2'" | rules
	forget
	run httpc -v "$url/x"
}

for how in 'gzip hello.gz' 'x-gzip hello.gz' 'GZIP hello.gz' \
	'zstd hello.zst' 'identity hello.gz'; do
	encoded "$how" "${how% *}" "${how#* }"
	if [ "${how% *}" = identity ]; then
		is "$how: is left" "$status $(sed 1d out | gzip -dc 2>/dev/null)" '0 hello'
	else
		is "$how" "$status $(cat out)" '0 200 1
hello'
	fi
done
run httpc -v "$url/x"
echo '* * echo' | rules
run httpc -v "$url/x"
is 'nothing is asked for' "$(tr -d '\r' <out | grep -i '^accept-encoding')" \
	'Accept-Encoding: identity'

encoded 'unknown' rot13 hello.gz
is 'an encoding that nobody knows: status' "$status" 1
is 'an encoding that nobody knows' "$(cut -c 1-12 out)" 'BadAnswer 1 '
encoded 'cut' gzip hello.zst
is 'not what it is called: status' "$status" 1
is 'not what it is called' "$(cut -c 1-12 out)" 'BadAnswer 1 '

# 100 MB in 97 KB, and these in less than 1 KB. The limit of httpc is 16 MiB.
for how in 'gzip bomb.gz' 'gzip,gzip bomb.gz.gz'; do
	encoded "$how" "${how% *}" "${how#* }"
	is "a bomb: ${how% *}: status" "$status" 1
	is "a bomb: ${how% *}" "$(cat out)" \
	    "TooLarge 1 $url/x: answer of more than 16777216 bytes"
	is "a bomb: ${how% *}: once" "$(asked | wc -l)" 1
done
encoded 'a failure' gzip bomb.gz
echo "* * file=bomb.gz status=500 header='Content-Encoding: gzip'" | rules
run httpc -R 0 "$url/x"
is 'a failure is read to its limit' "$(cut -c 1-12 out)" 'HostError 1 '

# A CAR
put_did $did "$url" '' ''
cat >fetch.rules <<'END'
* /xrpc/com.atproto.sync.getRepo?* file=x.car.gz header='Content-Encoding: gzip'
END
fetch() {
	rules <fetch.rules
	forget
	rm -rf cars
	run at-fetchrepo --allow-private -q -u "$url" --retry-delay 10ms \
	    -d cars "$@" $did
}
fetch
is 'a CAR: status' "$status" 0
is 'a CAR: size' "$(jq .size out)" "$size"
ok 'a CAR: as it was' cmp x.car "$(jq -r .car out)"
is 'a CAR: once' "$(asked | grep -c 'getRepo?')" 1
fetch --max-size $((size - 1))
is '--max-size counts what comes out' "$status $(jq -r .error out)" '1 TooLarge'
fetch --max-size "$size"
is '--max-size: enough' "$status" 0

done_testing
