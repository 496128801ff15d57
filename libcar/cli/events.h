/*
 * events: the messages of an event stream, taken one after another, as lines on
 * standard output.
 *
 * stream/live verifies a message and writes its lines. This module adds what
 * needs a clock, files or the network: the recording, cursors, identities,
 * warnings and the progress line. It doesn't know where messages come from.
 */
#ifndef LIBCAR_CLI_EVENTS_H
#define LIBCAR_CLI_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/cli/accounts.h"
#include "libcar/cli/cursor.h"
#include "libcar/net/identities.h"
#include "libcar/store/recording.h"
#include "libcar/stream/live.h"
#include "libcar/stream/ndjson.h"

/* All zero, but for the caller's fields, before it begins. */
struct cli_events {
	/* The caller's, with their caller's fields. */
	struct live live;
	struct ndjson_out out;
	struct cli_cursor cursor;
	struct cli_accounts accounts;
	const char *record_path; /* append the messages; NULL: don't */
	uint64_t limit;          /* of events; 0: none */

	/* Look-ups; NULL: the messages are recorded, and may come again. */
	struct identities *identities;

	/* For the caller. */
	uint64_t done, failed, bytes;
	bool refused; /* the live stream can't go on: FutureCursor */

	/* The module's own. */
	struct recording record;
};

void cli_events_begin(struct cli_events *);

/* Take a message, which comes from the file or the service `from`. */
void cli_events_take(struct cli_events *, const char *from, const void *bytes,
    size_t len);

/* Stop: after a signal, or because of the limit? */
bool cli_events_over(const struct cli_events *);

/* Nothing more comes from this file or service. A fatal status ends the
 * program, any other becomes an error line. */
void cli_events_fail(struct cli_events *, const char *from,
    const struct status *why);

/* The end of a look-up; see identities.h. */
void cli_events_identity(struct cli_events *, const struct stream_identity *,
    uint64_t seq, const struct status *why);

/* Write the cursor line if it is due. */
void cli_events_cursor(struct cli_events *);

/* Write what is left: the recording, the last cursor, the progress line. */
void cli_events_end(struct cli_events *);

void cli_events_free(struct cli_events *);

#endif
