#include "config.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "libcar/base/clock.h"
#include "libcar/store/aside.h"
#include "libcar/store/oplog.h"
#include "libcar/store/oplog_private.h"

/*
 * The file with the highest name is the last one. Its whole frames say where
 * the archive ends; nothing else is stored, so nothing can disagree with them.
 */

/* Keys, hashes and signatures don't compress: level 6 takes six times the time
 * for files that are 1 % smaller. */
#define LEVEL 1
#define NAME_DIGITS 16
/* No frame that we write has more bytes, so no more are ever cut off. */
#define MAX_FRAME (ZSTD_COMPRESSBOUND(2 * OPLOG_FRAME_BYTES))

/* Open */

static int
make_directory(const char *dir, struct status *st)
{
	if (mkdir(dir, 0777) == 0 || errno == EEXIST)
		return 0;
	return status_errno(st, "can't make %s", dir);
}

static int
set_path(struct oplog *o, const char *name, struct status *st)
{
	o->path.len = 0;
	buf_puts(&o->path, o->dir);
	buf_putc(&o->path, '/');
	buf_put(&o->path, name, strlen(name) + 1);
	return o->path.failed ? status_no_memory(st) : 0;
}

static int
lock(struct oplog *o, struct status *st)
{
	if (set_path(o, ".lock", st) == -1)
		return -1;
	o->lock = open(o->path.data, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (o->lock == -1)
		return status_errno(st, "can't open %s", o->path.data);
	if (flock(o->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return status_set(st, STATUS_AGAIN, 0,
		    "%s: another process writes to this archive", o->dir);
	return status_errno(st, "can't lock %s", o->path.data);
}

static bool
is_file_name(const char *name)
{
	return strspn(name, "0123456789") == NAME_DIGITS &&
	    strcmp(name + NAME_DIGITS, OPLOG_ENDING) == 0;
}

static int
find_last(struct oplog *o, struct status *st)
{
	char last[NAME_MAX + 1] = "";
	DIR *dir = opendir(o->dir);
	struct dirent *e;

	if (dir == NULL)
		return status_errno(st, "can't read %s", o->dir);
	while ((e = readdir(dir)) != NULL)
		if (is_file_name(e->d_name) && strcmp(e->d_name, last) > 0)
			strcpy(last, e->d_name);
	closedir(dir);
	if (last[0] != '\0')
		return set_path(o, last, st);
	o->path.len = 0;
	return 0;
}

/* Cut off the beginning of a frame that a killed process has left. */
static int
cut_tail(struct oplog *o, struct status *st)
{
	struct stat s;

	if (fstat(o->fd, &s) == -1)
		return status_errno(st, "can't read");
	o->cut = (uint64_t)s.st_size - o->end;
	if (o->cut == 0)
		return 0;
	if (o->cut > MAX_FRAME)
		return status_set(st, STATUS_UNUSABLE, 0,
		    "damaged after byte %" PRIu64 ": a frame without an end",
		    o->end);
	if (ftruncate(o->fd, (off_t)o->end) == -1 || fdatasync(o->fd) == -1)
		return status_errno(st, "can't write");
	return 0;
}

static int
read_last(struct oplog *o, struct status *st)
{
	struct oplog_frames frames = { .bytes = 0 };
	int rc;

	o->fd = open(o->path.data, O_RDWR | O_CLOEXEC);
	if (o->fd == -1)
		return status_errno(st, "can't open");
	rc = oplog_scan(&frames, o->fd, st);
	o->end = frames.bytes;
	o->lines = frames.lines;
	o->last = frames.last;
	o->line = frames.line;
	return rc == 0 ? cut_tail(o, st) : -1;
}

/* A file without a whole frame is removed: the one before it is the last. */
static int
open_last(struct oplog *o, struct status *st)
{
	while (find_last(o, st) == 0 && o->path.len > 0) {
		if (read_last(o, st) == -1)
			return status_prefix(st, "%s: ", o->path.data);
		if (o->end > 0)
			return 0;
		if (unlink(o->path.data) == -1)
			return status_errno(st, "can't remove %s",
			    o->path.data);
		close(o->fd);
		o->fd = -1;
	}
	return o->path.len > 0 ? -1 : 0;
}

static int
start_zstd(struct oplog *o, struct status *st)
{
	o->zstd = ZSTD_createCCtx();
	if (o->zstd == NULL ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(o->zstd,
		ZSTD_c_compressionLevel, LEVEL)) ||
	    ZSTD_isError(
		ZSTD_CCtx_setParameter(o->zstd, ZSTD_c_checksumFlag, 1)))
		return status_no_memory(st);
	return 0;
}

int
oplog_open(struct oplog *o, const char *dir, struct status *st)
{
	*o = (struct oplog){ .dir = dir, .lock = -1, .fd = -1 };
	o->is_open = true;
	if (make_directory(dir, st) == -1 || lock(o, st) == -1 ||
	    start_zstd(o, st) == -1)
		return -1;
	return open_last(o, st);
}

/* Lines */

int
oplog_put(struct oplog *o, uint64_t seq, const char *line, size_t len,
    struct status *st)
{
	if (o->waiting_lines == 0) {
		o->since_ms = clock_monotonic_ms();
		/* A late line isn't above the last file's. */
		o->waiting_first = seq > o->last ? seq : o->last + 1;
	}
	buf_put(&o->waiting, line, len);
	o->waiting_lines++;
	if (seq > o->last)
		o->last = seq;
	return o->waiting.failed ? status_no_memory(st) : 0;
}

static bool
is_file_full(const struct oplog *o)
{
	return o->fd == -1 || o->lines >= OPLOG_FILE_LINES;
}

bool
oplog_is_due(const struct oplog *o)
{
	uint64_t lines = is_file_full(o) ? 0 : o->lines;

	return o->waiting_lines > 0 &&
	    (o->waiting.len >= OPLOG_FRAME_BYTES ||
		lines + o->waiting_lines >= OPLOG_FILE_LINES ||
		clock_monotonic_ms() - o->since_ms >= OPLOG_FRAME_MS);
}

/* Frames */

static int
pack(struct oplog *o, struct status *st)
{
	size_t bound = ZSTD_compressBound(o->waiting.len), n;
	char *to;

	o->packed.len = 0;
	if ((to = buf_reserve(&o->packed, bound)) == NULL)
		return status_no_memory(st);
	n = ZSTD_compress2(o->zstd, to, bound, o->waiting.data, o->waiting.len);
	if (ZSTD_isError(n))
		return status_set(st, STATUS_SYSTEM, 0, "zstd: %s",
		    ZSTD_getErrorName(n));
	o->packed.len = n;
	return 0;
}

/* The first frame of a file. */
static int
write_first(struct oplog *o, struct status *st)
{
	char name[NAME_DIGITS + sizeof(OPLOG_ENDING)];
	struct aside file;
	uint64_t size;
	int rc = -1;

	snprintf(name, sizeof(name), "%0*" PRIu64 "%s", NAME_DIGITS,
	    o->waiting_first, OPLOG_ENDING);
	if (set_path(o, name, st) == -1 ||
	    aside_open(&file, o->path.data, st) == -1)
		return -1;
	if (aside_write(&file, o->packed.data, o->packed.len, st) == 0 &&
	    aside_sync(&file, o->path.data, &size, st) == 0 &&
	    aside_name(&file, -1, o->path.data, st) == 0) {
		if (o->fd != -1)
			close(o->fd);
		o->fd = file.fd;
		file.fd = -1;
		o->end = o->lines = 0;
		rc = 0;
	}
	aside_close(&file);
	return rc;
}

static int
append(struct oplog *o, struct status *st)
{
	size_t at = 0;
	ssize_t n;

	while (at < o->packed.len) {
		n = pwrite(o->fd, o->packed.data + at, o->packed.len - at,
		    (off_t)(o->end + at));
		if (n == -1 && errno != EINTR)
			break;
		at += n == -1 ? 0 : (size_t)n;
	}
	if (at == o->packed.len && fdatasync(o->fd) == 0)
		return 0;
	status_errno(st, "can't write %s", o->path.data);
	/* If this fails, too, the next oplog_open() cuts the file. */
	if (ftruncate(o->fd, (off_t)o->end) == -1)
		return -1;
	return -1;
}

int
oplog_flush(struct oplog *o, struct status *st)
{
	if (o->waiting_lines == 0)
		return 0;
	if (pack(o, st) == -1 ||
	    (is_file_full(o) ? write_first(o, st) : append(o, st)) == -1)
		return -1;
	o->end += o->packed.len;
	o->lines += o->waiting_lines;
	o->waiting.len = 0;
	o->waiting_lines = 0;
	return 0;
}

void
oplog_close(struct oplog *o)
{
	if (o->is_open && o->fd != -1)
		close(o->fd);
	if (o->is_open && o->lock != -1)
		close(o->lock);
	ZSTD_freeCCtx(o->zstd);
	buf_free(&o->line);
	buf_free(&o->path);
	buf_free(&o->waiting);
	buf_free(&o->packed);
	*o = (struct oplog){ .last = 0 };
}
