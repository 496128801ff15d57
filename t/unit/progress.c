/* The line of progress: its parts, its numbers, and how it fits a width. */
#include "config.h"

#include "libcar/base/progress.h"
#include "t/lib/tap.h"

#define ALL SIZE_MAX

static char line[PROGRESS_LINE_BYTES];

/* The line for these counts at this number of seconds after the start. */
static const char *
at(struct progress *m, struct progress_counts c, double now,
    enum progress_form form, size_t room)
{
	size_t len = progress_format(m, &c, 1000 + now, form, room, line);

	is_int(len, strlen(line), "its length");
	ok(len <= room, "no more than there is room for");
	return line;
}

static void
test_parts(void)
{
	struct progress m;
	struct progress_counts c = { .done = 50, .failed = 2 };

	progress_start(&m, "at-x", 1000);
	is_str(at(&m, c, 10, PROGRESS_SAID, ALL),
	    "at-x: 50 done, 2 failed, 5.00/s, 10s elapsed", "no total");
	progress_start(&m, "at-x", 1000);
	c.total = 200;
	c.bytes = 12345678;
	c.records = 777;
	m.waiting = 3;
	strcpy(m.slowest, "pds.example");
	m.slowest_rate = 123;
	is_str(at(&m, c, 10, PROGRESS_SAID, ALL),
	    "at-x: 50/200 done, 2 failed, 5.00/s, 30s left, 12.3 MB, "
	    "1.23 MB/s, 777 records, 3 waiting, 10s elapsed, "
	    "slowest pds.example 0.12 kB/s",
	    "all parts");
	is_str(at(&m, c, 100, PROGRESS_LAST, ALL),
	    "at-x: 50/200 done, 2 failed, 0.50/s, 12.3 MB, 123 kB/s, "
	    "777 records, 1m40s elapsed",
	    "the last one is of the whole run");
	progress_start(&m, "at-x", 1000);
	c = (struct progress_counts){ .done = 50,
		.live = true,
		.verified = 40,
		.unchecked = 8,
		.lag = 75 };
	is_str(at(&m, c, 10, PROGRESS_SAID, ALL),
	    "at-x: 50 done, 0 failed, 5.00/s, 40 verified, 8 unchecked, "
	    "1m15s behind, 10s elapsed",
	    "a live stream");
}

static void
test_numbers(void)
{
	static const struct {
		uint64_t done;
		double seconds;
		const char *want;
	} all[] = {
		{ 0, 1, "0 done, 0 failed, 0.00/s, 1s elapsed" },
		{ 1, 59.4, "1 done, 0 failed, 0.02/s, 59s elapsed" },
		{ 1, 59.6, "1 done, 0 failed, 0.02/s, 1m00s elapsed" },
		{ 9994, 1000, "9994 done, 0 failed, 9.99/s, 16m40s elapsed" },
		{ 9996, 1000, "9996 done, 0 failed, 10.0/s, 16m40s elapsed" },
		{ 99960, 1000, "99960 done, 0 failed, 100/s, 16m40s elapsed" },
		{ 999400, 1000,
		    "999400 done, 0 failed, 999/s, 16m40s elapsed" },
		{ 999600, 1000,
		    "999600 done, 0 failed, 1.00k/s, 16m40s elapsed" },
		{ 36000000, 3600,
		    "36000000 done, 0 failed, 10.0k/s, 1h00m elapsed" },
		{ 864000, 864000,
		    "864000 done, 0 failed, 1.00/s, 10d00h elapsed" },
		{ UINT64_MAX, 1,
		    "18446744073709551615 done, 0 failed, 18447P/s, "
		    "1s elapsed" },
	};
	struct progress m;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct progress_counts c = { .done = all[i].done };

		progress_start(&m, "", 1000);
		is_str(at(&m, c, all[i].seconds, PROGRESS_LAST, ALL) + 2,
		    all[i].want, "%s", all[i].want);
	}
}

/* From 10,000 jobs at 200 columns down to very few. */
static void
test_room(void)
{
	static const struct {
		size_t room;
		const char *want;
	} all[] = {
		{ 199,
		    "at-fetchrepo: 5000/10000 done, 12 failed, 50.0/s, "
		    "1m40s left, 4.20 GB, 42.0 MB/s, 5000 waiting, "
		    "1m40s elapsed, slowest pds.example 2.00 kB/s" },
		{ 129,
		    "at-fetchrepo: 5000/10000 done, 12 failed, 50.0/s, "
		    "1m40s left, 4.20 GB, 42.0 MB/s, 5000 waiting, "
		    "1m40s elapsed" },
		{ 79,
		    "at-fetchrepo: 5000/10000 done, 12 failed, 50.0/s, "
		    "1m40s left, 4.20 GB" },
		{ 67,
		    "5000/10000 done, 12 failed, 50.0/s, 1m40s left, "
		    "4.20 GB" },
		{ 47, "5000/10000 done, 12 failed, 50.0/s, 1m40s left" },
		{ 45, "5000/10000 done, 12 failed, 50.0/s" },
		{ 39, "5000/10000 done, 12 failed, 50.0/s" },
		{ 34, "5000/10000 done, 12 failed, 50.0/s" },
		{ 33, "5000/10000 done, 12 failed" },
		{ 16, "5000/10000 done" },
		{ 14, "" },
		{ 0, "" },
	};
	struct progress_counts c = { .done = 5000,
		.failed = 12,
		.total = 10000,
		.bytes = 4200000000 };
	struct progress m;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		progress_start(&m, "at-fetchrepo", 1000);
		m.waiting = 5000;
		strcpy(m.slowest, "pds.example");
		m.slowest_rate = 2000;
		is_str(at(&m, c, 100, PROGRESS_SAID, all[i].room), all[i].want,
		    "%zu columns", all[i].room);
	}
}

/* The rate changes, and the line is printed twice a second: numbers keep their
 * place, and the printed rate follows. */
static void
test_steady(void)
{
	struct progress_counts c = { .total = 10000 };
	struct progress m;
	unsigned i, changes = 0;
	size_t len, last = 0;

	progress_start(&m, "at-x", 1000);
	for (i = 1; i <= 400; i++) {
		c.done += i < 200 ? 7 : 40;
		c.failed = c.done / 3000;
		len = progress_format(&m, &c, 1000 + i / 2.0, PROGRESS_DRAWN,
		    79, line);
		changes += i > 20 && len != last;
		last = len;
		if (i == 199)
			ok(strstr(line, ", 14.0/s,") != NULL,
			    "a steady rate: %s", line);
		if (i == 260)
			ok(strstr(line, ", 76.6/s,") != NULL,
			    "and one that has become 80: %s", line);
	}
	is_int(changes, 1,
	    "the line's length changes with the first minute alone");
}

static void
test_hidden(void)
{
	struct progress_counts c = { .total = 1 };
	struct progress m;

	progress_start(&m, "at-x", 1000);
	is_str(at(&m, c, 1, PROGRESS_DRAWN, 30), "at-x: 0/1 done, 0 failed",
	    "no rate before anything is done");
	is_str(at(&m, c, 1, PROGRESS_SAID, 33),
	    "at-x: 0/1 done, 0 failed, 0.00/s", "but where it is said once");
	c.total = 5000;
	c.done = 1;
	is_str(at(&m, c, 2, PROGRESS_DRAWN, ALL),
	    "at-x:    1/5000 done, 0 failed, 0.52/s, 2h39m left, 2s elapsed",
	    "room for the total");
	is_str(at(&m, c, 200000, PROGRESS_DRAWN, ALL),
	    "at-x:    1/5000 done, 0 failed, 0.00/s,     ? left, "
	    "2d07h elapsed",
	    "stalled");
	m.waiting = 12;
	at(&m, c, 200001, PROGRESS_DRAWN, ALL);
	m.waiting = 0;
	ok(strstr(at(&m, c, 200002, PROGRESS_DRAWN, ALL), ",  0 waiting,") !=
		NULL,
	    "what was there keeps its place");
}

int
main(void)
{
	test_parts();
	test_numbers();
	test_room();
	test_steady();
	test_hidden();
	return done_testing();
}
