/* Workers: which jobs run at the same time, in which order, and what a large
 * job leaves to small ones. */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>

#include "libcar/net/loop.h"
#include "libcar/net/workers.h"
#include "t/lib/tap.h"

#define MANY 5000

static struct loop *loop;
static struct workers *workers;
static pthread_t loop_thread;
static unsigned done; /* the number of jobs; only in the loop's thread */
static atomic_uint ran, wrong_thread;

/* A gate at which jobs wait, and which counts them. */
static struct {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	unsigned waiting;
	bool open;
} gate = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, false };

static void
run_through_gate(struct workers_job *job)
{
	(void)job;
	pthread_mutex_lock(&gate.mutex);
	gate.waiting++;
	pthread_cond_broadcast(&gate.changed);
	while (!gate.open)
		pthread_cond_wait(&gate.changed, &gate.mutex);
	gate.waiting--;
	pthread_mutex_unlock(&gate.mutex);
	ran++;
}

static void
set_gate(bool open)
{
	pthread_mutex_lock(&gate.mutex);
	gate.open = open;
	pthread_cond_broadcast(&gate.changed);
	pthread_mutex_unlock(&gate.mutex);
}

/* Wait until this number of jobs is at the gate. */
static void
wait_at_gate(unsigned count)
{
	pthread_mutex_lock(&gate.mutex);
	while (gate.waiting < count)
		pthread_cond_wait(&gate.changed, &gate.mutex);
	pthread_mutex_unlock(&gate.mutex);
}

static void
run(struct workers_job *job)
{
	if (pthread_equal(pthread_self(), loop_thread))
		wrong_thread++;
	++*(unsigned *)job->ctx;
	ran++;
}

static void
count_done(struct workers_job *job)
{
	(void)job;
	if (!pthread_equal(pthread_self(), loop_thread))
		wrong_thread++;
	done++;
}

static void
turns_until_done(unsigned count)
{
	struct status st;

	while (done < count)
		if (loop_once(loop, -1, &st) == -1)
			break;
}

static void
begin(void)
{
	struct status st;

	loop = loop_open(&st);
	workers = workers_open(loop, &st);
	done = 0;
	ran = 0;
	ok(workers != NULL, "workers");
}

static void
end(void)
{
	workers_close(workers);
	loop_close(loop);
}

static void
test_many(void)
{
	static struct workers_job jobs[MANY];
	static unsigned own[MANY];
	unsigned i, all = 0;

	begin();
	for (i = 0; i < MANY; i++) {
		jobs[i] = (struct workers_job){ run, count_done, &own[i],
			i % 3 == 0, NULL };
		workers_begin(workers, &jobs[i]);
	}
	ok(workers_are_busy(workers), "busy");
	turns_until_done(MANY);
	ok(!workers_are_busy(workers), "no longer busy");
	for (i = 0; i < MANY; i++)
		all += own[i] == 1;
	is_int(all, MANY, "each job has run once");
	is_int(done, MANY, "and is done once");
	is_int(wrong_thread, 0, "each in its thread");
	end();
}

/* A job that starts again when it is done. */
static void
begin_again(struct workers_job *job)
{
	if (++done < 100)
		workers_begin(workers, job);
}

static void
test_again(void)
{
	unsigned own = 0;
	struct workers_job job = { run, begin_again, &own, false, NULL };

	begin();
	workers_begin(workers, &job);
	turns_until_done(100);
	is_int(own, 100, "again and again");
	end();
}

static void
test_large(void)
{
	struct workers_job large[WORKERS_MOST + 1];
	struct workers_job small[3];
	unsigned i, own = 0;

	begin();
	set_gate(false);
	for (i = 0; i <= WORKERS_MOST; i++) {
		large[i] = (struct workers_job){ run_through_gate, count_done,
			NULL, true, NULL };
		workers_begin(workers, &large[i]);
	}
	wait_at_gate(WORKERS_LEAST / 2);
	for (i = 0; i < 3; i++) {
		small[i] = (struct workers_job){ run, count_done, &own, false,
			NULL };
		workers_begin(workers, &small[i]);
		turns_until_done(i + 1);
	}
	is_int(own, 3, "small jobs run while large ones do");
	is_int(ran, 3, "of which none has ended");
	set_gate(true);
	turns_until_done(WORKERS_MOST + 4);
	is_int(ran, WORKERS_MOST + 4, "then all of them end");
	end();
}

static void
test_at_once(void)
{
	struct workers_job jobs[WORKERS_LEAST];
	unsigned i;

	begin();
	set_gate(false);
	for (i = 0; i < WORKERS_LEAST; i++) {
		jobs[i] = (struct workers_job){ run_through_gate, count_done,
			NULL, false, NULL };
		workers_begin(workers, &jobs[i]);
	}
	wait_at_gate(WORKERS_LEAST);
	is_int(ran, 0, "as many at once as there are threads");
	set_gate(true);
	turns_until_done(WORKERS_LEAST);
	is_int(ran, WORKERS_LEAST, "and all end");
	end();
}

/* When the program ends, some jobs run, and others wait. */
static void
test_finish(bool told)
{
	struct workers_job jobs[3 * WORKERS_MOST];
	unsigned i;

	begin();
	set_gate(false);
	for (i = 0; i < 3 * WORKERS_MOST; i++) {
		jobs[i] = (struct workers_job){ run_through_gate, count_done,
			NULL, false, NULL };
		workers_begin(workers, &jobs[i]);
	}
	wait_at_gate(WORKERS_LEAST);
	set_gate(true);
	ok(!workers_are_finished(workers), "not finished");
	if (told) {
		workers_finish(workers);
		ok(workers_are_finished(workers), "finished");
		is_int(done, ran, "what has run is done");
		workers_begin(workers, &jobs[0]);
	}
	workers_close(workers);
	ok(ran >= WORKERS_LEAST, "what ran has ended");
	is_int(done, told ? ran : 0, "nothing is done any more");
	loop_close(loop);
	workers_close(NULL);
}

int
main(void)
{
	loop_thread = pthread_self();
	test_many();
	test_again();
	test_at_once();
	test_large();
	test_finish(true);
	test_finish(false);
	return done_testing();
}
