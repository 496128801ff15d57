/*
 * table: what a program says of its command line.
 */
#ifndef LIBCAR_CLI_TABLE_H
#define LIBCAR_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct cli_option {
	int letter;       /* 0: only the long form */
	const char *name; /* long form; NULL ends the table */
	/* Its name in the help; NULL: takes none; `[name]`: may be left out
	 * (long form alone, with a `=`). */
	const char *argument;
	const char *help;
};

struct cli {
	const char *name;     /* "at-carwalk" */
	const char *operands; /* "[file ...]" for the usage line */
	const char *summary;  /* one line: what it does */
	const struct cli_option *options;
	/* Those before `own` are shared with other programs; --help has them
	 * behind its own, and of those before `brief` the names alone. */
	size_t own, brief;
	/* -h, -V, -q, -v, -p are the same everywhere and handled here; -p
	 * only where `progress` is set. */
	bool progress;
};

#endif
