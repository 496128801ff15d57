#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "libcar/repo/car_file.h"
#include "libcar/store/archive_private.h"
#include "libcar/store/archive_stream.h"

/*
 * car_file.h reads the same files, but for readers that go back and forth in
 * them: it keeps what it has expanded.
 */

#define READ_BYTES (64 << 10)
#define HEADER_BYTES 18 /* maximum of a zstd frame's header, with its magic */

struct archive_stream {
	int fd;
	char *path; /* for messages */
	uint64_t size;
	ZSTD_DStream *zstd; /* NULL: the file is plain */
	ZSTD_inBuffer in;
	bool frame_open; /* the file can't end here */
	bool full;       /* the last output may not be all that there was */
	char raw[READ_BYTES];
};

static ssize_t
read_file(int fd, void *out, size_t max, struct status *st)
{
	ssize_t n;

	while ((n = read(fd, out, max)) == -1 && errno == EINTR)
		;
	if (n == -1) {
		status_errno(st, "can't read a CAR of the archive");
		st->code = STATUS_UNREADABLE;
	}
	return n;
}

/* Fill the buffer: more input bytes, or the same at the end of the file. */
static ssize_t
fill(struct archive_stream *s, struct status *st)
{
	ssize_t n = read_file(s->fd, s->raw + s->in.size,
	    sizeof(s->raw) - s->in.size, st);

	if (n > 0)
		s->in.size += (size_t)n;
	return n;
}

/* A frame may say its size, but nothing says how many frames there are. */
static int
open_zstd(struct archive_stream *s, const struct archive *a, struct status *st)
{
	unsigned id;

	if ((s->zstd = ZSTD_createDStream()) == NULL)
		return status_no_memory(st);
	s->size = ARCHIVE_STREAM_SIZE_UNKNOWN;
	id = ZSTD_getDictID_fromFrame(s->raw, s->in.size);
	return id == 0 ? 0 : dictionary_load(s->zstd, a->dir, id, st);
}

/* Look at the beginning, and go back to it if the file is plain. */
static int
start(struct archive_stream *s, const struct archive *a, struct status *st)
{
	struct stat file;
	ssize_t n = 1;

	if (fstat(s->fd, &file) == -1 || !S_ISREG(file.st_mode))
		return status_set(st, STATUS_UNREADABLE, 0,
		    "not a regular file");
	s->in.src = s->raw;
	while (n > 0 && s->in.size < HEADER_BYTES)
		if ((n = fill(s, st)) == -1)
			return -1;
	if (car_file_is_zstd(s->raw, s->in.size))
		return open_zstd(s, a, st);
	s->size = (uint64_t)file.st_size;
	return lseek(s->fd, 0, SEEK_SET) == -1 ?
	    status_errno(st, "can't read a CAR of the archive") :
	    0;
}

int
archive_stream_open(struct archive_stream **out, const struct archive *a,
    const char *did, size_t len, struct archive_car *car, struct status *st)
{
	struct archive_stream *s;
	int got = archive_find(a, did, len, NULL, car, st);

	if (got != 1)
		return got;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return status_no_memory(st);
	s->fd = -1;
	if ((s->path = strdup(car->path)) == NULL) {
		archive_stream_close(s);
		return status_no_memory(st);
	}
	/* It may be anything: opening a FIFO mustn't wait for a writer. */
	s->fd = open(car->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (s->fd == -1) {
		status_errno(st, "can't open %s", car->path);
		st->code = STATUS_UNREADABLE;
	} else if (start(s, a, st) == 0) {
		*out = s;
		return 1;
	} else
		status_prefix(st, "%s: ", car->path);
	archive_stream_close(s);
	return -1;
}

uint64_t
archive_stream_size(const struct archive_stream *s)
{
	return s->size;
}

static int
more_input(struct archive_stream *s, bool *end, struct status *st)
{
	ssize_t n;

	s->in.pos = s->in.size = 0;
	if ((n = fill(s, st)) == -1)
		return -1;
	if (n == 0 && s->frame_open)
		return status_set(st, STATUS_UNREADABLE, 0,
		    "zstd ends inside a frame");
	*end = n == 0;
	return 0;
}

/* Decompress until there is output, or the file ends. */
static ssize_t
read_zstd(struct archive_stream *s, void *out, size_t max, struct status *st)
{
	ZSTD_outBuffer to = { out, max, 0 };
	bool end = false;
	size_t left, from;

	while (to.pos == 0) {
		if (s->in.pos == s->in.size && !s->full &&
		    (more_input(s, &end, st) == -1 || end))
			return end ? 0 : -1;
		from = s->in.pos;
		left = ZSTD_decompressStream(s->zstd, &to, &s->in);
		if (ZSTD_isError(left))
			return status_set(st, STATUS_UNREADABLE, 0, "zstd: %s",
			    ZSTD_getErrorName(left));
		/* Without progress, it returns what the next frame needs. */
		if (s->in.pos > from || to.pos > 0)
			s->frame_open = left != 0;
		s->full = to.pos == to.size;
	}
	return (ssize_t)to.pos;
}

ssize_t
archive_stream_read(struct archive_stream *s, void *out, size_t max,
    struct status *st)
{
	ssize_t n;

	if (max == 0)
		return 0;
	n = s->zstd == NULL ? read_file(s->fd, out, max, st) :
			      read_zstd(s, out, max, st);
	if (n == -1)
		status_prefix(st, "%s: ", s->path);
	return n;
}

void
archive_stream_close(struct archive_stream *s)
{
	if (s == NULL)
		return;
	if (s->fd != -1)
		close(s->fd);
	ZSTD_freeDStream(s->zstd);
	free(s->path);
	free(s);
}
