#!/bin/sh
# The fields that the code writes and reads are those of at-ndjson(5).
. "${0%/*}/lib/tap.sh"

# Print the page's lists as `type field`: those of the sections about types, and
# of PROBLEMS. Several names in one .It are several fields. A list within a list
# is of values.
page_fields() {
	awk '
	/^\.Sh / { type = ""; inside = $2 == "TYPES" }
	/^\.Sh PROBLEMS/ { type = "problem" }
	/^\.Ss / && inside { type = $2 }
	/^\.Bl / { depth++ }
	/^\.El/ { depth-- }
	/^\.It Cm / && depth == 1 && type != "" {
		for (i = 3; i <= NF; i++)
			if ($i != ",")
				print type, $i
	}' "$1"
}

page_fields "$top/man/at-ndjson.5" >page
"$unit"/fields >fields
grep -v '^- ' fields >written

ok 'the page has types, and each once' test "$(cut -d ' ' -f 1 page | uniq |
    sort | uniq -c | awk '$1 == 1' | wc -l)" -eq \
    "$(cut -d ' ' -f 1 page | uniq | wc -l)" -a -s page
while read -r type; do
	grep "^$type " page >page.type
	grep "^$type " written >written.type
	same "$type: its fields, in the page's order" written.type <page.type
done <<EOT
$(cut -d ' ' -f 1 page | uniq)
EOT
cut -d ' ' -f 1 page | sort -u >page.types
cut -d ' ' -f 1 written | sort -u >written.types
same 'no type is written that the page lacks' written.types <page.types

{
	echo type
	cut -d ' ' -f 2 page
} | sort -u >page.names
sed -n 's/^- //p' fields | sort >read.names
ok 'fields are read' test -s read.names
comm -13 page.names read.names >found
same 'no field is read that the page lacks' found </dev/null

# Only the writer knows the names of fields. DID documents and what at-serve
# answers aren't lines.
(cd "$top" && grep -nE 'json_write_(key|member)\([^,]*, *"' bin/*.c \
    libcar/*/*.c | grep -Ev \
    '^libcar/(data/json_write\.|plc/document\.|serve/|stream/write\.)') >found
same 'no other module writes a field by its name' found </dev/null

# The script finds a change of the page.
sed 's/^\.It Cm handleStatus$/.It Cm handleStatus , more/' \
    "$top/man/at-ndjson.5" >changed.5
page_fields changed.5 | diff page - | sed -n 's/^[<>]/&/p' >found
same 'a field more is found' found <<'EOT'
> identity more
EOT

done_testing
