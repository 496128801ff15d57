/*
 * export_live: keeps an export up to date with its directory.
 *
 * At the end of the list it asks for the next page every EXPORT_LIVE_POLL_MS.
 * With `stream` it instead follows the directory's WebSocket,
 * /export/stream?cursor=SEQ, whose messages are single operations. When the
 * stream ends, it continues with pages from the last operation on, and opens
 * the stream again after a pause that doubles. So nothing is lost if the stream
 * is closed, is too old for the cursor, or isn't served at all.
 *
 * A failure that may go away doesn't end it: it asks again after
 * EXPORT_LIVE_MAX_PAUSE_MS at most.
 */
#ifndef LIBCAR_NET_EXPORT_LIVE_H
#define LIBCAR_NET_EXPORT_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/net/export.h"
#include "libcar/net/loop.h"
#include "libcar/net/websocket.h"

#define EXPORT_LIVE_PATH "/export/stream"
#define EXPORT_LIVE_POLL_MS 2000
#define EXPORT_LIVE_PAUSE_MS 1000 /* the first, after a lost stream */
#define EXPORT_LIVE_MAX_PAUSE_MS 60000
#define EXPORT_LIVE_REFUSED_MS 600000 /* if the stream isn't served */

/* All zero, except the caller's fields. The caller doesn't move it until it is
 * freed. */
struct export_live {
	/* The caller's; everything is borrowed. */
	struct export *export;
	struct loop *loop;
	bool stream;
	struct websocket_options websocket;   /* its callbacks are ours */
	void (*opened)(struct export_live *); /* the stream; may be NULL */
	/* The stream has ended, or a page failed, for this reason. It continues
	 * with the next page, at the latest in this time. */
	void (*lost)(struct export_live *, const struct status *why,
	    uint64_t pause_ms);
	/* A message isn't an operation. The stream is dropped. */
	void (*broken)(struct export_live *, const struct status *why);
	/* The export has reached its limit. */
	void (*full)(struct export_live *);
	void *ctx;

	/* Private to export_live. */
	struct websocket *socket; /* NULL: the stream isn't open */
	bool was_open;
	uint64_t next_ms;          /* when the stream may be opened again */
	unsigned losses, failures; /* in a row: of the stream, of pages */
};

/* The export is read to its end: its up_to_date() calls this. */
void export_live_wait(struct export_live *);

/* A page failed: the export's done() calls this. false: it may not succeed
 * later; nothing follows. */
bool export_live_failed(struct export_live *, const struct status *why);

/* Closes the stream. */
void export_live_free(struct export_live *);

#endif
