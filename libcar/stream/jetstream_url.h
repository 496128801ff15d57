/*
 * jetstream_url: where a Jetstream service has its events.
 *
 * A URL without a path means /subscribe, version 1. Version 2 is at the path
 * /xrpc/network.bsky.jetstream.subscribeEvents.
 */
#ifndef LIBCAR_STREAM_JETSTREAM_URL_H
#define LIBCAR_STREAM_JETSTREAM_URL_H

#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/stream/filter.h"

#define JETSTREAM_URL_V2 "network.bsky.jetstream.subscribeEvents"
/* A cursor from here on is a time in microseconds since 1970. */
#define JETSTREAM_URL_TIME ((uint64_t)1000000000000000)
/* The service refuses more; then all events come. */
#define JETSTREAM_URL_COLLECTIONS 100

/* Append the URL with its path and a NUL. It asks for the records of these
 * collections, and of those of `signals`. The empty filter wants all. */
void jetstream_url(struct buf *, const char *url, const struct filter *wanted,
    const struct filter *signals);

/* Append the name of the stream and a NUL: the NSID of the path, or the path.
 */
void jetstream_url_stream(struct buf *, const char *url);

#endif
