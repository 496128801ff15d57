/*
 * table: a program's description of its command line: each option, the type of
 * its value, and where to store the value.
 *
 *	static const struct cli_option options[] = {
 *		{ 'c', "collection", "nsid", "only these records",
 *		    CLI_FILTER(&this_run.filter) },
 *		{ 0, "batch", "n", "lines of a transaction",
 *		    CLI_NUMBER(&this_run.batch, "20000", 1, 1000000) },
 *		{ 0 },
 *	};
 *
 * Each of the macros names a type, so that the compiler checks the place.
 */
#ifndef LIBCAR_CLI_TABLE_H
#define LIBCAR_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli;
struct filter;

/* The values of an option that may be repeated, in the order of the command
 * line. All zero is the empty list. */
struct cli_list {
	const char **items; /* borrowed from argv */
	size_t count;
};

enum cli_kind {
	CLI_KIND_FLAG,
	CLI_KIND_COUNT,
	CLI_KIND_NUMBER,
	CLI_KIND_SIZE,
	CLI_KIND_TIME,
	CLI_KIND_TEXT,
	CLI_KIND_LIST,
	CLI_KIND_DIDS,
	CLI_KIND_CHOICE,
	CLI_KIND_FILTER,
	CLI_KIND_ACTION,
	CLI_KINDS
};

/* Where the help shows an option: with the program's own options, after them,
 * or in the list of names at the end. A hidden option is accepted, but it does
 * nothing. */
enum cli_group { CLI_OWN, CLI_SHARED, CLI_RARE, CLI_HIDDEN };

struct cli_option {
	int letter;       /* 0: only the long form */
	const char *name; /* long form; NULL ends the table */
	/* Its name in the help; NULL: takes none; `[name]`: may be left out
	 * (long form alone, with a `=`). */
	const char *argument;
	const char *help;

	/* The macros below set the rest. */
	enum cli_kind kind;
	union {
		bool *flag;
		unsigned *count; /* also the place of a choice */
		uint64_t *number;
		const char **text;
		struct cli_list *list;
		struct filter *filter;
		void (*action)(const struct cli *);
	} to;
	/* The default, as a user would write it; the help adds it in brackets.
	 * NULL: the place keeps its value. */
	const char *initial;
	uint64_t min, max;
	const char *const *choices; /* NULL ends them */

	/* Optional: */
	const char *bare;     /* the argument, if the user gave none */
	const char *variable; /* of the environment; overrides `initial` */
	enum cli_group group;
};

/* true. */
#define CLI_FLAG(place) .kind = CLI_KIND_FLAG, .to = { .flag = (place) }

/* A number, as unsigned and as uint64_t; a size in bytes (64M; units are of
 * 1024); a time in milliseconds (30s). */
#define CLI_COUNT(place, initially, low, high) \
	.kind = CLI_KIND_COUNT, .to = { .count = (place) }, \
	.initial = (initially), .min = (low), .max = (high)
#define CLI_NUMBER(place, initially, low, high) \
	.kind = CLI_KIND_NUMBER, .to = { .number = (place) }, \
	.initial = (initially), .min = (low), .max = (high)
#define CLI_SIZE(place, initially, low, high) \
	.kind = CLI_KIND_SIZE, .to = { .number = (place) }, \
	.initial = (initially), .min = (low), .max = (high)
#define CLI_TIME(place, initially, low, high) \
	.kind = CLI_KIND_TIME, .to = { .number = (place) }, \
	.initial = (initially), .min = (low), .max = (high)

/* The text itself, borrowed; each of them, added to the list. */
#define CLI_TEXT(place, initially) \
	.kind = CLI_KIND_TEXT, .to = { .text = (place) }, .initial = (initially)
#define CLI_LIST(place) .kind = CLI_KIND_LIST, .to = { .list = (place) }

/* DIDs, added to the list. The text may be any mention of an account (see
 * mention.h) and is reduced in place, so no default and no variable can give
 * it. */
#define CLI_DIDS(place) .kind = CLI_KIND_DIDS, .to = { .list = (place) }

/* The index of the text in `names`, as unsigned. */
#define CLI_CHOICE(place, names) \
	.kind = CLI_KIND_CHOICE, .to = { .count = (place) }, .choices = (names)

/* An NSID or a prefix.*, added to the filter. */
#define CLI_FILTER(place) .kind = CLI_KIND_FILTER, .to = { .filter = (place) }

/* Nothing is stored; the function is called, and ends the program. */
#define CLI_ACTION(function) \
	.kind = CLI_KIND_ACTION, .to = { .action = (function) }

struct cli {
	const char *name;     /* "at-carwalk" */
	const char *operands; /* "[file ...]" for the usage line */
	const char *summary;  /* one line: what it does */
	/* Without -h, -V, -q, -v and (if `progress` is set) -p, which are the
	 * same in all programs. An entry of that name replaces one of them. */
	const struct cli_option *options;
	bool progress;
	bool network; /* at-network(7) describes some of its options */
};

#endif
