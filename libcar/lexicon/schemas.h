/*
 * schemas: lexicons from directories, files and records.
 *
 * Documents are collected first, from *.json files and from lines of
 * at-ndjson(5), and then made one set. A file that is no good is the user's,
 * and fatal; a record that is none is a stranger's, and left out. Two
 * documents that differ under one id are refused, unless the account of one
 * is an authority.
 */
#ifndef LIBCAR_LEXICON_SCHEMAS_H
#define LIBCAR_LEXICON_SCHEMAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"
#include "libcar/lexicon/lexicon.h"

#define SCHEMAS_MAX 100000             /* documents */
#define SCHEMAS_MAX_BYTES (256u << 20) /* of them all */
#define SCHEMAS_MAX_DEPTH 32           /* of directories */

/* A document: from a file, or of an account at a rev. */
struct schemas_document {
	char *id, *place; /* place: for messages */
	char *did;        /* NULL: a file */
	char rev[16];
	char *text;         /* JSON; NULL: it was deleted */
	size_t len, number; /* number: as they came */
	int rank;
	bool used;
	/* it is in the set */ bool
	    bad;       /* it was, and has a reference to what isn't there */
	bool replaced; /* then others of its id were looked at */
};

/* All zero has none. */
struct schemas {
	struct schemas_document *documents;
	size_t count, cap, bytes;
	const char **authorities; /* DIDs; the texts stay the caller's */
	size_t nauthorities;
	struct lexicons *set;  /* after schemas_link() */
	uint64_t bad, ignored; /* files, and records, that are no good */
	uint64_t conflicts;
	struct buf scratch;
};

/* Its documents count where others differ. STATUS_BAD_SYNTAX,
 * STATUS_SYSTEM. */
int schemas_add_authority(struct schemas *, const char *did, struct status *);

/*
 * Collect what is there: the *.json files of a directory and of those in it;
 * a file that is so named; the records of com.atproto.lexicon.schema in a file
 * of another name. What isn't good of them is said on standard error and
 * counted. -1: STATUS_UNREADABLE, STATUS_BAD_LINE (nothing is there),
 * STATUS_TOO_LARGE, STATUS_SYSTEM.
 */
int schemas_add(struct schemas *, const char *path, struct status *);

/* Make the set of them. -1: STATUS_BAD_SYNTAX (some files are bad, or a
 * reference), STATUS_BAD_RECORD (two differ), STATUS_SYSTEM. */
int schemas_link(struct schemas *, struct status *);

void schemas_free(struct schemas *);

#endif
