#!/bin/sh
# A module includes only modules of lower layers, or its own family (db and
# db_sqlite). The lower layers are pure, and only the top one prints or exits.
# What a module exports has its name.
. "${0%/*}/lib.sh"

# layer, modules
cat >table <<'EOT'
0 status buf
1 address base hash meter syntax varint
2 cid json set
3 counts dagcbor filter job jsonb key line
4 car commit dagjson diddoc keyring lexicon mst
5 archive blocks cache db db_postgres db_sqlite dns http tally verdict
6 load pages repo resolve store summary xrpc
7 cli emit ndjson
8 listed net schemas
9 jobs
EOT
purest=4 printer=7

# The file of each module; a file x_y that the table doesn't name is part of x.
for path in "$top"/libcar/*.[ch]; do
	file=${path##*/}
	echo "${file%.*}"
done | sort -u | awk '
FILENAME == "table" {
	for (i = 2; i <= NF; i++)
		layer[$i] = $1
	next
}
{
	name = $1
	while (!(name in layer) && sub(/_[^_]*$/, "", name))
		;
	if (!(name in layer))
		print $1 ": in no layer" >"found"
	else
		print $1, name, layer[name]
	seen[name]
}
END {
	for (name in layer)
		if (!(name in seen))
			print name ": no file" >"found"
}' table - >files
touch found
same "every file has its layer" found </dev/null

for path in "$top"/bin/*.c "$top"/libcar/*.[ch] "$top"/t/*.c; do
	file=${path#"$top"/}
	case $file in
	libcar/*) name=$file ;;
	*) name=${file%.c} ;;
	esac
	grep -Eq "(^|[[:space:]])$name([[:space:]]|\$)" "$top/Makefile.am" ||
		echo "$file"
done >found
same "every file is in Makefile.am" found </dev/null

while read -r file module layer; do
	header=$top/libcar/$file.h
	[ ! -e "$header" ] || grep -q "Layer $layer\." "$header" ||
		echo "$file"
done <files >found
same "its header says the same one" found </dev/null

upward() {
	awk '
	FILENAME == "files" { family[$1] = $2; layer[$1] = $3; next }
	FNR == 1 {
		self = FILENAME
		sub(/.*\//, "", self)
		sub(/\.[ch]$/, "", self)
	}
	/^#[ \t]*include[ \t]*"/ && $2 != "\"config.h\"" {
		other = $2
		gsub(/"|\.h"$/, "", other)
		if (sub(/^libcar\//, "", other) != 1 || !(other in layer)) {
			print FILENAME ": " $0
			next
		}
		a = family[self] "_"
		b = family[other] "_"
		if (index(a, b) != 1 && index(b, a) != 1 &&
		    layer[other] >= layer[self])
			print FILENAME ": " $0
	}' files "$@"
}

upward "$top"/libcar/*.[ch] >found
same "no include goes upward or sideways" found </dev/null

printf '#include "libcar/cid.h"\n#include "libcar/buf.h"\n' >json.c
upward json.c >found
same "an include that goes sideways is found" found <<'EOT'
json.c: #include "libcar/cid.h"
EOT

while read -r file module layer; do
	[ -e "$top/libcar/$file.c" ] || continue
	nm -g --defined-only "$build/libcar/$file.o" |
		awk -v module="$module" -v file="$file" '
		$3 !~ "^" module "s?[0-9_]" && $3 !~ /^__(odr_)?asan/ {
			print file ": " $3
		}'
done <files >found
same "every exported symbol begins with its module's name" found </dev/null

while read -r file module layer; do
	[ -e "$top/libcar/$file.h" ] || continue
	awk -v module="$module" -v file="$file" '
	BEGIN { macro = toupper(module) }
	/^#[ \t]*define/ && $2 !~ "^(LIBCAR_)?" macro "[0-9_]" ||
	/^(struct|enum|union) [a-z0-9_]+ \{/ &&
	    $2 !~ "^" module "(s?[0-9_]|s?$)" || /^typedef/ {
		print file ": " $0
	}' "$top/libcar/$file.h"
done <files >found
same "so does what a header defines, and there is no typedef" found </dev/null

# Objects that were built with sanitizers refer to more than their sources do.
if nm "$build/libcar/status.o" | grep -q __asan; then
	skip "only layer $printer prints or exits" "built with sanitizers"
	skip "layers 0 to $purest are pure" "built with sanitizers"
	done_testing
fi

# needs HIGHEST PATTERN: the symbols like this that layers up to this one need
needs() {
	while read -r file module layer; do
		[ "$layer" -le "$1" ] || continue
		[ -e "$top/libcar/$file.c" ] || continue
		nm -u "$build/libcar/$file.o" |
			awk -v re="^($2)(@.*)?\$" -v file="$file" \
			    '$2 ~ re { print file ": " $2 }'
	done <files
}

print='stdout|stderr|(__)?v?f?printf(_chk)?|f?puts|f?putc|putchar|fwrite'
print="$print|perror|v?warnx?|v?errx?|error|syslog"
exit='exit|_exit|_Exit|quick_exit|abort|__assert_fail|raise|kill'
needs $((printer - 1)) "$print|$exit" >found
same "only layer $printer prints or exits" found </dev/null

file='f?open(at|64)?|creat|p?read(64)?|p?write(64)?|readv|writev|f?close|mmap'
file="$file|munmap|[fl]?stat(64)?|lseek(64)?|unlink|rename|fopen(64)?|tmpfile"
file="$file|mkstemp|isatty|ioctl|fcntl(64)?|poll|select|dup2?|stdin"
net='socket|connect|bind|send(to|msg)?|recv(from|msg)?|getaddrinfo'
clock='time|clock_gettime|gettimeofday|clock|nanosleep|u?sleep'
env='(secure_)?getenv|setenv|putenv|environ|setlocale|optarg'
needs $purest "$file|$net|$clock|$env" >found
while read -r file module layer; do
	[ "$layer" -le $purest ] && [ -e "$top/libcar/$file.c" ] || continue
	# Constants that hold pointers are in .data.rel.ro.
	objdump -t "$build/libcar/$file.o" | awk -v file="$file" '
	    $3 == "O" && $4 ~ /^\.(data|bss|tdata|tbss)/ &&
	    $4 !~ /^\.data\.rel\.ro/ || $2 == "O" && $3 == "*COM*" {
		print file ": variable " $NF
	    }'
done <files >>found
same "layers 0 to $purest are pure" found </dev/null

done_testing
