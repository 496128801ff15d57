#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "libcar/repo/car_file.h"
#include "libcar/store/aside.h"
#include "libcar/store/dictionary.h"

/*
 * The copy in the archive appears whole, so a CAR never refers to half a
 * dictionary. Ids are random numbers: two dictionaries that have the same one
 * are an error, because CARs could then be read with the wrong one.
 */

#define READ_BYTES (64 << 10)

static int
unusable(const char *path, const char *what, struct status *st)
{
	return status_set(st, STATUS_UNUSABLE, 0, "%s: %s", path, what);
}

static int
read_all(struct buf *out, int fd, const char *path, struct status *st)
{
	ssize_t n;

	do {
		if (buf_reserve(out, READ_BYTES) == NULL)
			return status_no_memory(st);
		n = read(fd, out->data + out->len, READ_BYTES);
		if (n == -1 && errno != EINTR)
			return unusable(path, strerror(errno), st);
		out->len += n > 0 ? n : 0;
		if (out->len > CAR_FILE_MAX_DICTIONARY)
			return unusable(path, "too large for a dictionary", st);
	} while (n != 0);
	return 0;
}

static int
read_file(struct buf *out, const char *path, int flags, struct status *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | flags), rc;

	if (fd == -1)
		return unusable(path, strerror(errno), st);
	rc = read_all(out, fd, path, st);
	close(fd);
	return rc;
}

int
dictionary_open(struct dictionary *d, const char *path, int level,
    struct status *st)
{
	if (read_file(&d->bytes, path, 0, st) == -1)
		return -1;
	d->id = ZSTD_getDictID_fromDict(d->bytes.data, d->bytes.len);
	if (d->id == 0)
		return unusable(path, "not a trained zstd dictionary", st);
	d->zstd = ZSTD_createCDict(d->bytes.data, d->bytes.len, level);
	return d->zstd == NULL ? status_no_memory(st) : 0;
}

/* It may be anything: opening a FIFO mustn't wait for a writer. */
static int
check_same(const struct dictionary *d, const char *path, struct status *st)
{
	struct buf had = { .len = 0 };
	int rc = read_file(&had, path, O_NONBLOCK, st);

	if (rc == 0 &&
	    (had.len != d->bytes.len ||
		memcmp(had.data, d->bytes.data, had.len) != 0))
		rc = unusable(path, "another dictionary of the same id", st);
	buf_free(&had);
	return rc;
}

/* Another process may have given a dictionary this name meanwhile. */
static int
name(const struct dictionary *d, struct aside *f, const char *path,
    struct status *st)
{
	if (aside_name_new(f, -1, path))
		return 0;
	if (access(path, F_OK) == 0)
		return check_same(d, path, st);
	return aside_name(f, -1, path, st);
}

static int
path_of(char path[PATH_MAX], const char *dir, uint32_t id, struct status *st)
{
	if (snprintf(path, PATH_MAX, "%s/%" PRIu32 ".zdict", dir, id) >=
	    PATH_MAX)
		return unusable(dir, "a name that is too long", st);
	return 0;
}

int
dictionary_keep(const struct dictionary *d, const char *dir, struct status *st)
{
	struct aside f = { .fd = -1 };
	char path[PATH_MAX];
	uint64_t size;
	int rc = -1;

	if (path_of(path, dir, d->id, st) == -1)
		return -1;
	if (access(path, F_OK) == 0)
		return check_same(d, path, st);
	if (aside_open(&f, path, st) == 0 &&
	    aside_write(&f, d->bytes.data, d->bytes.len, st) == 0 &&
	    aside_sync(&f, path, &size, st) == 0)
		rc = name(d, &f, path, st);
	aside_close(&f);
	return rc;
}

/* Any bytes would do as a dictionary without an id. */
int
dictionary_load(struct ZSTD_DCtx_s *zstd, const char *dir, uint32_t id,
    struct status *st)
{
	struct buf bytes = { .len = 0 };
	char path[PATH_MAX];
	int rc = path_of(path, dir, id, st);

	if (rc == 0)
		rc = read_file(&bytes, path, O_NONBLOCK, st);
	if (rc == 0 &&
	    (ZSTD_getDictID_fromDict(bytes.data, bytes.len) != id ||
		ZSTD_isError(
		    ZSTD_DCtx_loadDictionary(zstd, bytes.data, bytes.len))))
		rc = unusable(path, "not the dictionary of this id", st);
	if (rc == -1 && st->code == STATUS_UNUSABLE)
		st->code = STATUS_UNREADABLE;
	buf_free(&bytes);
	return rc;
}

void
dictionary_free(struct dictionary *d)
{
	ZSTD_freeCDict(d->zstd);
	buf_free(&d->bytes);
	memset(d, 0, sizeof(*d));
}
