#!/bin/sh
# The form of the sources, as far as tools can check it.
. "${0%/*}/lib/tap.sh"

# The names of the sources from here on have no white space.
sources() {
	(cd "$top" && find "$@" -type f -print) | grep -v '^t/data/' |
		grep '\.[ch157t]$\|^contrib/\|^\.ci/\|\.sh$' | sort
}
sources bin libcar t | grep '\.[ch]$' >c
sources bin contrib libcar man t .ci >all
printf 'configure.ac\nMakefile.am\n' >>all
while read -r file; do
	if head -n 1 "$top/$file" | grep -q '^#!/bin/sh$\|shellcheck shell=sh'
	then
		echo "$file"
	fi
done <all >scripts

ok "the sources are found" test -s c -a -s scripts

while read -r file; do
	awk -v file="$file" '
	/^#[ \t]*include/ {
		now = $2 == "\"config.h\"" ? 1 : $2 ~ /^</ ? 2 : 3
		if (!any++ && now != 1 || any > 1 && now == 1 || now < last)
			print file ":" FNR ": " $0
		last = now
	}
	END { if (!any) print file ": includes nothing" }' "$top/$file"
done >found <<EOT
$(grep '\.c$' c)
EOT
same "config.h comes first, then the system's headers, then ours" found \
    </dev/null

# A comment that says what the file is for, and isn't the heading of a section.
# Programs may begin with theirs; suite.c is generated.
grep '\.c$' c | grep -v '/suite\.c$' | while read -r file; do
	awk -v file="$file" '
	FNR == 1 && file !~ /^libcar/ && /^\/\*/ { top = 1 }
	/^#[ \t]*include/ { below = ""; next }
	NF > 0 && !/^#[ \t]*(if|else|endif)/ && below == "" { below = $0 }
	END { if (!top && below != "/*") print file ": " below }' "$top/$file"
done >found
same "every source says what it is for, at its top or below its includes" \
    found </dev/null

# libcar/README says that these lines list the modules.
grep '^libcar/.*\.h$' c | while read -r file; do
	awk -v file="$file" '
	FNR == 2 {
		split(file, part, "/")
		name = part[3]
		sub(/\.h$/, "", name)
		module = name
		sub(/_private$/, "", module)
		if ($0 !~ "^ \\* (" part[2] "_)?(" name "|" module "): ")
			print file ":" $0
	}' "$top/$file"
done >found
same "every header of libcar begins with its name and what it is" found \
    </dev/null

while read -r file; do
	tr -d '\200-\277' <"$top/$file" | expand | awk -v file="$file" '
	file ~ /\.t$/ { next }
	length > 80 { print file ":" FNR ": more than 80 columns" }
	/ $/ { print file ":" FNR ": white space at the end" }'
done <all >found
same "no line but of tests is too long or ends in white space" \
    found </dev/null

while read -r file; do
	grep -nwH "TO""DO\|FIX""ME\|X""XX" "$top/$file"
done <all >found
same "nothing is left to do" found </dev/null

grep -v "\.sh$" scripts | while read -r file; do
	[ -x "$top/$file" ] || echo "$file"
done >found
same "every script is executable" found </dev/null

# A build without a network has no such program. A test that runs one says that
# it needs it, or a library says so. Quoted text is no command.
programs=$(sed -n '/^if NETWORK/,/^endif/s|^	bin/\(at-[a-z]*\).*|\1|p' \
    "$top/Makefile.am" | paste -sd '|' -)
is "the programs of the network are found" \
    "$(echo "|$programs|" | grep -c "|at-resolve|")" 1
run="^[[:space:]]*($programs) -|^[^#]*\\| *($programs)( |\$)"
run="$run|exits [0-9]+ (\"[^\"]*\"|'[^']*') ($programs) "
for file in "$top"/t/*.t; do
	grep -qE 'need_network|has_network' "$file" ||
	    grep -qE '/lib/(faulty|net|realnet|serve|wsd)\.sh' "$file" ||
	    grep -nHE "$run" "$file"
done >found
same "tests that run a program of the network need one" found </dev/null

in_top() {
	(cd "$top" && xargs "$@")
}

# Another version of clang-format would format ten files differently.
for format in clang-format-14 clang-format none; do
	$format --version 2>/dev/null | grep -q 'version 14\.' && break
done
if [ "$format" != none ]; then
	in_top "$format" --style=file --dry-run <c 2>&1 |
	    sed -n "s/:.* code should be clang-formatted.*//p" |
	    sort -u >found
	same "clang-format has nothing to change (make format)" found \
	    </dev/null
else
	skip "clang-format has nothing to change" "no clang-format 14"
fi

if command -v shellcheck >/dev/null; then
	ok "shellcheck has nothing to say" \
	    in_top shellcheck <scripts
else
	skip "shellcheck has nothing to say" "no shellcheck"
fi

done_testing
