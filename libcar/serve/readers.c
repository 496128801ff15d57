#include "config.h"

#include <pthread.h>
#include <stdlib.h>

#include "libcar/serve/readers.h"

/*
 * A stack of free readers: the one that was used last has the warmest cache.
 * Opening and closing happen outside the lock.
 */

#define WAIT_MS 5000 /* for a server that is starting, or a locked file */
#define MAX_FREE 256

struct serve_readers {
	pthread_mutex_t lock;
	const struct serve_setup *setup;
	struct db *free[MAX_FREE];
	size_t nfree;
};

static int
open_reader(struct serve_readers *r, struct db **db, struct status *st)
{
	if (db_open_read(db, r->setup->database, WAIT_MS, st) == -1)
		return -1;
	if (db_limit(*db, (unsigned)r->setup->query_ms, st) == 0)
		return 0;
	db_close(*db);
	return -1;
}

int
serve_readers_open(struct serve_readers **out, const struct serve_setup *setup,
    struct status *st)
{
	struct serve_readers *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return status_no_memory(st);
	pthread_mutex_init(&r->lock, NULL);
	r->setup = setup;
	if (open_reader(r, &r->free[0], st) == -1) {
		serve_readers_close(r);
		return -1;
	}
	r->nfree = 1;
	*out = r;
	return 0;
}

int
serve_readers_take(struct serve_readers *r, struct db **db, bool *used,
    struct status *st)
{
	pthread_mutex_lock(&r->lock);
	*db = r->nfree > 0 ? r->free[--r->nfree] : NULL;
	pthread_mutex_unlock(&r->lock);
	*used = *db != NULL;
	return *db != NULL ? 0 : open_reader(r, db, st);
}

void
serve_readers_give(struct serve_readers *r, struct db *db)
{
	pthread_mutex_lock(&r->lock);
	if (r->nfree < MAX_FREE) {
		r->free[r->nfree++] = db;
		db = NULL;
	}
	pthread_mutex_unlock(&r->lock);
	if (db != NULL)
		db_close(db);
}

void
serve_readers_drop(struct serve_readers *r, struct db *db)
{
	struct db *old[MAX_FREE];
	size_t i, n;

	pthread_mutex_lock(&r->lock);
	n = r->nfree;
	for (i = 0; i < n; i++)
		old[i] = r->free[i];
	r->nfree = 0;
	pthread_mutex_unlock(&r->lock);
	for (i = 0; i < n; i++)
		db_close(old[i]);
	db_close(db);
}

void
serve_readers_close(struct serve_readers *r)
{
	size_t i;

	for (i = 0; i < r->nfree; i++)
		db_close(r->free[i]);
	pthread_mutex_destroy(&r->lock);
	free(r);
}
