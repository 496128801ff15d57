#!/bin/sh
# The examples of the pages: what follows `$ ` in a display is run, and prints
# what the page shows.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/pages.sh"

for program in jq zstd sqlite3; do
	command -v $program >/dev/null || skip_all "no $program"
done

# can_run N: does this machine have what the command needs?
can_run() {
	! grep -qw parallel "$1.command" ||
		command -v parallel >/dev/null || return
	has_network ||
		! grep -q 'at-\(describe\|fetch\|list\|plcexport\|resolve\)' "$1.command"
}

for page in "$top"/man/*.[157]; do
	mkdir "${page##*/}"
	cd "${page##*/}" || exit 2
	ln -s "$top/t" "$top/contrib" .
	# shellcheck disable=SC2046 # words
	session '$' $(in_way shown "$page") >run
	exits 0 "the examples of ${page##*/} run" sh run
	for n in $(commands); do
		name="as shown: $(titled "$n.command")"
		if can_run "$n"; then
			ok "$name" as_shown "$n"
		else
			skip "$name" "a program isn't here"
		fi
	done
	cd ..
done

done_testing
