#include "config.h"

#include <string.h>

#include "libcar/data/syntax.h"
#include "libcar/stream/excluded.h"

/*
 * A line that is no DID is an error and not passed over: somebody asked to be
 * left out. No DID has a space or a `#`.
 */

int
excluded_add_line(struct excluded *e, const char *line, size_t len,
    struct status *st)
{
	const char *comment = memchr(line, '#', len);
	int added;

	if (comment != NULL)
		len = (size_t)(comment - line);
	for (; len > 0 && strchr(" \t\r", line[len - 1]) != NULL; len--)
		;
	for (; len > 0 && strchr(" \t", *line) != NULL; line++)
		len--;
	if (len == 0)
		return 0;
	if (!syntax_is_did(line, len))
		return status_set(st, STATUS_BAD_LINE, 0, "'%.*s' isn't a DID",
		    (int)len, line);
	if ((added = set_add(&e->set, line, len)) == 0)
		return 0;
	buf_put(&e->dids, line, len);
	buf_putc(&e->dids, '\0');
	return added == -1 || e->dids.failed ? status_no_memory(st) : 0;
}

bool
excluded_has(const struct excluded *e, const char *did, size_t len)
{
	return e->set.count > 0 && set_has(&e->set, did, len);
}

void
excluded_free(struct excluded *e)
{
	set_free(&e->set);
	buf_free(&e->dids);
}
