/*
 * events: the messages of an event stream, taken one after another, as lines on
 * standard output.
 *
 * stream/live verifies a message and writes its lines. This module adds what
 * needs a clock, files or the network: the recording, cursors, look-ups,
 * warnings and the progress line. It doesn't know where messages come from.
 */
#ifndef LIBCAR_CLI_EVENTS_H
#define LIBCAR_CLI_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/cli/accounts.h"
#include "libcar/cli/lookups.h"
#include "libcar/cli/services.h"
#include "libcar/store/recording.h"
#include "libcar/stream/live.h"
#include "libcar/stream/ndjson.h"

/* All zero, but for the caller's fields, before it begins. */
struct cli_events {
	/* The caller's, with their caller's fields. */
	struct live live;
	struct ndjson_out out;
	struct cli_services services;
	struct cli_accounts accounts;
	struct cli_lookups lookups;
	const char *record_path; /* append the messages; NULL: don't */
	uint64_t limit;          /* of events; 0: none */
	bool is_live;            /* messages come now, not from a file */

	/* For the caller. */
	uint64_t done, failed, bytes;

	/* The module's own. */
	struct recording record;
	struct buf line; /* to be recorded */
};

void cli_events_begin(struct cli_events *);

/* Take a message of the service. */
enum cli_events_result {
	CLI_EVENTS_TAKEN,
	CLI_EVENTS_REFUSED, /* the service says that it can't go on */
	CLI_EVENTS_BROKEN,  /* connect again, and take it once more */
};
enum cli_events_result cli_events_take(struct cli_events *,
    struct cli_service *, const char *from, const void *bytes, size_t len);

/* Stop: after a signal, or because of the limit? */
bool cli_events_over(const struct cli_events *);

/* Nothing more comes from this file of the service, or from the service. A
 * fatal status ends the program, any other becomes an error line. */
void cli_events_fail(struct cli_events *, struct cli_service *,
    const char *from, const struct status *why);

/* The end of a look-up; see identities.h. */
void cli_events_looked_up(struct cli_events *, const struct stream_identity *,
    const struct identities_ask *, const struct status *why);

/* From time to time: begin look-ups that wait, write the cursor lines that are
 * due. */
void cli_events_turn(struct cli_events *);

/* Write what is left: the recording, the last cursors, the progress line. */
void cli_events_end(struct cli_events *);

void cli_events_free(struct cli_events *);

#endif
