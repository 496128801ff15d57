/*
 * plc_export: copies the operations of a PLC directory to standard output, as
 * `plc` and `cursor` lines, and perhaps to an archive (oplog.h).
 */
#ifndef LIBCAR_CLI_PLC_EXPORT_H
#define LIBCAR_CLI_PLC_EXPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "libcar/cli/cursor.h"
#include "libcar/cli/plc_files.h"
#include "libcar/net/export.h"
#include "libcar/net/export_live.h"
#include "libcar/net/http.h"
#include "libcar/store/oplog.h"
#include "libcar/stream/ndjson.h"

/* All zero, except the caller's fields, before it runs. */
struct plc_export {
	/* The caller's. */
	struct http_options http;
	struct export export; /* origin, limit, pace */
	const char *dir;      /* of the archive; NULL: none */
	bool has_cursor;      /* start after files.after, and read no cursors */
	bool tail, stream;    /* go on when the directory has no more */
	struct plc_files files;
	struct ndjson_out *out;

	uint64_t failed; /* error lines written */

	/* The module's own. */
	struct oplog archive;
	struct export_live live;
	struct cli_cursor cursor;
	uint64_t passed;   /* what the reader has already */
	struct buf unsent; /* lines of it */
	bool over, is_new; /* is_new: the archive has nothing yet */
};

/* Find the place to start on standard input, unless it is known, and export
 * until the directory has no more, or the limit; with tail or stream until a
 * signal. A program that can't continue ends. */
void plc_export_run(struct plc_export *);

void plc_export_free(struct plc_export *);

#endif
