#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/lexicon/catalog_private.h"

/*
 * This makes one set of the documents. They are sorted so that those of one id
 * stand together, the one that counts most first. The first good one goes into
 * the set.
 *
 * References are resolved when all documents are in. A document with a bad
 * reference is taken out again, and the next of its id may take its place: then
 * all references are resolved again. That is done a few times only, because
 * strangers may publish any number of bad documents under one id. At the end
 * those that are left over are compared with the one in the set.
 */

#define ROUNDS 16

static enum lexicon_rank
rank_of(const struct lexicon_catalog *c, const struct lexicon_document *d)
{
	size_t i;

	if (d->did == NULL)
		return LEXICON_OF_FILE;
	for (i = 0; i < c->authority_count; i++)
		if (strcmp(c->authorities[i], d->did) == 0)
			return LEXICON_OF_AUTHORITY;
	return LEXICON_OF_ACCOUNT;
}

static int
ascending(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

/* Order: id, rank, account; the documents of an account as they came. */
static int
by_account(const void *left, const void *right)
{
	const struct lexicon_document *a = left, *b = right;
	int order = strcmp(a->id, b->id);

	if (order == 0)
		order = (int)a->rank - (int)b->rank;
	if (order == 0 && a->did != NULL && b->did != NULL)
		order = strcmp(a->did, b->did);
	return order != 0 ? order : ascending(a->number, b->number);
}

/* Order: id, rank, arrival; the latest document of an account first. */
static int
in_order(const void *left, const void *right)
{
	const struct lexicon_document *a = left, *b = right;
	int order = strcmp(a->id, b->id);

	if (order == 0)
		order = (int)a->rank - (int)b->rank;
	if (order == 0)
		order = ascending(a->first, b->first);
	if (order == 0)
		order = strcmp(b->rev, a->rev);
	return order != 0 ? order : ascending(b->number, a->number);
}

/* Do a and b have the same account and id? */
static bool
is_sibling(const struct lexicon_document *a, const struct lexicon_document *b)
{
	return a->did != NULL && b->did != NULL &&
	    strcmp(a->did, b->did) == 0 && strcmp(a->id, b->id) == 0;
}

static void
sort(struct lexicon_catalog *c)
{
	struct lexicon_document *d = c->documents;
	size_t i;

	if (c->count == 0)
		return;
	for (i = 0; i < c->count; i++) {
		d[i].number = i;
		d[i].rank = rank_of(c, &d[i]);
	}
	qsort(d, c->count, sizeof(*d), by_account);
	for (i = 0; i < c->count; i++)
		d[i].first = i > 0 && is_sibling(&d[i - 1], &d[i]) ?
		    d[i - 1].first :
		    d[i].number;
	qsort(d, c->count, sizeof(*d), in_order);
	for (i = 1; i < c->count; i++)
		d[i].old = is_sibling(&d[i - 1], &d[i]);
}

/* Two documents of one id differ; a is in the set. */
static void
differ(struct lexicon_catalog *c, const struct lexicon_document *a,
    const struct lexicon_document *b)
{
	struct lexicon_finding f = { LEXICON_DIFFERS, b->place, a->place,
		NULL };

	if (a->rank == LEXICON_OF_AUTHORITY && b->rank != LEXICON_OF_AUTHORITY)
		f.flaw = LEXICON_OVERRULED;
	else
		c->conflicts++;
	lexicon_catalog_tell(c, &f);
}

/* Mark a document as bad; the status says why. -1: STATUS_SYSTEM instead. */
static int
be_bad(struct lexicon_catalog *c, struct lexicon_document *d,
    const struct status *why)
{
	if (status_fatal(why->code))
		return -1;
	lexicon_catalog_add_bad(c, d->place, why);
	d->bad = true;
	d->used = false;
	return 0;
}

/* Add the first good document of an id, from *at on, to the set. Move *at
 * behind the documents of that id. -1: STATUS_SYSTEM. */
static int
add_first(struct lexicon_catalog *c, size_t *at, struct status *st)
{
	struct lexicon_document *d = c->documents + *at,
				*end = c->documents + c->count;
	const char *id = d->id;
	bool found = false;

	for (; d < end && strcmp(d->id, id) == 0; d++) {
		if (found || d->bad || d->old || d->text == NULL)
			continue;
		found = lexicons_add(c->set, d->text, d->len, NULL, st) !=
		    LEXICON_REFUSED;
		d->used = found;
		if (!found && be_bad(c, d, st) == -1)
			return -1;
	}
	*at = d - c->documents;
	return 0;
}

/* The index of the first document of this id. */
static size_t
find_first(const struct lexicon_catalog *c, const char *id)
{
	size_t low = 0, high = c->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(c->documents[middle].id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The document of this id that is in the set, or NULL. */
static struct lexicon_document *
find_used(struct lexicon_catalog *c, const char *id)
{
	struct lexicon_document *d = c->documents + find_first(c, id),
				*end = c->documents + c->count;

	for (; d < end && strcmp(d->id, id) == 0; d++)
		if (d->used)
			return d;
	return NULL;
}

/* Remove the documents with a bad reference. Were there any? */
static int
remove_bad(struct lexicon_catalog *c, bool *any, struct status *st)
{
	struct lexicon_document *d;
	const char *id;

	for (*any = false; lexicons_link(c->set, st) == -1; *any = true) {
		if ((id = lexicons_blamed(c->set)) == NULL)
			return -1;
		d = find_used(c, id);
		if (be_bad(c, d, st) == -1)
			return -1;
		d->unlinked = true;
		lexicons_remove(c->set, id, strlen(id));
	}
	return 0;
}

/* The next document of its id replaces a removed one. */
static int
put_others(struct lexicon_catalog *c, struct status *st)
{
	struct lexicon_document *d;
	size_t i, at;

	for (i = 0; i < c->count; i++) {
		d = &c->documents[i];
		if (!d->unlinked)
			continue;
		d->unlinked = false;
		at = find_first(c, d->id);
		if (add_first(c, &at, st) == -1)
			return -1;
	}
	return 0;
}

static int
link_all(struct lexicon_catalog *c, struct status *st)
{
	unsigned rounds;
	bool any;

	for (rounds = 0; remove_bad(c, &any, st) == 0; rounds++) {
		if (!any || rounds == ROUNDS)
			return 0;
		if (put_others(c, st) == -1)
			return -1;
	}
	return -1;
}

/* Compare a document that isn't in the set with the one of its id that is.
 * NULL: none is, because too many were bad. */
static int
compare_with(struct lexicon_catalog *c, const struct lexicon_document *used,
    struct lexicon_document *d, struct status *st)
{
	if (used == NULL)
		status_set(st, STATUS_TOO_LARGE, 0,
		    "%d lexicons of this id had bad references", ROUNDS + 1);
	else if (lexicons_add(c->set, d->text, d->len, NULL, st) !=
	    LEXICON_REFUSED)
		return 0;
	else if (st->code == STATUS_BAD_RECORD) {
		differ(c, used, d);
		return 0;
	}
	return be_bad(c, d, st);
}

static int
compare_others(struct lexicon_catalog *c, struct status *st)
{
	const struct lexicon_document *used = NULL;
	struct lexicon_document *d;
	size_t i;

	for (i = 0; i < c->count; i++) {
		d = &c->documents[i];
		if (i == 0 || strcmp(d[-1].id, d->id) != 0)
			used = find_used(c, d->id);
		if (!d->used && !d->bad && !d->old && d->text != NULL &&
		    compare_with(c, used, d, st) == -1)
			return -1;
	}
	return 0;
}

static int
judge(const struct lexicon_catalog *c, struct status *st)
{
	if (c->strict && c->bad > 0)
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "%llu bad lexicon%s", (unsigned long long)c->bad,
		    c->bad == 1 ? "" : "s");
	if (c->strict && c->conflicts > 0)
		return status_set(st, STATUS_BAD_RECORD, 0,
		    "lexicons differ; --authority says whose counts");
	if (lexicons_count(c->set) == 0)
		return status_set(st, STATUS_BAD_SYNTAX, 0, "no lexicons");
	return 0;
}

int
lexicon_catalog_link(struct lexicon_catalog *c, struct status *st)
{
	size_t at = 0;

	if ((c->set = lexicons_new()) == NULL)
		return status_no_memory(st);
	sort(c);
	while (at < c->count)
		if (add_first(c, &at, st) == -1)
			return -1;
	if (link_all(c, st) == -1 || compare_others(c, st) == -1)
		return -1;
	return judge(c, st);
}
