/*
 * follow: a source of events: the live stream of a relay or a host.
 *
 * It starts after the cursor of --from or of standard input, connects again
 * after a lost connection, and looks up the identities that the stream says
 * have changed.
 */
#ifndef LIBCAR_CLI_FOLLOW_H
#define LIBCAR_CLI_FOLLOW_H

#include <stdbool.h>

#include "libcar/cli/events.h"
#include "libcar/cli/table.h"
#include "libcar/net/http.h"

struct cli_follow {
	struct http_options http; /* of the look-ups */
	const char *url;          /* of the stream */
	const char *plc;          /* the directory */
	const char *from;         /* a cursor, or a time ago; NULL: neither */
	bool catch_up;            /* stop at the time of the start */
};

/* Set the defaults of `http`, before the options are read. */
void cli_follow_init(struct cli_follow *, const struct cli *);

/* Follow the stream until cli_events_over(), or until the service refuses it,
 * as events->refused then says. */
void cli_follow_run(const struct cli_follow *, struct cli_events *);

#endif
