#include "config.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcar/base/array.h"
#include "libcar/data/syntax.h"
#include "libcar/store/archive_private.h"
#include "libcar/store/aside_private.h"

/*
 * Earlier CARs of a DID lie in `dir/3f/.did_plc_…/`, named by their rev. The
 * directory is hidden, so programs that read all CARs of an archive see only
 * the newest ones, and it belongs to one account, so pruning reads no other
 * names.
 *
 * A CAR gets its second name before the new one takes the first. So a process
 * that is killed in between leaves the newest CAR where it was.
 */

#define ENDING ".car"

static int
open_directory(int shard, const char *name)
{
	return openat(shard, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool
is_packed(const char *path)
{
	size_t len = strlen(path), end = strlen(ARCHIVE_ZSTD);

	return len > end && strcmp(path + len - end, ARCHIVE_ZSTD) == 0;
}

/* The directory of earlier CARs, for the path of a CAR: its name after the last
 * slash, without its ending, which may also occur in a did:web. */
static void
directory_of(char name[ARCHIVE_OLD_BYTES], const char *path)
{
	const char *base = strrchr(path, '/') + 1,
		   *ending = is_packed(path) ? ENDING ARCHIVE_ZSTD : ENDING;

	snprintf(name, ARCHIVE_OLD_BYTES, ".%.*s",
	    (int)(strlen(base) - strlen(ending)), base);
}

int
archive_keep(int shard, const struct archive_car *car, struct status *st)
{
	char dir[ARCHIVE_OLD_BYTES], name[ARCHIVE_KEPT_BYTES];
	int fd, rc;

	directory_of(dir, car->path);
	if ((mkdirat(shard, dir, 0777) == -1 && errno != EEXIST) ||
	    (fd = open_directory(shard, dir)) == -1)
		return status_errno(st, "can't make %s for %s", dir, car->path);
	snprintf(name, sizeof(name), "%s%s%s", car->rev, ENDING,
	    is_packed(car->path) ? ARCHIVE_ZSTD : "");
	rc = linkat(shard, strrchr(car->path, '/') + 1, fd, name, 0);
	if (rc == -1 && errno != EEXIST)
		status_errno(st, "can't keep %s", car->path);
	else
		rc = 0;
	close(fd);
	return rc;
}

static bool
is_kept(const char *name)
{
	const char *ending = name + SYNTAX_TID_LEN;

	return strlen(name) > SYNTAX_TID_LEN &&
	    syntax_is_tid(name, SYNTAX_TID_LEN) &&
	    (strcmp(ending, ENDING) == 0 ||
		strcmp(ending, ENDING ARCHIVE_ZSTD) == 0);
}

/* The latest first. */
static int
compare(const void *a, const void *b)
{
	return strcmp(((const struct archive_kept *)b)->name,
	    ((const struct archive_kept *)a)->name);
}

static int
list(DIR *d, struct archive_kept **kept, size_t *count, struct status *st)
{
	struct dirent *entry;
	size_t room = 0;

	while ((entry = readdir(d)) != NULL) {
		if (!is_kept(entry->d_name))
			continue;
		if (!ARRAY_GROW(*kept, *count, room))
			return status_no_memory(st);
		strcpy((*kept)[(*count)++].name, entry->d_name);
	}
	return 0;
}

/* Remove all but the latest `keep` files, and the directory if none is left. */
static int
prune(DIR *d, int shard, const char *dir, size_t keep, struct status *st)
{
	struct archive_kept *kept = NULL;
	size_t count = 0, i;
	int rc = list(d, &kept, &count, st);

	if (count > 0)
		qsort(kept, count, sizeof(*kept), compare);
	for (i = keep; rc == 0 && i < count; i++)
		if (unlinkat(dirfd(d), kept[i].name, 0) == -1 &&
		    errno != ENOENT)
			rc = status_errno(st, "can't remove %s/%s", dir,
			    kept[i].name);
	if (rc == 0 && keep == 0)
		unlinkat(shard, dir, AT_REMOVEDIR);
	free(kept);
	return rc;
}

/* Open the directory of earlier CARs; NULL: -1, or there is none. */
static DIR *
open_kept(int shard, const char *path, int *rc, struct status *st)
{
	char dir[ARCHIVE_OLD_BYTES];
	int fd;
	DIR *d;

	directory_of(dir, path);
	*rc = 0;
	if ((fd = open_directory(shard, dir)) == -1) {
		if (errno != ENOENT)
			*rc = status_errno(st, "can't open %s of %s", dir,
			    path);
		return NULL;
	}
	if ((d = fdopendir(fd)) == NULL) {
		close(fd);
		*rc = status_no_memory(st);
	}
	return d;
}

int
archive_prune(int shard, const char *path, size_t keep, struct status *st)
{
	char dir[ARCHIVE_OLD_BYTES];
	int rc;
	DIR *d = open_kept(shard, path, &rc, st);

	if (d == NULL)
		return rc;
	directory_of(dir, path);
	rc = prune(d, shard, dir, keep, st);
	closedir(d);
	return rc;
}

/* 1, 0 or -1, in the open directory. It may be anything: opening a FIFO mustn't
 * wait for a writer. */
static int
open_file(int dir, const char *rev, bool packed, int *fd, struct status *st)
{
	char name[ARCHIVE_KEPT_BYTES];

	snprintf(name, sizeof(name), "%s%s%s", rev, ENDING,
	    packed ? ARCHIVE_ZSTD : "");
	*fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (*fd != -1)
		return 1;
	return errno == ENOENT ? 0 : status_errno(st, "can't open %s", name);
}

int
archive_open_kept(const struct archive_car *car, const char *rev, int *fd,
    struct status *st)
{
	char shard[PATH_MAX], name[ARCHIVE_OLD_BYTES];
	int at, dir, got;

	if (!syntax_is_tid(rev, strlen(rev)))
		return 0;
	archive_shard(shard, car->path);
	directory_of(name, car->path);
	at = open(shard, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (at == -1)
		return status_errno(st, "can't open %s", shard);
	dir = open_directory(at, name);
	close(at);
	if (dir == -1)
		return errno == ENOENT ?
		    0 :
		    status_errno(st, "can't open %s of %s", name, car->path);
	got = open_file(dir, rev, false, fd, st);
	if (got == 0)
		got = open_file(dir, rev, true, fd, st);
	close(dir);
	return got;
}

int
archive_kept(const char *path, struct archive_kept **kept, size_t *count,
    struct status *st)
{
	char dir[PATH_MAX];
	int shard, rc;
	DIR *d;

	*kept = NULL;
	*count = 0;
	archive_shard(dir, path);
	if ((shard = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return errno == ENOENT ? 0 :
					 status_errno(st, "can't open %s", dir);
	d = open_kept(shard, path, &rc, st);
	if (d != NULL) {
		rc = list(d, kept, count, st);
		closedir(d);
	}
	close(shard);
	if (*count > 0)
		qsort(*kept, *count, sizeof(**kept), compare);
	if (rc == -1) {
		free(*kept);
		*kept = NULL;
		*count = 0;
	}
	return rc;
}

int
archive_kept_path(char path[PATH_MAX], const struct archive_kept *kept,
    struct status *st)
{
	char dir[ARCHIVE_OLD_BYTES];
	size_t len = strrchr(path, '/') + 1 - path;
	int n;

	directory_of(dir, path);
	n = snprintf(path + len, PATH_MAX - len, "%s/%s", dir, kept->name);
	return n < 0 || (size_t)n >= PATH_MAX - len ? aside_too_long(path, st) :
						      0;
}
