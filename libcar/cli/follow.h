/*
 * follow: a source of events: the live streams of relays and hosts.
 *
 * Each stream starts after the cursor of --from or of standard input, and
 * connects again after a lost connection. Accounts are looked up beside the
 * streams.
 */
#ifndef LIBCAR_CLI_FOLLOW_H
#define LIBCAR_CLI_FOLLOW_H

#include <stdbool.h>

#include "libcar/cli/events.h"
#include "libcar/cli/table.h"
#include "libcar/net/http.h"
#include "libcar/net/resolve.h"

struct cli_follow {
	struct http_options http;      /* of the look-ups */
	struct resolve_options lookup; /* directory, cache */
	const char *from;              /* a cursor, or a time ago; or NULL */
	bool catch_up;                 /* stop at the time of the start */
};

/* Set the defaults of `http`, before the options are read. */
void cli_follow_init(struct cli_follow *, const struct cli *);

/* Follow the streams of all services until cli_events_over(), or until all have
 * ended, and end the events. Returns false if a service refused its stream. */
bool cli_follow_run(const struct cli_follow *, struct cli_events *);

#endif
