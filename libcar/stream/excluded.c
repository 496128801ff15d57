#include "config.h"

#include <string.h>

#include "libcar/data/mention.h"
#include "libcar/data/syntax.h"
#include "libcar/stream/excluded.h"

/*
 * A line that isn't a DID is an error, because otherwise somebody who asked to
 * be excluded would silently be included.
 */

int
excluded_add_line(struct excluded *e, const char *line, size_t len,
    struct status *st)
{
	const char *did, *comment = memchr(line, '#', len);
	struct buf copy = { 0 };
	int added = 0;

	buf_put(&copy, line, comment != NULL ? (size_t)(comment - line) : len);
	if (copy.failed)
		return status_no_memory(st);
	did = copy.data;
	if ((len = mention_reduce(copy.data, copy.len)) > 0 &&
	    !syntax_is_did(did, len)) {
		status_set(st, STATUS_BAD_LINE, 0, "'%.*s' isn't a DID",
		    (int)len, did);
		buf_free(&copy);
		return -1;
	}
	if (len > 0 && (added = set_add(&e->set, did, len)) == 1) {
		buf_put(&e->dids, did, len);
		buf_putc(&e->dids, '\0');
	}
	buf_free(&copy);
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
