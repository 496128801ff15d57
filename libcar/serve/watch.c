#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "libcar/base/clock.h"
#include "libcar/base/threads.h"
#include "libcar/serve/watch.h"

/*
 * The list has a lock, so that no socket is shut down after its number belongs
 * to another one. Times are atomic: a request changes them without the lock.
 */

#define LOOK_MS 250 /* so late may a connection be closed */

struct serve_watched {
	struct serve_watched *next, **link;
	int fd;
	atomic_uint_fast64_t since_ms; /* 0: nothing is expected */
};

struct serve_watch {
	pthread_mutex_t lock;
	pthread_cond_t end;
	pthread_t thread;
	struct serve_watched *first;
	uint64_t ms;
	bool closing;
};

static void
look(struct serve_watch *w)
{
	uint64_t now = clock_monotonic_ms(), since;
	struct serve_watched *s;

	for (s = w->first; s != NULL; s = s->next) {
		since = atomic_load(&s->since_ms);
		if (since == 0 || now < since + w->ms)
			continue;
		shutdown(s->fd, SHUT_RDWR);
		atomic_store(&s->since_ms, 0);
	}
}

static void *
run(void *arg)
{
	struct serve_watch *w = arg;
	struct timespec until;

	pthread_mutex_lock(&w->lock);
	while (!w->closing) {
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += LOOK_MS * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000L;
		until.tv_nsec %= 1000000000L;
		pthread_cond_timedwait(&w->end, &w->lock, &until);
		look(w);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

int
serve_watch_open(struct serve_watch **out, uint64_t ms, struct status *st)
{
	struct serve_watch *w = calloc(1, sizeof(*w));
	pthread_condattr_t clock;
	int error;

	if (w == NULL)
		return status_no_memory(st);
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&w->end, &clock);
	pthread_condattr_destroy(&clock);
	w->ms = ms;
	if (threads_start(&w->thread, 1, run, w, &error) == 1) {
		*out = w;
		return 0;
	}
	free(w);
	errno = error;
	return status_errno(st, "can't start a thread");
}

struct serve_watched *
serve_watch_add(struct serve_watch *w, int fd)
{
	struct serve_watched *s = malloc(sizeof(*s));

	if (s == NULL)
		return NULL;
	s->fd = fd;
	atomic_init(&s->since_ms, clock_monotonic_ms());
	pthread_mutex_lock(&w->lock);
	s->next = w->first;
	s->link = &w->first;
	if (s->next != NULL)
		s->next->link = &s->next;
	w->first = s;
	pthread_mutex_unlock(&w->lock);
	return s;
}

void
serve_watch_remove(struct serve_watch *w, struct serve_watched *s)
{
	pthread_mutex_lock(&w->lock);
	*s->link = s->next;
	if (s->next != NULL)
		s->next->link = s->link;
	pthread_mutex_unlock(&w->lock);
	free(s);
}

void
serve_watch_expect(struct serve_watched *s)
{
	atomic_store(&s->since_ms, clock_monotonic_ms());
}

void
serve_watch_rest(struct serve_watched *s)
{
	atomic_store(&s->since_ms, 0);
}

void
serve_watch_close(struct serve_watch *w)
{
	pthread_mutex_lock(&w->lock);
	w->closing = true;
	pthread_cond_signal(&w->end);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->end);
	pthread_mutex_destroy(&w->lock);
	free(w);
}
