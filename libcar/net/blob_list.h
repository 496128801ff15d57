/*
 * blob_list: the blobs that a host lists for one account, page by page.
 * https://atproto.com/specs/blob, com.atproto.sync.listBlobs
 *
 * The caller takes each page before it asks for the next one, so no more than
 * one page of CIDs is in memory. Pages have BLOB_LIST_PAGE entries, fewer than
 * a host may send, because thousands of accounts may have one at a time.
 *
 * A host may list anything. What isn't the CID of a blob is counted, and the
 * other entries of its page are good. A CID counts once.
 */
#ifndef LIBCAR_NET_BLOB_LIST_H
#define LIBCAR_NET_BLOB_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"
#include "libcar/data/cid.h"
#include "libcar/net/http.h"
#include "libcar/net/paging.h"

#define BLOB_LIST_PAGE 500
#define BLOB_LIST_MAX_ANSWER (1 << 20) /* bytes */
#define BLOB_LIST_CID_BYTES CID_REPO_BYTES

/* The caller owns a list, which is all zero except the caller's fields, and
 * must not move until it is freed. */
struct blob_list {
	/* The caller's; borrowed. */
	const char *did, *host; /* host: its origin */
	/* A page came, or why is not NULL: the host failed. */
	void (*got)(struct blob_list *, struct status *why);
	void *ctx;

	struct buf cids; /* of the page, BLOB_LIST_CID_BYTES each */
	bool ended;      /* that was the last page */
	uint64_t bad;    /* entries of all pages that aren't CIDs of blobs */
	struct buf first_bad; /* JSON of the first one, perhaps cut */

	/* Private to blob_list. */
	struct http_request request;
	struct paging pages;
};

/* Ask for the next page. The loop calls got, never this function. */
void blob_list_next(struct blob_list *, struct http *);

/* Forget all pages, so that the next one is the first. */
void blob_list_restart(struct blob_list *);

void blob_list_free(struct blob_list *);

#endif
