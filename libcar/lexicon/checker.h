/*
 * lexicon_checker: the lines of a stream, each record checked by the lexicon
 * of its collection, and counted.
 *
 * A record without a lexicon passes, unless lexicons are required; then a
 * record passes only if everything its lexicon refers to is there, too. What
 * is no record, or is deleted, or is of a collection that isn't asked for,
 * passes as well.
 */
#ifndef LIBCAR_LEXICON_CHECKER_H
#define LIBCAR_LEXICON_CHECKER_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/base/status.h"
#include "libcar/lexicon/lexicon.h"
#include "libcar/lexicon/summary.h"
#include "libcar/stream/filter.h"
#include "libcar/stream/line.h"

/* All zero before first use, but for what the caller sets and keeps. */
struct lexicon_checker {
	const struct lexicons *set;
	const struct filter *filter; /* collections that are checked */
	struct lexicon_lenience lenience;
	bool required; /* what has no lexicon is invalid */

	struct line line; /* the last one */
	struct lexicon_report report;
	struct lexicon_summary summary;  /* of all lines */
	struct lexicon_summary_row *row; /* of the last record's collection */
};

/* Check a line without its LF, which is then in `line`. 0; if *invalid the
 * report says why. -1: STATUS_BAD_LINE, STATUS_SYSTEM. */
int lexicon_checker_line(struct lexicon_checker *, const char *text, size_t len,
    bool *invalid, struct status *);

void lexicon_checker_free(struct lexicon_checker *);

#endif
