#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "libcar/base/clock.h"
#include "libcar/net/loop.h"

/*
 * epoll waits for the file descriptors, so the cost of a turn depends on how
 * many are ready, not on how many are watched. A table by file descriptor has
 * the callbacks. The timers are a sorted list: each part that uses the loop has
 * a few, requests have none.
 */

#define EVENTS 64       /* per turn; others wait for the next turn */
#define MOST_MS 3600000 /* maximum of one wait */

struct watch {
	void (*ready)(void *ctx, int fd, unsigned events);
	void *ctx;
	unsigned events; /* 0: not watched */
	uint32_t birth;  /* distinguishes files that reuse the number */
	bool always;     /* epoll doesn't accept it, for example a file */
};

struct loop {
	int epoll;
	struct watch *watches;
	size_t count;
	unsigned always; /* number of watches with `always` */
	struct loop_timer *first;
	struct status failure;
};

struct loop *
loop_open(struct status *st)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (l == NULL)
		status_no_memory(st);
	else if ((l->epoll = epoll_create1(EPOLL_CLOEXEC)) == -1)
		status_errno(st, "can't wait for events");
	else
		return l;
	free(l);
	return NULL;
}

void
loop_close(struct loop *l)
{
	if (l == NULL)
		return;
	while (l->first != NULL)
		loop_timer_cancel(l->first);
	close(l->epoll);
	free(l->watches);
	free(l);
}

void
loop_fail(struct loop *l, const struct status *st)
{
	if (l->failure.code == STATUS_OK)
		l->failure = *st;
}

/* File descriptors */

static struct watch *
get_watch(struct loop *l, int fd)
{
	size_t count = l->count, i;
	struct watch *all;

	if ((size_t)fd < count)
		return &l->watches[fd];
	while (count <= (size_t)fd)
		count = count * 2 + 16;
	if ((all = realloc(l->watches, count * sizeof(*all))) == NULL)
		return NULL;
	for (i = l->count; i < count; i++)
		all[i] = (struct watch){ .events = 0 };
	l->watches = all;
	l->count = count;
	return &all[fd];
}

/* The data for epoll: another file may reuse the number alone. */
static uint64_t
mark(int fd, const struct watch *w)
{
	return (uint64_t)w->birth << 32 | (uint32_t)fd;
}

static int
control(struct loop *l, int op, int fd, const struct watch *w)
{
	struct epoll_event e = { .data.u64 = mark(fd, w) };

	if (w->events & LOOP_READ)
		e.events |= EPOLLIN;
	if (w->events & LOOP_WRITE)
		e.events |= EPOLLOUT;
	return epoll_ctl(l->epoll, op, fd, &e);
}

static int
begin_watch(struct loop *l, int fd, struct watch *w)
{
	w->birth++;
	if (control(l, EPOLL_CTL_ADD, fd, w) == 0)
		return 0;
	if (errno != EPERM)
		return -1;
	w->always = true;
	l->always++;
	return 0;
}

/* This can fail only for a closed file, which epoll has forgotten. */
static void
end_watch(struct loop *l, int fd, struct watch *w)
{
	if (!w->always)
		control(l, EPOLL_CTL_DEL, fd, w);
	l->always -= w->always;
	w->always = false;
}

static int
change_watch(struct loop *l, int fd, struct watch *w, unsigned before)
{
	if (before == 0)
		return begin_watch(l, fd, w);
	if (w->events != 0)
		return w->always ? 0 : control(l, EPOLL_CTL_MOD, fd, w);
	end_watch(l, fd, w);
	return 0;
}

void
loop_watch(struct loop *l, int fd, unsigned events,
    void (*ready)(void *ctx, int fd, unsigned events), void *ctx)
{
	struct watch *w = get_watch(l, fd);
	struct status st;
	unsigned before;

	if (w == NULL) {
		status_no_memory(&st);
		loop_fail(l, &st);
		return;
	}
	w->ready = ready;
	w->ctx = ctx;
	before = w->events;
	w->events = events;
	if (events != before && change_watch(l, fd, w, before) == -1) {
		status_errno(&st, "can't watch file descriptor %d", fd);
		loop_fail(l, &st);
	}
}

/* An earlier callback may have ended the watch, and another file may reuse the
 * number. */
static void
call_ready(struct loop *l, const struct epoll_event *e)
{
	int fd = (int)(uint32_t)e->data.u64;
	struct watch *w = &l->watches[fd];
	unsigned events = 0;

	if (mark(fd, w) != e->data.u64)
		return;
	if (e->events & EPOLLIN)
		events |= LOOP_READ;
	if (e->events & EPOLLOUT)
		events |= LOOP_WRITE;
	if (e->events & (EPOLLERR | EPOLLHUP))
		events = LOOP_READ | LOOP_WRITE;
	if ((events & w->events) != 0)
		w->ready(w->ctx, fd, events & w->events);
}

static void
call_always(struct loop *l)
{
	size_t fd;

	for (fd = 0; l->always > 0 && fd < l->count; fd++) {
		struct watch *w = &l->watches[fd];

		if (w->always)
			w->ready(w->ctx, (int)fd, w->events);
	}
}

/* Timers */

void
loop_timer_set(struct loop *l, struct loop_timer *t, uint64_t ms)
{
	struct loop_timer **link = &l->first;

	loop_timer_cancel(t);
	t->at_ms = clock_monotonic_ms() + ms;
	while (*link != NULL && (*link)->at_ms <= t->at_ms)
		link = &(*link)->next;
	t->next = *link;
	t->link = link;
	if (t->next != NULL)
		t->next->link = &t->next;
	*link = t;
}

void
loop_timer_cancel(struct loop_timer *t)
{
	if (t->link == NULL)
		return;
	*t->link = t->next;
	if (t->next != NULL)
		t->next->link = t->link;
	t->next = NULL;
	t->link = NULL;
}

/* Timers that callbacks set, even to 0, wait for the next turn; otherwise they
 * could keep the loop from calling anything else. */
static void
call_due(struct loop *l)
{
	struct loop_timer *due = l->first, **link = &l->first, *t;
	uint64_t now;

	if (due == NULL)
		return;
	now = clock_monotonic_ms();
	while (*link != NULL && (*link)->at_ms <= now)
		link = &(*link)->next;
	if (link == &l->first)
		return;
	due->link = &due;
	if ((l->first = *link) != NULL)
		l->first->link = &l->first;
	*link = NULL;
	while ((t = due) != NULL) {
		loop_timer_cancel(t);
		t->due(t->ctx);
	}
}

/* A turn */

static int
wait_ms(const struct loop *l, int most_ms)
{
	uint64_t now, left;

	if (l->always > 0)
		return 0;
	if (l->first == NULL)
		return most_ms;
	now = clock_monotonic_ms();
	left = l->first->at_ms > now ? l->first->at_ms - now : 0;
	if (most_ms >= 0 && left > (uint64_t)most_ms)
		return most_ms;
	return left < MOST_MS ? (int)left : MOST_MS;
}

static void
turn(struct loop *l, int most_ms)
{
	struct epoll_event events[EVENTS];
	int n, i;

	n = epoll_wait(l->epoll, events, EVENTS, wait_ms(l, most_ms));
	if (n == -1 && errno != EINTR) {
		struct status st;

		status_errno(&st, "can't wait for events");
		loop_fail(l, &st);
	}
	for (i = 0; i < n; i++)
		call_ready(l, &events[i]);
	call_always(l);
	call_due(l);
}

int
loop_once(struct loop *l, int most_ms, struct status *st)
{
	if (l->failure.code == STATUS_OK)
		turn(l, most_ms);
	if (l->failure.code == STATUS_OK)
		return 0;
	*st = l->failure;
	return -1;
}

/* Other threads */

/* One read takes the sum of all wakes since the last read. */
static void
waken(void *ctx, int fd, unsigned events)
{
	struct loop_waker *w = ctx;
	uint64_t calls;

	(void)events;
	if (read(fd, &calls, sizeof(calls)) == sizeof(calls))
		w->woken(w->ctx);
}

int
loop_waker_open(struct loop_waker *w, struct loop *l, void (*woken)(void *),
    void *ctx, struct status *st)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd == -1)
		return status_errno(st, "can't be woken");
	*w = (struct loop_waker){ l, fd, woken, ctx };
	loop_watch(l, fd, LOOP_READ, waken, w);
	return 0;
}

/* This fails only after 2^64 unread wakes. */
void
loop_wake(const struct loop_waker *w)
{
	static const uint64_t one = 1;
	ssize_t n;

	do
		n = write(w->fd, &one, sizeof(one));
	while (n == -1 && errno == EINTR);
}

void
loop_waker_close(struct loop_waker *w)
{
	if (w->loop == NULL)
		return;
	loop_watch(w->loop, w->fd, 0, NULL, NULL);
	close(w->fd);
	*w = (struct loop_waker){ .loop = NULL };
}
