#include "config.h"

#include <string.h>

#include "libcar/load/prefix_private.h"

/*
 * A collection a.b.c is covered by a.b.c, a.b.*, a.* and *: cut each prefix at
 * the last dot of the one before.
 */

void
load_prefix_begin(struct load_prefix *p, const struct slice *of)
{
	p->of = *of;
	p->begun = p->done = false;
	p->end = of->len;
	if (load_prefix_is_open(of))
		p->end = of->len >= 2 ? of->len - 2 : 0;
	/* No pattern is longer. Only `*` matches a longer text. */
	if (of->len > SYNTAX_NSID_MAX)
		p->end = 0;
}

static bool
begin(struct load_prefix *p)
{
	p->begun = true;
	p->text = p->of;
	p->done = p->of.len == 1 && p->of.at[0] == '*';
	memcpy(p->own, p->of.at, p->end);
	return true;
}

bool
load_prefix_next(struct load_prefix *p)
{
	size_t i = p->end;

	if (!p->begun)
		return begin(p);
	if (p->done)
		return false;
	while (i > 0 && p->own[i - 1] != '.')
		i--;
	p->own[i] = '*';
	p->text = (struct slice){ p->own, i + 1 };
	p->done = i == 0;
	p->end = i > 0 ? i - 1 : 0;
	return true;
}
