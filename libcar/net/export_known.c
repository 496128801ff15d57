#include "config.h"

#include <string.h>

#include "libcar/base/hash.h"
#include "libcar/net/export_known.h"

/*
 * A ring of the last operations. Only an operation that doesn't ascend is
 * looked for in it, so an honest directory costs one hash for each operation.
 */

#define MAX_HASHED 512 /* bytes of DID and CID, which have at most 32 and 180 */

static void
hash_entry(uint8_t hash[EXPORT_KNOWN_HASH], const struct export_entry *e)
{
	uint8_t digest[32];
	char text[MAX_HASHED];
	size_t n = e->line.did.len, m = e->line.cid.len;

	if (n > MAX_HASHED / 2)
		n = MAX_HASHED / 2;
	if (m > MAX_HASHED / 2)
		m = MAX_HASHED / 2;
	memcpy(text, e->line.did.at, n);
	memcpy(text + n, e->line.cid.at, m);
	hash_sha256(digest, text, n + m);
	memcpy(hash, digest, EXPORT_KNOWN_HASH);
}

static void
remember(struct export_known *k, uint64_t seq, const uint8_t *hash)
{
	if (k->count < EXPORT_KNOWN_MAX)
		k->count++;
	else if (k->ops[k->next].seq > k->from)
		k->from = k->ops[k->next].seq;
	k->ops[k->next].seq = seq;
	memcpy(k->ops[k->next].hash, hash, EXPORT_KNOWN_HASH);
	k->next = (k->next + 1) % EXPORT_KNOWN_MAX;
	if (seq > k->last)
		k->last = seq;
}

void
export_known_start(struct export_known *k, uint64_t seq)
{
	memset(k, 0, sizeof(*k));
	k->last = k->from = seq;
}

void
export_known_start_at(struct export_known *k, const struct export_entry *e)
{
	uint8_t hash[EXPORT_KNOWN_HASH];

	export_known_start(k, e->seq);
	hash_entry(hash, e);
	remember(k, e->seq, hash);
}

enum export_known_verdict
export_known_take(struct export_known *k, const struct export_entry *e)
{
	bool is_new = e->seq > k->last;
	uint8_t hash[EXPORT_KNOWN_HASH];
	size_t i;

	hash_entry(hash, e);
	for (i = 0; !is_new && i < k->count; i++)
		if (k->ops[i].seq == e->seq)
			return memcmp(k->ops[i].hash, hash, sizeof(hash)) == 0 ?
			    EXPORT_KNOWN_AGAIN :
			    EXPORT_KNOWN_CHANGED;
	if (e->seq <= k->from)
		return EXPORT_KNOWN_BEFORE;
	remember(k, e->seq, hash);
	return is_new ? EXPORT_KNOWN_NEW : EXPORT_KNOWN_LATE;
}
