/*
 * lexicon_document: what a catalog keeps of each document.
 */
#ifndef LIBCAR_LEXICON_CATALOG_PRIVATE_H
#define LIBCAR_LEXICON_CATALOG_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/data/syntax.h"
#include "libcar/lexicon/catalog.h"

/* Whose it is; the lowest counts. */
enum lexicon_rank {
	LEXICON_OF_AUTHORITY,
	LEXICON_OF_FILE,
	LEXICON_OF_ACCOUNT,
};

struct lexicon_document {
	char *id;    /* empty if it has none */
	char *place; /* a path, or an at:// URI */
	char *did;   /* of the account; NULL: it is a file */
	char rev[SYNTAX_TID_LEN + 1];
	char *text;    /* JSON; NULL: the record was deleted */
	size_t len;    /* of the text */
	size_t number; /* in the order in which they came */
	size_t first;  /* the number of the account's first one of this id */
	enum lexicon_rank rank;
	bool old;      /* the account has a later one of this id */
	bool used;     /* it is in the set */
	bool bad;      /* it is left out, and was told */
	bool unlinked; /* it was in the set, and nothing has its place yet */
};

void lexicon_catalog_tell(const struct lexicon_catalog *,
    const struct lexicon_finding *);

#endif
