#include "config.h"

#include "libcar/cli/message.h"
#include "libcar/cli/unmatched.h"

/*
 * Name the patterns of -c that matched no record, because they may be mistyped.
 * This is not a failure: the collection may be a rare one.
 */

void
cli_unmatched(const struct filter *filter, const char *what)
{
	size_t i;

	for (i = 0; i < filter->count && !cli_quiet; i++)
		if (!filter->found[i])
			cli_warn("no %s had records of %s", what,
			    filter->patterns[i]);
}
