# shellcheck shell=sh
# For tests of plc lines, after tap.sh: operations of accounts that nobody has.

plc_key=did:key:zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc

# plc_did N: print a DID
plc_did() {
	printf 'did:plc:%024d\n' "$1" | tr 0189 abcd
}

# plc_lines: for each line of standard input,
#
#	N TIME KIND [NAME=VALUE...]
#
# print an operation of the Nth DID at 2026-01-01T00:00:TIME: a KIND of
# operation, create, tombstone or junk. cid=TEXT is the end of its CID; handle=
# and pds= are what it says; seq=, nullified= and audit= are fields of the line.
plc_lines() {
	awk -v key="$plc_key" '
	function did(n, s) {
		s = sprintf("%024d", n)
		gsub(0, "a", s); gsub(1, "b", s); gsub(8, "c", s)
		gsub(9, "d", s)
		return "did:plc:" s
	}
	function named(name, json) {
		return o[name] == "" ? "" : json
	}
	function operation() {
		if ($3 == "tombstone")
			return "\"type\":\"plc_tombstone\",\"prev\":\"x\""
		if ($3 == "junk")
			return "\"type\":\"junk\",\"a\":\"\\u0000\""
		if ($3 == "create")
			return "\"type\":\"create\",\"signingKey\":\"" key \
			    "\",\"recoveryKey\":\"" key "\",\"handle\":\"" \
			    o["handle"] "\",\"service\":\"" o["pds"] "\""
		return "\"type\":\"plc_operation\",\"rotationKeys\":[\"" key \
		    "\"],\"verificationMethods\":{\"atproto\":\"" key "\"}," \
		    "\"alsoKnownAs\":[" named("handle", "\"at://" \
		    o["handle"] "\"") "],\"services\":{" named("pds",
		    "\"atproto_pds\":{\"type\":\"AtprotoPersonalDataServer\"" \
		    ",\"endpoint\":\"" o["pds"] "\"}") "}"
	}
	{
		split("", o)
		for (i = 4; i <= NF; i++) {
			name = $i
			sub(/=.*/, "", name)
			o[name] = substr($i, length(name) + 2)
		}
		printf "{\"type\":\"plc\",\"did\":\"%s\"%s,\"cid\":\"%s\"," \
		    "\"createdAt\":\"2026-01-01T00:00:%sZ\"%s," \
		    "\"operation\":{%s}%s}\n", did($1),
		    named("seq", ",\"seq\":" o["seq"]),
		    "bafyreiaa" (o["cid"] == "" ? "a" : o["cid"]), $2,
		    named("nullified", ",\"nullified\":" o["nullified"]),
		    operation(), named("audit", ",\"audit\":\"" o["audit"] "\"")
	}'
}
