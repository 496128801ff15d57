#include "config.h"

#include <string.h>

#include "libcar/net/page.h"

/*
 * A cursor is written only after everything before it. So the lines of a page
 * wait here until the whole page is read.
 */

#define MAX_SHOWN 100 /* bytes of an entry in a message */

void
page_note_bad(struct page *p, const struct slice *json)
{
	if (p->bad++ > 0)
		return;
	p->first_bad.len = 0;
	buf_put(&p->first_bad, json->at,
	    json->len < MAX_SHOWN ? json->len : MAX_SHOWN);
}

void
page_give_lines(const struct page *p, struct buf *out)
{
	buf_put(out, p->lines.data, p->lines.len);
	out->failed |= p->lines.failed;
}

bool
page_is_flawed(const struct page *p, const char *url, const char *lacking,
    struct status *st)
{
	if (p->bad == 0)
		return false;
	status_set(st, STATUS_BAD_ANSWER, 0,
	    "%s: entries without %s: %llu, for example %.*s", url, lacking,
	    (unsigned long long)p->bad, (int)p->first_bad.len,
	    p->first_bad.data);
	return true;
}

void
page_free(struct page *p)
{
	buf_free(&p->lines);
	buf_free(&p->first_bad);
	memset(p, 0, sizeof(*p));
}
