/*
 * lexicon_meaning: what a lexicon means for records.
 *
 * Two documents of one id mean the same if every record has the same result by
 * both. Descriptions, default and known values, calls, permissions, and the
 * order of lists don't matter.
 */
#ifndef LIBCAR_LEXICON_MEANING_PRIVATE_H
#define LIBCAR_LEXICON_MEANING_PRIVATE_H

#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/lexicon/tree_private.h"

/* A digest of what a linted document means. STATUS_SYSTEM. */
int lexicon_meaning_digest(const struct lexicon_node *root, uint8_t digest[32],
    struct status *);

#endif
