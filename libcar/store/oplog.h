/*
 * oplog: an archive of the operations of a PLC directory.
 *
 * A directory holds `plc` lines of at-ndjson(5), ascending by seq, in files of
 * OPLOG_FILE_LINES each. A file is a sequence of zstd frames, so zstdcat(1)
 * reads it. Its name is the seq from which on it has operations, with 16
 * digits, so the order of the names is that of the operations.
 *
 * Lines are collected to a frame, which is appended as a whole and synced. A
 * killed process leaves whole frames, and perhaps the beginning of one, which
 * oplog_open() cuts off. A new file appears with its first frame or not at all.
 * oplog_open() reads the last file to its end; what is damaged in another way
 * is an error, and stays as it is.
 *
 * One process writes: the file `.lock` in the directory is locked by flock(2).
 * Others may read the files at any time, and may find the last frame cut.
 */
#ifndef LIBCAR_STORE_OPLOG_H
#define LIBCAR_STORE_OPLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"

#define OPLOG_FILE_LINES 1000000
#define OPLOG_FRAME_BYTES (4 << 20) /* of lines, about */
#define OPLOG_FRAME_MS 30000        /* longest time until a frame is written */
#define OPLOG_ENDING ".ndjson.zst"

/* All zero is a closed archive. */
struct oplog {
	uint64_t last; /* highest seq, also of lines not yet written; 0: none */
	struct buf line; /* its line without LF, as it was at oplog_open() */
	uint64_t cut;    /* bytes that oplog_open() cut off */

	/* Private to oplog. */
	const char *dir; /* borrowed */
	struct buf path; /* of the last file, with a NUL; empty: none */
	bool is_open;    /* the two descriptors are */
	int lock, fd;    /* fd: of the last file; -1: none */
	uint64_t end;    /* bytes of its frames */
	uint64_t lines;  /* in it */
	struct buf waiting, packed;
	uint64_t waiting_lines, waiting_first, since_ms;
	struct ZSTD_CCtx_s *zstd;
};

/* Open an archive, whose directory is made if it is missing, and lock it. -1:
 * STATUS_AGAIN (another process writes), STATUS_UNUSABLE (damaged; not a
 * directory), STATUS_SYSTEM. */
int oplog_open(struct oplog *, const char *dir, struct status *);

/* Add a line with its LF; it isn't written yet. -1: STATUS_SYSTEM. */
int oplog_put(struct oplog *, uint64_t seq, const char *line, size_t len,
    struct status *);

/* Is it time for oplog_flush(): do the lines fill a frame or the file, or have
 * they waited for OPLOG_FRAME_MS? */
bool oplog_is_due(const struct oplog *);

/* Append the lines as a frame. -1: STATUS_SYSTEM, the archive is as before. */
int oplog_flush(struct oplog *, struct status *);

/* Closes it without writing what wasn't flushed. */
void oplog_close(struct oplog *);

#endif
