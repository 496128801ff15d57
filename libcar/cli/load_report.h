/*
 * load_report: what at-load says on standard error about its lines.
 *
 * It prints the first CLI_LOAD_LINES messages of a kind one by one, and then
 * how many more there are, so that a bad input doesn't flood the terminal.
 */
#ifndef LIBCAR_CLI_LOAD_REPORT_H
#define LIBCAR_CLI_LOAD_REPORT_H

#include "libcar/load/load.h"

#define CLI_LOAD_LINES 100
#define CLI_LOAD_UNFINISHED 20
#define CLI_LOAD_TYPES 4

/* All zero: nothing was reported yet. */
struct cli_load_report {
	bool failed;    /* a failure was reported: exit status 1 */
	uint64_t bad;   /* lines */
	uint64_t fewer; /* `end` lines that count fewer keys than came */
	uint64_t moved; /* accounts whose revs started over */
	char unknown[CLI_LOAD_TYPES][64];
	unsigned nunknown;
};

/* For load_options. They print into this report, which must outlive them. */
struct load_hooks cli_load_report_hooks(struct cli_load_report *);

/* After the last commit: print how many messages were suppressed, and the
 * snapshots that are still unfinished. A failure of the database ends the
 * program. */
void cli_load_report_end(struct cli_load_report *, struct load *);

/* With -v: print what became of this many lines. */
void cli_load_report_counts(const struct load_counts *, uint64_t lines);

#endif
