#!/bin/sh
# The examples of the pages: what follows `$ ` in a literal display is run (and
# what follows `> `, as its continuation), and says what the page shows. White
# space doesn't count, so that a page may break long lines; a line `...` stands
# for any others.
. "${0%/*}/lib.sh"

for program in jq zstd sqlite3; do
	command -v $program >/dev/null || skip_all "no $program"
done

# A page's commands become the script run, each with its output in N.got; what
# the page shows goes to N.want, and the command's first line to N.name.
cat >extract.awk <<'EOT'
function finish() {
	if (n > 0 && open)
		printf "} >%d.got 2>&1 </dev/null\n", n
	open = 0
}
/^\.Bd -literal/ { literal = 1; next }
/^\.Ed/ { finish(); shown = literal = 0; next }
!literal { next }
{
	gsub(/\\&/, "")
	gsub(/\\\(dq/, "\"")
	gsub(/\\e/, "\\")
}
/^\$ / {
	finish()
	n++
	open = shown = 1
	print "{"
	print substr($0, 3)
	print substr($0, 3) >(n ".name")
	printf "" >(n ".want")
	next
}
/^> / && open { print substr($0, 3); next }
shown { finish(); print >(n ".want") }
EOT

cat >compare.awk <<'EOT'
BEGIN { n = 0 }
{ gsub(/[ \t]/, "") }
FILENAME ~ /got$/ { got = got $0; next }
$0 == "..." { n++; next }
{ chunk[n] = chunk[n] $0 }
END {
	for (i = 0; i < n; i++) {
		at = index(got, chunk[i])
		if (chunk[i] == "")
			continue
		if (at == 0 || i == 0 && at > 1)
			exit 1
		got = substr(got, at + length(chunk[i]))
	}
	if (n > 0)
		got = substr(got, length(got) - length(chunk[n]) + 1)
	exit got != chunk[n] ""
}
EOT

as_shown() {
	awk -f compare.awk "$1.got" "$1.want" && return
	echo "shown:"
	cat "$1.want"
	echo "written:"
	cat "$1.got"
	return 1
}

for page in "$top"/man/*.[157]; do
	mkdir "${page##*/}"
	cd "${page##*/}" || exit 2
	ln -s "$top/t" t
	cp ../compare.awk .
	awk -f ../extract.awk "$page" >run
	exits 0 "the examples of ${page##*/} run" sh run
	for name in $(printf '%s\n' *.name | sort -n); do
		[ -e "$name" ] || continue
		ok "as shown: $(sed 's/#/\\#/g' "$name")" \
		    as_shown "${name%.name}"
	done
	cd ..
done

done_testing
