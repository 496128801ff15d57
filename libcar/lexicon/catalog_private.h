/*
 * lexicon_catalog_private: what a catalog keeps of each document.
 */
#ifndef LIBCAR_LEXICON_CATALOG_PRIVATE_H
#define LIBCAR_LEXICON_CATALOG_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/data/syntax.h"
#include "libcar/lexicon/catalog.h"

/* Whose document it is. The lowest rank counts. */
enum lexicon_rank {
	LEXICON_OF_AUTHORITY,
	LEXICON_OF_FILE,
	LEXICON_OF_ACCOUNT,
};

struct lexicon_document {
	char *id;    /* empty: missing */
	char *place; /* a path, or an at:// URI */
	char *did;   /* of the account; NULL: a file */
	char rev[SYNTAX_TID_LEN + 1];
	char *text;    /* JSON; NULL: the record was deleted */
	size_t len;    /* of the text */
	size_t number; /* in the order of arrival */
	size_t first;  /* number of the account's first document of this id */
	enum lexicon_rank rank;
	bool old;      /* the account has a later document of this id */
	bool used;     /* it is in the set */
	bool bad;      /* it is skipped, and was reported */
	bool unlinked; /* it was in the set, and isn't replaced yet */
};

void lexicon_catalog_tell(const struct lexicon_catalog *,
    const struct lexicon_finding *);

#endif
