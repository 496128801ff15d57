#include "config.h"

#include <stdlib.h>

#include "libcar/db/postgres_gather_private.h"

/*
 * The values of each row are appended to arrays, one for each column, in the
 * binary format of the server. For a transaction that ends 5,000 small
 * snapshots this makes 12 statements instead of 60,000.
 */

#define STATEMENTS 12 /* of one stage */
#define ROWS 1024     /* rows of one statement */
#define FIRSTS (2 * ROWS)

struct gather {
	const struct db_many *many;
	struct buf columns[DB_VALUES];
	size_t n;
	/* For `once`: the first values, in a hash table. Values of earlier runs
	 * don't count. */
	struct first {
		int64_t value;
		uint64_t run;
	} firsts[FIRSTS];
	uint64_t run; /* from 1 */
};

struct db_postgres_gathers {
	struct gather all[STATEMENTS];
	size_t n;
	int stage; /* of all of them */
};

struct db_postgres_gathers *
db_postgres_gather_open(struct status *st)
{
	struct db_postgres_gathers *all = calloc(1, sizeof(*all));

	if (all == NULL)
		status_no_memory(st);
	return all;
}

void
db_postgres_gather_close(struct db_postgres *d)
{
	struct buf *b;
	size_t i, j;

	if (d->gathers == NULL)
		return;
	for (i = 0; i < STATEMENTS; i++)
		for (j = 0; j < DB_VALUES; j++) {
			b = &d->gathers->all[i].columns[j];
			buf_free(b);
		}
	free(d->gathers);
	d->gathers = NULL;
}

/* The letter of an array of this type. */
static char
array_of(char letter)
{
	switch (letter) {
	case 'i':
		return 'a';
	case 'c':
		return 'B';
	}
	return 'A';
}

static int
run(struct db_postgres *d, struct gather *g, struct status *st)
{
	struct db_postgres_values *v = &d->values;
	char format[DB_VALUES + 1] = "";
	struct buf *b;
	size_t i;

	if (g->n == 0)
		return 0;
	for (i = 0; g->many->format[i] != '\0'; i++) {
		b = &g->columns[i];
		db_postgres_list_end(b, g->n);
		if (b->failed)
			return status_no_memory(st);
		format[i] = array_of(g->many->format[i]);
		v->at[i] = b->data;
		v->len[i] = (int)b->len;
	}
	g->n = 0;
	return db_postgres_run_bound(d, g->many->all, format, st);
}

/* The slot that has the value, or a free one for it. */
static struct first *
find_first(struct gather *g, int64_t value)
{
	size_t i = (uint64_t)value % FIRSTS;

	while (g->firsts[i].run == g->run && g->firsts[i].value != value)
		i = (i + 1) % FIRSTS;
	return &g->firsts[i];
}

/* A repeated value starts a new statement. */
static int
note_first(struct db_postgres *d, struct gather *g, int64_t value,
    struct status *st)
{
	if (g->n > 0 && find_first(g, value)->run == g->run &&
	    run(d, g, st) == -1)
		return -1;
	if (g->n == 0)
		g->run++;
	*find_first(g, value) = (struct first){ value, g->run };
	return 0;
}

static int
note_once(struct db_postgres *d, struct gather *g, va_list ap,
    struct status *st)
{
	va_list values;
	int64_t first;

	va_copy(values, ap);
	first = va_arg(values, int64_t);
	va_end(values);
	return note_first(d, g, first, st);
}

static struct gather *
find(struct db_postgres_gathers *all, const struct db_many *many)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->all[i].many == many)
			return &all->all[i];
	return NULL;
}

/* The rows of this statement; first writes rows of another stage. */
static struct gather *
need(struct db_postgres *d, const struct db_many *many, struct status *st)
{
	struct db_postgres_gathers *all = d->gathers;
	struct gather *g = find(all, many);

	if (g != NULL)
		return g;
	if ((all->n == STATEMENTS ||
		(all->n > 0 && all->stage != many->stage)) &&
	    db_postgres_gather_flush(d, st) == -1)
		return NULL;
	all->stage = many->stage;
	g = &all->all[all->n++];
	g->many = many;
	g->n = 0;
	return g;
}

int
db_postgres_gather(struct db *db, const struct db_many *many, va_list ap,
    struct status *st)
{
	struct db_postgres *d = db_postgres_of(db);
	struct gather *g = need(d, many, st);
	va_list values;
	size_t i;

	if (g == NULL || (many->once && note_once(d, g, ap, st) == -1))
		return -1;
	va_copy(values, ap);
	for (i = 0; many->format[i] != '\0'; i++) {
		if (g->n == 0)
			db_postgres_list_begin(&g->columns[i], many->format[i]);
		db_postgres_list_add(&g->columns[i], many->format[i], &values);
	}
	va_end(values);
	return ++g->n < ROWS ? 0 : run(d, g, st);
}

int
db_postgres_gather_flush(struct db_postgres *d, struct status *st)
{
	struct db_postgres_gathers *all = d->gathers;
	size_t i, n = all->n;

	all->n = 0;
	for (i = 0; i < n; i++)
		if (run(d, &all->all[i], st) == -1)
			return -1;
	return 0;
}

void
db_postgres_gather_clear(struct db_postgres *d)
{
	d->gathers->n = 0;
}
