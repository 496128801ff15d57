/*
 * lexicon_summary: counts the results of each collection, and prints a table.
 */
#ifndef LIBCAR_LEXICON_SUMMARY_H
#define LIBCAR_LEXICON_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/named.h"
#include "libcar/base/status.h"
#include "libcar/lexicon/lexicon.h"

/* Maximum number of collections; further ones share a row. */
#define LEXICON_SUMMARY_MAX 10000

struct lexicon_summary_row {
	struct named named; /* by the NSID; without a name: all others */
	bool wanted, known; /* the caller's */
	uint64_t valid, invalid;
	uint64_t unknown; /* records without a lexicon */
	uint64_t partly;  /* valid, but a lexicon referred to is missing */
	uint64_t rules[LEXICON_RULES]; /* invalid records that break each */
};

/* All zero: empty. */
struct lexicon_summary {
	struct named_list rows;
	struct lexicon_summary_row others;
};

/* The row of a collection. A missing row is added, and *fresh is then true. The
 * row never moves. NULL: STATUS_SYSTEM. */
struct lexicon_summary_row *lexicon_summary_find(struct lexicon_summary *,
    const char *nsid, size_t len, bool *fresh, struct status *);

/* Count an invalid record by the rules in its report. */
void lexicon_summary_invalid(struct lexicon_summary_row *,
    const struct lexicon_report *);

/* Append the table: a row for each wanted collection, and their sum if there
 * are several. */
void lexicon_summary_format(const struct lexicon_summary *, struct buf *);

void lexicon_summary_free(struct lexicon_summary *);

#endif
