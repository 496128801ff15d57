#include "config.h"

#include <string.h>

#include "libcar/base/hash.h"
#include "libcar/db/driver_private.h"
#include "libcar/db/pair_private.h"

/*
 * A part of the SHA-256 of both texts, so that nobody can make many keys of one
 * number.
 */

int
db_pair_hash(struct db *db, const struct slice *a, const struct slice *b,
    int64_t *hash, struct status *st)
{
	uint8_t digest[32];

	db->text.len = 0;
	buf_put(&db->text, a->at, a->len);
	buf_put(&db->text, b->at, b->len);
	if (db->text.failed)
		return status_no_memory(st);
	hash_sha256(digest, db->text.data, db->text.len);
	memcpy(hash, digest, sizeof(*hash));
	return 0;
}
