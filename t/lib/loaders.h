/*
 * loaders: two loaders of one database, and random histories of accounts that
 * they load. Chance decides which loader takes the next line, when it commits,
 * and when it starts anew.
 */
#ifndef T_LIB_LOADERS_H
#define T_LIB_LOADERS_H

#include "libcar/db/driver_private.h"
#include "t/lib/loader.h"

#define MIXED 4 /* maximum number of histories at a time */

/* What the histories of a test are; i is below MIXED. */
struct histories {
	const char *program;
	/* Make a history of the account with this number. The result is its
	 * number of lines. */
	int (*make)(unsigned i, unsigned account);
	/* Print its next line. */
	void (*next)(unsigned i, char *line, size_t size);
	/* All lines are loaded: is the database as it should be? */
	bool (*judge)(unsigned i);
};

static struct load *loaders[2];
static unsigned current;
static struct db *db; /* for judge() */

static void
feed(const char *line)
{
	switch (rnd(64)) {
	case 0:
	case 1:
	case 2:
	case 3:
		commit_loader(loaders[current]);
		break;
	case 4:
	case 5:
		commit_loader(loaders[current]);
		current = !current;
		break;
	case 6:
		if (rnd(8) > 0)
			break;
		commit_loader(loaders[current]);
		load_close(loaders[current]);
		open_loader(&loaders[current]);
	}
	feed_loader(loaders[current], line, strlen(line));
}

/* Load some histories, whose lines are mixed. The result is how many end
 * wrong. */
static int
run_mixed(const struct histories *all, unsigned first, unsigned n)
{
	int left[MIXED], sum = 0, bad = 0;
	char line[1024];
	unsigned i;

	for (i = 0; i < n; i++)
		sum += left[i] = all->make(i, first + i);
	while (sum > 0) {
		i = rnd(n);
		if (left[i] == 0)
			continue;
		all->next(i, line, sizeof(line));
		feed(line);
		left[i]--;
		sum--;
	}
	commit_loader(loaders[current]);
	for (i = 0; i < n; i++)
		bad += !all->judge(i);
	return bad;
}

/* Open the loaders and `db`, by the arguments DATABASE [HISTORIES [SEED]]. */
static void
open_loaders(const struct histories *all, int argc, char **argv)
{
	struct status st;

	if (argc < 2) {
		fprintf(stderr, "usage: %s database [histories [seed]]\n",
		    all->program);
		exit(2);
	}
	database = argv[1];
	open_loader(&loaders[0]);
	open_loader(&loaders[1]);
	if (db_open_read(&db, database, 1000, &st) == -1)
		die(database, &st);
}

/* Run the histories, until three end wrong. The result is how many do, and *n
 * how many there were. */
static int
run_histories(const struct histories *all, int argc, char **argv, unsigned *n)
{
	unsigned want = argc > 2 ? atoi(argv[2]) : 4000, mixed;
	uint64_t base = argc > 3 ? atoi(argv[3]) : 1;
	int bad = 0;

	for (*n = 0; *n < want && bad < 3; *n += mixed) {
		seed = base * 1000003 + *n;
		mixed = 1 + rnd(MIXED);
		bad += run_mixed(all, *n, mixed);
	}
	return bad;
}

static void
close_loaders(void)
{
	db_close(db);
	load_close(loaders[0]);
	load_close(loaders[1]);
}

#endif
