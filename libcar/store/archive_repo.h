/*
 * archive_repo: a repo in the archive, opened to look things up in it.
 *
 * Each block has the hash of its CID, and the commit is that of the account.
 * The tree isn't walked: the archive did that when the CAR got its name. Any
 * thread may use it.
 */
#ifndef LIBCAR_STORE_ARCHIVE_REPO_H
#define LIBCAR_STORE_ARCHIVE_REPO_H

#include <stdint.h>

#include "libcar/repo/car_file.h"
#include "libcar/repo/repo.h"
#include "libcar/store/archive.h"

/* All zero before it is opened. */
struct archive_repo {
	struct repo repo;
	struct archive_car car; /* the newest one of the account */

	/* The module's own. */
	struct car_file *file;
	int fd;
};

/* Open the newest CAR of this DID or, if rev isn't NULL, the one of this rev,
 * which may be one of the earlier ones that the archive keeps. now:
 * microseconds since 1970. 1: archive_repo_close() has to follow; 0: there is
 * none, but if the DID has a newer one, `car` is set (car.rev isn't empty); -1:
 * STATUS_UNREADABLE, STATUS_BAD_BLOCK and others, if the file was damaged;
 * STATUS_SYSTEM. */
int archive_repo_open(struct archive_repo *, const struct archive *,
    const char *did, size_t len, const char *rev, uint64_t now,
    struct status *);

/* The value is then all zero. */
void archive_repo_close(struct archive_repo *);

#endif
