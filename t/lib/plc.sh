# shellcheck shell=sh
# shellcheck disable=SC2154 # www is from net.sh
# For the tests of PLC directories, after net.sh: operations with numbers, as
# faultyd serves them, and as lines. They have the form of real ones, but
# nothing in them is signed.
#
#	served 1 1000 | page 0		# the answer to /export?after=0
#	lines 1 1000			# what at-plcexport makes of it

# plc_awk FORM FIRST LAST [DID]
plc_awk() {
	awk -v form="$1" -v first="$2" -v last="$3" -v did="${4-}" '
	function code(n, len,    text, i) {
		for (i = 0; i < len; i++) {
			text = substr("abcdefghijklmnopqrstuvwxyz234567",
			    n % 32 + 1, 1) text
			n = int(n / 32)
		}
		return text
	}
	BEGIN {
		for (n = first; n <= last; n++) {
			cid = "bafyrei" code(n, 51) "a"
			account = did != "" ? did : "did:plc:" code(n % 97, 24)
			time = sprintf("2023-01-01T00:%02d:%02d.%03dZ",
			    n / 60000 % 60, n / 1000 % 60, n / 10 % 1000)
			operation = "{\"type\":\"plc_operation\",\"é\":" \
			    "\"\\u00e9\", \"seq\":" n "}"
			if (form == "cid")
				print cid
			else if (form == "served")
				print "{\"did\":\"" account "\",\"cid\":\"" \
				    cid "\",\"seq\":" n ",\"createdAt\":\"" \
				    time "\",\"operation\":" operation \
				    ",\"type\":\"sequenced_op\"}"
			else
				print "{\"type\":\"plc\",\"did\":\"" account \
				    "\",\"seq\":" n ",\"cid\":\"" cid \
				    "\",\"createdAt\":\"" time \
				    "\",\"operation\":" operation "}"
		}
	}'
}

# served FIRST LAST, lines FIRST LAST: print these operations
served() {
	plc_awk served "$1" "$2"
}
lines() {
	plc_awk line "$1" "$2"
}

# op DID SEQ: print one, of this account
op() {
	plc_awk served "$2" "$2" "$1"
}

cid_of() {
	plc_awk cid "$1" "$1"
}

# page AFTER: standard input is the answer to this request. The last line has no
# LF, as in the answers of plc.directory.
page() {
	put export/1000,"$1.new"
	head -c -1 "$www/export/1000,$1.new" | put export/1000,"$1"
	rm "$www/export/1000,$1.new"
}
