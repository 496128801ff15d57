/*
 * lexicon_checker: checks each record of a stream of lines by the lexicon of
 * its collection, and counts the results.
 *
 * A record without a lexicon passes, unless lexicons are required; then all
 * lexicons that its lexicon refers to are required too. Lines that aren't
 * records, deletes, and records of collections that the filter leaves out pass
 * unchecked.
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

/* All zero before first use, except the fields that the caller sets. */
struct lexicon_checker {
	const struct lexicons *set;
	const struct filter *filter; /* collections that are checked */
	struct lexicon_lenience lenience;
	bool required; /* a record without a lexicon is invalid */

	struct line line; /* the last one */
	struct lexicon_report report;
	struct lexicon_summary summary;  /* of all lines */
	struct lexicon_summary_row *row; /* of the last record's collection */
};

/* Check a line without its LF, and parse it to `line`. If *invalid, the report
 * says why. -1: STATUS_BAD_LINE, STATUS_SYSTEM. */
int lexicon_checker_line(struct lexicon_checker *, const char *text, size_t len,
    bool *invalid, struct status *);

void lexicon_checker_free(struct lexicon_checker *);

#endif
