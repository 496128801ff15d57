/*
 * lexicon_lint_fields: the fields that each type of a lexicon has, and the
 * linter's messages.
 *
 * All functions return -1 and STATUS_BAD_SYNTAX with the place of the flaw.
 */
#ifndef LIBCAR_LEXICON_LINT_FIELDS_PRIVATE_H
#define LIBCAR_LEXICON_LINT_FIELDS_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/base/status.h"
#include "libcar/lexicon/lint_private.h"
#include "libcar/lexicon/tree_private.h"

/* The linter's position, the innermost place first. */
struct lexicon_place {
	const struct lexicon_place *up;
	const char *key;
	size_t len; /* of the key; if key is NULL, the index */
};

struct lexicon_lint {
	struct status *st;
	const struct lexicon_place *at;
	unsigned depth;
};

/* What a field must be. */
enum lexicon_want {
	WANT_BOOL,
	WANT_INTEGER,
	WANT_SIZE, /* not below 0 */
	WANT_STRING,
	WANT_INTEGERS,
	WANT_STRINGS,
	WANT_OBJECT,
	WANT_ARRAY,
};

/* Fail at the present place, or at a member or an element of it. The message is
 * what and more, one after the other. */
int lint_complain(struct lexicon_lint *, const char *what, const char *more);
int lint_complain_at(struct lexicon_lint *, const struct lexicon_node *,
    const char *what, const char *more);

/* Check a member's type, and whether it is missing. */
int lint_field(struct lexicon_lint *, const struct lexicon_node *,
    const char *name, enum lexicon_want, bool required);

/* Check all fields of this type. Other fields are ignored. */
int lint_fields(struct lexicon_lint *, const struct lexicon_node *,
    enum lexicon_kind);

#endif
