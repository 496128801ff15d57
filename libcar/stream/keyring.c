#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/stream/job.h"
#include "libcar/stream/keyring.h"

/*
 * All keys are added as they come, and sorted by DID at the first look-up; the
 * latest key of a DID then comes first.
 *
 * Lines are read as jobs, because line_parse() rejects lines that the file of
 * -k may contain, for example an `identity` without a DID.
 */

#define NO_KEY 0 /* as a curve */

struct entry {
	size_t did, len; /* in texts */
	size_t pds_len;  /* of the host, which follows the DID */
	struct key key;
};

static int
add(struct keyring *ring, const struct slice *did, const struct slice *pds,
    const struct key *key, struct status *st)
{
	struct entry entry = { ring->texts.len, did->len, pds->len, *key };

	buf_put(&ring->texts, did->at, did->len);
	if (pds->len > 0)
		buf_put(&ring->texts, pds->at, pds->len);
	buf_put(&ring->entries, &entry, sizeof(entry));
	if (ring->texts.failed || ring->entries.failed)
		return status_no_memory(st);
	return 0;
}

int
keyring_add_line(struct keyring *ring, const char *line, size_t len,
    struct status *st)
{
	struct job job = { .type_wrong = false };
	struct key key = { .curve = NO_KEY };
	struct slice pds;
	int rc;

	/* If an invalid key counted as absent, any signature would pass. */
	if ((rc = job_parse(&job, line, len, st)) == 0 &&
	    job_is(&job, "identity") && (rc = job_check(&job, st)) == 0 &&
	    job.did.at != NULL) {
		ring->identities++;
		if (job.key.at != NULL)
			rc = key_parse(&key, job.key.at, job.key.len, st);
		pds = job_get(&job, "pds");
		if (rc == 0)
			rc = add(ring, &job.did, &pds, &key, st);
	}
	job_free(&job);
	return rc;
}

static int
compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

/* By DID, then the latest first. */
static int
by_did(const void *left, const void *right, void *texts)
{
	const struct entry *a = left, *b = right;
	const char *text = texts;
	int order = compare(text + a->did, a->len, text + b->did, b->len);

	return order != 0 ? order : (a->did < b->did) - (a->did > b->did);
}

static struct entry *
find(struct keyring *ring, const char *did, size_t len)
{
	struct entry *entry = (struct entry *)ring->entries.data;
	size_t low = 0, n = ring->entries.len / sizeof(*entry), high = n, mid;

	if (ring->sorted != n)
		qsort_r(entry, n, sizeof(*entry), by_did, ring->texts.data);
	ring->sorted = n;
	while (low < high) {
		mid = low + (high - low) / 2;
		if (compare(ring->texts.data + entry[mid].did, entry[mid].len,
			did, len) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == n ||
	    compare(ring->texts.data + entry[low].did, entry[low].len, did,
		len) != 0)
		return NULL;
	return &entry[low];
}

const struct key *
keyring_find(struct keyring *ring, const char *did, size_t len)
{
	const struct entry *entry = find(ring, did, len);

	if (entry == NULL || entry->key.curve == NO_KEY)
		return ring->has_any ? &ring->any : NULL;
	return &entry->key;
}

struct slice
keyring_pds(struct keyring *ring, const char *did, size_t len)
{
	const struct entry *entry = find(ring, did, len);

	if (entry == NULL || entry->pds_len == 0)
		return (struct slice){ NULL, 0 };
	return slice_make(ring->texts.data + entry->did + entry->len,
	    entry->pds_len);
}

void
keyring_free(struct keyring *ring)
{
	buf_free(&ring->entries);
	buf_free(&ring->texts);
	ring->sorted = 0;
}
