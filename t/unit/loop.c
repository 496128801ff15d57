/* The loop: file descriptors, timers, other threads, and failures. */
#include "config.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libcar/base/clock.h"
#include "libcar/net/loop.h"
#include "t/lib/tap.h"

#define MANY 1000 /* pairs of sockets */

/* The calls, as letters. */
static char called[256];
static struct loop *loop;

static void
note(char letter)
{
	size_t n = strlen(called);

	if (n + 1 < sizeof(called))
		called[n] = letter;
}

/* One turn, which waits at most this long. The result is the calls. */
static const char *
turn(int most_ms)
{
	static struct status st;

	memset(called, 0, sizeof(called));
	return loop_once(loop, most_ms, &st) == 0 ? called : st.msg;
}

/* Run turns until this number of calls. The result is the calls, in order. */
static const char *
turns_until(size_t count)
{
	struct status st;

	memset(called, 0, sizeof(called));
	while (strlen(called) < count)
		if (loop_once(loop, -1, &st) == -1)
			return "a failure";
	return called;
}

/* One end of a socket or a pipe. */
struct end {
	char letter;
	int fd;
	unsigned events; /* what it was ready for last */
	bool reads;      /* what it received */
	int *closes;     /* and no longer watches */
	int *takes;      /* this end of a pair now has the number */
};

static void
on_ready(void *ctx, int fd, unsigned events)
{
	struct end *end = ctx;
	char bytes[16];

	note(end->letter);
	end->events = events;
	if (end->reads && read(fd, bytes, sizeof(bytes)) == -1)
		note('!');
	if (end->closes != NULL) {
		loop_watch(loop, *end->closes, 0, NULL, NULL);
		close(*end->closes);
	}
	if (end->takes != NULL) {
		is_int(dup(*end->takes), *end->closes, "the number is free");
		loop_watch(loop, *end->closes, LOOP_READ, on_ready, end);
	}
}

static void
watch(struct end *end, unsigned events)
{
	loop_watch(loop, end->fd, events, on_ready, end);
}

static void
make_pair(int pair[2])
{
	ok(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0,
	    "a pair of sockets");
}

static void
put(int fd)
{
	ok(write(fd, "x", 1) == 1, "a byte");
}

static void
test_events(void)
{
	struct end a = { .letter = 'a' };
	int pair[2];

	make_pair(pair);
	a.fd = pair[0];
	watch(&a, LOOP_READ);
	is_str(turn(0), "", "nothing came");
	put(pair[1]);
	is_str(turn(1000), "a", "a byte came");
	is_int(a.events, LOOP_READ, "it can be read");
	is_str(turn(1000), "a", "again, as it wasn't read");
	watch(&a, LOOP_WRITE);
	is_str(turn(1000), "a", "there is room");
	is_int(a.events, LOOP_WRITE, "it can be written");
	watch(&a, LOOP_READ | LOOP_WRITE);
	is_str(turn(1000), "a", "both");
	is_int(a.events, LOOP_READ | LOOP_WRITE, "in one call");
	watch(&a, 0);
	is_str(turn(0), "", "it is watched no more");
	watch(&a, LOOP_READ);
	watch(&a, LOOP_READ);
	a.reads = true;
	is_str(turn(1000), "a", "watched again");
	is_str(turn(0), "", "all was read");
	close(pair[1]);
	is_str(turn(1000), "a", "the other end was closed");
	is_int(a.events, LOOP_READ, "it can be read, and only that was wanted");
	watch(&a, 0);
	close(pair[0]);
}

/* Two descriptors are ready, and the first closes the other. The new owner of
 * its number gets no events of the old one. */
static void
test_closed(bool taken)
{
	struct end a = { .letter = 'a', .reads = true };
	struct end b = { .letter = 'b', .reads = true };
	int first[2], second[2], other[2], n;

	make_pair(first);
	make_pair(second);
	make_pair(other);
	a.fd = first[0];
	b.fd = second[0];
	a.closes = &second[0];
	b.closes = &first[0];
	if (taken)
		a.takes = b.takes = &other[0];
	watch(&a, LOOP_READ);
	watch(&b, LOOP_READ);
	put(first[1]);
	put(second[1]);
	n = (int)strlen(turn(1000));
	is_int(n, 1, "one was told%s", taken ? ", not who has its number" : "");
	a.closes = b.closes = a.takes = b.takes = NULL;
	if (taken) {
		put(other[1]);
		is_int(strlen(turn(1000)), 1, "of its own byte it is told");
	}
	for (n = 0; n < 2; n++) {
		loop_watch(loop, first[n], 0, NULL, NULL);
		loop_watch(loop, second[n], 0, NULL, NULL);
		close(first[n]);
		close(second[n]);
		close(other[n]);
	}
}

static void
test_pipe(void)
{
	struct end a = { .letter = 'a' }, b = { .letter = 'b' };
	int ends[2];

	ok(pipe(ends) == 0, "a pipe");
	a.fd = ends[0];
	watch(&a, LOOP_READ);
	close(ends[1]);
	is_str(turn(1000), "a", "a pipe that nobody writes to");
	watch(&a, 0);
	close(ends[0]);
	ok(pipe(ends) == 0, "a pipe");
	b.fd = ends[1];
	watch(&b, LOOP_WRITE);
	close(ends[0]);
	is_str(turn(1000), "b", "a pipe that nobody reads");
	watch(&b, 0);
	close(ends[1]);
}

static void
test_file(void)
{
	static const char *const names[] = { "/dev/null", "/proc/self/exe" };
	struct end a = { .letter = 'a' };
	size_t i;

	for (i = 0; i < 2; i++) {
		a.fd = open(names[i], O_RDONLY);
		watch(&a, LOOP_READ);
		is_str(turn(1000), "a", "%s is ready", names[i]);
		is_int(a.events, LOOP_READ, "to be read");
		is_str(turn(1000), "a", "%s always is", names[i]);
		watch(&a, 0);
		is_str(turn(0), "", "%s isn't watched", names[i]);
		close(a.fd);
	}
}

static void
test_many(void)
{
	static int pairs[MANY][2];
	struct end a = { .letter = 'a', .reads = true };
	struct rlimit files;
	int i, n = 0;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	for (i = 0; i < MANY; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]) == -1)
			break;
		loop_watch(loop, pairs[i][0], LOOP_READ, on_ready, &a);
		n += (int)write(pairs[i][1], "x", 1);
	}
	is_int(n, i, "%d sockets", i);
	while (n > 0 && *turn(1000) == 'a')
		n -= (int)strlen(called);
	is_int(n, 0, "each was told once");
	while (i-- > 0) {
		loop_watch(loop, pairs[i][0], 0, NULL, NULL);
		close(pairs[i][0]);
		close(pairs[i][1]);
	}
}

/* Timers */

struct alarm {
	struct loop_timer timer;
	char letter;
	struct alarm *cancels, *sets;
};

static void
on_due(void *ctx)
{
	struct alarm *a = ctx;

	note(a->letter);
	if (a->cancels != NULL)
		loop_timer_cancel(&a->cancels->timer);
	if (a->sets != NULL)
		loop_timer_set(loop, &a->sets->timer, 0);
}

static struct alarm
make_alarm(char letter)
{
	return (struct alarm){ .timer.due = on_due, .letter = letter };
}

static void
test_timers(void)
{
	struct alarm a = make_alarm('a'), b = make_alarm('b'),
		     c = make_alarm('c');
	uint64_t before;

	a.timer.ctx = &a;
	b.timer.ctx = &b;
	c.timer.ctx = &c;
	before = clock_monotonic_ms();
	loop_timer_set(loop, &c.timer, 30);
	loop_timer_set(loop, &a.timer, 10);
	loop_timer_set(loop, &b.timer, 20);
	is_str(turns_until(3), "abc", "in the order of their times");
	ok(clock_monotonic_ms() - before >= 30, "not before their time");
	is_str(turn(0), "", "once");

	loop_timer_set(loop, &a.timer, 0);
	loop_timer_set(loop, &b.timer, 0);
	is_str(turn(-1), "ab", "in the order they were set");
	loop_timer_set(loop, &a.timer, 0);
	loop_timer_set(loop, &b.timer, 0);
	loop_timer_set(loop, &a.timer, 100000);
	is_str(turn(-1), "b", "set again");
	before = clock_monotonic_ms();
	is_str(turn(10), "", "no longer than the caller wants");
	ok(clock_monotonic_ms() - before < 50000, "so long");
	loop_timer_cancel(&a.timer);
	loop_timer_cancel(&a.timer);

	loop_timer_set(loop, &a.timer, 0);
	loop_timer_set(loop, &b.timer, 0);
	loop_timer_set(loop, &c.timer, 0);
	a.cancels = &b;
	is_str(turn(-1), "ac", "one that is due is cancelled");
	a.cancels = NULL;
	loop_timer_set(loop, &a.timer, 100000);
	loop_timer_set(loop, &b.timer, 0);
	b.cancels = &a;
	is_str(turn(-1), "b", "one that isn't due is cancelled");
	is_str(turn(0), "", "it never is");
}

/* A timer that sets itself again doesn't delay others. */
static void
test_starving(void)
{
	struct alarm a = make_alarm('a');
	struct end b = { .letter = 'b', .reads = true };
	int pair[2];

	a.timer.ctx = a.sets = &a;
	make_pair(pair);
	b.fd = pair[0];
	watch(&b, LOOP_READ);
	loop_timer_set(loop, &a.timer, 0);
	is_str(turn(-1), "a", "a timer that sets itself");
	put(pair[1]);
	is_str(turn(-1), "ba", "a byte meanwhile");
	is_str(turn(-1), "a", "and again");
	loop_timer_cancel(&a.timer);
	watch(&b, 0);
	close(pair[0]);
	close(pair[1]);
}

/* Other threads */

static void
on_woken(void *ctx)
{
	(void)ctx;
	note('w');
}

static void *
wake(void *ctx)
{
	int i;

	for (i = 0; i < 100; i++)
		loop_wake(ctx);
	return NULL;
}

static void
test_waker(void)
{
	struct loop_waker w = { .loop = NULL };
	struct status st;
	pthread_t thread;

	loop_waker_close(&w);
	is_int(loop_waker_open(&w, loop, on_woken, NULL, &st), 0, "a waker");
	is_str(turn(0), "", "nobody has called");
	ok(pthread_create(&thread, NULL, wake, &w) == 0, "a thread");
	is_str(turn(-1), "w", "it called");
	pthread_join(thread, NULL);
	turn(0);
	is_str(turn(0), "", "many calls may be told once");
	loop_wake(&w);
	is_str(turn(-1), "w", "called by the same thread");
	loop_wake(&w);
	loop_waker_close(&w);
	is_str(turn(0), "", "closed");
	ok(w.loop == NULL, "all zero again");
}

static void
on_failing(void *ctx)
{
	struct status st;

	status_set(&st, STATUS_SYSTEM, 0, "%s", (const char *)ctx);
	loop_fail(loop, &st);
}

static void
test_failure(void)
{
	char first[] = "first", second[] = "second";
	struct loop_timer a = { .due = on_failing, .ctx = first };
	struct loop_timer b = { .due = on_failing, .ctx = second };

	loop_timer_set(loop, &a, 0);
	loop_timer_set(loop, &b, 0);
	is_str(turn(-1), "first", "the first failure");
	is_str(turn(-1), "first", "stays");
}

static void
test_bad_fd(void)
{
	struct end a = { .letter = 'a', .fd = 900 };
	const char *got;

	watch(&a, LOOP_READ);
	got = turn(-1);
	is_str(got, "can't watch file descriptor 900: Bad file descriptor",
	    "no such file descriptor");
}

static void
begin(void)
{
	struct status st;

	loop_close(loop);
	if ((loop = loop_open(&st)) == NULL)
		exit(1);
}

int
main(void)
{
	begin();
	test_events();
	test_closed(false);
	test_closed(true);
	test_pipe();
	test_file();
	test_many();
	test_timers();
	test_starving();
	test_waker();
	test_failure();
	begin();
	test_bad_fd();
	loop_close(loop);
	return done_testing();
}
