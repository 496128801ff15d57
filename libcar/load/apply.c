#include "config.h"

#include "libcar/db/collection.h"
#include "libcar/load/apply_private.h"
#include "libcar/load/commits_private.h"
#include "libcar/load/key_private.h"
#include "libcar/load/news_private.h"
#include "libcar/load/whole_private.h"

/*
 * Apply run after run, line after line. A line that turns out to be bad doesn't
 * affect the others. Operations of a PLC directory come last, in their own
 * order.
 */

#define ITEMS_AHEAD 8

struct teller {
	const struct load_hooks *hooks;
	size_t *told;
};

static bool
is_untold(const struct teller *t, size_t item)
{
	if (item < *t->told)
		return false;
	*t->told = item + 1;
	return true;
}

static void
note_bad(struct load_work *w, const struct load_batch *b,
    const struct teller *t, size_t item, const struct status *why)
{
	w->counts.bad++;
	if (is_untold(t, item))
		t->hooks->bad(t->hooks->arg, &b->items[item].origin, why);
}

/* Return 0 if the line was applied or is bad; any other error fails. */
static int
pass(struct load_work *w, const struct load_batch *b, const struct teller *t,
    size_t item, int rc, struct status *st)
{
	if (rc == 0 || st->code != STATUS_BAD_LINE)
		return rc;
	note_bad(w, b, t, item, st);
	return 0;
}

static void
note_moved(const struct load_batch *b, const struct teller *t,
    struct load_account *a, size_t item)
{
	const struct load_moved m = { a->row.did, a->new_rev,
		a->row.moved.rev };

	if (!a->has_started_over)
		return;
	a->has_started_over = false;
	if (is_untold(t, item) && t->hooks->moved != NULL)
		t->hooks->moved(t->hooks->arg, &b->items[item].origin, &m);
}

/* Report what a line has caused for its account, beyond the line itself. */
static void
note_account(struct load_work *w, const struct load_batch *b,
    const struct teller *t, struct load_account *a, size_t item)
{
	const struct load_account_fewer *fewer = &a->fewer;
	struct load_fewer f = { .did = a->row.did, .rev = fewer->rev };

	note_moved(b, t, a, item);
	w->counts.forgotten += a->forgotten;
	a->forgotten = 0;
	if (fewer->collection == NULL)
		return;
	f.collection = fewer->collection->nsid;
	f.counted = fewer->counted;
	f.came = fewer->came;
	if (is_untold(t, item) && t->hooks->fewer != NULL)
		t->hooks->fewer(t->hooks->arg, &b->items[item].origin, &f);
	a->fewer.collection = NULL;
}

/* The text of a batch is too large for the processor's cache, and another
 * thread has read it. Asking for a later item's key and CID now makes loading a
 * large repo again take 0.85 times as long. This is a macro because gcc drops
 * calls of a function that does nothing else. */
#define PREFETCH(b, i) \
	do { \
		const struct slice *cid = &(b)->items[i].cid; \
		__builtin_prefetch((b)->rkeys[i].at); \
		if (cid->at != NULL) { \
			__builtin_prefetch(cid->at); \
			__builtin_prefetch(cid->at + cid->len); \
		} \
	} while (0)

/* Apply the lines of a run, all about the same collection. */
static int
apply_keys(struct load_work *w, const struct load_batch *b,
    const struct load_run *r, const struct teller *t, struct status *st)
{
	struct load_place p = { .account = r->account, .run = r };
	size_t i;
	int rc;

	p.collection = load_account_collection(r->account, &r->nsid, st);
	if (p.collection == NULL ||
	    (p.collection->id == 0 &&
		db_collection(w->db, &r->nsid, true, &p.collection->id, st) ==
		    -1))
		return -1;
	for (i = r->first; i < r->first + r->n; i++) {
		if (i + ITEMS_AHEAD < b->nitems)
			PREFETCH(b, i + ITEMS_AHEAD);
		rc = load_key_apply(w, &p, &b->items[i], &b->rkeys[i], st);
		if ((rc == 0 &&
			load_commits_receive(w, b, r, i, 1, st) == -1) ||
		    pass(w, b, t, i, rc, st) == -1)
			return -1;
		note_account(w, b, t, r->account, i);
	}
	return 0;
}

static int
apply_run(struct load_work *w, const struct load_batch *b,
    const struct load_run *r, const struct teller *t, struct status *st)
{
	int rc;

	if (load_commits_join(w, r, st) == -1)
		return -1;
	if (r->nsid.at != NULL)
		return apply_keys(w, b, r, t, st);
	rc = load_whole_apply(w, r, st);
	if (rc == 0 && r->kind == LOAD_WHOLE && r->line->type == LINE_ERROR &&
	    r->line->collection.at != NULL && r->line->key.at != NULL)
		rc = load_commits_receive(w, b, r, r->first, r->n, st);
	if (pass(w, b, t, r->first, rc, st) == -1)
		return -1;
	if (r->account != NULL)
		note_account(w, b, t, r->account, r->first);
	return 0;
}

/* Count a run that changes nothing. */
static int
pass_over(struct load_work *w, const struct load_batch *b,
    const struct load_run *r, const struct teller *t, struct status *st)
{
	const struct load_item *item = &b->items[r->first];
	struct status why;

	switch (r->kind) {
	case LOAD_BAD:
		load_batch_why(r, item, &why);
		note_bad(w, b, t, r->first, &why);
		break;
	case LOAD_UNKNOWN:
		if (is_untold(t, r->first))
			t->hooks->unknown(t->hooks->arg, &item->text);
		break;
	case LOAD_RECORDS:
	case LOAD_WHOLE:
		if (load_news_is_unfounded(r, w->partial)) {
			load_whole_doubt(r, &why);
			note_bad(w, b, t, r->first, &why);
			break;
		}
		w->counts.skipped += r->n;
		if (r->nsid.at != NULL)
			return load_commits_receive(w, b, r, r->first, r->n,
			    st);
	}
	return 0;
}

int
load_apply(struct load_work *w, const struct load_batch *b,
    const struct load_hooks *hooks, size_t *told, struct status *st)
{
	const struct teller t = { hooks, told };
	const struct load_run *r;

	load_operations_clear(&w->operations);
	for (r = b->runs; r < b->runs + b->nruns; r++) {
		if ((r->is_news ? apply_run(w, b, r, &t, st) :
				  pass_over(w, b, r, &t, st)) == -1)
			return -1;
	}
	return load_operations_apply(&w->operations, w->db, st);
}
