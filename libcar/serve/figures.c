#include "config.h"

#include <string.h>

#include "libcar/serve/figures.h"

/*
 * A table keeps its names sorted, so that a row costs one binary search. The
 * most frequent ones are found once, at the end.
 */

static void
copy(char *out, size_t room, size_t *len, const struct slice *t)
{
	*len = t->len < room ? t->len : room;
	if (*len > 0)
		memcpy(out, t->at, *len);
}

static void
add_example(struct figures_name *name, const struct slice *did,
    const struct slice *message)
{
	struct figures_example *e = &name->examples[name->nexamples];

	if (name->nexamples == FIGURES_EXAMPLES || did->len > sizeof(e->did))
		return;
	copy(e->did, sizeof(e->did), &e->did_len, did);
	copy(e->message, sizeof(e->message), &e->message_len, message);
	name->nexamples++;
}

/* Count n for a name. *out is NULL if there are too many names. */
static int
count(struct figures_table *t, const struct slice *text, int64_t n,
    struct figures_name **out, struct status *st)
{
	struct named *found = named_get(&t->names, text);

	t->total += n;
	*out = NULL;
	if (found == NULL && t->names.count < FIGURES_MAX_NAMES &&
	    (found = named_add(&t->names, text, sizeof(**out), st)) == NULL)
		return -1;
	if (found == NULL)
		return 0;
	*out = (struct figures_name *)found;
	(*out)->n += n;
	return 0;
}

void
figures_begin(struct figures *f, int64_t now_ms)
{
	memset(f, 0, sizeof(*f));
	f->began_ms = now_ms;
}

/* Count a time in the day that it is in, if it is one of the last. */
static void
count_day(const struct figures *f, int64_t days[FIGURES_DAYS], int64_t ms)
{
	int64_t ago = f->began_ms / FIGURES_DAY_MS - ms / FIGURES_DAY_MS;

	if (ago < 0) /* loaded while this is counted, or a clock is ahead */
		ago = 0;
	if (ms > 0 && ago < FIGURES_DAYS)
		days[FIGURES_DAYS - 1 - ago]++;
}

static int
add_failure(struct figures *f, const struct db_census_account *a,
    struct status *st)
{
	struct figures_name *name;

	f->retry += a->retry;
	if (a->error.at == NULL)
		return 0;
	if (count(&f->failures, &a->error, 1, &name, st) == -1)
		return -1;
	if (name != NULL)
		add_example(name, &a->did, &a->message);
	return 0;
}

static int
add_host(struct figures *f, const struct db_census_account *a,
    struct status *st)
{
	struct figures_name *name;

	if (count(&f->hosts, &a->host, 1, &name, st) == -1)
		return -1;
	if (a->state != DB_CENSUS_FAILED)
		return 0;
	f->failing.total++;
	if (name != NULL)
		name->failed++;
	return 0;
}

int
figures_add_account(void *arg, const struct db_census_account *a,
    struct status *st)
{
	struct figures_name *name;
	struct figures *f = arg;

	f->accounts++;
	f->states[a->state]++;
	f->records += a->records;
	f->bad_records += a->bad_records;
	f->synced += a->missing.at == NULL;
	count_day(f, f->loaded, a->loaded_ms);
	if (a->missing.at != NULL &&
	    count(&f->missing, &a->missing, 1, &name, st) == -1)
		return -1;
	if (a->status.at != NULL &&
	    count(&f->hidden, &a->status, 1, &name, st) == -1)
		return -1;
	if (a->state == DB_CENSUS_FAILED && add_failure(f, a, st) == -1)
		return -1;
	return a->host.at != NULL ? add_host(f, a, st) : 0;
}

int
figures_add_errors(void *arg, const struct slice *error, int64_t n,
    struct status *st)
{
	struct figures_name *name;
	struct figures *f = arg;

	return count(&f->record_errors, error, n, &name, st);
}

int
figures_add_operation(void *arg, const struct db_census_operation *o,
    struct status *st)
{
	struct figures *f = arg;

	(void)st;
	f->dids += o->is_first;
	f->operations++;
	f->audited += o->is_audited;
	if (o->ms > f->newest_ms)
		f->newest_ms = o->ms;
	if (o->is_audited && o->ms > f->newest_audited_ms)
		f->newest_audited_ms = o->ms;
	count_day(f, f->created, o->ms);
	return 0;
}

static int64_t
by_number(const struct figures_name *name)
{
	return name->n;
}

static int64_t
by_failures(const struct figures_name *name)
{
	return name->failed;
}

/* Insert the name where it belongs among the top, if it does. Names come in
 * their order, so of equal ones the first stays first. */
static void
rank(struct figures_table *t, const struct figures_name *name,
    int64_t (*value)(const struct figures_name *))
{
	size_t i = t->ntop;

	if (value(name) == 0 ||
	    (i == FIGURES_TOP && value(t->top[i - 1]) >= value(name)))
		return;
	if (i == FIGURES_TOP)
		i--;
	else
		t->ntop++;
	for (; i > 0 && value(t->top[i - 1]) < value(name); i--)
		t->top[i] = t->top[i - 1];
	t->top[i] = name;
}

/* Choose the top of t among the names of a table, which may be t. */
static void
choose(struct figures_table *t, const struct figures_table *from,
    int64_t (*value)(const struct figures_name *))
{
	size_t i;

	for (i = 0; i < from->names.count; i++)
		rank(t, (const struct figures_name *)from->names.rows[i],
		    value);
	t->others = t->total;
	for (i = 0; i < t->ntop; i++)
		t->others -= value(t->top[i]);
}

void
figures_end(struct figures *f, int64_t now_ms)
{
	f->ended_ms = now_ms;
	choose(&f->hidden, &f->hidden, by_number);
	choose(&f->missing, &f->missing, by_number);
	choose(&f->failures, &f->failures, by_number);
	choose(&f->record_errors, &f->record_errors, by_number);
	choose(&f->hosts, &f->hosts, by_number);
	choose(&f->failing, &f->hosts, by_failures);
}

void
figures_free(struct figures *f)
{
	named_free(&f->hidden.names);
	named_free(&f->missing.names);
	named_free(&f->failures.names);
	named_free(&f->record_errors.names);
	named_free(&f->hosts.names);
	memset(f, 0, sizeof(*f));
}
