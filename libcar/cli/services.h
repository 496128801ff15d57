/*
 * services: the event streams of one run, and how far it is in each.
 *
 * Files of recorded frames belong to one service, whose name may be unknown.
 */
#ifndef LIBCAR_CLI_SERVICES_H
#define LIBCAR_CLI_SERVICES_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/base/buf.h"
#include "libcar/cli/cursor.h"
#include "libcar/cli/table.h"
#include "libcar/plc/diddoc.h"
#include "libcar/stream/live.h"

struct cli_service {
	const char *url;                  /* as given; NULL: none */
	char origin[DIDDOC_ORIGIN_BYTES]; /* https and http for wss and ws */
	struct buf stream;                /* name of a stream of Jetstream */
	bool by_time; /* of Jetstream, whose events are numbered by time */
	struct cli_cursor cursor;
	struct live_source source;
	uint64_t broken_after; /* the seq before a broken message */
};

/* All zero, but for the caller's fields, before it begins. */
struct cli_services {
	/* The caller's. */
	struct cli_list urls;  /* -u */
	const char *otherwise; /* the URL if there is none; or NULL */
	const char *stream;    /* NSID of the endpoint */
	bool are_jetstream;    /* instead, the URL names the stream */

	struct cli_service *items;
	size_t count;
};

/* Make a service of each URL; if there is none, make one without a name. A bad
 * URL, or one that is given twice, is a usage error. */
void cli_services_begin(struct cli_services *);

/* Let each service start after the last `cursor` line of standard input that is
 * its own. At a terminal this reads nothing. A line that can't be read ends the
 * program. */
void cli_services_read_cursors(struct cli_services *);

/* The service is a host, not a relay: it has only accounts of its own. name: a
 * host name under which it is also known, or nothing. */
void cli_service_is_host(struct cli_service *, const struct slice *name);

void cli_services_free(struct cli_services *);

#endif
