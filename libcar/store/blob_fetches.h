/*
 * blob_fetches: many downloads of blobs, of which equal ones are one.
 *
 * Many records may name the same blob, also those of several accounts. While it
 * is on its way, those that want it from the same host wait for the same
 * download. If the host refuses it to one account, it is asked for each of the
 * others; if the host is in trouble (STATUS_OFTEN_AGAIN), all fail, with the
 * error of the one request.
 */
#ifndef LIBCAR_STORE_BLOB_FETCHES_H
#define LIBCAR_STORE_BLOB_FETCHES_H

#include <stdbool.h>
#include <stdint.h>

#include "libcar/base/hash.h"
#include "libcar/store/blob_fetch.h"

/* One who wants a blob; the caller owns it, and doesn't move it until done. */
struct blob_fetches_want {
	/* The caller's; borrowed. */
	const char *did, *host; /* host: its origin */
	uint8_t cid[BLOB_FILE_CID_BYTES];
	/* The end, as that of a blob_fetch, which has the file and the type.
	 * May free the want, and start others. */
	void (*done)(struct blob_fetches_want *, const struct blob_fetch *,
	    struct status *why);
	void *ctx;

	/* Private to blob_fetches. */
	struct blob_fetches_want *next;
};

/* All zero, but for the caller's fields. */
struct blob_fetches {
	/* The caller's; borrowed. */
	const char *dir;
	uint64_t max_size; /* bytes */
	struct http *http;
	struct workers *workers;

	/* Private to blob_fetches. */
	uint8_t secret[HASH_SECRET_BYTES];
	struct blob_fetches_entry **chains; /* NULL: none yet */
};

/* Wait for the blob. Only the loop calls done. -1: STATUS_SYSTEM. */
int blob_fetches_start(struct blob_fetches *, struct blob_fetches_want *,
    struct status *);

/* No download is under way any more. */
void blob_fetches_free(struct blob_fetches *);

#endif
