/*
 * serve_blob_routes: blobs in files, com.atproto.sync.getBlob and listBlobs.
 */
#ifndef LIBCAR_SERVE_BLOB_ROUTES_H
#define LIBCAR_SERVE_BLOB_ROUTES_H

#include "libcar/serve/route.h"

extern const struct serve_family serve_blob_routes;

#endif
