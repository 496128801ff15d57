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

/* All zero before the first use. */
struct cli_directory {
	const char *path; /* of the present file, borrowed until the next */

	/* The module's own. */
	const char *const *endings; /* of the names, which NULL ends */
	char **left;                /* what is still to visit, the next last */
	size_t count, room;
	char *mine; /* path */
};

bool cli_is_directory(const char *path);

/* Begin with a directory. 0, or -1: STATUS_SYSTEM. */
int cli_directory_begin(struct cli_directory *, const char *directory,
    const char *const *endings, struct status *);

/* The next file whose name has one of the endings: 1, 0 at the end, -1: `path`
 * is a directory that can't be read (STATUS_UNUSABLE; the next call goes on
 * behind it), or STATUS_SYSTEM. What isn't a file but has such a name is
 * skipped with a message. */
int cli_directory_next(struct cli_directory *, struct status *);

void cli_directory_free(struct cli_directory *);

#endif
