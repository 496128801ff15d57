/*
 * dictionary: a zstd dictionary, with which small CARs become smaller.
 * https://www.rfc-editor.org/rfc/rfc8878#name-dictionary-format
 *
 * A frame names its dictionary by a number, the id. An archive has a copy of
 * each dictionary that its CARs need, `dir/<id>.zdict`, where car_file.h looks
 * for it.
 */
#ifndef LIBCAR_STORE_DICTIONARY_H
#define LIBCAR_STORE_DICTIONARY_H

#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"

/* All zero: none. Any thread may compress with it. */
struct dictionary {
	struct ZSTD_CDict_s *zstd;
	uint32_t id; /* never 0 */
	struct buf bytes;
};

/* Read a dictionary for this level of compression. -1: STATUS_UNUSABLE (it
 * can't be read, is too large, or has no id), STATUS_SYSTEM. */
int dictionary_open(struct dictionary *, const char *path, int level,
    struct status *);

/* Copy it to an archive, which is made if it is missing. -1: STATUS_UNUSABLE
 * (the archive has another one of this id), STATUS_SYSTEM. */
int dictionary_keep(const struct dictionary *, const char *dir,
    struct status *);

/* Load the archive's copy of this id into a decompressor. -1:
 * STATUS_UNREADABLE (the copy is missing, or another one), STATUS_SYSTEM. */
struct ZSTD_DCtx_s;
int dictionary_load(struct ZSTD_DCtx_s *, const char *dir, uint32_t id,
    struct status *);

void dictionary_free(struct dictionary *);

#endif
