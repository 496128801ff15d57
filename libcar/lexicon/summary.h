/*
 * lexicon_summary: what was found of each collection, and a table of it.
 */
#ifndef LIBCAR_LEXICON_SUMMARY_H
#define LIBCAR_LEXICON_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"
#include "libcar/lexicon/lexicon.h"

/* Collections; those beyond are counted together. */
#define LEXICON_SUMMARY_MAX 10000

struct lexicon_summary_row {
	char *nsid; /* NULL: all others */
	size_t len;
	bool wanted, known; /* the caller's */
	uint64_t valid, invalid;
	uint64_t unknown; /* that there is no lexicon for */
	uint64_t partly;  /* of the valid ones: a reference led nowhere */
	uint64_t rules[LEXICON_RULES]; /* invalid ones that break it */
};

/* All zero has none. */
struct lexicon_summary {
	struct lexicon_summary_row **rows; /* sorted by nsid */
	size_t count;
	struct lexicon_summary_row others;
};

/* The row of a collection, made where it isn't there, *fresh then. The row
 * stays where it is. NULL: STATUS_SYSTEM. */
struct lexicon_summary_row *lexicon_summary_find(struct lexicon_summary *,
    const char *nsid, size_t len, bool *fresh, struct status *);

/* Count a record that is invalid as the report says. */
void lexicon_summary_invalid(struct lexicon_summary_row *,
    const struct lexicon_report *);

/* Append the table: rows of wanted collections, and if there are more than
 * one, their sum. */
void lexicon_summary_format(const struct lexicon_summary *, struct buf *);

void lexicon_summary_free(struct lexicon_summary *);

#endif
