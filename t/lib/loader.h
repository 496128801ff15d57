/*
 * loader: how tests with random histories open at-load's loader. A call that
 * fails ends the test.
 */
#ifndef T_LIB_LOADER_H
#define T_LIB_LOADER_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "libcar/load/load.h"
#include "t/lib/tap.h"

static const char *database;

/* The test sets the seed before each history, so that one can be run alone. */
static uint64_t seed;

/* Below n, by splitmix64. */
static unsigned
rnd(unsigned n)
{
	uint64_t z = seed += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (z ^ z >> 31) % n;
}

static void
die(const char *what, const struct status *st)
{
	printf("Bail out! %s: %s\n", what, st->msg);
	exit(1);
}

static void
on_bad(void *arg, const struct load_origin *o, const struct status *st)
{
	(void)arg;
	(void)o;
	die("bad line", st);
}

static void
on_again(void *arg, const struct status *st)
{
	(void)arg;
	diag("%s", st->msg);
}

static void
open_loader(struct load **load)
{
	static const struct load_options options = {
		.hooks = { .bad = on_bad, .again = on_again },
		.wait_ms = 60000,
	};
	struct status st;

	if (load_open(load, database, &options, &st) == -1)
		die("open", &st);
}

static void
feed_loader(struct load *load, const char *line, size_t len)
{
	static const struct load_origin origin = { "test", 1 };
	struct status st;

	if (load_line(load, &origin, line, len, &st) == -1)
		die(line, &st);
}

static void
commit_loader(struct load *load)
{
	struct status st;

	if (load_commit(load, &st) == -1)
		die("commit", &st);
}

#endif
