# shellcheck shell=sh
# Blobs of faultyd's accounts. After tap.sh and net.sh:
#
#	. "$top/t/lib/blobs.sh"
#	one=$(blob "its bytes")
#	lists did:plc:x "$one"
#	serves did:plc:x "$one"

mkdir blob-bytes

# cid_of FILE: the CID of a blob with these bytes
cid_of() {
	{
		printf '\001\125\022\040'
		openssl dgst -sha256 -binary "$1"
	} | base32 -w 0 | tr -d = | tr '[:upper:]' '[:lower:]' | sed 's/^/b/'
}

# blob [TEXT]: make a blob, and print its CID
blob() {
	printf %s "${1-}" >blob-bytes/new
	blob_cid=$(cid_of blob-bytes/new)
	mv blob-bytes/new "blob-bytes/$blob_cid"
	echo "$blob_cid"
}

# serves DID CID: the host has the blob
serves() {
	put "xrpc/com.atproto.sync.getBlob/$1,$2" <"blob-bytes/$2"
}

# lists DID CID...: the host lists these blobs, on one page
lists() {
	blob_did=$1
	shift
	printf '%s\n' "$@" | jq -ncR '{cids: [inputs | select(. != "")]}' |
		put "xrpc/com.atproto.sync.listBlobs/$blob_did"
}

# path_of CID: its file in the directory blobs
path_of() {
	printf 'blobs/%.2s/%s' "$(sha256sum <"blob-bytes/$1")" "$1"
}
