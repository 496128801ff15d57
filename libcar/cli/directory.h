/*
 * directory: the files below a directory, one after another.
 *
 * They come sorted by name, directory by directory. Hidden names are left out.
 * Symbolic links to directories aren't followed, so that the walk ends.
 */
#ifndef LIBCAR_CLI_DIRECTORY_H
#define LIBCAR_CLI_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/base/status.h"

/* All zero before first use, except the caller's fields. */
struct cli_directory {
	/* The caller's. */
	const char *const *endings; /* of the names, which NULL ends */
	unsigned max_depth;         /* of directories; 0: any */

	const char *path; /* of what was found, borrowed until the next */

	/* The module's own. */
	char **left; /* what is still to visit, the next last */
	size_t count, room, top;
	char *mine; /* path */
};

enum cli_directory_found {
	CLI_DIRECTORY_FAILED = -1, /* STATUS_SYSTEM */
	CLI_DIRECTORY_END,
	CLI_DIRECTORY_FILE,
	CLI_DIRECTORY_OTHER, /* has such a name, but isn't a regular file */
	/* A directory that can't be read (STATUS_UNUSABLE) or lies too deep
	 * (STATUS_TOO_LARGE); the next call continues after it. */
	CLI_DIRECTORY_CLOSED,
};

bool cli_is_directory(const char *path);

/* The argument of -d, which may not exist yet, but whose name goes into lines:
 * if it can't be a directory, end the program with a usage error. */
void cli_directory_check(const char *path);

/* Begin with a directory. 0, or -1: STATUS_SYSTEM. */
int cli_directory_begin(struct cli_directory *, const char *directory,
    struct status *);

/* Find the next file whose name has one of the endings. */
enum cli_directory_found cli_directory_next(struct cli_directory *,
    struct status *);

void cli_directory_free(struct cli_directory *);

#endif
