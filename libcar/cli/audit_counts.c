#include "config.h"

#include <stdio.h>

#include "libcar/cli/audit_counts.h"

/*
 * The table is for people: one number a line, in the order in which they are
 * read. Errors that didn't occur are left out.
 */

static void
print_count(uint64_t n, const char *what)
{
	fprintf(stderr, "%10llu  %s\n", (unsigned long long)n, what);
}

void
audit_counts_print(const struct audit_counts *c, size_t dids)
{
	size_t i;

	print_count(c->operations, "operations");
	print_count(dids, "DIDs");
	print_count(c->valid, "valid");
	print_count(c->nullified, "of these nullified");
	print_count(c->again, "repeated");
	for (i = 0; i <= STATUS_AGAIN; i++)
		if (c->errors[i] > 0)
			print_count(c->errors[i], status_name(i));
	print_count(c->not_said, "nullified, but their lines say no");
	print_count(c->only_said, "not nullified, but their lines say yes");
}
