#include "config.h"

#include <string.h>

#include "libcar/db/collection.h"
#include "libcar/db/driver_private.h"

/*
 * Ids of collections. The connection remembers the recent ones, because there
 * are few collections and each line needs one.
 */

static int
find_collection(struct db *db, const struct slice *nsid, int64_t *id,
    struct status *st)
{
	struct db_rows rows;

	*id = 0;
	db_query(db, &rows, st, "SELECT id FROM collection WHERE nsid = $1",
	    "t", nsid);
	if (db_next(&rows))
		*id = db_integer(&rows, 0);
	return db_end(&rows);
}

/* Another process may have created it just now. */
static int
make_collection(struct db *db, const struct slice *nsid, int64_t *id,
    struct status *st)
{
	if (db_share(db, st) == -1 || find_collection(db, nsid, id, st) == -1)
		return -1;
	if (*id != 0)
		return 0;
	return db_one(db, st, id,
	    "INSERT INTO collection (nsid) VALUES ($1) RETURNING id", "t",
	    nsid);
}

static struct db_collection *
cached_collection(struct db *db, const struct slice *nsid)
{
	unsigned sum = 0;
	size_t i;

	for (i = 0; i < nsid->len; i++)
		sum = 31 * sum + (unsigned char)nsid->at[i];
	return &db->collections[sum % DB_COLLECTIONS];
}

static void
keep_collection(struct db *db, const struct slice *nsid, int64_t id)
{
	struct db_collection *c = cached_collection(db, nsid);

	if (id == 0 || nsid->len > sizeof(c->nsid))
		return;
	c->id = id;
	c->len = nsid->len;
	memcpy(c->nsid, nsid->at, nsid->len);
}

int
db_collection(struct db *db, const struct slice *nsid, bool create, int64_t *id,
    struct status *st)
{
	const struct db_collection *c = cached_collection(db, nsid);

	if (c->id != 0 && c->len == nsid->len &&
	    memcmp(c->nsid, nsid->at, c->len) == 0) {
		*id = c->id;
		return 0;
	}
	if (find_collection(db, nsid, id, st) == -1 ||
	    (*id == 0 && create && make_collection(db, nsid, id, st) == -1))
		return -1;
	keep_collection(db, nsid, *id);
	return 0;
}

int
db_nsid(struct db *db, int64_t id, struct slice *out, struct status *st)
{
	const struct db_collection *c = db->collections;

	for (; c < db->collections + DB_COLLECTIONS; c++)
		if (c->id == id) {
			*out = (struct slice){ c->nsid, c->len };
			return 0;
		}
	if (db_one_text(db, "SELECT nsid FROM collection WHERE id = $1", id,
		out, st) == -1)
		return -1;
	keep_collection(db, out, id);
	return 0;
}
