/*
 * lexicon_walk: a walk over a record's JSON text: its position, its tokens, and
 * the problems that it finds.
 */
#ifndef LIBCAR_LEXICON_WALK_PRIVATE_H
#define LIBCAR_LEXICON_WALK_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/data/json.h"
#include "libcar/lexicon/lexicon.h"

struct lexicon_schema;

/* A position in a record: a key, or an index if key is NULL, below `up`. */
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

/* A text of the record, borrowed from it. */
struct lexicon_token {
	struct slice text;
	bool escaped; /* it has escapes of JSON */
};

/* The next token. JSON_ERROR is reported as a problem. */
enum json_kind lexicon_next(struct lexicon_walk *);

/* Go to the end of the value whose first token was read. */
int lexicon_skip(struct lexicon_walk *, enum json_kind first);

/* Write the text without escapes to the report's scratch. */
struct lexicon_token lexicon_without_escapes(struct lexicon_walk *,
    struct lexicon_token);

/* The token that was read last. */
static inline struct lexicon_token
lexicon_take(const struct lexicon_walk *w)
{
	return (struct lexicon_token){ { w->json.tok, w->json.tok_len },
		w->json.escaped };
}

/* The text without escapes. If it had any, it is valid until the next call. */
static inline struct lexicon_token
lexicon_unescape(struct lexicon_walk *w, struct lexicon_token t)
{
	return t.escaped ? lexicon_without_escapes(w, t) : t;
}

/* Report a problem at the walk's position, or with a member of it. */
void lexicon_problem(struct lexicon_walk *, enum lexicon_rule,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
void lexicon_problem_with(struct lexicon_walk *, const char *key,
    enum lexicon_rule, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* "a string", "an object": the value that the token begins. */
const char *lexicon_said(enum json_kind);

/* What a value without a schema is in the data model. */
enum lexicon_shape {
	SHAPE_OTHER,
	SHAPE_OBJECT, /* none of the following */
	SHAPE_LINK,
	SHAPE_BYTES,
	SHAPE_BLOB,
	SHAPE_BROKEN, /* a problem was reported */
};

struct lexicon_data {
	enum lexicon_shape shape;
	size_t bytes; /* of bytes */
	bool legacy;  /* an object that may be a legacy blob */
	struct lexicon_token mime;
	int64_t size; /* of a blob */
};

/* Read any value by the rules of the data model alone. -1: not JSON. */
int lexicon_data(struct lexicon_walk *, enum json_kind first,
    struct lexicon_data *);

/* Check the string that was just read by its schema. */
void lexicon_string(struct lexicon_walk *, const struct lexicon_schema *);

#endif
