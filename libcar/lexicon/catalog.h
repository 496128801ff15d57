/*
 * lexicon_catalog: lexicons from many places, made one set.
 *
 * Documents are collected first, from files and from records of
 * com.atproto.lexicon.schema, and then linked. A document that is bad, or that
 * has a reference to a definition that its document lacks, is left out. If the
 * catalog is strict, linking fails then.
 *
 * One id has one document. An authority's counts most, then a file, then any
 * other account's; among equals, the one that came first. Of one account only
 * the record of the latest rev counts. The others are left out, and told if
 * they mean something else for records.
 *
 * The catalog reads no files and prints nothing: the caller brings the bytes,
 * and `tell` says what is wrong with them.
 */
#ifndef LIBCAR_LEXICON_CATALOG_H
#define LIBCAR_LEXICON_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"
#include "libcar/lexicon/lexicon.h"
#include "libcar/stream/line.h"

#define LEXICON_CATALOG_MAX 100000             /* documents */
#define LEXICON_CATALOG_MAX_BYTES (256u << 20) /* of all of them */

enum lexicon_flaw {
	LEXICON_BAD,
	LEXICON_DIFFERS,   /* from `other`, which counts */
	LEXICON_OVERRULED, /* likewise, and `other` is an authority's */
};

/* A document that is left out. All is borrowed for the call. */
struct lexicon_finding {
	enum lexicon_flaw flaw;
	const char *place;        /* a path, or an at:// URI */
	const char *other;        /* the place of the other document, or NULL */
	const struct status *why; /* of a bad one, or NULL */
};

/* All zero has no documents. */
struct lexicon_catalog {
	/* Called for each finding; may be NULL. */
	void (*tell)(void *ctx, const struct lexicon_finding *);
	void *ctx;
	bool strict; /* refuse bad documents, and two that differ */

	struct lexicon_document *documents;
	size_t count, cap, bytes;
	const char **authorities; /* DIDs; the texts stay the caller's */
	size_t authority_count;
	struct lexicons *set; /* after lexicon_catalog_link() */
	uint64_t bad, conflicts;
	struct buf scratch;
};

/* Where documents differ, those of this account count. STATUS_BAD_SYNTAX,
 * STATUS_SYSTEM. */
int lexicon_catalog_add_authority(struct lexicon_catalog *, const char *did,
    struct status *);

/* Take a file's bytes, which are copied; what is wrong with them is told while
 * linking. STATUS_TOO_LARGE, STATUS_SYSTEM. */
int lexicon_catalog_add_file(struct lexicon_catalog *, const char *path,
    const char *json, size_t len, struct status *);

/* A file or a line that can't be read is bad, too: tell so, and count it. */
void lexicon_catalog_add_bad(struct lexicon_catalog *, const char *place,
    const struct status *why);

/* Take what line_parse() made of a line, if it is of a lexicon's record; a
 * record with another id than its record key is told and left out.
 * STATUS_BAD_LINE (nothing is taken of this line), STATUS_TOO_LARGE,
 * STATUS_SYSTEM. */
int lexicon_catalog_add_line(struct lexicon_catalog *, struct line *,
    struct status *);

/* Make the set, once. -1: STATUS_BAD_SYNTAX (no lexicons; if strict, bad ones),
 * STATUS_BAD_RECORD (if strict, two differ), STATUS_SYSTEM. */
int lexicon_catalog_link(struct lexicon_catalog *, struct status *);

void lexicon_catalog_free(struct lexicon_catalog *);

#endif
