/*
 * blob_fetch: downloads one blob to its file.
 * com.atproto.sync.getBlob, https://atproto.com/specs/blob
 *
 * The bytes are hashed while they come, and written to a file without a name. A
 * worker (workers.h) waits for the disk and names the file, if the hash is that
 * of the CID. Each attempt begins with an empty file.
 */
#ifndef LIBCAR_STORE_BLOB_FETCH_H
#define LIBCAR_STORE_BLOB_FETCH_H

#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"
#include "libcar/net/http.h"
#include "libcar/net/workers.h"
#include "libcar/store/blob_file.h"

#define BLOB_FETCH_MAX_TYPE 127 /* bytes of a Content-Type that is kept */

/* Don't move it until it is freed. All zero, but for the caller's fields. */
struct blob_fetch {
	/* The caller's; borrowed. */
	const char *dir, *did, *host; /* host: its origin */
	uint64_t max_size;            /* bytes */
	struct http *http;
	struct workers *workers;
	uint8_t cid[BLOB_FILE_CID_BYTES];
	/* The end; why is NULL on success: the blob has its file. Otherwise why
	 * is what the host answered, STATUS_BAD_BLOCK (wrong hash),
	 * STATUS_TOO_LARGE, or STATUS_SYSTEM. May free it. */
	void (*done)(struct blob_fetch *, struct status *why);
	void *ctx;

	/* After success. */
	struct blob_file *file;
	struct buf type; /* what the host sent as Content-Type; or empty */

	/* Private to blob_fetch. */
	struct http_request request;
	struct blob_fetch_part *part;
};

/* Only the loop calls done. */
void blob_fetch_start(struct blob_fetch *);

/* Release what it holds; nothing is left of a file without a name. */
void blob_fetch_free(struct blob_fetch *);

#endif
