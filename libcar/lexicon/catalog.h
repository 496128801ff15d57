/*
 * lexicon_catalog: joins lexicons from many places to one set.
 *
 * The caller adds documents, from files and from records of
 * com.atproto.lexicon.schema, and then links them. The catalog skips a document
 * that is bad, or that refers to a definition which is missing from an existing
 * document. If the catalog is strict, linking fails instead.
 *
 * Each id has one document. An authority's document counts most, then a file,
 * then any other account's; among equals, the first one. Of one account only
 * the record with the latest rev counts. The catalog skips the others, and
 * reports those that mean something else for records.
 *
 * The catalog reads no files and prints nothing: the caller gives it the bytes,
 * and `tell` reports what is wrong with them.
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
	LEXICON_OVERRULED, /* the same, and `other` is an authority's */
};

/* A document that is skipped. All is borrowed for the call. */
struct lexicon_finding {
	enum lexicon_flaw flaw;
	const char *place;        /* a path, or an at:// URI */
	const char *other;        /* the place of the other document, or NULL */
	const struct status *why; /* of a bad one, or NULL */
};

/* All zero: no documents. */
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

/* If documents differ, those of this account count. STATUS_BAD_SYNTAX,
 * STATUS_SYSTEM. */
int lexicon_catalog_add_authority(struct lexicon_catalog *, const char *did,
    struct status *);

/* Copy the bytes of a file. Linking reports what is wrong with them.
 * STATUS_TOO_LARGE, STATUS_SYSTEM. */
int lexicon_catalog_add_file(struct lexicon_catalog *, const char *path,
    const char *json, size_t len, struct status *);

/* Report and count a file or a line that can't be read. */
void lexicon_catalog_add_bad(struct lexicon_catalog *, const char *place,
    const struct status *why);

/* Add the lexicon of a line that line_parse() has read, if it is the record of
 * one. A record whose id differs from its record key is reported and skipped.
 * STATUS_BAD_LINE (the line adds nothing), STATUS_TOO_LARGE, STATUS_SYSTEM. */
int lexicon_catalog_add_line(struct lexicon_catalog *, struct line *,
    struct status *);

/* Make the set, once. -1: STATUS_BAD_SYNTAX (no lexicons; if strict, bad ones),
 * STATUS_BAD_RECORD (if strict, two differ), STATUS_SYSTEM. */
int lexicon_catalog_link(struct lexicon_catalog *, struct status *);

void lexicon_catalog_free(struct lexicon_catalog *);

#endif
