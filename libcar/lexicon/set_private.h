/*
 * lexicon_set: the compiled form of lexicons.
 *
 * The parts refer to each other by index, because arrays move while documents
 * are added. The names of a range are sorted by their bytes.
 */
#ifndef LIBCAR_LEXICON_SET_PRIVATE_H
#define LIBCAR_LEXICON_SET_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/lexicon/lexicon.h"

struct lexicon_node;

/* The form that a record's key must have. */
enum lexicon_key { KEY_ANY, KEY_TID, KEY_NSID, KEY_LITERAL };

/* What most members mean depends on the kind. */
struct lexicon_schema {
	uint8_t kind;   /* enum lexicon_kind */
	uint8_t format; /* string: enum lexicon_format */
	bool closed;    /* union: other types are invalid */
	bool has_const; /* boolean, integer: `constant`; string: `of` */
	bool has_enum;  /* integer, string: the range; blob: what it accepts */
	/* integer: the value; string, bytes: number of bytes; array: number of
	 * elements; blob: its size */
	int64_t min, max;
	uint64_t min_graphemes, max_graphemes; /* string */
	int64_t constant;
	/* The range. integer: of `integers`; string, blob, union, ref: of
	 * `names`. */
	uint32_t first, count;
	/* array: its items' schema; object: its place in `objects`; string: the
	 * name that it must be */
	uint32_t of;
};

/* A text. target: the schema of a reference, 0 if that is missing. */
struct lexicon_name {
	uint32_t text, len;
	uint32_t target;
};

struct lexicon_prop {
	uint32_t text, len, hash; /* its name */
	uint32_t schema;
	bool nullable, required;
};

/* Slots are a hash table of 1 + the property's number, 0 where empty. */
struct lexicon_object {
	uint32_t props, count;
	uint32_t slots, mask;
	uint32_t type, type_len; /* its $type; empty: not a definition */
	uint32_t required;       /* number of required properties */
};

struct lexicon_def {
	uint32_t text, len; /* its name in the document */
	uint8_t kind;       /* enum lexicon_kind */
	uint8_t key;        /* record: enum lexicon_key */
	uint32_t schema;    /* record: its object; 0: not a target of ref */
	uint32_t literal, literal_len; /* KEY_LITERAL: the key */
};

struct lexicon_doc {
	uint8_t digest[32]; /* of what it means */
	uint32_t defs, def_count;
	uint32_t schemas, schema_count;
	bool removed; /* it still keeps its slot */
	size_t id_len;
	char id[];
};

/* A document whose main definition is a record. */
struct lexicon_record {
	const struct lexicon_doc *doc;
	uint32_t def;
};

struct lexicons {
	struct lexicon_doc **docs;
	uint32_t *doc_slots; /* 1 + number, by the id's hash; a power of two */
	size_t doc_count, doc_cap; /* with removed ones */
	size_t removed_count;
	size_t checked; /* documents with valid references */
	const struct lexicon_doc *blamed;
	struct lexicon_record *records; /* sorted by NSID, once linked */
	size_t record_count;
	struct buf schemas, names, props, objects, slots, defs, integers;
	struct buf strings;
};

/* A pointer into an array, valid until the array grows. */
#define LEXICON_AT(set, array, type, i) \
	((type *)(void *)(set)->array.data + (i))
#define LEXICON_SCHEMA(set, i) \
	LEXICON_AT(set, schemas, struct lexicon_schema, i)

/* Append a linted document to the set's arrays, and set the ranges of its defs
 * and schemas. -1: no memory; nothing is added. */
int lexicon_compile(struct lexicons *, const struct lexicon_node *root,
    struct lexicon_doc *);

/* The document of this id; NULL: missing or removed. */
const struct lexicon_doc *lexicon_find_doc(const struct lexicons *,
    const char *id, size_t len);

/* The record of this NSID; NULL: missing. */
const struct lexicon_record *lexicon_find_record(const struct lexicons *,
    const char *nsid, size_t len);

/* Search `count` names from `first` on; NULL: missing. */
const struct lexicon_name *lexicon_find_name(const struct lexicons *,
    uint32_t first, uint32_t count, const char *text, size_t len);

#endif
