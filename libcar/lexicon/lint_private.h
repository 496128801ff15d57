/*
 * lexicon_lint: is a document a lexicon? The compiler doesn't check again.
 */
#ifndef LIBCAR_LEXICON_LINT_PRIVATE_H
#define LIBCAR_LEXICON_LINT_PRIVATE_H

#include <stddef.h>

#include "libcar/base/status.h"
#include "libcar/lexicon/tree_private.h"

#define LEXICON_MAX_PROPERTIES 1024 /* of an object */
#define LEXICON_MAX_DEF_NAME 128    /* bytes */

/* The type of a definition or of a schema inside it. The kinds from KIND_RECORD
 * on can only be the main definition. */
enum lexicon_kind {
	KIND_NONE, /* unknown type */
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

/* The kind that a `type` names. */
enum lexicon_kind lexicon_kind_of(const char *text, size_t len);

/* -1: STATUS_BAD_SYNTAX, with the place, a JSON pointer, in the message. */
int lexicon_lint(const struct lexicon_node *root, struct status *);

#endif
