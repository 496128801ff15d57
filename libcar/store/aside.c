#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcar/store/aside.h"
#include "libcar/store/aside_private.h"

/*
 * O_TMPFILE makes a file without a name, which the kernel removes whenever the
 * process ends. linkat() gives it a name, but never one that is in use: then
 * the file gets a temporary name, and is renamed.
 */

#define COPY_BYTES (256 << 10)
#define FIRST_BYTES (64 << 10) /* most repos have fewer */

int
aside_too_long(const char *path, struct status *st)
{
	return status_set(st, STATUS_SYSTEM, 0,
	    "%.80s...: a path of more than %d bytes", path, PATH_MAX - 1);
}

static int
make_directories(const char *path, struct status *st)
{
	char dir[PATH_MAX], *p = dir;

	strcpy(dir, path);
	while ((p = strchr(p + 1, '/')) != NULL) {
		*p = '\0';
		if (mkdir(dir, 0777) == -1 && errno != EEXIST)
			return status_errno(st, "can't make %s", dir);
		*p = '/';
	}
	return 0;
}

/* The length of a path's directory, with the slash. */
static size_t
directory_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? 0 : slash + 1 - path;
}

/* A new name in the directory of path, which may be in use. */
static int
name_aside(char out[PATH_MAX], const char *path, struct status *st)
{
	static atomic_uint number;

	if (snprintf(out, PATH_MAX, "%.*s.atpipe.%ld.%u",
		(int)directory_len(path), path, (long)getpid(),
		number++) >= PATH_MAX) {
		out[0] = '\0';
		return aside_too_long(path, st);
	}
	return 0;
}

static int
open_aside(struct aside *f, const char *path, struct status *st)
{
	do {
		if (name_aside(f->name, path, st) == -1)
			return -1;
		f->fd = open(f->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
		    0666);
	} while (f->fd == -1 && errno == EEXIST);
	if (f->fd != -1)
		return 0;
	f->name[0] = '\0';
	return status_errno(st, "can't make a file for %s", path);
}

/* A file without a name. A system without O_TMPFILE fails like a file system
 * that doesn't support it. */
static int
open_nameless(const char *dir, int flags, mode_t mode)
{
#if HAVE_DECL_O_TMPFILE
	return open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC | flags, mode);
#else
	(void)dir, (void)flags, (void)mode;
	errno = EOPNOTSUPP;
	return -1;
#endif
}

/* Looked up once. */
static bool
has_proc(void)
{
	static atomic_int missing = -1;

	if (missing == -1)
		missing = access("/proc/self/fd", F_OK) == -1;
	return !missing;
}

/* A file in the directory of path. Without /proc it couldn't get a name later,
 * so it gets one now. */
static int
open_beside(struct aside *f, const char *path, struct status *st)
{
	size_t len = directory_len(path);
	char dir[PATH_MAX] = ".";

	if (len > 0) {
		memcpy(dir, path, len);
		dir[len] = '\0';
	}
	f->name[0] = '\0';
	if (!has_proc())
		return open_aside(f, path, st);
	f->fd = open_nameless(dir, 0, 0666);
	if (f->fd != -1)
		return 0;
	if (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)
		return open_aside(f, path, st);
	return status_errno(st, "can't make a file for %s", path);
}

static void
start(struct aside *f)
{
	f->fd = -1;
	f->name[0] = '\0';
	f->small = (struct buf){ .len = 0 };
	f->flushed = false;
}

int
aside_open(struct aside *f, const char *path, struct status *st)
{
	start(f);
	if (strlen(path) >= PATH_MAX)
		return aside_too_long(path, st);
	if (open_beside(f, path, st) == 0)
		return 0;
	if (make_directories(path, st) == -1)
		return -1;
	return open_beside(f, path, st);
}

int
aside_open_temporary(struct aside *f, const char *dir, struct status *st)
{
	char path[PATH_MAX];

	start(f);
	f->fd = open_nameless(dir, O_EXCL, 0600);
	if (f->fd != -1)
		return 0;
	if (snprintf(path, sizeof(path), "%s/atpipe.XXXXXX", dir) >=
	    (int)sizeof(path))
		return aside_too_long(dir, st);
	if ((f->fd = mkstemp(path)) == -1)
		return status_errno(st, "can't make a file in %s", dir);
	fcntl(f->fd, F_SETFD, FD_CLOEXEC);
	unlink(path);
	return 0;
}

int
aside_write_all(int fd, const char *p, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n == -1 && errno != EINTR)
			return -1;
		p += n == -1 ? 0 : n;
		len -= n == -1 ? 0 : n;
	}
	return 0;
}

static int
write_out(int fd, const char *p, size_t len, struct status *st)
{
	return aside_write_all(fd, p, len) == -1 ?
	    status_errno(st, "can't write") :
	    0;
}

int
aside_flush(struct aside *f, struct status *st)
{
	f->flushed = true;
	if (write_out(f->fd, f->small.data, f->small.len, st) == -1)
		return -1;
	buf_free(&f->small);
	return 0;
}

int
aside_write(struct aside *f, const void *data, size_t len, struct status *st)
{
	if (!f->flushed && len <= ASIDE_MEMORY - f->small.len) {
		if (f->small.cap == 0)
			buf_reserve(&f->small, FIRST_BYTES);
		buf_put(&f->small, data, len);
		return f->small.failed ? status_no_memory(st) : 0;
	}
	if (aside_flush(f, st) == -1)
		return -1;
	return write_out(f->fd, data, len, st);
}

int
aside_copy(struct aside *f, int fd, struct status *st)
{
	static char bytes[COPY_BYTES];
	ssize_t n;

	if (lseek(f->fd, 0, SEEK_SET) == -1)
		return status_errno(st, "can't go back in a file");
	while ((n = read(f->fd, bytes, sizeof(bytes))) > 0)
		if (write_out(fd, bytes, n, st) == -1)
			return -1;
	if (n == -1)
		return status_errno(st, "can't read a temporary file");
	return write_out(fd, f->small.data, f->small.len, st);
}

int
aside_sync(struct aside *f, const char *path, uint64_t *size, struct status *st)
{
	struct stat s;

	if (aside_flush(f, st) == -1)
		return status_prefix(st, "%s: ", path);
	if (fdatasync(f->fd) == -1 || fstat(f->fd, &s) == -1)
		return status_errno(st, "can't write %s", path);
	*size = s.st_size;
	return 0;
}

struct aside_place
aside_place(int dir, const char *path)
{
	if (dir == -1)
		return (struct aside_place){ AT_FDCWD, path };
	return (struct aside_place){ dir, path + directory_len(path) };
}

/* Without a look-up in /proc, which takes half of the time. Before Linux 6.10
 * this needs a privilege, and ENOENT means that the process doesn't have it. */
static int
link_directly(int fd, const struct aside_place *to)
{
#ifdef AT_EMPTY_PATH
	static atomic_bool refused;

	if (!refused) {
		if (linkat(fd, "", to->dir, to->name, AT_EMPTY_PATH) == 0)
			return 0;
		refused = errno != EEXIST;
	}
#else
	(void)fd, (void)to;
#endif
	return -1;
}

static int
link_to(int fd, const struct aside_place *to)
{
	char link[32];

	if (link_directly(fd, to) == 0)
		return 0;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, link, to->dir, to->name, AT_SYMLINK_FOLLOW);
}

static int
link_aside(struct aside *f, const char *path, struct status *st)
{
	struct aside_place at;

	do {
		if (name_aside(f->name, path, st) == -1)
			return -1;
		at = aside_place(-1, f->name);
		if (link_to(f->fd, &at) == 0)
			return 0;
	} while (errno == EEXIST);
	f->name[0] = '\0';
	return status_errno(st, "can't make %s", path);
}

bool
aside_name_new(struct aside *f, int dir, const char *path)
{
	const struct aside_place at = aside_place(dir, path);

	return f->name[0] == '\0' && link_to(f->fd, &at) == 0;
}

int
aside_name(struct aside *f, int dir, const char *path, struct status *st)
{
	const struct aside_place at = aside_place(dir, path);

	if (f->name[0] == '\0') {
		if (link_to(f->fd, &at) == 0)
			return 0;
		if (errno != EEXIST)
			return status_errno(st, "can't make %s", path);
		if (link_aside(f, path, st) == -1)
			return -1;
	}
	if (renameat(AT_FDCWD, f->name, at.dir, at.name) == -1)
		return status_errno(st, "can't make %s", path);
	f->name[0] = '\0';
	return 0;
}

void
aside_close(struct aside *f)
{
	if (f->fd != -1)
		close(f->fd);
	if (f->name[0] != '\0')
		unlink(f->name);
	buf_free(&f->small);
	f->fd = -1;
	f->name[0] = '\0';
}
