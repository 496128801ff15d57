/*
 * tally: what was found of each collection, and a table of it.
 */
#ifndef LIBCAR_LEXICON_TALLY_H
#define LIBCAR_LEXICON_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"
#include "libcar/lexicon/lexicon.h"

#define TALLY_MAX 10000 /* collections; those beyond are counted together */

struct tally_row {
	char *nsid; /* NULL: all others */
	size_t len;
	bool wanted, known; /* the caller's */
	uint64_t valid, invalid;
	uint64_t unknown; /* that there is no lexicon for */
	uint64_t partly;  /* of the valid ones: a reference led nowhere */
	uint64_t rules[LEXICON_RULES]; /* invalid ones that break it */
};

/* All zero has none. */
struct tally {
	struct tally_row **rows; /* sorted by nsid */
	size_t count;
	struct tally_row others;
};

/* The row of a collection, made where it isn't there, *fresh then. The row
 * stays where it is. NULL: STATUS_SYSTEM. */
struct tally_row *tally_find(struct tally *, const char *nsid, size_t len,
    bool *fresh, struct status *);

/* Count a record that is invalid as the report says. */
void tally_invalid(struct tally_row *, const struct lexicon_report *);

/* Append the table: rows of wanted collections, and if there are more than
 * one, their sum. */
void tally_format(const struct tally *, struct buf *);

void tally_free(struct tally *);

#endif
