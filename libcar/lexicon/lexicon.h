/*
 * lexicon: schemas of the AT Protocol, compiled, and records checked by them.
 * https://atproto.com/specs/lexicon
 *
 * Documents are added one by one, each linted, then linked once; after that
 * the set is only read. References may go to documents that aren't there:
 * what they would say isn't checked, and the verdict tells.
 *
 * A record is checked in one walk over its JSON text, without a tree and
 * without allocation. (A union looks for its $type first, and walks then.)
 * Lengths are bytes of UTF-8, maxGraphemes counts grapheme clusters by
 * utf8proc, only where the bytes leave doubt. Unknown fields are fine.
 */
#ifndef LIBCAR_LEXICON_LEXICON_H
#define LIBCAR_LEXICON_LEXICON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"

#define LEXICON_MAX_BYTES (1 << 20) /* of a document */
#define LEXICON_MAX_DEPTH 64        /* of schemas in a document */
#define LEXICON_MAX_PROBLEMS 100    /* that a report holds */
#define LEXICON_MAX_PATH 2048       /* bytes of a problem's path */

/* What a record may break; the names are those of at-ndjson(5). */
enum lexicon_rule {
	LEXICON_JSON,     /* no JSON, or nested too deep */
	LEXICON_TYPE,     /* "type": another kind of value */
	LEXICON_REQUIRED, /* a property is missing */
	LEXICON_NULL,     /* null where it isn't nullable */
	LEXICON_CONST,
	LEXICON_ENUM,
	LEXICON_MINIMUM,
	LEXICON_MAXIMUM,
	LEXICON_MIN_LENGTH,
	LEXICON_MAX_LENGTH,
	LEXICON_MIN_GRAPHEMES,
	LEXICON_MAX_GRAPHEMES,
	LEXICON_FORMAT,
	LEXICON_UNION,       /* $type is missing, or not of a closed union */
	LEXICON_ACCEPT,      /* a blob's mimeType */
	LEXICON_MAX_SIZE,    /* a blob's size */
	LEXICON_RECORD_TYPE, /* the record's $type isn't its collection */
	LEXICON_RECORD_KEY,  /* the lexicon wants another form of rkey */
	LEXICON_UNKNOWN,     /* no lexicon, where one is required */
	LEXICON_RULES
};

/* "maxGraphemes": the rule's name. */
const char *lexicon_rule_name(enum lexicon_rule);

/* For what old data is full of, see at-validate(1). */
struct lexicon_lenience {
	bool legacy_blobs; /* {cid, mimeType} is a blob */
	bool datetimes;    /* a zone may lack, a lower-case t and z, ... */
};

struct lexicon_problem {
	enum lexicon_rule rule;
	size_t path, path_len;       /* JSON pointer, in report->text */
	size_t message, message_len; /* in report->text */
};

/* All zero before first use; can be used again and again. */
struct lexicon_report {
	struct lexicon_problem problems[LEXICON_MAX_PROBLEMS];
	size_t count;    /* of them */
	size_t more;     /* that were found beyond */
	bool incomplete; /* a reference led to no document */
	struct buf text;
	struct buf scratch; /* the library's own */
};

struct lexicons;

struct lexicons *lexicons_new(void); /* NULL: no memory */

enum lexicon_added {
	LEXICON_REFUSED = -1,
	LEXICON_ADDED,
	LEXICON_KNOWN, /* one that means the same for records is there */
};

/*
 * Lint a document and add it. id (may be NULL) is set to the document's id,
 * borrowed from the set. LEXICON_REFUSED: STATUS_BAD_SYNTAX with the place (a
 * JSON pointer) and the rule in the message; STATUS_BAD_RECORD, if the set has
 * another document of this id; STATUS_TOO_LARGE, STATUS_SYSTEM.
 */
enum lexicon_added lexicons_add(struct lexicons *, const char *json, size_t len,
    const char **id, struct status *);

/* Resolve references; to be called after the last lexicons_add(). -1:
 * STATUS_BAD_SYNTAX (a ref to what can't be referred to, see
 * lexicons_blamed()), STATUS_SYSTEM. */
int lexicons_link(struct lexicons *, struct status *);

/* The document whose reference lexicons_link() refused; NULL if none was. It
 * may be removed, and the rest linked again. */
const char *lexicons_blamed(const struct lexicons *);

/* Take the document of this id out, as if it had never been there. */
void lexicons_remove(struct lexicons *, const char *id, size_t len);

size_t lexicons_count(const struct lexicons *);

/* Is there a record of this NSID? */
bool lexicons_has_record(const struct lexicons *, const char *nsid, size_t len);

enum lexicon_result {
	LEXICON_ERROR = -1, /* STATUS_SYSTEM */
	LEXICON_INVALID,    /* as the report says */
	LEXICON_VALID,
	LEXICON_MISSING, /* there is no lexicon of the collection */
};

/* Check a record of this collection. rkey NULL: isn't checked. */
enum lexicon_result lexicons_check(const struct lexicons *,
    const char *collection, size_t collection_len, const char *rkey,
    size_t rkey_len, const char *record, size_t len,
    const struct lexicon_lenience *, struct lexicon_report *, struct status *);

void lexicon_report_free(struct lexicon_report *);
void lexicons_free(struct lexicons *);

#endif
