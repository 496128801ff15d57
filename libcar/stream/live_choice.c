#include "config.h"

#include <string.h>

#include "libcar/stream/live_choice.h"

/*
 * An account is chosen by its name, by a commit that it wrote before, or by the
 * message at hand, which isn't verified yet: live->signalled gets its account
 * only after that.
 */

static bool
is_signal(const struct live *l, const struct frame_op *op)
{
	const char *slash = memchr(op->path.at, '/', op->path.len);

	return op->action != FRAME_DELETE && slash != NULL &&
	    filter_covers(l->signals, op->path.at, slash - op->path.at);
}

static bool
has_signals(const struct live *l)
{
	return l->signals != NULL && l->signals->count > 0;
}

static bool
gives_signal(const struct live *l)
{
	const struct frame *f = &l->frame;
	size_t i;

	if (!has_signals(l) || f->type != FRAME_COMMIT)
		return false;
	for (i = 0; i < f->nops; i++)
		if (is_signal(l, &f->ops[i]))
			return true;
	return false;
}

bool
live_choice_has(const struct live *l)
{
	const struct slice *did = &l->frame.did;

	if (did->at == NULL || (l->accounts == NULL && !has_signals(l)))
		return true;
	return (l->accounts != NULL &&
		   set_has(l->accounts, did->at, did->len)) ||
	    set_has(&l->signalled, did->at, did->len) || gives_signal(l);
}

int
live_choice_learn(struct live *l, struct status *st)
{
	const struct slice *did = &l->frame.did;

	if (gives_signal(l) && set_add(&l->signalled, did->at, did->len) == -1)
		return status_no_memory(st);
	return 0;
}
