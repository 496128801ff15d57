#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "libcar/store/archive_private.h"
#include "libcar/store/aside_private.h"
#include "libcar/store/blob_file.h"

/*
 * Files are never replaced: if several downloads of one blob end at the same
 * time, the first one names its file, and the others have the same bytes.
 */

#define PREFIX 4 /* bytes of a CID before the digest */

int
blob_file_path(char out[PATH_MAX], const char *dir,
    const uint8_t cid[BLOB_FILE_CID_BYTES], struct status *st)
{
	char name[CID_MAX_TEXT];
	size_t n = strlen(dir), len;
	const char *slash = n > 0 && dir[n - 1] == '/' ? "" : "/";

	len = cid_format(name, cid, BLOB_FILE_CID_BYTES);
	if (snprintf(out, PATH_MAX, "%s%s%02x/%.*s", dir, slash, cid[PREFIX],
		(int)len, name) >= PATH_MAX)
		return aside_too_long(out, st);
	return 0;
}

static void
describe(struct blob_file *file, const struct stat *s)
{
	file->size = (uint64_t)s->st_size;
	file->at = (uint64_t)s->st_mtim.tv_sec * 1000000 +
	    (uint64_t)s->st_mtim.tv_nsec / 1000;
}

/* 1, 0 or -1, for a path that is known. */
static int
look(struct blob_file *file, struct status *st)
{
	struct stat s;

	if (lstat(file->path, &s) == -1)
		return errno == ENOENT || errno == ENOTDIR ?
		    0 :
		    status_errno(st, "can't look for %s", file->path);
	if (!S_ISREG(s.st_mode))
		return 0;
	describe(file, &s);
	return 1;
}

int
blob_file_find(struct blob_file *file, const char *dir,
    const uint8_t cid[BLOB_FILE_CID_BYTES], struct status *st)
{
	return blob_file_path(file->path, dir, cid, st) == -1 ? -1 :
								look(file, st);
}

int
blob_file_create(struct aside *f, const char *dir,
    const uint8_t cid[BLOB_FILE_CID_BYTES], struct status *st)
{
	char path[PATH_MAX];

	f->fd = -1;
	f->name[0] = '\0';
	f->small = (struct buf){ .len = 0 };
	if (blob_file_path(path, dir, cid, st) == -1 ||
	    archive_check_shard(path, st) == -1)
		return -1;
	return aside_open(f, path, st);
}

/* A file of that name may have come since it was looked for. */
static int
name(struct aside *f, struct blob_file *file, struct status *st)
{
	int got;

	if (archive_check_shard(file->path, st) == -1)
		return -1;
	if (aside_name_new(f, -1, file->path))
		return look(file, st) == -1 ? -1 : 0;
	if ((got = look(file, st)) != 0)
		return got == -1 ? -1 : 0;
	if (aside_name(f, -1, file->path, st) == -1)
		return -1;
	return look(file, st) == -1 ? -1 : 0;
}

int
blob_file_keep(struct aside *f, struct blob_file *file, const char *dir,
    const uint8_t cid[BLOB_FILE_CID_BYTES], struct status *st)
{
	int rc = -1;

	if (blob_file_path(file->path, dir, cid, st) == 0 &&
	    aside_sync(f, file->path, &file->size, st) == 0)
		rc = name(f, file, st);
	aside_close(f);
	return rc;
}
