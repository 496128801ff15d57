#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcar/db/sqlite_trouble_private.h"
#include "libcar/stream/ndjson.h"
#include "libcar/stream/ndjson_guess.h"

/*
 * SQLite reports that it failed, but usually not why: it tries again read-only
 * and forgets the first error. So this file checks the file, its directory, and
 * the two files beside it. If the file isn't a database, the user has often
 * swapped the operands, so the message names the file's kind.
 */

#define HEAD_BYTES 64 /* enough to recognize the kind of a file */

/* Can we access the file in this way? 0, or the error number. */
static int
may(const char *path, int mode)
{
	return faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0 ? 0 : errno;
}

/* The name of a file beside it, which the caller frees. */
static char *
beside(const char *path, const char *suffix)
{
	char *name = NULL;

	return asprintf(&name, "%s%s", path, suffix) == -1 ? NULL : name;
}

static int
may_beside(const char *path, const char *suffix)
{
	char *name = beside(path, suffix);
	int code = name == NULL ? ENOMEM : may(name, W_OK);

	free(name);
	return code == ENOENT ? 0 : code;
}

/* Can we create files beside it? */
static int
may_make(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *directory = slash == NULL ? strdup(".") :
	    slash == path               ? strdup("/") :
					  strndup(path, (size_t)(slash - path));
	struct stat s;
	int code = ENOMEM;

	if (directory == NULL)
		return code;
	if (stat(directory, &s) == -1)
		code = errno;
	else
		code = S_ISDIR(s.st_mode) ? may(directory, W_OK | X_OK) :
					    ENOTDIR;
	free(directory);
	return code;
}

/* Why the file can't be opened; 0: unknown. */
static int
why(sqlite3 *conn, const char *path, bool read)
{
	int code = sqlite3_system_errno(conn);

	if (code == ENOSPC || code == EDQUOT || code == EMFILE ||
	    code == ENFILE || code == ENAMETOOLONG)
		return code;
	if (may(path, F_OK) == ENOENT && !read)
		return may_make(path) != 0 ? may_make(path) : code;
	if (may(path, R_OK) != 0)
		return may(path, R_OK);
	return read ? 0 : may(path, W_OK);
}

/* The file is readable, but a reader can't write the files beside it. */
static int
fail_reader(const char *path, struct status *st)
{
	return status_set(st, STATUS_SYSTEM, 0,
	    "%s: readers must be allowed to write the files -wal and -shm "
	    "beside it: run this as the user who loads it, or read a copy",
	    path);
}

/* The file is writable, but a writer can't write the files beside it. */
static int
fail_writer(const char *path, struct status *st)
{
	const char *what = "-wal";
	int code = may_beside(path, what);

	if (code == 0)
		code = may_beside(path, what = "-shm");
	if (code == 0) {
		what = "";
		code = may(path, W_OK);
	}
	if (code != 0)
		return status_set(st, STATUS_SYSTEM, 0,
		    "%s%s: can't be written: %s", path, what, strerror(code));
	code = may_make(path);
	return status_set(st, STATUS_SYSTEM, 0,
	    "%s: can't create the files -wal and -shm beside it%s%s", path,
	    code == 0 ? "" : ": ", code == 0 ? "" : strerror(code));
}

/* Say what the file is instead of a database: perhaps the operands are in the
 * wrong order. */
static int
fail_kind(const char *path, struct status *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char head[HEAD_BYTES];
	const char *what = NULL;
	ssize_t n = 0;

	if (fd != -1) {
		n = read(fd, head, sizeof(head));
		close(fd);
	}
	if (n > 0 && ndjson_is(head, (size_t)n))
		what = "lines of JSON; the database is the first operand";
	else if (n > 0)
		what = ndjson_guess(head, (size_t)n);
	if (what == NULL)
		return status_set(st, STATUS_SYSTEM, 0,
		    "%s: file is not a database", path);
	return status_set(st, STATUS_SYSTEM, 0, "%s: not a database, but %s",
	    path, what);
}

int
db_sqlite_trouble(sqlite3 *conn, const char *path, bool read, struct status *st)
{
	int code = sqlite3_errcode(conn), number = 0;
	enum status_code sc = STATUS_SYSTEM;

	if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
		sc = STATUS_AGAIN;
	if (code == SQLITE_INTERRUPT)
		return status_set(st, STATUS_TIMEOUT, 0,
		    "%s: a statement took too long", path);
	if (code == SQLITE_NOTADB)
		return fail_kind(path, st);
	if (code == SQLITE_CANTOPEN)
		number = why(conn, path, read);
	if ((code == SQLITE_CANTOPEN && number == 0) || code == SQLITE_READONLY)
		return read ? fail_reader(path, st) : fail_writer(path, st);
	return status_set(st, sc, 0, "%s: %s%s%s", path, sqlite3_errmsg(conn),
	    number == 0 ? "" : ": ", number == 0 ? "" : strerror(number));
}
