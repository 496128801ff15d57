#!/bin/sh
# Programs and their pages agree.
. "${0%/*}/lib/tap.sh"
. "$top/t/lib/pages.sh"

list_options() {
	"$1" --list-options | awk -F '\t' 'NR > 1 {
		print ($1 == "-" ? "" : $1) " " $2
	}' | sort
}

# Options that do nothing: programs accept them, and the help omits them.
hidden='at-fetchrepo --refresh
at-status --quiet'

page_options() {
	sed -nE 's/^\.It (Fl (.) , )?Fl Fl ([a-z0-9-]+).*/\2 \3/p' "$1" | sort
}

for source in "$top"/bin/at-*.c; do
	name=${source##*/}
	name=${name%.c}
	if [ ! -x "$build/bin/$name" ]; then
		skip "$name has a page" "not in this build"
		continue
	fi
	page=$top/man/$name.1
	ok "$name has a page" test -s "$page"
	list_options "$name" >options
	ok "$name has options" grep -q " help$" options
	page_options "$page" >listed
	same "$name: the page has its options" listed <options
	ok "$name is in atpipe(7)" grep -q "^\.Xr $name 1\|\.It Xr $name 1" \
	    "$top/man/atpipe.7"
	ok "$name says its version" sh -c "$name --version | grep -q '[0-9]'"
done

while read -r name option; do
	[ -x "$build/bin/$name" ] || continue
	ok "$name accepts $option" "$name" "$option" --version
	long=${option%=*}
	# shellcheck disable=SC2016 # the inner shell's
	ok "$name does not offer it" sh -c \
	    '! { "$1" --help; "$1" --list-options; } | grep -qw -e "$2"' - \
	    "$name" "${long#--}"
done <<EOT
$hidden
EOT

sed -nE 's/^.*\[STATUS_[A-Z_]+\] = \{ .name = "([A-Za-z]+)".*/\1/p' \
    "$top/libcar/base/status.c" | grep -vx OK >codes
ok "status.c names its codes" test -s codes
while read -r code; do
	grep -qw "$code" "$top/man/at-ndjson.5" || echo "$code"
done <codes >found
same "every code of an error is in at-ndjson(5)" found </dev/null

grep -v '^\.' "$top/man/at-network.7" | awk 'length > 50' | sort -u >lines
ok "at-network(7) has text" test -s lines
grep -FxHf lines "$top"/man/*.1 "$top/man/atpipe.7" >found
same "no other page repeats its sentences" found </dev/null

# A command that appends to a file while it reads the file may never end.
for page in "$top"/man/*.[1-9]; do
	mkdir displays
	(cd displays && displays "$page")
	find displays -type f -exec cat {} + | awk '{
		sub(/^[$%>] /, "")
		line = line " " $0 " "
	}
	/[|\\]$/ { next }
	{
		if (match(line, />> *[A-Za-z][A-Za-z.]*/)) {
			file = substr(line, RSTART, RLENGTH)
			sub(/>> */, "", file)
			if (index(substr(line, 1, RSTART), " " file " "))
				print line
		}
		line = ""
	}'
	rm -r displays
done >found
same "no command appends to a file that it reads" found </dev/null

if command -v mandoc >/dev/null; then
	for page in "$top"/man/*.[1-9]; do
		ok "mandoc accepts ${page##*/}" \
		    mandoc -T lint -W warning "$page"
	done
else
	skip "mandoc accepts the pages" "no mandoc"
fi

if command -v mandoc >/dev/null && command -v col >/dev/null; then
	mandoc -T ascii -I os=atpipe "$top/man/atpipe.7" | col -bx >readme
	same "README is atpipe(7) as text (make readme)" "$top/README" <readme
else
	skip "README is atpipe(7) as text" "no mandoc or no col"
fi

done_testing
