#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/hash.h"
#include "libcar/stream/signer.h"

/*
 * A table of sets with WAYS slots each. A part of the DID's SHA-256 names the
 * account and chooses its set. Somebody can make DIDs that share a set, which
 * only costs these accounts more look-ups.
 */

#define WAYS 4

struct signer_slot {
	uint64_t name[2]; /* of the account; both 0: the slot is empty */
	struct signer signer;
};

static struct signer_slot *
set_of(const struct signer_table *s, const uint64_t name[2])
{
	return s->slots + (name[0] % (SIGNER_MAX / WAYS)) * WAYS;
}

static void
name_account(uint64_t name[2], const struct slice *did)
{
	uint8_t digest[32];

	hash_sha256(digest, did->at, did->len);
	memcpy(name, digest, 2 * sizeof(*name));
}

/* The host name of an origin; an IPv6 address keeps its brackets. */
static struct slice
host_of(const struct slice *origin)
{
	const char *at = memmem(origin->at, origin->len, "://", 3);
	struct slice host = *origin;
	size_t i;

	if (at != NULL) {
		host.at = at + 3;
		host.len -= host.at - origin->at;
	}
	for (i = 0; i < host.len; i++)
		if (host.at[i] == '/' || host.at[i] == ']' ||
		    (host.at[i] == ':' && host.at[0] != '['))
			break;
	host.len = i;
	return host;
}

uint64_t
signer_host(const struct slice *origin)
{
	struct slice host;
	uint8_t digest[32];
	uint64_t number;

	if (origin->len == 0)
		return 0;
	host = host_of(origin);
	hash_sha256(digest, host.at, host.len);
	memcpy(&number, digest, sizeof(number));
	return number | 1;
}

static struct signer
find_in_keyring(const struct signer_table *s, const struct slice *did)
{
	struct signer signer = { .has_key = false };
	const struct key *key;
	struct slice pds;

	if (s->keys == NULL)
		return signer;
	if ((key = keyring_find(s->keys, did->at, did->len)) != NULL) {
		signer.has_key = true;
		signer.key = *key;
	}
	pds = keyring_pds(s->keys, did->at, did->len);
	signer.host = signer_host(&pds);
	return signer;
}

struct signer
signer_find(const struct signer_table *s, const struct slice *did)
{
	const struct signer_slot *set;
	uint64_t name[2];
	size_t i;

	if (s->slots == NULL)
		return find_in_keyring(s, did);
	name_account(name, did);
	set = set_of(s, name);
	for (i = 0; i < WAYS; i++)
		if (memcmp(set[i].name, name, sizeof(name)) == 0)
			return set[i].signer;
	return find_in_keyring(s, did);
}

/* Its own slot, an empty one, or the one that was learnt first. */
static struct signer_slot *
choose_slot(const struct signer_table *s, const uint64_t name[2])
{
	struct signer_slot *set = set_of(s, name), *oldest = set;
	size_t i;

	for (i = 0; i < WAYS; i++)
		if (memcmp(set[i].name, name, sizeof(set[i].name)) == 0)
			return &set[i];
	for (i = 1; i < WAYS; i++)
		if (set[i].signer.asked < oldest->signer.asked)
			oldest = &set[i];
	return oldest;
}

int
signer_open(struct signer_table *s, struct status *st)
{
	s->slots = calloc(SIGNER_MAX, sizeof(*s->slots));
	return s->slots == NULL ? status_no_memory(st) : 0;
}

void
signer_learn(struct signer_table *s, const struct slice *did,
    const struct signer *signer)
{
	struct signer_slot slot = { .signer = *signer };

	name_account(slot.name, did);
	*choose_slot(s, slot.name) = slot;
}

bool
signer_is_fixed(const struct signer_table *s)
{
	return s->keys != NULL && s->keys->has_any;
}

void
signer_free(struct signer_table *s)
{
	free(s->slots);
	s->slots = NULL;
}
