#!/bin/sh
# The structure of libcar. Its folders are layers: a file includes and calls
# only what is in its own folder or in one named before it. The files of a
# folder form no circle, of includes or of calls. The lower folders are pure,
# and only the last one prints, reads the environment or exits.
. "${0%/*}/lib/tap.sh"

# The folders in their order. A pure one has no files, sockets, clock,
# environment or variables; `moves` names the modules in it that move bytes,
# or read the clock.
cat >folders <<'EOT'
base    pure    moves clock
data    pure
repo    pure    moves car_file
stream  pure    moves ndjson
lexicon pure
plc     pure
net
store
db
load
serve
cli     prints
EOT

(cd "$top" && find libcar -name '*.[ch]') | sort >files
# Some objects aren't part of every build.
grep '\.c$' files | while read -r file; do
	[ ! -e "$build/${file%.c}.o" ] || echo "$file"
done | sed 's/c$/o/' >objects

# A module is a file's name without its ending and without `_private`.
module='function module(path) {
	sub(/^libcar\//, "", path)
	sub(/\.[cho]$/, "", path)
	sub(/_private$/, "", path)
	return path
}
function folder(path) {
	sub(/^libcar\//, "", path)
	return path ~ /\// ? substr(path, 1, index(path, "/") - 1) : ""
}
'

awk "$module"'
FILENAME == "folders" { known[$1]; next }
!(folder($1) in known) { print $1 ": in no folder of the table" }
{ seen[folder($1)] }
END {
	for (name in known)
		if (!(name in seen))
			print name ": no file"
}' folders files >found
same "every file is in a folder of the table" found </dev/null

awk '/^[a-z]+\/$/ { sub(/\/$/, ""); print }' "$top/libcar/README" >described
awk '{ print $1 }' folders >names
same "libcar/README describes them in this order" described <names

(cd "$top" && find bin libcar t -name '*.[ch]' ! -path 't/lib/*' \
    ! -path 't/data/*') | sort |
while read -r file; do
	case $file in
	bin/*) name=${file%.c} ;;
	*) name=$file ;;
	esac
	grep -Eq "(^|[[:space:]])($name|${name%.c})([[:space:]]|\$)" \
	    "$top/Makefile.am" || echo "$file"
done >found
same "every file is in Makefile.am" found </dev/null

# What each file includes of libcar, as `file file`.
# shellcheck disable=SC2016 # for awk
(cd "$top" && xargs awk "$module"'
/^#[ \t]*include[ \t]*"/ && $2 != "\"config.h\"" {
	other = $2
	gsub(/"/, "", other)
	print FILENAME, other
}') <files >includes

# What an object defines and needs, as `object symbol`.
(cd "$build" && xargs nm -A -g --defined-only) <objects |
    awk '{ sub(/:.*/, "", $1); print $1, $3 }' |
    grep -v ' __\(\(odr_\)\?[a-z]*san\|x86\)' >defined
(cd "$build" && xargs nm -A -u) <objects |
    awk '{ sub(/:.*/, "", $1); sub(/@.*/, "", $NF); print $1, $NF }' >needed

# Uses of one module by another: `module module what`.
awk "$module"'
FILENAME == "defined" { home[$2] = module($1); next }
FILENAME == "includes" && $2 ~ /^libcar\// && module($1) != module($2) {
	print module($1), module($2), "includes " $2
}
FILENAME == "needed" && $2 in home && home[$2] != module($1) {
	print module($1), home[$2], "uses " $2
}' defined includes needed >uses

upward() {
	awk "$module"'
	FILENAME == "folders" { place[$1] = FNR; next }
	place[folder($2)] > place[folder($1)] {
		print $1 ": " $3 " " $4 " of " $2
	}' folders "$1"
}
upward uses >found
same "no include and no call goes upward" found </dev/null

echo 'data/json repo/key uses key_parse' >one
upward one >found
same "a call that goes upward is found" found <<'EOT'
data/json: uses key_parse of repo/key
EOT

# Print the files from which a path leads back to themselves within their
# folder, by includes, or by calls from source to source.
awk "$module"'
FILENAME == "includes" && folder($1) == folder($2) { print $1, $2 }
FILENAME == "defined" { home[$2] = $1 }
FILENAME == "needed" && $2 in home && folder(home[$2]) == folder($1) &&
    home[$2] != $1 {
	from = $1
	to = home[$2]
	sub(/o$/, "c", from)
	sub(/o$/, "c", to)
	print from, to
}' includes defined needed | sort -u >ways

circles() {
	awk '
	{ way[$1, $2]; file[$1]; file[$2] }
	END {
		for (k in file)
			for (i in file)
				if ((i, k) in way)
					for (j in file)
						if ((k, j) in way)
							way[i, j]
		for (i in file)
			if ((i, i) in way)
				print i
	}' "$1" | sort
}
circles ways >found
same "the files of a folder form no circle" found </dev/null

printf 'a.c b.c\nb.c c.c\nc.c a.c\nd.c a.c\na.c e.c\n' >ring
circles ring >found
same "a circle is found" found <<'EOT'
a.c
b.c
c.c
EOT

awk "$module"'
$2 ~ /_private\.h$/ && folder($1) != folder($2) { print $1 ": " $2 }
$2 !~ /^libcar\// && $2 !~ /^t\// { print $1 ": " $2 }' includes >found
(cd "$top" && grep -n '#include "libcar/.*_private' bin/*.c) >>found
same "only their folder includes headers named _private.h" found \
    </dev/null

# base32_parse belongs to base/basen, where the folder's name is enough, and
# runner_line to cli/runner_output, where the family's name is enough.
awk "$module"'
{
	split(module($1), m, "/")
	family = m[2]
	sub(/_.*/, "", family)
	name = "^(" m[1] "|" m[2] "|" family ")s?([0-9_]|$)"
	if ($2 !~ name)
		print $1 ": " $2
}' defined >found
same "an exported symbol begins with its module's or its folder's name" \
    found </dev/null

# compat.h uses the names of the C library.
# shellcheck disable=SC2016 # for awk
grep '\.h$' files | grep -v base/compat.h | (cd "$top" && xargs awk "$module"'
FNR == 1 {
	split(module(FILENAME), m, "/")
	name = "(" m[1] "|" m[2] ")s?([0-9_]|$)"
	macro = toupper(name)
	gsub(/S\?/, "S?", macro)
}
/^#[ \t]*define/ && $2 !~ "^(LIBCAR_)?" macro ||
/^(struct|enum|union) [a-z0-9_]+ \{/ && $2 !~ "^" name || /^typedef/ {
	print FILENAME ": " $0
}') >found
same "so does what a header defines, and there is no typedef" found </dev/null

# Objects that were built with sanitizers refer to more symbols than their
# sources do.
if grep -q '__asan' needed; then
	skip "only the last folder prints or exits" "built with sanitizers"
	skip "only the last folder reads the environment" \
	    "built with sanitizers"
	skip "the pure folders are pure" "built with sanitizers"
	done_testing
fi

# needs WORD PATTERN: print the symbols like this that folders need whose line
# of the table has this word (or lacks it, with !WORD)
needs() {
	awk -v word="${1#!}" -v not="${1%%[a-z]*}" -v re="^($2)\$" "$module"'
	FILENAME == "folders" {
		for (i = 2; i <= NF; i++)
			has[$1] = has[$1] || $i == word
		for (i = 2; i < NF; i++)
			if ($i == "moves")
				moves[$1 "/" $(i + 1)]
		next
	}
	has[folder($1)] == (not == "") && $2 ~ re &&
	    !(word == "pure" && module($1) in moves) {
		print module($1) ": " $2
	}' folders needed
}

print='stdout|stderr|(__)?v?f?printf(_chk)?|f?puts|f?putc|putchar|fwrite'
print="$print|perror|v?warnx?|v?errx?|error|syslog"
exit='exit|_exit|_Exit|quick_exit|abort|__assert_fail|raise|kill'
needs '!prints' "$print|$exit" >found
same "only the last folder prints or exits" found </dev/null

env='(secure_)?getenv|setenv|putenv|environ|setlocale|optarg'
needs '!prints' "$env" >found
same "only the last folder reads the environment" found </dev/null

file='f?open(at|64)?|creat|p?read(64)?|p?write(64)?|readv|writev|f?close|mmap'
file="$file|munmap|[fl]?stat(64)?|lseek(64)?|unlink|rename|fopen(64)?|tmpfile"
file="$file|mko?stemp|(open|read)dir(64)?|mkdir|access|linkat|isatty|ioctl"
file="$file|fcntl(64)?|poll|select|dup2?|stdin"
net='socket|connect|bind|send(to|msg)?|recv(from|msg)?|getaddrinfo'
clock='time|clock_gettime|gettimeofday|clock|nanosleep|u?sleep'
clock="$clock|clock_(monotonic|wall|sleep)[a-z_]*"
needs pure "$file|$net|$clock|$env" >found
while read -r folder kind rest; do
	[ "$kind" = pure ] || continue
	# Constants that hold pointers are in .data.rel.ro.
	(cd "$build" && objdump -t "libcar/$folder"/*.o) | awk -v at="$folder" '
	    $3 == "O" && $4 ~ /^\.(data|bss|tdata|tbss)/ &&
	    $4 !~ /^\.data\.rel\.ro/ || $2 == "O" && $3 == "*COM*" {
		print at ": variable " $NF
	    }'
done <folders >>found
same "the pure folders are pure" found </dev/null

done_testing
