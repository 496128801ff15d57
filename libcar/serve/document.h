/*
 * serve_document: the DID document of an account.
 *
 * If the database has operations of the DID, the document is that of the last
 * one, as a PLC directory answers it. Otherwise it is made of the latest
 * identity, and has its handle, key and host, and nothing else.
 */
#ifndef LIBCAR_SERVE_DOCUMENT_H
#define LIBCAR_SERVE_DOCUMENT_H

#include "libcar/base/buf.h"
#include "libcar/db/profile.h"
#include "libcar/serve/context.h"

enum serve_document {
	SERVE_DOCUMENT_FAILED = -1,
	SERVE_DOCUMENT_NONE, /* nothing is known of the DID */
	SERVE_DOCUMENT_TOMBSTONED,
	SERVE_DOCUMENT_WRITTEN,
};

/* Append the document, a JSON object. The profile is NULL if the database has
 * no account of this DID. FAILED: the query failed, or no memory. */
enum serve_document serve_document_write(struct serve_context *,
    const struct slice *did, const struct db_profile *, struct buf *,
    struct status *);

#endif
