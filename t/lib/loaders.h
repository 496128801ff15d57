/*
 * Two loaders of one database, that lines are fed to in a random way: which of
 * them takes the next line, when they commit, and when one of them starts anew.
 * For tests by random histories; what goes wrong ends the test.
 */
#ifndef T_LIB_LOADERS_H
#define T_LIB_LOADERS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/load/load.h"
#include "t/lib/tap.h"

static uint64_t seed;

static unsigned
rnd(unsigned n)
{
	uint64_t z = seed += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (z ^ z >> 31) % n;
}

static const char *database;
static struct load *loaders[2];
static unsigned current;

static void
die(const char *what, const struct status *st)
{
	printf("Bail out! %s: %s\n", what, st->msg);
	exit(1);
}

static void
commit(void)
{
	struct status st;

	if (load_commit(loaders[current], &st) == -1)
		die("commit", &st);
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
open_loader(unsigned i)
{
	static const struct load_options options = {
		.hooks = { .bad = on_bad, .again = on_again },
		.wait_ms = 10000,
	};
	struct status st;

	if (load_open(&loaders[i], database, &options, &st) == -1)
		die("open", &st);
}

static void
feed(const char *line)
{
	static const struct load_origin nowhere = { "", 0 };
	struct status st;

	switch (rnd(64)) {
	case 0:
	case 1:
	case 2:
	case 3:
		commit();
		break;
	case 4:
	case 5:
		commit();
		current = !current;
		break;
	case 6:
		if (rnd(8) > 0)
			break;
		commit();
		load_close(loaders[current]);
		open_loader(current);
	}
	if (load_line(loaders[current], &nowhere, line, strlen(line), &st) ==
	    -1)
		die(line, &st);
}

static void
open_loaders(const char *name)
{
	database = name;
	open_loader(0);
	open_loader(1);
}

static void
close_loaders(void)
{
	load_close(loaders[0]);
	load_close(loaders[1]);
}

#endif
