/* u-fields: the fields that the code knows, as `type field`; of lines that are
 * read, as `- field`. u-fields forms: those of lines, as `type.field|form`, and
 * with `|null` where they may be null. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/stream/fields.h"
#include "libcar/stream/form.h"
#include "libcar/stream/line_fields_private.h"

static void
print_table(const struct fields_table *table)
{
	const char *last = "";
	size_t i;

	for (i = 0; i < table->count; i++) {
		/* Two rows may be two forms of one field. */
		if (strcmp(table->rows[i].name, last) != 0)
			printf("%s %s\n",
			    table->type != NULL ? table->type : "problem",
			    table->rows[i].name);
		last = table->rows[i].name;
	}
}

static void
print_forms(const struct fields_table *table)
{
	const struct fields_row *row = table->rows;
	size_t i;

	for (i = 0; i < table->count; i++)
		if (i == 0 || strcmp(row[i].name, row[i - 1].name) != 0)
			printf("%s.%s|%s%s\n", table->type, row[i].name,
			    form_name(row[i].form),
			    row[i].or_null ? "|null" : "");
}

int
main(int argc, char **argv)
{
	size_t i;

	if (argc == 2 && strcmp(argv[1], "forms") == 0) {
		for (i = 0; i < FIELDS_PROBLEM; i++)
			print_forms(&fields_tables[i]);
		return 0;
	}
	for (i = 0; i < FIELDS_TYPES; i++)
		print_table(&fields_tables[i]);
	for (i = 0; line_fields_name(i) != NULL; i++)
		printf("- %s\n", line_fields_name(i));
	return 0;
}
