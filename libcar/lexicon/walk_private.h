/*
 * lexicon_walk: the walk over a record's JSON text: where it is, the tokens,
 * and the problems on the way.
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

/* A text of the record, borrowed from it. */
struct lexicon_token {
	struct slice text;
	bool escaped; /* it has escapes of JSON */
};

/* The next token; JSON_ERROR is told as a problem. */
enum json_kind lexicon_next(struct lexicon_walk *);

/* Go to the end of the value whose first token was read. */
int lexicon_skip(struct lexicon_walk *, enum json_kind first);

/* Undo escapes into the report's scratch. */
struct lexicon_token lexicon_without_escapes(struct lexicon_walk *,
    struct lexicon_token);

/* The token that was read last. */
static inline struct lexicon_token
lexicon_take(const struct lexicon_walk *w)
{
	return (struct lexicon_token){ { w->json.tok, w->json.tok_len },
		w->json.escaped };
}

/* The text itself; one that had escapes is valid until the next call. */
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

#endif
