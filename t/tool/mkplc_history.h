/*
 * mkplc_history: the export of a directory that never was: many accounts, what
 * happens to them, and what an audit must say of it.
 *
 * A line of `verdicts` is "SEQ VERDICT", in the order of the lines that
 * at-plcaudit writes: `valid`, `nullified` (a line that is written again) or
 * the name of an error. A line of `latest` is
 *
 *	DID|HANDLE|PDS|KEY|TOMBSTONED|CREATED|UPDATED
 *
 * in the order of first operations, with the times of the first and the last
 * one.
 */
#ifndef T_TOOL_MKPLC_HISTORY_H
#define T_TOOL_MKPLC_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct mkplc_history {
	size_t operations, dids; /* 0 DIDs: two for five operations */
	uint64_t seed;
	bool has_thefts;
	unsigned invalid;        /* of 1000 operations */
	FILE *verdicts, *latest; /* or NULL */
};

void mkplc_history(const struct mkplc_history *);

#endif
