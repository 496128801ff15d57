#include "config.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libcar/base/buf.h"
#include "libcar/repo/car_file.h"
#include "libcar/repo/commit.h"
#include "libcar/repo/repo.h"
#include "libcar/store/archive.h"
#include "libcar/store/archive_private.h"
#include "libcar/store/aside_private.h"

/*
 * Finds out which of two CARs is newer from their commits; the archive stores
 * nothing else. The directory is locked while one of a DID's two names is made
 * and the other removed. archive_path.c names the files, aside.c writes them.
 */

void
archive_set_commit(struct archive_car *car, const struct commit *c,
    const uint8_t *cid, size_t cid_len)
{
	memcpy(car->rev, c->rev, SYNTAX_TID_LEN);
	car->rev[SYNTAX_TID_LEN] = '\0';
	car->head[cid_format(car->head, cid, cid_len)] = '\0';
}

/* What to look for. */
struct wanted {
	const char *did;
	size_t len;
	const struct key *key; /* NULL: any */
	const char *tmp;
	int shard; /* the directory, open; -1: not open */

	/* Set by a look: there is a CAR whose rev can't be read, for example
	 * because its dictionary is missing. */
	bool unknown;
	struct status why;
};

static int
check_key(struct archive_car *car, const struct commit *c,
    const struct key *key, struct status *st)
{
	car->other_key = key != NULL && commit_verify(c, key, st) == -1;
	return car->other_key && status_fatal(st->code) ? -1 : 0;
}

/* Read the commit to *out, if it is of this account. */
static int
read_commit(struct archive_car *out, struct car_input *in,
    const struct wanted *want, struct status *st)
{
	const struct commit *c;
	struct repo repo;

	if (repo_peek(&repo, in, st) == -1)
		return -1;
	c = &repo.commit;
	if (c->did_len != want->len ||
	    memcmp(c->did, want->did, want->len) != 0)
		return status_set(st, STATUS_WRONG_DID, 0,
		    "the commit is of another account");
	archive_set_commit(out, c, repo.cid.bytes, repo.cid.len);
	return check_key(out, c, want->key, st);
}

/* Refuse a link in place of a shard: it would lead outside the archive, for
 * example after somebody else's archive was unpacked here. The archive's own
 * directory may be a link. */
int
archive_check_shard(const char *path, struct status *st)
{
	char dir[PATH_MAX];
	struct stat s;

	archive_shard(dir, path);
	if (lstat(dir, &s) == -1 || !S_ISLNK(s.st_mode))
		return 0;
	return status_set(st, STATUS_SYSTEM, 0,
	    "%s: a symbolic link, want a directory", dir);
}

static int
open_car(struct archive_car *car, int shard, struct status *st)
{
	const struct aside_place at = aside_place(shard, car->path);
	struct stat s;
	/* It may be anything: opening a FIFO mustn't wait for a writer. */
	int fd = openat(at.dir, at.name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool ours = errno == EMFILE || errno == ENFILE || errno == ENOMEM;

	if (fd == -1 && errno == ENOENT) {
		st->code = STATUS_UNREADABLE;
		return -1;
	}
	if (fd == -1) {
		status_errno(st, "can't open %s", car->path);
		st->code = ours ? STATUS_SYSTEM : STATUS_UNREADABLE;
		return -1;
	}
	if (fstat(fd, &s) == -1 || !S_ISREG(s.st_mode)) {
		close(fd);
		return status_set(st, STATUS_UNREADABLE, 0,
		    "%s: not a regular file", car->path);
	}
	car->size = s.st_size;
	return fd;
}

/* in: NULL if opening failed. 1, and rev and head of *car; 0 if it isn't a CAR
 * of this DID; -1. */
static int
look_in(struct archive_car *car, struct car_input *in,
    const struct wanted *want, struct status *st)
{
	if (in != NULL && read_commit(car, in, want, st) == 0)
		return 1;
	return status_fatal(st->code) ? -1 : 0;
}

static int
look_in_file(struct archive_car *car, int fd, struct wanted *want,
    struct status *st)
{
	struct car_file *file = car_file_open(fd, NULL, 0, want->tmp, st);
	int got = look_in(car, file != NULL ? car_file_input(file) : NULL, want,
	    st);

	if (got == 0 && st->code == STATUS_UNREADABLE) {
		want->unknown = true;
		want->why = *st;
		status_prefix(&want->why, "%s: ", car->path);
	}
	car_file_close(file);
	return got;
}

/* Like archive_find(), for this path alone. */
static int
look(struct archive_car *car, struct wanted *want, struct status *st)
{
	int fd, got;

	if (want->shard == -1 && archive_check_shard(car->path, st) == -1)
		return 0; /* not a part of the archive */
	if ((fd = open_car(car, want->shard, st)) == -1)
		return status_fatal(st->code) ? -1 : 0;
	got = look_in_file(car, fd, want, st);
	close(fd);
	return got != -1 ? got : status_prefix(st, "%s: ", car->path);
}

/* car->path is the plain file's. */
static int
look_at_both(struct archive_car *car, struct wanted *want, struct status *st)
{
	struct archive_car packed;
	int got, also;

	strcpy(packed.path, car->path);
	if (archive_add_suffix(packed.path, st) == -1 ||
	    (got = look(car, want, st)) == -1 ||
	    (also = look(&packed, want, st)) == -1)
		return -1;
	if (also == 1 && (got == 0 || strcmp(packed.rev, car->rev) > 0))
		*car = packed;
	return got | also;
}

/* If one process compresses and another doesn't, neither may remove the file
 * that the other has just named. If locking fails, go on without the lock. */
static int
lock_directory(const char *path, int how)
{
	char dir[PATH_MAX];
	int fd;

	archive_shard(dir, path);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	while (fd != -1 && flock(fd, how) == -1 && errno == EINTR)
		;
	return fd;
}

int
archive_find(const struct archive *a, const char *did, size_t len,
    const struct key *key, struct archive_car *car, struct status *st)
{
	struct wanted want = { did, len, key, a->tmp, -1, .unknown = false };
	int got;

	if (archive_path(car->path, a->dir, did, len, st) == -1)
		return -1;
	got = look_at_both(car, &want, st);
	if (got != 0)
		return got;
	/* Between the looks one may have replaced the other. */
	want.shard = lock_directory(car->path, LOCK_SH);
	if (want.shard == -1)
		return got;
	got = look_at_both(car, &want, st);
	close(want.shard);
	return got;
}

bool
archive_has_no(const struct archive *a, const char *did, size_t len)
{
	char path[PATH_MAX];
	struct status ignored;

	return archive_path(path, a->dir, did, len, &ignored) == 0 &&
	    access(path, F_OK) == -1 && errno == ENOENT &&
	    archive_add_suffix(path, &ignored) == 0 &&
	    access(path, F_OK) == -1 && errno == ENOENT;
}

int
archive_create(struct aside *f, const char *dir, const char *did, size_t len,
    struct status *st)
{
	char path[PATH_MAX];

	f->fd = -1;
	f->name[0] = '\0';
	f->small = (struct buf){ .len = 0 };
	if (archive_path_of(path, dir, did, len, false, st) == -1 ||
	    archive_check_shard(path, st) == -1)
		return -1;
	return aside_open(f, path, st);
}

struct car_input *
archive_open_written(struct archive_written *w, struct aside *f,
    const char *tmp, struct status *st)
{
	*w = (struct archive_written){
		.memory = { .data = (const uint8_t *)f->small.data,
		    .len = f->small.len },
	};
	if (f->small.len > 0)
		return &w->memory;
	if (lseek(f->fd, 0, SEEK_SET) == -1) {
		status_errno(st, "can't go back in a file");
		return NULL;
	}
	w->file = car_file_open(f->fd, NULL, 0, tmp, st);
	return w->file == NULL ? NULL : car_file_input(w->file);
}

int
archive_verify(struct aside *f, const struct repo_want *want, const char *tmp,
    struct archive_car *car, struct status *st)
{
	struct repo repo = { .lost = 0 };
	struct car_input *in;
	struct archive_written w;
	int rc = -1;

	if (archive_check_plain(f, st) == -1 ||
	    (in = archive_open_written(&w, f, tmp, st)) == NULL)
		return -1;
	if (repo_open(&repo, in, want, st) == 0 &&
	    repo_check(&repo, want, st) == 0) {
		archive_set_commit(car, &repo.commit, repo.cid.bytes,
		    repo.cid.len);
		rc = 0;
	}
	repo_free(&repo);
	car_file_close(w.file);
	return rc;
}

int
archive_look(struct aside *f, const char *did, size_t len, const char *tmp,
    struct archive_car *car, struct status *st)
{
	const struct wanted want = { did, len, NULL, tmp, -1,
		.unknown = false };
	struct archive_written w;
	int got;

	car->rev[0] = car->head[0] = '\0';
	got = look_in(car, archive_open_written(&w, f, tmp, st), &want, st);
	car_file_close(w.file);
	if (got == 0)
		car->rev[0] = car->head[0] = '\0';
	return got == -1 ? -1 : 0;
}

int
archive_check_plain(const struct aside *f, struct status *st)
{
	char head[CAR_V2_HEAD];
	const char *bytes = f->small.len > 0 ? f->small.data : head;
	ssize_t n = f->small.len > 0 ? (ssize_t)f->small.len :
				       pread(f->fd, head, sizeof(head), 0);

	if (n == -1)
		return status_errno(st, "can't read a file");
	if (car_file_is_zstd(bytes, n))
		return status_set(st, STATUS_NOT_CAR, 0,
		    "not a CAR: compressed by zstd");
	if (car_is_v2(bytes, n))
		return status_set(st, STATUS_NOT_CAR, 0,
		    "not a CAR of version 1: a CARv2");
	return 0;
}

/* Remove the plain file if this one is compressed, and vice versa. */
static int
remove_other(const char *path, int shard, struct status *st)
{
	char other[ARCHIVE_OTHER_BYTES];
	struct aside_place at;

	archive_other(other, path);
	at = aside_place(shard, other);
	if (unlinkat(at.dir, at.name, 0) == 0 || errno == ENOENT ||
	    errno == ENAMETOOLONG)
		return 0;
	return status_errno(st, "can't remove %s", other);
}

/* Most CARs are the first of their account. If nothing has the other name and
 * the link succeeds, there is nothing to compare or to remove: this halves the
 * look-ups under the lock. */
static bool
name_first(struct aside *f, int shard, const char *path)
{
	char other[ARCHIVE_OTHER_BYTES];
	struct aside_place at;
	struct stat s;

	archive_other(other, path);
	at = aside_place(shard, other);
	return fstatat(at.dir, at.name, &s, AT_SYMLINK_NOFOLLOW) == -1 &&
	    errno == ENOENT && aside_name_new(f, shard, path);
}

/* The archive never goes backwards. The caller holds the lock, so that no other
 * process names a file between this check and our own naming. */
static int
check_order(const struct archive *a, struct wanted *want,
    const struct archive_car *car, struct status *st)
{
	struct archive_car had;
	int got;

	if (a->rollback)
		return 0;
	if (archive_path(had.path, a->dir, want->did, want->len, st) == -1)
		return -1;
	got = look_at_both(&had, want, st);
	if (got != -1 && want->unknown) {
		*st = want->why;
		return -1;
	}
	if (got != 1)
		return got;
	if (car->rev[0] == '\0')
		return status_set(st, STATUS_BAD_CAR, 0,
		    "not a CAR of %.*s; the archive has rev %s", (int)want->len,
		    want->did, had.rev);
	if (strcmp(car->rev, had.rev) >= 0)
		return 0;
	return status_set(st, STATUS_OLD_REV, 0,
	    "rev %s is older than the archive's, %s", car->rev, had.rev);
}

/* Keep what this CAR is about to replace, if it is another rev. */
static int
keep_earlier(const struct archive *a, struct wanted *want,
    const struct archive_car *car, struct status *st)
{
	struct archive_car had;
	int got;

	if (a->keep <= 1)
		return 0;
	if (want->shard == -1)
		return status_set(st, STATUS_SYSTEM, 0,
		    "can't open the directory of %s", car->path);
	if (archive_path(had.path, a->dir, want->did, want->len, st) == -1)
		return -1;
	if ((got = look_at_both(&had, want, st)) != 1 ||
	    strcmp(had.rev, car->rev) == 0)
		return got == -1 ? -1 : 0;
	return archive_keep(want->shard, &had, st);
}

/* Name the CAR in place of another one. */
static int
replace(struct aside *f, const struct archive *a, struct wanted *want,
    const struct archive_car *car, struct status *st)
{
	if (check_order(a, want, car, st) == -1 ||
	    keep_earlier(a, want, car, st) == -1 ||
	    aside_name(f, want->shard, car->path, st) == -1 ||
	    remove_other(car->path, want->shard, st) == -1)
		return -1;
	return a->keep == 0 || want->shard == -1 ?
	    0 :
	    archive_prune(want->shard, car->path, a->keep - 1, st);
}

/* The lock is the shard itself, not a link, and calls relative to it resolve
 * the name alone. */
static int
name(struct aside *f, const struct archive *a, struct wanted *want,
    const struct archive_car *car, struct status *st)
{
	int shard = lock_directory(car->path, LOCK_EX), rc = -1;

	want->shard = shard;
	if (shard != -1 && name_first(f, shard, car->path))
		rc = 0;
	else if (shard != -1 || archive_check_shard(car->path, st) == 0)
		rc = replace(f, a, want, car, st);
	if (shard != -1)
		close(shard);
	return rc;
}

int
archive_commit(struct aside *f, const struct archive *a, const char *did,
    size_t len, struct archive_car *car, struct status *st)
{
	struct wanted want = { did, len, NULL, a->tmp, -1, .unknown = false };
	bool packed = a->level != ARCHIVE_PLAIN;
	int rc = -1;

	if (archive_path_of(car->path, a->dir, did, len, packed, st) == 0 &&
	    (!packed ||
		aside_compress(f, car->path, a->level,
		    a->dictionary != NULL ? a->dictionary->zstd : NULL,
		    st) == 0) &&
	    aside_sync(f, car->path, &car->size, st) == 0)
		rc = name(f, a, &want, car, st);
	aside_close(f);
	return rc;
}

int
archive_remove(const char *dir, const char *did, size_t len, struct status *st)
{
	char path[PATH_MAX];
	int zstd, shard, rc = 0;

	for (zstd = 0; zstd < 2; zstd++) {
		if (archive_path_of(path, dir, did, len, zstd, st) == -1 ||
		    archive_check_shard(path, st) == -1)
			return -1;
		if (unlink(path) == -1 && errno != ENOENT)
			return status_errno(st, "can't remove %s", path);
	}
	if ((shard = lock_directory(path, LOCK_EX)) != -1) {
		rc = archive_prune(shard, path, 0, st);
		close(shard);
	}
	return rc;
}

int
archive_exclude(const char *dir, const struct excluded *e, struct status *st)
{
	const char *dids = e->dids.data;
	size_t at, len;

	for (at = 0; at < e->dids.len; at += len + 1) {
		len = strlen(dids + at);
		if (archive_remove(dir, dids + at, len, st) == -1)
			return -1;
	}
	return 0;
}
