/*
 * lexicon: compiles schemas of the AT Protocol, and checks records by them.
 * https://atproto.com/specs/lexicon
 *
 * The caller adds documents one by one; each is linted. Then it links them
 * once; after that the set is only read. References may name documents that are
 * missing: values behind them are not checked, and the report is `incomplete`.
 *
 * The check of a record is one walk over its JSON text, without a tree and
 * without allocation. (A union looks for its $type before it walks.) Lengths
 * are bytes of UTF-8. maxGraphemes counts grapheme clusters by utf8proc, but
 * only if the number of bytes doesn't decide. Unknown fields are valid.
 */
#ifndef LIBCAR_LEXICON_LEXICON_H
#define LIBCAR_LEXICON_LEXICON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"

#define LEXICON_MAX_BYTES (1 << 20) /* of a document */
#define LEXICON_MAX_DEPTH 64        /* of nested schemas */
#define LEXICON_MAX_PROBLEMS 100    /* that a report holds */
#define LEXICON_MAX_PATH 2048       /* bytes of a problem's path */

/* The rules that a record can break. at-ndjson(5) has their names. */
enum lexicon_rule {
	LEXICON_JSON,     /* not JSON, or nested too deeply */
	LEXICON_TYPE,     /* "type": another kind of value */
	LEXICON_REQUIRED, /* a property is missing */
	LEXICON_NULL,     /* null, but not nullable */
	LEXICON_CONST,
	LEXICON_ENUM,
	LEXICON_MINIMUM,
	LEXICON_MAXIMUM,
	LEXICON_MIN_LENGTH,
	LEXICON_MAX_LENGTH,
	LEXICON_MIN_GRAPHEMES,
	LEXICON_MAX_GRAPHEMES,
	LEXICON_FORMAT,
	LEXICON_UNION,       /* no $type, or not one of a closed union */
	LEXICON_ACCEPT,      /* a blob's mimeType */
	LEXICON_MAX_SIZE,    /* a blob's size */
	LEXICON_RECORD_TYPE, /* the record's $type isn't its collection */
	LEXICON_RECORD_KEY,  /* not the form of rkey that the lexicon wants */
	LEXICON_UNKNOWN,     /* the required lexicon is missing */
	LEXICON_RULES
};

/* "maxGraphemes": the rule's name. */
const char *lexicon_rule_name(enum lexicon_rule);

/* Accepts what is common in old data, see at-validate(1). */
struct lexicon_lenience {
	bool legacy_blobs; /* {cid, mimeType} is a blob */
	bool datetimes;    /* no zone, a lower-case t or z, ... */
};

struct lexicon_problem {
	enum lexicon_rule rule;
	size_t path, path_len;       /* JSON pointer, in report->text */
	size_t message, message_len; /* in report->text */
};

/* All zero before first use; can be reused. */
struct lexicon_report {
	struct lexicon_problem problems[LEXICON_MAX_PROBLEMS];
	size_t count;    /* of problems */
	size_t more;     /* problems beyond the array */
	bool incomplete; /* the document of a reference is missing */
	struct buf text;
	struct buf scratch; /* the library's own */
};

struct lexicons;

struct lexicons *lexicons_new(void); /* NULL: no memory */

enum lexicon_added {
	LEXICON_REFUSED = -1,
	LEXICON_ADDED,
	LEXICON_KNOWN, /* the set has one with the same meaning */
};

/*
 * Lint a document and add it. id (may be NULL) is set to the document's id,
 * borrowed from the set. LEXICON_REFUSED: STATUS_BAD_SYNTAX with the place (a
 * JSON pointer) and the rule in the message; STATUS_BAD_RECORD, if the set has
 * another document of this id; STATUS_TOO_LARGE, STATUS_SYSTEM.
 */
enum lexicon_added lexicons_add(struct lexicons *, const char *json, size_t len,
    const char **id, struct status *);

/* Resolve references, after the last lexicons_add(). -1: STATUS_BAD_SYNTAX (a
 * reference to a definition that is missing or can't be a target, see
 * lexicons_blamed()), STATUS_SYSTEM. */
int lexicons_link(struct lexicons *, struct status *);

/* The document whose reference lexicons_link() refused; NULL: none. The caller
 * may remove it and link the others again. */
const char *lexicons_blamed(const struct lexicons *);

/* Remove the document of this id, as if it had never been added. */
void lexicons_remove(struct lexicons *, const char *id, size_t len);

size_t lexicons_count(const struct lexicons *);

/* Does this NSID define a record? */
bool lexicons_has_record(const struct lexicons *, const char *nsid, size_t len);

enum lexicon_result {
	LEXICON_ERROR = -1, /* STATUS_SYSTEM */
	LEXICON_INVALID,    /* the report says why */
	LEXICON_VALID,
	LEXICON_MISSING, /* the collection has no lexicon */
};

/* Check a record of this collection. rkey NULL: don't check it. */
enum lexicon_result lexicons_check(const struct lexicons *,
    const char *collection, size_t collection_len, const char *rkey,
    size_t rkey_len, const char *record, size_t len,
    const struct lexicon_lenience *, struct lexicon_report *, struct status *);

void lexicon_report_free(struct lexicon_report *);
void lexicons_free(struct lexicons *);

#endif
