/* u-fields: the fields that the code knows, as `type field`; of lines that are
 * read, as `- field`. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/stream/fields.h"
#include "libcar/stream/line.h"

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

int
main(void)
{
	size_t i;

	for (i = 0; i < FIELDS_TYPES; i++)
		print_table(&fields_tables[i]);
	for (i = 0; line_field(i) != NULL; i++)
		printf("- %s\n", line_field(i));
	return 0;
}
