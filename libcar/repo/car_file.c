#include "config.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "libcar/base/buf.h"
#include "libcar/repo/car_file.h"

/*
 * in.data holds all of the input so far, as car.c requires. A mapped file is
 * complete from the start, and so is a small file, which is read at once. Other
 * input first goes to `memory`; before that becomes too large, it moves to
 * `file`. More of `file` is mapped than exists yet, so that data doesn't move
 * again. zstd is decompressed on the way.
 */

#define READ_BYTES (256 << 10)
#define SMALL_BYTES (96 << 10) /* maximum of a file that isn't mapped */
#define HEADER_BYTES 18 /* maximum of a zstd frame's header, with its magic */
#define DICTIONARY_UP 2 /* directories above the CAR's to look in */

struct car_file {
	struct car_input in; /* first: need() casts it to car_file */
	int fd;
	const char *tmp;
	void (*reads)(void *ctx); /* called before each read; or NULL */
	void *ctx;
	struct stat stat; /* of a mapped file */
	bool eof;
	struct buf memory; /* holds the input while it is small */
	int file;          /* -1, or holds larger input */
	void *map;         /* NULL, or all of the file or of `file` */
	size_t map_len;
	ZSTD_DStream *zstd; /* NULL: uncompressed */
	uint8_t *raw;       /* compressed bytes */
	ZSTD_inBuffer zin;
	bool frame_open;
	bool more;     /* the decompressor has output left */
	bool skipping; /* read on, but keep nothing */
	uint64_t skipped;
	uint8_t *chunk; /* to be written to `file`, or skipped */
};

static int
unreadable(struct status *st)
{
	status_errno(st, "can't read");
	st->code = STATUS_UNREADABLE;
	return -1;
}

static ssize_t
read_some(int fd, void *p, size_t n, struct status *st)
{
	ssize_t got;

	while ((got = read(fd, p, n)) == -1)
		if (errno != EINTR)
			return unreadable(st);
	return got;
}

static int
write_file(struct car_file *a, const void *data, size_t len, struct status *st)
{
	const char *p = data;
	ssize_t n;

	while (len > 0) {
		n = write(a->file, p, len);
		if (n == -1 && errno != EINTR)
			return status_errno(st, "can't write a temporary file");
		p += n == -1 ? 0 : n;
		len -= n == -1 ? 0 : n;
	}
	return 0;
}

static int
temporary_file(const char *dir, struct status *st)
{
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s/atpipe.XXXXXX", dir) >=
	    (int)sizeof(path))
		return status_set(st, STATUS_SYSTEM, 0, "TMPDIR is too long");
	if ((fd = mkstemp(path)) == -1)
		return status_errno(st, "can't make a file in %s", dir);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	unlink(path);
	return fd;
}

/* Continue in a file. Map its maximum size at once, so that it can grow under
 * the map. */
static int
move_to_file(struct car_file *a, struct status *st)
{
	if ((a->chunk = malloc(READ_BYTES)) == NULL)
		return status_no_memory(st);
	if ((a->file = temporary_file(a->tmp, st)) == -1)
		return -1;
	if (write_file(a, a->memory.data, a->memory.len, st) == -1)
		return -1;
	a->map_len = CAR_FILE_MAX_BYTES + READ_BYTES;
	a->map = mmap(NULL, a->map_len, PROT_READ, MAP_SHARED, a->file, 0);
	if (a->map == MAP_FAILED) {
		a->map = NULL;
		return status_errno(st, "can't map a temporary file");
	}
	buf_free(&a->memory);
	a->in.data = a->map;
	return 0;
}

/* Where to write the next READ_BYTES of the input. */
static uint8_t *
room(struct car_file *a, struct status *st)
{
	if (a->skipping)
		return a->chunk;
	if (a->file == -1 && a->memory.len + READ_BYTES > CAR_FILE_MEMORY &&
	    move_to_file(a, st) == -1)
		return NULL;
	if (a->file != -1)
		return a->chunk;
	if (buf_reserve(&a->memory, READ_BYTES) == NULL) {
		status_no_memory(st);
		return NULL;
	}
	a->in.data = (const uint8_t *)a->memory.data; /* it may have moved */
	return (uint8_t *)a->memory.data + a->memory.len;
}

/* Add the n bytes that were written there. */
static int
advance(struct car_file *a, size_t n, struct status *st)
{
	if (a->in.len + a->skipped + n > CAR_FILE_MAX_BYTES)
		return status_set(st, STATUS_TOO_LARGE, 0,
		    "input of more than %llu bytes",
		    (unsigned long long)CAR_FILE_MAX_BYTES);
	if (a->skipping) {
		a->skipped += n;
		return 0;
	}
	if (a->file == -1)
		a->memory.len += n;
	else if (write_file(a, a->chunk, n, st) == -1)
		return -1;
	a->in.len += n;
	return 0;
}

/* Read what may not be there yet. */
static ssize_t
read_next(struct car_file *a, void *p, size_t n, struct status *st)
{
	if (a->reads != NULL)
		a->reads(a->ctx);
	return read_some(a->fd, p, n, st);
}

static int
read_plain(struct car_file *a, struct status *st)
{
	uint8_t *p = room(a, st);
	ssize_t n;

	if (p == NULL || (n = read_next(a, p, READ_BYTES, st)) == -1)
		return -1;
	a->eof = n == 0;
	return advance(a, n, st);
}

/* Nothing comes any more. Somebody may keep many files open, and each
 * decompressor has a window of up to 128 MiB. */
static void
end_zstd(struct car_file *a)
{
	ZSTD_freeDStream(a->zstd);
	a->zstd = NULL;
	free(a->raw);
	a->raw = NULL;
	a->zin = (ZSTD_inBuffer){ NULL, 0, 0 };
}

static int
fill_raw(struct car_file *a, struct status *st)
{
	ssize_t n = read_next(a, a->raw, READ_BYTES, st);

	if (n == -1)
		return -1;
	a->zin.src = a->raw;
	a->zin.size = n;
	a->zin.pos = 0;
	if (n > 0)
		return 0;
	a->eof = true;
	if (a->frame_open)
		return status_set(st, STATUS_BAD_CAR, a->in.len,
		    "zstd ends inside a frame");
	end_zstd(a);
	return 0;
}

static int
read_zstd(struct car_file *a, struct status *st)
{
	uint8_t *p = room(a, st);
	ZSTD_outBuffer out = { p, READ_BYTES, 0 };
	size_t left, from;

	if (p == NULL)
		return -1;
	if (!a->more && a->zin.pos == a->zin.size && fill_raw(a, st) == -1)
		return -1;
	if (a->eof)
		return 0;
	from = a->zin.pos;
	left = ZSTD_decompressStream(a->zstd, &out, &a->zin);
	if (ZSTD_isError(left))
		return status_set(st, STATUS_BAD_CAR, a->in.len, "zstd: %s",
		    ZSTD_getErrorName(left));
	/* Without progress, it returns what the next frame needs. */
	if (a->zin.pos > from || out.pos > 0)
		a->frame_open = left != 0;
	a->more = out.pos == out.size;
	return advance(a, out.pos, st);
}

static int
need(struct car_input *in, uint64_t upto, struct status *st)
{
	struct car_file *a = (struct car_file *)in;
	int rc = 0;

	while (in->len < upto && !a->eof && rc == 0)
		rc = a->zstd == NULL ? read_plain(a, st) : read_zstd(a, st);
	return rc;
}

/* Skipped bytes count as input, because expanding them costs as much. */
static int
skip(struct car_input *in, struct status *st)
{
	struct car_file *a = (struct car_file *)in;
	int rc = 0;

	if (!a->eof && a->chunk == NULL &&
	    (a->chunk = malloc(READ_BYTES)) == NULL)
		return status_no_memory(st);
	a->skipping = true;
	while (!a->eof && rc == 0)
		rc = a->zstd == NULL ? read_plain(a, st) : read_zstd(a, st);
	return rc;
}

/* Mapping and unmapping a small file takes longer, above all in a program with
 * threads: each processor then has to flush the mapping. */
static int
read_small(struct car_file *a, size_t size, const void *head, size_t head_len,
    struct status *st)
{
	char *p = buf_reserve(&a->memory, size);
	ssize_t n = 1;

	if (p == NULL)
		return status_no_memory(st);
	memcpy(p, head, head_len);
	a->memory.len = head_len;
	for (; a->memory.len < size && n > 0; a->memory.len += n)
		if ((n = read_some(a->fd, p + a->memory.len,
			 size - a->memory.len, st)) == -1)
			return -1;
	a->in.data = (const uint8_t *)p;
	a->in.len = a->memory.len;
	a->eof = true;
	return 1;
}

/* Map the file, if it is a regular file at its beginning: 1, 0, or -1. */
static int
map_file(struct car_file *a, const void *head, size_t head_len,
    struct status *st)
{
	struct stat s;
	off_t at;
	void *map;

	if (fstat(a->fd, &s) == -1)
		return unreadable(st);
	at = lseek(a->fd, 0, SEEK_CUR);
	if (!S_ISREG(s.st_mode) || at == -1 || (size_t)at != head_len)
		return 0;
	if ((off_t)head_len <= s.st_size && s.st_size <= SMALL_BYTES)
		return read_small(a, s.st_size, head, head_len, st);
	if (s.st_size > 0) {
		map = mmap(NULL, s.st_size, PROT_READ, MAP_PRIVATE, a->fd, 0);
		if (map == MAP_FAILED)
			return 0; /* its file system can't map */
		a->in.data = a->map = map;
	}
	a->eof = true;
	a->stat = s;
	a->in.len = a->map_len = s.st_size;
	return 1;
}

/* The directory of a descriptor's file. */
static bool
find_directory(int fd, char dir[PATH_MAX])
{
	char link[32];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if ((n = readlink(link, dir, PATH_MAX - 1)) <= 0 || dir[0] != '/')
		return false;
	dir[n] = '\0';
	*strrchr(dir, '/') = '\0';
	return true;
}

/* Open the dictionary next to the file, or above it. */
static int
open_dictionary(int fd, unsigned id)
{
	char dir[PATH_MAX], path[PATH_MAX + 32], *slash;
	int up, found;

	if (!find_directory(fd, dir))
		return -1;
	for (up = 0; up <= DICTIONARY_UP; up++) {
		snprintf(path, sizeof(path), "%s/%u.zdict", dir, id);
		found = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (found != -1)
			return found;
		if ((slash = strrchr(dir, '/')) == NULL)
			break;
		*slash = '\0';
	}
	return -1;
}

static int
no_dictionary(unsigned id, struct status *st)
{
	return status_set(st, STATUS_UNREADABLE, 0,
	    "compressed with the zstd dictionary %u; want the file %u.zdict "
	    "at the top of its archive",
	    id, id);
}

static int
load_dictionary(struct car_file *a, unsigned id, struct status *st)
{
	int fd = open_dictionary(a->fd, id);
	struct buf bytes = { .len = 0 };
	ssize_t n = 1;

	if (fd == -1)
		return no_dictionary(id, st);
	while (n > 0 && bytes.len <= CAR_FILE_MAX_DICTIONARY &&
	    buf_reserve(&bytes, READ_BYTES) != NULL) {
		n = read(fd, bytes.data + bytes.len, READ_BYTES);
		bytes.len += n > 0 ? n : 0;
	}
	close(fd);
	/* Any bytes would do as a dictionary without an id. */
	if (n != 0 || ZSTD_getDictID_fromDict(bytes.data, bytes.len) != id ||
	    ZSTD_isError(
		ZSTD_DCtx_loadDictionary(a->zstd, bytes.data, bytes.len)))
		n = no_dictionary(id, st);
	buf_free(&bytes);
	return n == 0 ? 0 : -1;
}

/* Read the header of the first frame, which says if it needs a dictionary. */
static int
find_dictionary(struct car_file *a, struct status *st)
{
	unsigned id;
	ssize_t n = 1;

	for (; a->zin.size < HEADER_BYTES && n > 0; a->zin.size += n)
		if ((n = read_some(a->fd, a->raw + a->zin.size,
			 HEADER_BYTES - a->zin.size, st)) == -1)
			return -1;
	id = ZSTD_getDictID_fromFrame(a->raw, a->zin.size);
	return id == 0 ? 0 : load_dictionary(a, id, st);
}

static int
open_zstd(struct car_file *a, const void *head, size_t head_len,
    struct status *st)
{
	size_t cap = head_len > READ_BYTES ? head_len : READ_BYTES;

	a->zstd = ZSTD_createDStream();
	a->raw = malloc(cap);
	if (a->zstd == NULL || a->raw == NULL)
		return status_no_memory(st);
	memcpy(a->raw, head, head_len);
	a->zin.src = a->raw;
	a->zin.size = head_len;
	return find_dictionary(a, st);
}

static int
take_head(struct car_file *a, const void *head, size_t head_len,
    struct status *st)
{
	buf_put(&a->memory, head, head_len);
	if (a->memory.failed)
		return status_no_memory(st);
	a->in.data = (const uint8_t *)a->memory.data;
	a->in.len = a->memory.len;
	return 0;
}

static int
start(struct car_file *a, const void *head, size_t head_len, struct status *st)
{
	uint8_t first[CAR_FILE_SNIFF_BYTES];
	ssize_t n = 1;
	int mapped;

	if (head_len < sizeof(first)) {
		if (head_len > 0)
			memcpy(first, head, head_len);
		head = first;
	}
	for (; head_len < sizeof(first) && n > 0; head_len += n)
		if ((n = read_some(a->fd, first + head_len,
			 sizeof(first) - head_len, st)) == -1)
			return -1;
	if (car_file_is_zstd(head, head_len))
		return open_zstd(a, head, head_len, st);
	if ((mapped = map_file(a, head, head_len, st)) != 0)
		return mapped == 1 ? 0 : -1;
	return take_head(a, head, head_len, st);
}

struct car_file *
car_file_open(int fd, const void *head, size_t head_len, const char *tmp,
    struct status *st)
{
	struct car_file *a = calloc(1, sizeof(*a));

	if (a == NULL) {
		status_no_memory(st);
		return NULL;
	}
	a->in.need = need;
	a->in.skip = skip;
	a->fd = fd;
	a->tmp = tmp;
	a->file = -1;
	if (start(a, head, head_len, st) == -1) {
		car_file_close(a);
		return NULL;
	}
	return a;
}

bool
car_file_is_zstd(const void *head, size_t len)
{
	static const uint8_t frame[4] = { 0x28, 0xb5, 0x2f, 0xfd };
	static const uint8_t skippable[3] = { 0x2a, 0x4d, 0x18 };
	const uint8_t *p = head;

	return len >= CAR_FILE_SNIFF_BYTES &&
	    (memcmp(p, frame, 4) == 0 ||
		((p[0] & 0xf0) == 0x50 && memcmp(p + 1, skippable, 3) == 0));
}

void
car_file_before_reads(struct car_file *a, void (*fn)(void *ctx), void *ctx)
{
	a->reads = fn;
	a->ctx = ctx;
}

struct car_input *
car_file_input(struct car_file *a)
{
	return &a->in;
}

/* Now the size is known, and the map has no more than it. */
static int
leave_memory(struct car_file *a, struct status *st)
{
	if (a->memory.len == 0)
		return 0;
	if ((a->file = temporary_file(a->tmp, st)) == -1 ||
	    write_file(a, a->memory.data, a->memory.len, st) == -1)
		return -1;
	a->map = mmap(NULL, a->memory.len, PROT_READ, MAP_SHARED, a->file, 0);
	if (a->map == MAP_FAILED) {
		a->map = NULL;
		return status_errno(st, "can't map a temporary file");
	}
	a->map_len = a->memory.len;
	a->in.data = a->map;
	buf_free(&a->memory);
	return 0;
}

ssize_t
car_file_finish(struct car_file *a, size_t most, struct status *st)
{
	a->eof = true;
	end_zstd(a);
	free(a->chunk);
	a->chunk = NULL;
	if (a->memory.cap > most && leave_memory(a, st) == -1)
		return -1;
	if (a->file != -1)
		close(a->file);
	a->file = -1;
	return (ssize_t)a->memory.cap;
}

bool
car_file_changed(const struct car_file *a)
{
	struct stat now;

	return a->stat.st_size > 0 &&
	    (fstat(a->fd, &now) == -1 || now.st_size != a->stat.st_size ||
		now.st_mtim.tv_sec != a->stat.st_mtim.tv_sec ||
		now.st_mtim.tv_nsec != a->stat.st_mtim.tv_nsec);
}

void
car_file_close(struct car_file *a)
{
	if (a == NULL)
		return;
	if (a->map != NULL)
		munmap(a->map, a->map_len);
	if (a->file != -1)
		close(a->file);
	ZSTD_freeDStream(a->zstd);
	buf_free(&a->memory);
	free(a->raw);
	free(a->chunk);
	free(a);
}
