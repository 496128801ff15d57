#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/load/resume_private.h"
#include "libcar/load/waiting_private.h"

/*
 * Read the snapshots of all accounts at once, then their parts in groups. Write
 * only what changed.
 */

#define AT_ONCE 1000 /* snapshots whose parts are read together */

/* Snapshots whose parts are being read, in the order of their ids. */
struct reader {
	struct load_account *accounts[AT_ONCE];
	struct load_snapshot *snapshots[AT_ONCE];
	int64_t ids[AT_ONCE];
	size_t n;
};

static int
read_snapshot(void *arg, size_t place, const struct db_snapshot *row,
    struct status *st)
{
	struct db_account *const *accounts = arg;

	return load_snapshot_add(load_account_of(accounts[place]), row, st) ==
		NULL ?
	    -1 :
	    0;
}

static int
read_filter(void *arg, size_t place, const struct slice *text,
    const struct slice *expected, struct status *st)
{
	struct reader *r = arg;
	struct load_snapshot *s = r->snapshots[place];
	struct load_filter *f = load_filter_of_text(text, st);

	if (f == NULL)
		return -1;
	f->stored = true;
	if (load_snapshot_add_filter(s, f, st) == -1)
		return -1;
	if (expected->at == NULL)
		return 0;
	return load_filter_expect(r->accounts[place], f, expected, st);
}

static int
read_count(void *arg, size_t place, const struct slice *nsid,
    const struct db_count *row, struct status *st)
{
	struct reader *r = arg;
	struct load_snapshot_count *count;
	struct load_collection *c = load_account_collection(r->accounts[place],
	    nsid, st);

	if (c == NULL ||
	    (count = load_snapshot_add_count(r->snapshots[place], c, st)) ==
		NULL)
		return -1;
	count->row = *row;
	return 0;
}

static int
read_seen(void *arg, size_t place, int64_t number, const uint8_t *bits,
    struct status *st)
{
	struct reader *r = arg;

	return load_seen_read(&r->snapshots[place]->seen, number, bits, st);
}

static int
await_ends(struct load_account *a, struct status *st)
{
	struct load_snapshot *s;
	struct load_filter *f;

	for (s = a->snapshots; s != NULL; s = s->next)
		for (f = s->filters; f != NULL; f = f->next)
			if (f->ended && load_waiting_begin(a, f, st) == -1)
				return -1;
	return 0;
}

static int
read_parts(struct db *db, struct reader *r, struct status *st)
{
	size_t n = r->n;

	r->n = 0;
	if (db_counts(db, r->ids, n, read_count, r, st) == -1 ||
	    db_filters(db, r->ids, n, read_filter, r, st) == -1)
		return -1;
	return db_seen(db, r->ids, n, read_seen, r, st);
}

static int
read_all_parts(struct db *db, struct reader *r,
    struct db_account *const *accounts, size_t n, struct status *st)
{
	struct load_account *a;
	struct load_snapshot *s;
	size_t i;

	for (i = 0; i < n; i++) {
		a = load_account_of(accounts[i]);
		for (s = a->snapshots; s != NULL; s = s->next) {
			r->accounts[r->n] = a;
			r->snapshots[r->n] = s;
			r->ids[r->n++] = s->row.id;
			if (r->n == AT_ONCE && read_parts(db, r, st) == -1)
				return -1;
		}
	}
	if (read_parts(db, r, st) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (await_ends(load_account_of(accounts[i]), st) == -1)
			return -1;
	return 0;
}

int
load_resume_read(struct db *db, struct db_account *const *accounts, size_t n,
    struct status *st)
{
	struct reader *r;
	int rc;

	if (db_snapshots(db, accounts, n, read_snapshot, (void *)accounts,
		st) == -1)
		return -1;
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return status_no_memory(st);
	rc = read_all_parts(db, r, accounts, n, st);
	free(r);
	return rc;
}

static int
write_filter(struct db *db, struct load_snapshot *s, struct load_filter *f,
    struct status *st)
{
	struct slice text = { NULL, 0 };
	struct buf buf = { 0 };
	int rc;

	if (f->ended) {
		load_filter_format(f, &buf);
		text = (struct slice){ buf.data, buf.len };
	}
	rc = buf.failed ?
	    status_no_memory(st) :
	    db_put_filter(db, s->row.id, &f->text, &text, !f->stored, st);
	buf_free(&buf);
	f->dirty = false;
	f->stored = true;
	return rc;
}

static int
write_counts(struct db *db, struct load_snapshot *s, struct status *st)
{
	struct load_snapshot_count *c;
	size_t i;

	for (i = 0; i < s->ncounts; i++) {
		if ((c = s->counts[i]) == NULL || !c->dirty)
			continue;
		if (db_put_count(db, s->row.id, &c->row, st) == -1)
			return -1;
		c->dirty = false;
	}
	return 0;
}

static int
write_seen(struct db *db, struct load_snapshot *s, struct status *st)
{
	struct load_seen_chunk *c;
	size_t i;

	for (i = 0; i < s->seen.n; i++) {
		c = s->seen.chunks[i];
		if (!c->dirty)
			continue;
		if (db_put_seen(db, s->row.id, c->number, c->bits, st) == -1)
			return -1;
		c->dirty = false;
	}
	return 0;
}

int
load_resume_write(struct db *db, struct load_account *a, struct status *st)
{
	struct load_snapshot *s;
	struct load_filter *f;

	for (s = a->snapshots; s != NULL; s = s->next) {
		if (load_snapshot_store(db, a, s, st) == -1)
			return -1;
		for (f = s->filters; f != NULL; f = f->next)
			if (f->dirty && write_filter(db, s, f, st) == -1)
				return -1;
		if (write_counts(db, s, st) == -1 ||
		    write_seen(db, s, st) == -1)
			return -1;
	}
	return 0;
}
