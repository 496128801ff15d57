#!/bin/sh
# at-serve: repos, records and blobs of a mirror. Programs that read from it end
# with the tables that it has.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/load.sh"
. "$top/t/lib/serve.sh"
command -v openssl >/dev/null || skip_all "no openssl"
command -v zstd >/dev/null || skip_all "no zstd"

xrpc=/xrpc/com.atproto
a=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa b=did:plc:bbbbbbbbbbbbbbbbbbbbbbbb
c=did:plc:cccccccccccccccccccccccc taken=did:plc:tttttttttttttttttttttttt
none=did:plc:nnnnnnnnnnnnnnnnnnnnnnnn

# car_of DIR DID: the path of its CAR
car_of() {
	printf %s/%s/%s.car "$1" "$(printf %s "$2" | sha256sum | cut -c 1-2)" \
	    "$(printf %s "$2" | tr : _)"
}
# archive DID FILE: put a CAR into the archive
archive() {
	file=$(car_of cars "$1")
	mkdir -p "${file%/*}" && cp "$2" "$file"
}
# cid_of FILE: the CID of a blob with these bytes
cid_of() {
	{
		printf '\001\125\022\040'
		openssl dgst -sha256 -binary "$1"
	} | base32 -w 0 | tr -d = | tr '[:upper:]' '[:lower:]' | sed 's/^/b/'
}

old=3m4xqkxkcac2a new=3m5xqkxkcac2a
mkcar -d $a -n 300 -s 1 -K a.key -r $old >a1.car
mkcar -d $a -n 300 -s 1 -C 20 -K a.key -r $new >a.car
mkcar -d $a -n 300 -s 1 -C 20 -K a.key -r $new -D a1.car >since.car
mkcar -d $b -n 120 -s 2 -K b.key -r $old >b.car
mkcar -d $c -n 5 -s 3 -K c.key -r $old >c.car
mkcar -d $taken -n 20 -s 4 -K taken.key -r $old >taken.car
for name in a b c taken; do
	eval "archive \$$name $name.car"
done
zstd -q --rm "$(car_of cars $b)"
at-carwalk -q cars >walked
printf '%s\n' $a $b $c $taken >dids

printf 'a picture' >picture
printf '<html>' >page
picture=$(cid_of picture) page=$(cid_of page) absent=$(cid_of walked)
for blob in picture page; do
	eval "cid=\$$blob"
	shard=$(sha256sum <$blob | cut -c 1-2)
	mkdir -p "blobs/$shard" && cp $blob "blobs/$shard/$cid"
done

# identity DID NAME: print a line
identity() {
	printf '{"type":"identity","did":"%s","handle":"%s.test",' "$1" "$2"
	printf '"handleStatus":"valid","pds":"https://pds.example",'
	printf '"key":"%s","at":"2026-01-01T00:00:00Z"}\n' "$(cat "$2.key")"
}
# blob_line DID CID TYPE: print a line
blob_line() {
	printf '{"type":"blob","did":"%s","cid":"%s","mimeType":%s,' "$@"
	printf '"size":9,"path":"/etc/passwd","at":"2026-01-01T00:00:00Z"}\n'
}
{
	cat walked
	for name in a b c taken; do
		eval "identity \$$name $name"
	done
	printf '{"type":"account","did":"%s","active":false,' $taken
	printf '"status":"takendown","at":"2026-01-02T00:00:00Z"}\n'
	blob_line $a "$picture" '"image/png"'
	blob_line $a "$page" '"text/html\r\nX-Bad: x"'
	blob_line $a "$absent" '"image/png"'
	blob_line $taken "$picture" '"image/png"'
} >input

# operation NAME DID: print a line of a directory that names this server as host
operation() {
	printf '{"type":"plc","did":"%s","seq":1,' "$2"
	printf '"cid":"bafyreia%s","createdAt":"2026-01-01T00:00:00.000Z",' "$1"
	printf '"nullified":false,"operation":{"type":"plc_operation",'
	printf '"rotationKeys":[],"verificationMethods":{"atproto":"%s"},' \
	    "$(cat "$1.key")"
	printf '"alsoKnownAs":["at://%s.test"],"services":{"atproto_pds":' "$1"
	printf '{"type":"AtprotoPersonalDataServer","endpoint":"%s"}},' "$url"
	printf '"prev":null}}\n'
}

# error NAME ERROR PATH: is the answer this error, with status 400?
error() {
	get "$3"
	is "$1" "$code $(jq -r .error body)" "400 $2"
}
# says NAME PATH: is the answer the JSON on standard input?
says() {
	get "$2"
	is "$1: status" "$code $(header content-type)" \
	    '200 application/json; charset=utf-8'
	jq -cS . body >got
	jq -cS . >expected
	ok "$1" cmp got expected || diag <body
}
# latest FILE: print rev and CID of a CAR's commit
latest() {
	at-carwalk -q "$1" | jq -c 'select(.type == "commit") | {cid, rev}'
}
# shown KIND FILE: print rows of the records that both databases must have
shown() {
	sql "$1" 'SELECT did, collection, rkey, cid, record FROM records
	    ORDER BY did, collection, rkey' >"$2"
}

states() {
	for name in "getRepo did" "getLatestCommit did" "listBlobs did"; do
		method=${name% *}
		error "$1: $method of an account that is taken down" \
		    RepoTakendown "$xrpc.sync.$method?did=$taken"
		error "$1: $method of nobody" RepoNotFound \
		    "$xrpc.sync.$method?did=$none"
		error "$1: $method of no DID" InvalidRequest \
		    "$xrpc.sync.$method?did=x"
		is "$1: $method of no DID: message" "$(jq -r .message body)" \
		    "Invalid com.atproto.sync.$method params: Invalid DID (got \"x\")"
		error "$1: $method without a DID" InvalidRequest \
		    "$xrpc.sync.$method"
	done
	for path in "sync.getBlob?did=$taken&cid=$picture" \
	    "sync.getRecord?did=$taken&collection=app.bsky.feed.post&rkey=x" \
	    "repo.getRecord?repo=$taken&collection=app.bsky.feed.post&rkey=x" \
	    "repo.listRecords?repo=$taken&collection=app.bsky.feed.post" \
	    "repo.describeRepo?repo=$taken"; do
		error "$1: ${path%%\?*} of an account that is taken down" \
		    RepoTakendown "$xrpc.$path"
	done
	says "$1: the status of one that is taken down" \
	    "$xrpc.sync.getRepoStatus?did=$taken" <<-EOT
	{"did":"$taken","active":false,"status":"takendown"}
	EOT
	says "$1: the status of one that is active" \
	    "$xrpc.sync.getRepoStatus?did=$a" <<-EOT
	{"did":"$a","active":true,"rev":"$new"}
	EOT
	says "$1: the latest commit" "$xrpc.sync.getLatestCommit?did=$a" \
	    <<-EOT
	$(latest a.car)
	EOT
}

repos() {
	for name in a b c; do
		eval "did=\$$name"
		get "$xrpc.sync.getRepo?did=$did"
		is "$1: getRepo $name" "$code $(header content-type)" \
		    "200 application/vnd.ipld.car"
		ok "$1: the archived CAR of $name" cmp body "$name".car
	done
	get "$xrpc.sync.getRepo?did=$a" -I
	is "$1: HEAD: length" "$code $(header content-length)" \
	    "200 $(wc -c <a.car)"
	etag=$(header etag)
	is "$1: the ETag is the commit" "$etag" \
	    "\"$(latest a.car | jq -r .cid)\""
	get "$xrpc.sync.getRepo?did=$a" -H "If-None-Match: $etag"
	is "$1: If-None-Match" "$code $(wc -c <body)" '304 0'

	get "$xrpc.sync.getRepo?did=$a&since=$new"
	is "$1: since the same rev" "$code" 200
	is "$1: no block" "$(wc -c <body)" 59
	get "$xrpc.sync.getRepo?did=$a&since=$old"
	ok "$1: since a rev that is not kept: the whole" cmp body a.car
	kept=$(car_of cars "$a")
	kept=${kept%/*}/.$(basename "$kept" .car)
	mkdir -p "$kept" && cp a1.car "$kept/$old.car"
	get "$xrpc.sync.getRepo?did=$a&since=$old"
	is "$1: since a rev that is kept" "$code" 200
	is "$1: as many bytes as are newer" "$(wc -c <body)" \
	    "$(wc -c <since.car)"
	rm -r "$kept"
	error "$1: since something else" InvalidRequest \
	    "$xrpc.sync.getRepo?did=$a&since=../x"
	packed=$(car_of cars "$b").zst
	cp "$packed" b.packed
	head -c $(($(wc -c <b.packed) / 2)) b.packed >"$packed"
	ok "$1: a damaged CAR never looks complete" not curl -sf -o body \
	    "$url$xrpc.sync.getRepo?did=$b"
	{
		head -c 9000 b.car | zstd -q
		tail -c +9001 b.car | zstd -q | head -c 100
	} >"$packed"
	ok "$1: nor does one that is damaged later" not curl -sf -o body \
	    "$url$xrpc.sync.getRepo?did=$b"
	is "$1: its beginning was sent" "$(wc -c <body)" 9000
	wait_for "$1: a message" test -s serve.err
	ok "$1: it is reported" grep -q "^at-serve: $packed: zstd" serve.err
	: >serve.err
	cp b.packed "$packed"
	proof="$xrpc.sync.getRecord?did=$c&collection=a.b.c&rkey=x"
	# shellcheck disable=SC2016 # for sh
	seq 60 | xargs -P 20 -n 1 sh -c 'curl -s -o /dev/null \
	    -w "%{http_code} %header{retry-after}\n" "$0"' "$url$proof" |
		sort -u >codes
	ok "$1: many proofs at a time: some" grep -qx '200 ' codes
	is "$1: the others may come again" "$(grep -vx '200 \|429 1' codes)" ""
	get "$proof"
	is "$1: one more" "$code" 200
	plain=$(car_of cars "$c")
	printf x | dd of="$plain" bs=1 conv=notrunc \
	    seek=$(($(wc -c <c.car) - 9)) 2>/dev/null
	get "$proof"
	is "$1: no proof out of a damaged CAR" "$code $(jq -r .error body)" \
	    '500 InternalServerError'
	ok "$1: the failure is reported" grep -q "^at-serve: $plain: " serve.err
	: >serve.err
	cp c.car "$plain"
	mv "$(car_of cars "$c")" c.moved
	error "$1: not in the archive" RepoUnavailable \
	    "$xrpc.sync.getRepo?did=$c"
	error "$1: a proof out of no archive" RepoUnavailable \
	    "$xrpc.sync.getRecord?did=$c&collection=a.b.c&rkey=x"
	mv c.moved "$(car_of cars "$c")"
}

blobs() {
	get "$xrpc.sync.getBlob?did=$a&cid=$picture"
	ok "$1: a blob" cmp body picture
	is "$1: its type and length" \
	    "$code $(header content-type) $(header content-length)" \
	    "200 image/png 9"
	is "$1: not for display" "$(header content-security-policy) \
$(header x-content-type-options) $(header content-disposition)" \
	    "default-src 'none'; sandbox nosniff attachment; \
filename=\"$picture\""
	get "$xrpc.sync.getBlob?did=$a&cid=$page"
	is "$1: a type that isn't one" \
	    "$code $(header content-type)$(header x-bad)" \
	    "200 application/octet-stream"
	error "$1: a blob whose file is missing" InvalidRequest \
	    "$xrpc.sync.getBlob?did=$a&cid=$absent"
	is "$1: missing: message" "$(jq -r .message body)" "Blob not found"
	error "$1: a blob of somebody else" InvalidRequest \
	    "$xrpc.sync.getBlob?did=$b&cid=$picture"
	error "$1: no CID" InvalidRequest \
	    "$xrpc.sync.getBlob?did=$a&cid=..%2f..%2fetc%2fpasswd"
	get "$xrpc.sync.listBlobs?did=$a&limit=2"
	first=$(jq -r '.cids[]' body)
	get "$xrpc.sync.listBlobs?did=$a&limit=2&cursor=$(jq -r .cursor body)"
	{
		echo "$first"
		jq -r '.cids[]' body
	} >got
	printf '%s\n' "$picture" "$page" "$absent" | sort >want
	ok "$1: blobs in two pages" cmp got want
	get "$xrpc.sync.listBlobs?did=$a&cursor=$(tail -n 1 want)"
	is "$1: nothing follows" "$(cat body)" '{"cids":[]}'
}

lists() {
	get "$xrpc.sync.listRepos?limit=3"
	cp body page1
	cursor=$(jq -r .cursor body)
	get "$xrpc.sync.listRepos?limit=3&cursor=$cursor"
	jq -c '.repos[]' page1 body | jq -cS . | sort >got
	{
		for name in a b c; do
			eval "did=\$$name"
			latest "$name".car | jq -c --arg did "$did" \
			    '{$did, head: .cid, rev, active: true}'
		done
		latest taken.car | jq -c --arg did "$taken" '{$did, head: .cid,
		    rev, active: false, status: "takendown"}'
	} | jq -cS . | sort >want
	ok "$1: listRepos in two pages" cmp got want || diag <got
	is "$1: the first page" "$(jq '.repos | length' page1)" 3
	get "$xrpc.sync.listRepos?cursor=$(jq -r .cursor body)"
	is "$1: nothing follows" "$(cat body)" '{"repos":[]}'
	for bad in "cursor=x Malformed" "limit=0 small" "limit=1001 big" \
	    "limit=x integer" "cursor=-1 Malformed"; do
		error "$1: ${bad% *}" InvalidRequest \
		    "$xrpc.sync.listRepos?${bad% *}"
		ok "$1: ${bad% *}: message" grep -q "${bad#* }" body
	done
	get "$xrpc.sync.listReposByCollection?collection=app.bsky.feed.threadgate"
	jq -r '.repos[].did' body | sort >got
	jq -r 'select(.collection == "app.bsky.feed.threadgate").did' walked |
		grep -v "$taken" | sort -u >want
	ok "$1: by collection" cmp got want || diag <body
	ok "$1: by collection: some" test -s want
	get "$xrpc.sync.listReposByCollection?collection=com.example.none"
	is "$1: by an unknown one" "$(cat body)" '{"repos":[]}'
	error "$1: by no collection" InvalidRequest \
	    "$xrpc.sync.listReposByCollection?collection=x"
}

records() {
	post=app.bsky.feed.post
	get "$xrpc.repo.listRecords?repo=$a&collection=$post"
	is "$1: 50 records" "$(jq '.records | length' body)" 50
	jq -r "select(.did == \"$a\" and .collection == \"$post\").rkey |
	    strings" walked | sort -r >keys
	jq -r '.records[].uri' body | sed 's,.*/,,' >got
	head -n 50 keys >want
	ok "$1: the greatest keys" cmp got want
	get "$xrpc.repo.listRecords?repo=a.test&collection=$post&limit=3&\
reverse=true&cursor=$(tail -n 2 keys | head -n 1)"
	jq -r '.records[].uri' body | sed 's,.*/,,' >got
	sort keys | sed -n 3,5p >want
	ok "$1: upwards, after a key, by handle" cmp got want
	get "$xrpc.repo.listRecords?repo=$a&collection=com.example.none"
	is "$1: an empty collection" "$(cat body)" '{"records":[]}'
	error "$1: too many" InvalidRequest \
	    "$xrpc.repo.listRecords?repo=$a&collection=$post&limit=101"
	error "$1: reverse" InvalidRequest \
	    "$xrpc.repo.listRecords?repo=$a&collection=$post&reverse=x"
	error "$1: a handle of nobody" RepoNotFound \
	    "$xrpc.repo.listRecords?repo=x.test&collection=$post"

	key=$(head -n 1 keys)
	jq -cS "select(.did == \"$a\" and .collection == \"$post\" and
	    .rkey == \"$key\") | {uri: \"at://$a/$post/$key\", cid,
	    value: .record}" walked >want
	says "$1: a record" \
	    "$xrpc.repo.getRecord?repo=$a&collection=$post&rkey=$key" <want
	cid=$(jq -r .cid want)
	says "$1: a record with its CID" \
	    "$xrpc.repo.getRecord?repo=$a&collection=$post&rkey=$key&cid=$cid" \
	    <want
	error "$1: a record with another CID" RecordNotFound \
	    "$xrpc.repo.getRecord?repo=$a&collection=$post&rkey=$key&cid=$page"
	error "$1: a record that is not there" RecordNotFound \
	    "$xrpc.repo.getRecord?repo=$a&collection=$post&rkey=none"
	error "$1: no record key" InvalidRequest \
	    "$xrpc.repo.getRecord?repo=$a&collection=$post&rkey=.."

	for rkey in "$key" none; do
		get "$xrpc.sync.getRecord?did=$a&collection=$post&rkey=$rkey"
		is "$1: a proof of $rkey" "$code $(header content-type)" \
		    "200 application/vnd.ipld.car"
		cp body proof.car
		exits 0 "$1: it can be checked" at-carproof --check \
		    -k "$(cat a.key)" proof.car "$post/$rkey"
		is "$1: what it proves" "$(jq -r '"\(.result) \(.cid)"' out)" \
		    "$(if [ "$rkey" = none ]; then
			    echo absent null
		    else
			    echo "present $cid"
		    fi)"
	done

	get "$xrpc.repo.describeRepo?repo=$a"
	jq -cS 'del(.didDoc) | .collections |= sort' body >got
	jq -cn --slurpfile w walked "{did: \"$a\", handle: \"a.test\",
	    handleIsCorrect: true, collections: ([\$w[] |
	    select(.did == \"$a\") | .collection // empty] | unique)}" |
		jq -cS . >want
	ok "$1: describeRepo" cmp got want || diag <body
	is "$1: the document" "$(jq -r '.didDoc | [.id, .alsoKnownAs[0],
	    .service[0].serviceEndpoint, .verificationMethod[0].type] | @tsv' \
	    body)" "$a	at://a.test	https://pds.example	Multikey"
}

# The programs that read from hosts
programs() {
	exits 0 "$1: at-listrepos" at-listrepos --allow-private -u "$url"
	jq -c 'select(.type == "repo")' out >listed
	copy=$(database "$1" listed)
	at-load "$copy" listed
	columns="SELECT r.did, r.rev, r.head, a.status IS NULL OR
	    a.status = 'active' FROM repos r JOIN accounts a ON a.did = r.did
	    ORDER BY r.did"
	sql "$copy" "$columns" >got
	sql "$db" "$columns" >want
	ok "$1: at-listrepos: the same repos" cmp got want || diag <got
	exits 0 "$1: at-listrepos -c" at-listrepos --allow-private -u "$url" \
	    -c app.bsky.feed.threadgate
	is "$1: at-listrepos -c: repos" "$(jq -r 'select(.type == "repo").did' \
	    out | sort | tr '\n' ' ')" "$(jq -r \
	    'select(.collection == "app.bsky.feed.threadgate").did' walked |
	    grep -v "$taken" | sort -u | tr '\n' ' ')"

	for name in a b c taken; do
		eval "operation $name \$$name"
	done | at-load "$db"
	exits 0 "$1: at-resolve" at-resolve --allow-private -u "$url" dids
	cp out identities
	is "$1: at-resolve: what it says" "$(jq -r \
	    '[.did, .handle, .pds, .key] | @tsv' out | sort)" \
	    "$(for name in a b c taken; do
		    eval "printf '%s\\t%s.test\\t%s\\t%s\\n' \"\$$name\" $name \
			'$url' '$(cat "$name".key)'"
	    done)"
	rm -rf copy
	exits 1 "$1: at-fetchrepo" at-fetchrepo --allow-private -u "$url" \
	    -d copy dids
	is "$1: what fails" "$(jq -r 'select(.type == "error") |
	    "\(.did) \(.error)"' out)" "$taken RepoTakendown"
	for name in a b c; do
		eval "did=\$$name"
		ok "$1: at-fetchrepo: the same CAR of $name" \
		    cmp "$name".car "$(car_of copy "$did")"
	done
	at-carwalk -q copy >copied
	copy=$(database "$1" fetched)
	exits 0 "$1: at-load" at-load "$copy" copied
	shown "$db" want
	shown "$copy" got
	ok "$1: at-fetchrepo: the same records" cmp got want
	ok "$1: some records" test "$(wc -l <want)" -gt 300

	rm -rf copy
	# The command of the page
	jq -c '.pds = "'"$url"'"' listed >from.list
	exits 1 "$1: from the list" at-fetchrepo --allow-private -u "$url" \
	    -d copy from.list
	for name in a b c; do
		eval "did=\$$name"
		ok "$1: from the list: the same CAR of $name" \
		    cmp "$name".car "$(car_of copy "$did")"
	done

	exits 1 "$1: at-listrecords" at-listrecords --allow-private -u "$url" \
	    dids
	cp out recorded
	copy=$(database "$1" listing)
	exits 0 "$1: at-load of the lists" at-load "$copy" recorded
	shown "$copy" got
	ok "$1: at-listrecords: the same records" cmp got want
	is "$1: at-listrecords: complete" "$(sql "$copy" "SELECT did,
	    max(loaded_rev) FROM import_states WHERE status = 'completed'
	    GROUP BY did HAVING min(loaded_rev) = max(loaded_rev)
	    ORDER BY did" |
	    tr '|\n' '  ')" "$a $new $b $old $c $old "

	exits 0 "$1: at-describe" at-describe --allow-private -u "$url" dids
	is "$1: at-describe: states" "$(jq -r 'select(.type == "repo") |
	    "\(.did) \(.active) \(.rev)"' out | sort | tr '\n' ' ')" \
	    "$a true $new $b true $old $c true $old $taken false null "

	rm -rf got.blobs
	grep -v "$taken" identities >alive
	exits 1 "$1: at-fetchblob" at-fetchblob --allow-private -d got.blobs \
	    alive
	find got.blobs -type d -empty -delete
	is "$1: at-fetchblob: what fails" "$(jq -r 'select(.type == "error") |
	    "\(.did) \(.cid)"' out)" "$a $absent"
	exits 0 "$1: at-fetchblob: the same files" diff -r blobs got.blobs ||
		diag <out

	jq -r 'select(.type == "record") |
	    "at://\(.did)/\(.collection)/\(.rkey)"' walked |
		grep -v "$taken" | awk 'NR % 40 == 0' >uris
	exits 0 "$1: at-getrecord" at-getrecord --allow-private -u "$url" uris
	jq -cS 'select(.type == "record") | [.did, .collection, .rkey, .cid,
	    .record]' out | sort >got
	jq -r 'select(.type == "record") | [.did, .collection, .rkey, .cid,
	    .record, "at://\(.did)/\(.collection)/\(.rkey)"] | tojson' \
	    walked | grep -F -f uris | jq -cS '.[:5]' | sort >want
	ok "$1: at-getrecord: the same records" cmp got want
	ok "$1: some records" test -s want
}

serves() {
	db=$(database "$1" served)
	exits 0 "$1: it is loaded" at-load "$db" input
	start_serve --archive cars --blobs blobs "$db"
	for part in states repos blobs lists records programs; do
		$part "$1"
	done
	stop_serve
	is "$1: SIGTERM: exit status" "$serve_status" 0
	same "$1: no messages" serve.err </dev/null
	start_serve "$db"
	for method in getRepo "getRecord collection=a.b.c&rkey=x" \
	    "getBlob cid=$page"; do
		get "$xrpc.sync.${method% *}?did=$a&${method#* }"
		is "$1: ${method% *} without an archive" \
		    "$code $(jq -r '.error, .message' body | tr '\n' ' ')" \
		    "501 MethodNotImplemented This server has no $(
			[ "${method#getBlob}" = "$method" ] && echo archive ||
			    echo blobs) "
	done
	stop_serve
}
each_database serves
done_testing
