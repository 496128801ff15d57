#!/bin/sh
# The examples of the pages that begin with `% ` run with the reference PDS and
# PLC directory, and print what the page shows, except for values that change
# every time.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/realnet.sh"
. "$top/t/lib/realpds.sh"
. "$top/t/lib/pages.sh"
prepare_realpds
own_network
ok "the servers start" start_realpds || done_testing

# The accounts of the pages, with their values here
cat >accounts <<EOT
s/6htqedi2reaofhtqcfimevft/$(did_of alice.test | cut -c 9-)/g
s/r4ncjqpt6lhy5h3ut3zdpkg5/$(did_of taken.test | cut -c 9-)/g
s/2qvd45oaniw7t6zolcktnd23/$(jq -r .tombstonedDid ready.json | cut -c 9-)/g
EOT

# Replace values that change every time by their form.
cat >forms <<'EOT'
s/"20[0-9-]*T[0-9:]*\.[0-9]\{3\}Z"/TIME/g
s/"3[2-7a-z]\{12\}"/TID/g
s/"bafyrei[2-7a-z]\{52\}"/CID/g
s/"did:key:zQ3sh[1-9A-HJ-NP-Za-km-z]\{44\}"/KEY/g
s/"[0-9]\{13\}::did:/"MILLISECONDS::did:/g
s,cars/[0-9a-f][0-9a-f]/,cars/XX/,g
s/"size":[0-9]\{5\},/"size":BYTES,/g
s/"received":[0-9]\{5\},/"received":BYTES,/g
EOT

for page in "$top"/man/*.[157]; do
	mkdir "${page##*/}"
	cd "${page##*/}" || exit 2
	# shellcheck disable=SC2046 # words
	session % $(in_way loopback "$page") >run
	sed -i -f ../accounts run ./*.want 2>/dev/null
	sh run >>said 2>&1
	for n in $(commands); do
		sed -i -f ../forms "$n.got" "$n.want"
		ok "as shown: $(titled "$n.command")" as_shown "$n"
	done
	cd ..
done
ok "there are such examples" test "$lib_count" -gt 1

done_testing
