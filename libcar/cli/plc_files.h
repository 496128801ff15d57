/*
 * plc_files: reads `plc` lines back from files.
 *
 * A file has lines, plain or compressed by zstd. A directory means its files of
 * an archive (oplog.h) in their order. Only the form of a line is checked: a
 * line that isn't one of at-ndjson(5) becomes an error line. Lines of other
 * types are copied.
 */
#ifndef LIBCAR_CLI_PLC_FILES_H
#define LIBCAR_CLI_PLC_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "libcar/cli/table.h"
#include "libcar/stream/line.h"
#include "libcar/stream/ndjson.h"

/* All zero, except the caller's fields, before the first file. */
struct plc_files {
	/* The caller's. */
	struct ndjson_out *out;
	uint64_t after; /* leave out operations up to this seq */
	uint64_t limit; /* maximum of operations; 0: none */

	uint64_t count;  /* operations written */
	uint64_t failed; /* error lines written */
	uint64_t bytes;  /* of the lines read */

	/* The module's own. */
	struct line line;
};

/* Read all operands; without any, standard input. */
void plc_files_read(struct plc_files *, const struct cli *, char **operands);

/* Read the files of one archive, but not those that end before `after`. */
void plc_files_read_directory(struct plc_files *, const char *dir);

void plc_files_free(struct plc_files *);

#endif
