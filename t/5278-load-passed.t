#!/bin/sh
# at-load: a repo again with fewer records. The rows are those of the later
# snapshot, wherever the missing keys lie, in whatever order its lines come, and
# however many lines a transaction has.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"

# snapshot REV SEED SHARE: print a snapshot of 3 collections of 300 possible
# keys; each key is missing with this probability, in percent
snapshot() {
	awk -v rev="$1" -v seed="$2" -v share="$3" '
	BEGIN {
		srand(seed)
		head = "\"did\":\"did:web:a.example\",\"rev\":\"" rev "\""
		cid = "bafyreigh2akiscaildc6ml5hqbb4gwfbbulb7sazqvhxtn" \
		    "mwtxwhhycgci"
		for (c = 0; c < 3; c++)
			for (i = 0; i < 300; i++) {
				if (rand() * 100 < share)
					continue
				n[c]++
				printf "{\"type\":\"record\",%s,\"collection" \
				    "\":\"com.example.c%d\",\"rkey\":\"k%03d\"" \
				    ",\"action\":\"create\",\"source\":\"car" \
				    "\",\"cid\":\"%s\",\"record\":{}}\n",
				    head, c, i, cid
			}
		printf "{\"type\":\"end\",%s,\"collections\":{", head
		for (c = 0; c < 3; c++)
			printf "%s\"com.example.c%d\":%d", c ? "," : "", c, n[c]
		print "},\"errors\":0,\"source\":\"car\"}"
	}'
}

# keys_of FILE: print the keys that a snapshot names, as rows_of does
keys_of() {
	sed -n 's/.*"collection":"\([^"]*\)","rkey":"\([^"]*\)".*/\1|\2/p' "$1" |
	    sort
}

# rows_of DATABASE: print the keys of its records
rows_of() {
	sql "$1" 'SELECT nsid, rkey FROM entry e
	    JOIN collection c ON c.id = collection WHERE state = 0
	    ORDER BY 1, 2'
}

# mixed FILE SEED: print its lines in any order
mixed() {
	awk -v seed="$2" 'BEGIN { srand(seed) } { print rand() "\t" $0 }' "$1" |
	    sort -n | cut -f 2-
}

for share in 0 2 30 97; do
	snapshot 3kaaaaaaaaa22 1 0 >first
	snapshot 3kbbbbbbbbb22 $share $share >second
	mixed second $share >second.mixed
	keys_of second >want
	for lines in 7 100 20000; do
		for file in second second.mixed; do
			rm -f x.db*
			at-load x.db first
			at-load --batch $lines x.db $file
			rows_of x.db >got
			same "$share % missing, $file, --batch $lines" got <want
		done
	done
done

# A live line creates a key between those of the snapshot, and is later.
snapshot 3kaaaaaaaaa22 1 0 >first
snapshot 3kbbbbbbbbb22 3 30 >second
grep -v -e '"k14' -e '"end"' second >before
grep -e '"k14' -e '"end"' second >after
sed -n 's/"rkey":"k145"/"rkey":"k145a"/p' first |
    sed 's/3kaaaaaaaaa22/3kccccccccc22/; s/"car"/"live"/' >live
{ keys_of second; keys_of live; } | sort >want
for lines in 7 20000; do
	rm -f x.db*
	at-load x.db first
	cat before live after | at-load --batch $lines x.db
	rows_of x.db >got
	same "a live line in between, --batch $lines" got <want
done
is "there were such lines" "$(wc -l <live)" 3

done_testing
