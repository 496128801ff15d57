#include "config.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libcar/base/clock.h"
#include "libcar/base/threads.h"
#include "libcar/serve/recount.h"

/*
 * The thread reads into structs of its own, and takes the lock only to publish
 * them. So a handler never waits for the database.
 *
 * It holds a reader of the database only while it reads, and drops it after a
 * failure; the next attempt gets a new connection.
 */

#define TICK_MS 5000   /* between looks at the streams, and between counts */
#define PAUSE_FACTOR 4 /* a pause is so many times as long as its page */
#define PAUSE_MAX_MS 2000

struct serve_recount {
	struct serve_readers *readers;
	const struct serve_traffic *traffic;
	void (*report)(const struct status *);

	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t wake;
	bool stop;
	struct serve_state state;

	/* Only the thread uses these. */
	struct db *db;
	bool is_paced;      /* the first count is done */
	bool failed;        /* the last attempt did; it was reported */
	uint64_t ticked_ms; /* when it looked at the streams */
	uint64_t worked_ms; /* for the pages of this count */
};

/* Pauses */

static bool
is_stopped(struct serve_recount *r)
{
	bool stop;

	pthread_mutex_lock(&r->lock);
	stop = r->stop;
	pthread_mutex_unlock(&r->lock);
	return stop;
}

/* Wait for this long, or until the server stops: then false. */
static bool
rest(struct serve_recount *r, uint64_t ms)
{
	struct timespec until;
	bool stop;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(ms / 1000);
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&r->lock);
	while (
	    !r->stop && pthread_cond_timedwait(&r->wake, &r->lock, &until) == 0)
		;
	stop = r->stop;
	pthread_mutex_unlock(&r->lock);
	return !stop;
}

/* The database */

static int
take_reader(struct serve_recount *r, struct status *st)
{
	bool used;

	return r->db != NULL ?
	    0 :
	    serve_readers_take(r->readers, &r->db, &used, st);
}

/* Report a failure once, until something succeeds. */
static void
give_up(struct serve_recount *r, const struct status *st)
{
	if (r->db != NULL)
		serve_readers_drop(r->readers, r->db);
	r->db = NULL;
	if (!r->failed)
		r->report(st);
	r->failed = true;
}

static uint64_t
count_requests(const struct serve_traffic *t)
{
	struct serve_traffic_sum sum;
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < serve_traffic_routes(t); i++) {
		serve_traffic_get(t, i, &sum);
		n += sum.requests;
	}
	return n;
}

/* Look at the streams if it is time. */
static int
tick(struct serve_recount *r, struct status *st)
{
	struct serve_streams streams = { .n = 0 };
	int64_t now_ms;

	if (r->ticked_ms != 0 && clock_monotonic_ms() - r->ticked_ms < TICK_MS)
		return 0;
	r->ticked_ms = clock_monotonic_ms();
	if (take_reader(r, st) == -1 ||
	    db_streams(r->db, serve_state_add_stream, &streams, st) == -1)
		return -1;
	r->failed = false;
	now_ms = (int64_t)clock_wall_ms();
	pthread_mutex_lock(&r->lock);
	r->state.streams = streams;
	r->state.answered_ms = now_ms;
	serve_state_note(&r->state, now_ms,
	    (int64_t)count_requests(r->traffic));
	pthread_mutex_unlock(&r->lock);
	return 0;
}

/* Counting */

/* After a page that began then: pause, and look at the streams. */
static int
after_page(struct serve_recount *r, const struct figures *f, uint64_t began_ms,
    struct status *st)
{
	uint64_t ms = clock_monotonic_ms() - began_ms,
		 pause = ms * PAUSE_FACTOR;

	r->worked_ms += ms;
	pthread_mutex_lock(&r->lock);
	r->state.counted = f->accounts + f->operations;
	pthread_mutex_unlock(&r->lock);
	if (pause > PAUSE_MAX_MS)
		pause = PAUSE_MAX_MS;
	if (r->is_paced && pause > 0 && !rest(r, pause))
		return 0;
	return tick(r, st);
}

static int
count_accounts(struct serve_recount *r, struct figures *f, struct status *st)
{
	int64_t from, after = DB_CENSUS_BEGIN;
	uint64_t began_ms;
	int rc;

	while (!is_stopped(r)) {
		began_ms = clock_monotonic_ms();
		from = after;
		rc = db_census_accounts(r->db, &after, figures_add_account, f,
		    st);
		if (rc != 1)
			return rc;
		if (db_census_errors(r->db, from, after, figures_add_errors, f,
			st) == -1 ||
		    after_page(r, f, began_ms, st) == -1)
			return -1;
	}
	return 0;
}

static int
count_operations(struct serve_recount *r, struct figures *f, struct status *st)
{
	struct db_census_place place = { 0 };
	uint64_t began_ms;
	int rc = 1;

	while (rc == 1 && !is_stopped(r)) {
		began_ms = clock_monotonic_ms();
		rc = db_census_operations(r->db, &place, figures_add_operation,
		    f, st);
		if (rc == 1 && after_page(r, f, began_ms, st) == -1)
			rc = -1;
	}
	db_census_place_free(&place);
	return rc == -1 ? -1 : 0;
}

static void
publish(struct serve_recount *r, struct figures *f)
{
	struct figures *old;

	figures_end(f, (int64_t)clock_wall_ms());
	pthread_mutex_lock(&r->lock);
	old = r->state.figures;
	r->state.figures = f;
	r->state.figures_ms = (int64_t)r->worked_ms;
	pthread_mutex_unlock(&r->lock);
	if (old != NULL)
		figures_free(old);
	free(old);
}

static int
count(struct serve_recount *r, struct status *st)
{
	struct figures *f = malloc(sizeof(*f));

	if (f == NULL)
		return status_no_memory(st);
	figures_begin(f, (int64_t)clock_wall_ms());
	r->worked_ms = 0;
	if (take_reader(r, st) == -1 || count_accounts(r, f, st) == -1 ||
	    count_operations(r, f, st) == -1) {
		figures_free(f);
		free(f);
		return -1;
	}
	if (is_stopped(r)) {
		figures_free(f);
		free(f);
		return 0;
	}
	publish(r, f);
	r->is_paced = true;
	return 0;
}

static void *
work(void *arg)
{
	struct serve_recount *r = arg;
	struct status st;

	do {
		if (tick(r, &st) == -1 || count(r, &st) == -1)
			give_up(r, &st);
		/* While it rests, others may use the reader. */
		if (r->db != NULL)
			serve_readers_give(r->readers, r->db);
		r->db = NULL;
	} while (rest(r, TICK_MS));
	return NULL;
}

/* Start and stop */

static void
init(struct serve_recount *r)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&r->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&r->wake, &attr);
	pthread_condattr_destroy(&attr);
}

static void
release(struct serve_recount *r)
{
	if (r->state.figures != NULL)
		figures_free(r->state.figures);
	free(r->state.figures);
	pthread_cond_destroy(&r->wake);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

int
serve_recount_start(struct serve_recount **out, struct serve_readers *readers,
    const struct serve_traffic *traffic, void (*report)(const struct status *),
    struct status *st)
{
	struct serve_recount *r = calloc(1, sizeof(*r));
	int error;

	if (r == NULL)
		return status_no_memory(st);
	init(r);
	r->readers = readers;
	r->traffic = traffic;
	r->report = report;
	r->state.started_ms = (int64_t)clock_wall_ms();
	if (threads_start(&r->thread, 1, work, r, &error) == 0) {
		release(r);
		return status_set(st, STATUS_SYSTEM, 0,
		    "can't start a thread: %s", strerror(error));
	}
	*out = r;
	return 0;
}

const struct serve_state *
serve_recount_take(struct serve_recount *r)
{
	pthread_mutex_lock(&r->lock);
	return &r->state;
}

void
serve_recount_give(struct serve_recount *r, const struct serve_state *s)
{
	(void)s;
	pthread_mutex_unlock(&r->lock);
}

void
serve_recount_stop(struct serve_recount *r)
{
	pthread_mutex_lock(&r->lock);
	r->stop = true;
	pthread_cond_signal(&r->wake);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	release(r);
}
