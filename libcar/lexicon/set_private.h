/*
 * lexicon_set: the compiled form of lexicons, and what checks records by it.
 * Private to the lexicon files.
 *
 * Everything is an index into an array of the set, so that arrays may move
 * while documents are added. Names of a range are sorted by their bytes.
 */
#ifndef LIBCAR_LEXICON_SET_PRIVATE_H
#define LIBCAR_LEXICON_SET_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/data/json.h"
#include "libcar/lexicon/lexicon.h"
#include "libcar/lexicon/tree_private.h"

#define LEXICON_MAX_PROPERTIES 1024 /* of an object */
#define LEXICON_MAX_DEF_NAME 128

enum lexicon_kind {
	KIND_NONE, /* no such type */
	KIND_BOOLEAN,
	KIND_INTEGER,
	KIND_STRING,
	KIND_BYTES,
	KIND_LINK,
	KIND_BLOB,
	KIND_NULL,
	KIND_UNKNOWN,
	KIND_ARRAY,
	KIND_OBJECT,
	KIND_REF,
	KIND_UNION,
	KIND_TOKEN,
	KIND_PARAMS,
	KIND_RECORD,
	KIND_QUERY,
	KIND_PROCEDURE,
	KIND_SUBSCRIPTION,
	KIND_PERMISSION_SET,
};

enum lexicon_format {
	FORMAT_NONE,
	FORMAT_AT_IDENTIFIER,
	FORMAT_AT_URI,
	FORMAT_CID,
	FORMAT_DATETIME,
	FORMAT_DID,
	FORMAT_HANDLE,
	FORMAT_LANGUAGE,
	FORMAT_NSID,
	FORMAT_RECORD_KEY,
	FORMAT_TID,
	FORMAT_URI,
};

enum lexicon_key { KEY_ANY, KEY_TID, KEY_NSID, KEY_LITERAL };

struct lexicon_schema {
	uint8_t kind;     /* enum lexicon_kind */
	uint8_t format;   /* enum lexicon_format */
	bool closed;      /* a union */
	bool has_const;   /* boolean, integer: `constant`; string: `name` */
	bool has_enum;    /* of the range, or blob's `accept` */
	int64_t min, max; /* integer; bytes or elements; blob: max, the size */
	uint64_t graphemes; /* the most of them */
	uint64_t min_graphemes;
	int64_t constant;
	/* names of a string's enum, a blob's accept, a union's or the one ref;
	 * an integer's enum in `integers` */
	uint32_t first, count;
	uint32_t of; /* array: its items' schema; object: which; string: the
	              * const's name */
};

/* A string; a ref's target is a schema (0: none is there). */
struct lexicon_name {
	uint32_t text, len;
	uint32_t target;
};

struct lexicon_prop {
	uint32_t text, len, hash;
	uint32_t schema;
	bool nullable, required;
};

/* Slots are a hash table of 1 + the property's number, 0 where empty. */
struct lexicon_object {
	uint32_t props, count;
	uint32_t slots, mask;
	uint32_t type, type_len; /* its $type; none inside of others */
	uint32_t required;       /* how many of the properties are */
};

struct lexicon_def {
	uint32_t text, len; /* its name in the document */
	uint8_t kind;       /* enum lexicon_kind */
	uint8_t key;        /* record: enum lexicon_key */
	uint32_t schema;    /* of a record's object, too; 0: not to refer to */
	uint32_t literal, literal_len;
};

struct lexicon_doc {
	uint8_t digest[32];
	uint32_t defs, def_count;
	uint32_t schemas, schema_count;
	bool removed; /* but kept, for its place */
	size_t id_len;
	char id[];
};

struct lexicon_record {
	const struct lexicon_doc *doc;
	uint32_t def;
};

struct lexicons {
	struct lexicon_doc **docs;
	uint32_t *doc_slots; /* 1 + number, by the id's hash; a power of two */
	size_t doc_count, doc_cap; /* with removed ones */
	size_t removed_count;
	size_t checked; /* documents whose references are fine */
	const struct lexicon_doc *blamed;
	struct lexicon_record *records; /* sorted by NSID, once linked */
	size_t record_count;
	struct buf schemas, names, props, objects, slots, defs, integers;
	struct buf strings;
};

#define LEXICON_AT(set, array, type, i) \
	((type *)(void *)(set)->array.data + (i))
#define LEXICON_SCHEMA(set, i) \
	LEXICON_AT(set, schemas, struct lexicon_schema, i)

/* A named type, as JSON has it. */
enum lexicon_kind lexicon_kind_of(const char *text, size_t len);

/* -1: there is no such format. */
int lexicon_format_of(const char *text, size_t len);

const char *lexicon_format_name(enum lexicon_format);
bool lexicon_format_check(enum lexicon_format, const char *, size_t,
    const struct lexicon_lenience *);

/* -1: STATUS_BAD_SYNTAX, with the place. */
int lexicon_lint(const struct lexicon_node *root, struct status *);

/* Compile what was linted to the end of the set's arrays, and fill in where
 * the document's defs and schemas are. -1: no memory; nothing is added. */
int lexicon_compile(struct lexicons *, const struct lexicon_node *root,
    struct lexicon_doc *);

const struct lexicon_doc *lexicon_find_doc(const struct lexicons *,
    const char *id, size_t len);

/* The record of this NSID; NULL if there is none. */
const struct lexicon_record *lexicon_find_record(const struct lexicons *,
    const char *nsid, size_t len);

/* Among `count` names from `first` on; NULL if it isn't there. */
const struct lexicon_name *lexicon_find_name(const struct lexicons *,
    uint32_t first, uint32_t count, const char *text, size_t len);

/* Where a record is: a key or, without one, an index, below the step up. */
struct lexicon_step {
	const struct lexicon_step *up;
	const char *key;
	size_t len; /* of the key; the index */
	bool escaped;
};

struct lexicon_walk {
	const struct lexicons *set;
	const struct lexicon_lenience *lenience;
	struct lexicon_report *report;
	const struct lexicon_step *at;
	struct json json;
	struct status st; /* of the JSON */
};

/* Text of the record, escaped or not. */
struct lexicon_token {
	struct slice text;
	bool escaped;
};

/* The next token; JSON_ERROR is told as a problem. */
enum json_kind lexicon_next(struct lexicon_walk *);

/* Go to the end of the value whose first token was read. */
int lexicon_skip(struct lexicon_walk *, enum json_kind first);

struct lexicon_token lexicon_without_escapes(struct lexicon_walk *,
    struct lexicon_token);

static inline struct lexicon_token
lexicon_take(const struct lexicon_walk *w)
{
	return (struct lexicon_token){ { w->json.tok, w->json.tok_len },
		w->json.escaped };
}

/* Into the report's scratch, if need be, until the next call. */
static inline struct lexicon_token
lexicon_unescape(struct lexicon_walk *w, struct lexicon_token t)
{
	return t.escaped ? lexicon_without_escapes(w, t) : t;
}

/* A problem where the walk is, or with that member of it. */
void lexicon_problem(struct lexicon_walk *, enum lexicon_rule,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
void lexicon_problem_with(struct lexicon_walk *, const char *key,
    enum lexicon_rule, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* "a string", "an object": what the token begins. */
const char *lexicon_said(enum json_kind);

/* What a value without a schema is in the data model. */
enum lexicon_shape {
	SHAPE_OTHER,
	SHAPE_OBJECT, /* none of the following */
	SHAPE_LINK,
	SHAPE_BYTES,
	SHAPE_BLOB,
	SHAPE_BROKEN, /* a problem was told */
};

struct lexicon_data {
	enum lexicon_shape shape;
	size_t bytes; /* of bytes */
	bool legacy;  /* an object that may be a blob of old */
	struct lexicon_token mime;
	int64_t size; /* of a blob */
};

/* Go over any value, by the data model's rules alone. -1: no JSON. */
int lexicon_data(struct lexicon_walk *, enum json_kind first,
    struct lexicon_data *);

/* The string that was read, by its schema. */
void lexicon_string(struct lexicon_walk *, const struct lexicon_schema *);

/* Grapheme clusters of a text in UTF-8. */
size_t lexicon_graphemes(const char *text, size_t len);

static inline uint64_t
lexicon_load(const char *p, size_t n)
{
	uint64_t v = 0;
	uint32_t a, b;

	if (n >= 8)
		memcpy(&v, p, 8);
	else if (n >= 4) {
		memcpy(&a, p, 4);
		memcpy(&b, p + n - 4, 4);
		v = (uint64_t)b << 32 | a;
	} else if (n > 0)
		v = (uint64_t)(uint8_t)p[n / 2] << 16 |
		    (uint64_t)(uint8_t)p[n - 1] << 8 | (uint8_t)p[0];
	return v;
}

/* Of the two ends and the length: properties are few, and known before. */
static inline uint32_t
lexicon_hash(const char *p, size_t n)
{
	uint64_t h = lexicon_load(p, n);

	if (n > 8)
		h ^= lexicon_load(p + n - 8, 8) * 0x9e3779b97f4a7c15;
	return (h ^ n) * 0xd6e8feb86659fd93 >> 32;
}

#endif
