#include "config.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/base/clock.h"
#include "libcar/net/http_host_private.h"

/*
 * A tree finds hosts by their origins. A host that begins an attempt goes to
 * the end of its line. Of several lines, the host that joined first is next;
 * each host has a number for this. A host is kept while it has requests or has
 * to be left alone.
 */

/* The tree */

static int
by_origin(const void *a, const void *b)
{
	return strcmp(((const struct http_host *)a)->origin,
	    ((const struct http_host *)b)->origin);
}

static struct http_host *
new_host(struct http_hosts *hosts, const char *origin)
{
	struct http_host *host = calloc(1, sizeof(*host));

	if (host == NULL || (host->origin = strdup(origin)) == NULL ||
	    tsearch(host, &hosts->by_origin, by_origin) == NULL) {
		if (host != NULL)
			free(host->origin);
		free(host);
		return NULL;
	}
	host->queue_end = &host->queue;
	host->line = HTTP_HOST_NO_LINE;
	return host;
}

struct http_host *
http_host_get(struct http_hosts *hosts, const char *origin)
{
	struct http_host want = { .origin = (char *)origin };
	void *found = tfind(&want, &hosts->by_origin, by_origin);

	return found != NULL ? *(struct http_host **)found :
			       new_host(hosts, origin);
}

static void
free_host(struct http_hosts *hosts, struct http_host *host)
{
	tdelete(host, &hosts->by_origin, by_origin);
	free(host->origin);
	free(host);
}

/* The heap: its first entry is at 1 */

static bool
is_before(const struct http_host *a, const struct http_host *b)
{
	return a->wake_ms < b->wake_ms;
}

static void
heap_set(struct http_hosts *hosts, size_t at, struct http_host *host)
{
	hosts->heap[at] = host;
	host->heap_at = at;
}

static void
heap_sift(struct http_hosts *hosts, size_t at, struct http_host *host)
{
	struct http_host **heap = hosts->heap;
	size_t child;

	for (; at > 1 && is_before(host, heap[at / 2]); at /= 2)
		heap_set(hosts, at, heap[at / 2]);
	while ((child = 2 * at) <= hosts->heap_count) {
		if (child < hosts->heap_count &&
		    is_before(heap[child + 1], heap[child]))
			child++;
		if (!is_before(heap[child], host))
			break;
		heap_set(hosts, at, heap[child]);
		at = child;
	}
	heap_set(hosts, at, host);
}

static bool
heap_grow(struct http_hosts *hosts)
{
	size_t cap = hosts->heap_cap == 0 ? 64 : hosts->heap_cap * 2;
	struct http_host **heap;

	if (hosts->heap_count + 1 < hosts->heap_cap)
		return true;
	if ((heap = realloc(hosts->heap, cap * sizeof(*heap))) == NULL)
		return false;
	hosts->heap = heap;
	hosts->heap_cap = cap;
	return true;
}

static void
heap_remove(struct http_hosts *hosts, struct http_host *host)
{
	size_t at = host->heap_at;
	struct http_host *last = hosts->heap[hosts->heap_count--];

	host->heap_at = 0;
	if (last != host)
		heap_sift(hosts, at, last);
}

/* Places */

static void
leave(struct http_hosts *hosts, struct http_host *host)
{
	if (host->heap_at != 0)
		heap_remove(hosts, host);
	if (host->line == HTTP_HOST_NO_LINE)
		return;
	if (host->next != NULL)
		host->next->link = host->link;
	else
		hosts->lines[host->line_slow][host->line].end = host->link;
	*host->link = host->next;
	host->line = HTTP_HOST_NO_LINE;
}

static void
join(struct http_hosts *hosts, struct http_host *host, enum http_host_line line)
{
	struct http_host ***end = &hosts->lines[host->slow][line].end;

	if (*end == NULL)
		*end = &hosts->lines[host->slow][line].first;
	host->line = line;
	host->line_slow = host->slow;
	host->next = NULL;
	host->link = *end;
	host->number = hosts->number++;
	**end = host;
	*end = &host->next;
}

/* Without memory for the heap, put the host into a line: it is asked before its
 * pause is over. */
static void
sleep_until(struct http_hosts *hosts, struct http_host *host, uint64_t ms)
{
	host->wake_ms = ms;
	if (heap_grow(hosts))
		heap_sift(hosts, ++hosts->heap_count, host);
	else if (host->queue != NULL || host->later != NULL)
		join(hosts, host, HTTP_HOST_IDLE);
}

static uint64_t
later_of(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* When may the host begin a request, if its window has room? */
static uint64_t
due(const struct http_host *host)
{
	return later_of(host->queue != NULL ? 0 : host->later->due_ms,
	    host->not_before_ms);
}

static enum http_host_line
line_of(const struct http_hosts *hosts, const struct http_host *host)
{
	if (host->active == 0)
		return HTTP_HOST_IDLE;
	return host->turn < HTTP_HOST_TURN * hosts->per_host ? HTTP_HOST_BUSY :
							       HTTP_HOST_OVER;
}

void
http_host_place(struct http_hosts *hosts, struct http_host *host)
{
	uint64_t now = clock_monotonic_ms(), ms;

	if (host->queue != NULL || host->later != NULL) {
		if (host->active >= hosts->per_host)
			leave(hosts, host);
		else if ((ms = due(host)) > now) {
			leave(hosts, host);
			sleep_until(hosts, host, ms);
		} else if (host->line != line_of(hosts, host) ||
		    host->line_slow != host->slow) {
			leave(hosts, host);
			join(hosts, host, line_of(hosts, host));
		}
		return;
	}
	leave(hosts, host);
	ms = later_of(host->not_before_ms, host->down_until_ms);
	if (host->active == 0 && ms > now)
		sleep_until(hosts, host, ms);
	else if (host->active == 0)
		free_host(hosts, host);
}

/* Queues */

static void
count(struct http_hosts *hosts, struct http_host *host,
    const struct http_request *r, int n)
{
	hosts->queued += n;
	if (r->patient)
		return;
	host->queued += n;
	if (host->slow)
		hosts->slow_queued += n;
}

void
http_host_append(struct http_hosts *hosts, struct http_host *host,
    struct http_request *r)
{
	r->next = NULL;
	*host->queue_end = r;
	host->queue_end = &r->next;
	count(hosts, host, r, 1);
	http_host_place(hosts, host);
}

void
http_host_prepend(struct http_hosts *hosts, struct http_host *host,
    struct http_request *r)
{
	r->next = host->queue;
	if (host->queue == NULL)
		host->queue_end = &r->next;
	host->queue = r;
	count(hosts, host, r, 1);
	http_host_place(hosts, host);
}

void
http_host_delay(struct http_hosts *hosts, struct http_host *host,
    struct http_request *r)
{
	struct http_request **at = &host->later;

	while (*at != NULL && (*at)->due_ms <= r->due_ms)
		at = &(*at)->next;
	r->next = *at;
	*at = r;
	count(hosts, host, r, 1);
	http_host_place(hosts, host);
}

static struct http_request *
take(struct http_hosts *hosts, struct http_host *host, uint64_t now_ms)
{
	struct http_request *r = host->later;

	if (r != NULL && (r->due_ms <= now_ms || host->queue == NULL))
		host->later = r->next;
	else {
		r = host->queue;
		host->queue = r->next;
		if (r->next == NULL)
			host->queue_end = &host->queue;
	}
	count(hosts, host, r, -1);
	return r;
}

struct http_request *
http_host_flush(struct http_hosts *hosts, struct http_host *host)
{
	struct http_request *all, *r;

	*host->queue_end = host->later;
	all = host->queue;
	host->queue = host->later = NULL;
	host->queue_end = &host->queue;
	for (r = all; r != NULL; r = r->next)
		count(hosts, host, r, -1);
	return all;
}

struct http_request *
http_host_drop(struct http_hosts *hosts, struct http_host *host, unsigned keep)
{
	struct http_request **at = &host->queue, *dropped = NULL, *r;

	host->queue_end = &host->queue;
	while ((r = *at) != NULL) {
		if (r->patient || keep > 0) {
			keep -= !r->patient;
			at = &r->next;
			continue;
		}
		*at = r->next;
		count(hosts, host, r, -1);
		r->next = dropped;
		dropped = r;
	}
	host->queue_end = at;
	return dropped;
}

/* Attempts */

void
http_host_begin(struct http_hosts *hosts, struct http_host *host)
{
	host->turn = host->active == 0 ? 1 : host->turn + 1;
	hosts->active++;
	hosts->busy += host->active == 0;
	hosts->slow_active += host->slow;
	hosts->slow_busy += host->slow && host->active == 0;
	host->active++;
	leave(hosts, host); /* to the end of its line */
	http_host_place(hosts, host);
}

void
http_host_end(struct http_hosts *hosts, struct http_host *host)
{
	host->active--;
	hosts->active--;
	hosts->busy -= host->active == 0;
	hosts->slow_active -= host->slow;
	hosts->slow_busy -= host->slow && host->active == 0;
}

void
http_host_work(struct http_hosts *hosts, struct http_host *host, int n)
{
	host->working += n;
	if (host->slow)
		hosts->slow_active -= n;
}

void
http_host_set_slow(struct http_hosts *hosts, struct http_host *host, bool slow)
{
	int n = slow ? 1 : -1;

	if (host->slow == slow)
		return;
	host->slow = slow;
	hosts->slow_active += n * (int)(host->active - host->working);
	hosts->slow_busy += n * (host->active > 0);
	hosts->slow_queued += n * (int)host->queued;
	http_host_place(hosts, host);
}

/* Turns */

static void
wake(struct http_hosts *hosts, uint64_t now_ms)
{
	while (hosts->heap_count > 0 && hosts->heap[1]->wake_ms <= now_ms)
		http_host_place(hosts, hosts->heap[1]);
}

static struct http_host *
earlier(struct http_host *a, struct http_host *b)
{
	return b == NULL || (a != NULL && a->number < b->number) ? a : b;
}

static struct http_host *
front(const struct http_hosts *hosts, bool slow, enum http_host_line line)
{
	return hosts->lines[slow][line].first;
}

/* The next of the slow hosts, or of the others. room: may a host begin that has
 * no request under way? */
static struct http_host *
choose(const struct http_hosts *hosts, bool slow, bool room)
{
	struct http_host *busy = front(hosts, slow, HTTP_HOST_BUSY),
			 *over = front(hosts, slow, HTTP_HOST_OVER);

	if (room)
		return earlier(front(hosts, slow, HTTP_HOST_IDLE),
		    earlier(busy, over));
	if (busy == NULL && front(hosts, false, HTTP_HOST_IDLE) == NULL &&
	    front(hosts, slow, HTTP_HOST_IDLE) == NULL)
		return over;
	return busy;
}

/* The next of the slow hosts. They exceed their share only if no other host has
 * a request to begin. */
static struct http_host *
choose_slow(const struct http_hosts *hosts, bool room)
{
	bool wanted = front(hosts, false, HTTP_HOST_IDLE) != NULL ||
	    front(hosts, false, HTTP_HOST_BUSY) != NULL ||
	    front(hosts, false, HTTP_HOST_OVER) != NULL;

	if (wanted &&
	    (hosts->slow_active >= hosts->parallel / 2 ||
		hosts->slow_busy > hosts->hosts / 2))
		return NULL;
	if (wanted && hosts->slow_busy >= hosts->hosts / 2)
		room = false;
	return choose(hosts, true, room);
}

struct http_request *
http_host_next(struct http_hosts *hosts, uint64_t now_ms, uint64_t *wait_ms)
{
	bool room = hosts->busy < hosts->hosts;
	struct http_host *host = NULL;
	uint64_t ms;

	wake(hosts, now_ms);
	if (hosts->active < hosts->parallel)
		host = earlier(choose(hosts, false, room),
		    choose_slow(hosts, room));
	if (host != NULL)
		return take(hosts, host, now_ms);
	if (hosts->heap_count > 0) {
		ms = hosts->heap[1]->wake_ms - now_ms;
		*wait_ms = ms < *wait_ms ? ms : *wait_ms;
	}
	return NULL;
}

bool
http_host_wants_try(const struct http_hosts *hosts)
{
	return hosts->active >= hosts->parallel &&
	    (front(hosts, false, HTTP_HOST_BUSY) != NULL ||
		front(hosts, false, HTTP_HOST_IDLE) != NULL ||
		front(hosts, false, HTTP_HOST_OVER) != NULL);
}

bool
http_host_wants_host(const struct http_hosts *hosts)
{
	return hosts->busy >= hosts->hosts &&
	    front(hosts, false, HTTP_HOST_IDLE) != NULL;
}

/* A node of tsearch() begins with a pointer to its key. */
void
http_host_free_all(struct http_hosts *hosts)
{
	while (hosts->by_origin != NULL)
		free_host(hosts, *(struct http_host **)hosts->by_origin);
	free(hosts->heap);
	*hosts = (struct http_hosts){ .heap = NULL };
}
