#include "config.h"

#include "libcar/stream/rfc3339.h"
#include "t/tool/mkplc_account.h"
#include "t/tool/mkplc_operation.h"

/*
 * As in the real directory, hosts sign for nearly all accounts, with few keys;
 * some accounts have a recovery key of their own. Keys of the latter have
 * numbers that mkplc_operation.c doesn't keep.
 */

#define OWN_KEYS 1000

static void
name_keys(struct mkplc_names *t, size_t i, enum mkplc_keys keys)
{
	char curve = keys == MKPLC_KEYS_P256 ? 'p' : 'k';

	snprintf(t->recovery, MKPLC_NAME_TEXT, "%c1", curve);
	snprintf(t->signer, MKPLC_NAME_TEXT, "%c2", curve);
	snprintf(t->keys, MKPLC_NAME_TEXT, "%c1,%c2", curve, curve);
	if (keys == MKPLC_KEYS_OWN) {
		snprintf(t->recovery, MKPLC_NAME_TEXT, "p%zu", i + OWN_KEYS);
		snprintf(t->keys, MKPLC_NAME_TEXT, "p%zu,k1,k2", i + OWN_KEYS);
	} else if (keys == MKPLC_KEYS_THIEF) {
		snprintf(t->signer, MKPLC_NAME_TEXT, "k3");
		snprintf(t->keys, MKPLC_NAME_TEXT, "k3");
	}
}

static uint32_t
mix(uint64_t n)
{
	return (uint32_t)((n * 0x9e3779b97f4a7c15) >> 40);
}

/* Of a host, of a service for many, or a domain of the account's own. */
static void
name_handle(struct mkplc_names *t, size_t i, const struct mkplc_account *a)
{
	uint32_t m = mix(i * 1000 + a->renames);

	if (m % 20 < 12)
		snprintf(t->handle, MKPLC_NAME_TEXT, "u%zur%u.host%u.test", i,
		    a->renames, a->host % 5U);
	else if (m % 20 < 17)
		snprintf(t->handle, MKPLC_NAME_TEXT, "u%zur%u.club%u.test", i,
		    a->renames, m % 50);
	else
		snprintf(t->handle, MKPLC_NAME_TEXT, "u%zur%u.test", i,
		    a->renames);
}

void
mkplc_names(struct mkplc_names *t, size_t i, const struct mkplc_account *a)
{
	name_keys(t, i, (enum mkplc_keys)a->keys);
	name_handle(t, i, a);
	snprintf(t->pds, MKPLC_NAME_TEXT, "https://pds%u.test", a->host);
	snprintf(t->signing, MKPLC_NAME_TEXT, "%c%u", a->signing_curve,
	    a->signing);
}

void
mkplc_account_write(FILE *f, size_t i, const struct mkplc_account *a)
{
	char created[RFC3339_BYTES], updated[RFC3339_BYTES];
	struct mkplc_made made;
	struct mkplc_names t;

	mkplc_name(&made, a->did, a->last);
	mkplc_names(&t, i, a);
	rfc3339_format(created, a->created_ms * 1000);
	rfc3339_format(updated, a->updated_ms * 1000);
	if (a->is_tombstoned)
		fprintf(f, "%.*s||||1|%s|%s\n", PLC_DID_TEXT, made.did, created,
		    updated);
	else
		fprintf(f, "%.*s|%s|%s|%s|0|%s|%s\n", PLC_DID_TEXT, made.did,
		    t.handle, t.pds, mkplc_key(t.signing), created, updated);
}
