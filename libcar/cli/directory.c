#include "config.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcar/base/array.h"
#include "libcar/cli/directory.h"
#include "libcar/cli/message.h"
#include "libcar/data/syntax.h"

/*
 * Find the files in a directory and below it.
 *
 * A stack holds the paths that are still to visit. A directory is read as a
 * whole and closed, and its names take its place on the stack: so descriptors
 * and recursion don't grow with the depth.
 */

bool
cli_is_directory(const char *path)
{
	struct stat s;

	return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

void
cli_directory_check(const char *path)
{
	if (path[0] == '\0' ||
	    (access(path, F_OK) == 0 && !cli_is_directory(path)))
		cli_usage("-d: '%s' isn't a directory", path);
	if (!syntax_is_utf8(path, strlen(path)))
		cli_usage("-d: the name isn't UTF-8, so no line can hold it");
}

static int
push(struct cli_directory *d, char *path, struct status *st)
{
	if (path == NULL || !ARRAY_GROW(d->left, d->count, d->room)) {
		free(path);
		return status_no_memory(st);
	}
	d->left[d->count++] = path;
	return 0;
}

int
cli_directory_begin(struct cli_directory *d, const char *directory,
    struct status *st)
{
	size_t len = strlen(directory);

	while (len > 1 && directory[len - 1] == '/')
		len--;
	d->top = len;
	return push(d, strndup(directory, len), st);
}

static bool
is_wanted(const struct cli_directory *d, const char *path)
{
	size_t i, n, len = strlen(path);

	for (i = 0; d->endings[i] != NULL; i++) {
		n = strlen(d->endings[i]);
		if (len > n && strcmp(path + len - n, d->endings[i]) == 0)
			return true;
	}
	return false;
}

static int
last_first(const void *left, const void *right)
{
	return strcmp(*(char *const *)right, *(char *const *)left);
}

static int
unreadable(struct status *st)
{
	status_errno(st, "can't read");
	st->code = STATUS_UNUSABLE;
	return -1;
}

static int
push_names(struct cli_directory *d, DIR *dir, const char *path,
    struct status *st)
{
	const char *slash = strcmp(path, "/") == 0 ? "" : "/";
	struct dirent *e;
	char *name;

	while (errno = 0, (e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		if (asprintf(&name, "%s%s%s", path, slash, e->d_name) == -1)
			name = NULL;
		if (push(d, name, st) == -1)
			return -1;
	}
	return errno != 0 ? unreadable(st) : 0;
}

/* The depth of a directory; the one that the caller named has 1. */
static unsigned
depth_of(const struct cli_directory *d, const char *path)
{
	unsigned depth = 1;

	for (path += d->top; *path != '\0'; path++)
		depth += *path == '/';
	return depth;
}

static int
visit(struct cli_directory *d, const char *path, struct status *st)
{
	size_t first = d->count;
	DIR *dir;
	int rc;

	if (d->max_depth > 0 && depth_of(d, path) > d->max_depth)
		return status_set(st, STATUS_TOO_LARGE, 0,
		    "directories more than %u deep", d->max_depth);
	if ((dir = opendir(path)) == NULL)
		return unreadable(st);
	rc = push_names(d, dir, path, st);
	closedir(dir);
	if (d->count > first)
		qsort(d->left + first, d->count - first, sizeof(*d->left),
		    last_first);
	return rc;
}

/* Return a broken link too, so that the caller reports it. */
static bool
is_file(const char *path)
{
	struct stat s;

	return stat(path, &s) == -1 || S_ISREG(s.st_mode);
}

/* Only the directory that the caller named may be a link. */
static bool
is_subdirectory(const char *path)
{
	struct stat s;

	return lstat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

enum cli_directory_found
cli_directory_next(struct cli_directory *d, struct status *st)
{
	bool first = d->mine == NULL;

	while (d->count > 0) {
		free(d->mine);
		d->path = d->mine = d->left[--d->count];
		if (first || is_subdirectory(d->path)) {
			first = false;
			if (visit(d, d->path, st) == 0)
				continue;
			return status_fatal(st->code) ? CLI_DIRECTORY_FAILED :
							CLI_DIRECTORY_CLOSED;
		}
		if (is_wanted(d, d->path))
			return is_file(d->path) ? CLI_DIRECTORY_FILE :
						  CLI_DIRECTORY_OTHER;
	}
	return CLI_DIRECTORY_END;
}

void
cli_directory_free(struct cli_directory *d)
{
	while (d->count > 0)
		free(d->left[--d->count]);
	free(d->left);
	free(d->mine);
	memset(d, 0, sizeof(*d));
}
