/*
 * archive_update: a difference from a host, and the archived CAR, become the
 * next CAR of the account.
 *
 * getRepo with `since` answers with the blocks that are newer than a rev, if
 * the host knows how; it may as well answer with the whole repo, or with
 * something else. So the result is verified as any download, from the hash of
 * each block to the last record.
 * https://atproto.com/specs/sync
 */
#ifndef LIBCAR_STORE_ARCHIVE_UPDATE_H
#define LIBCAR_STORE_ARCHIVE_UPDATE_H

#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/repo/repo.h"
#include "libcar/store/archive.h"
#include "libcar/store/aside.h"

enum archive_update {
	ARCHIVE_UPDATE_FAILED = -1,
	ARCHIVE_UPDATE_SAME,  /* the archived CAR has the host's commit */
	ARCHIVE_UPDATE_WHOLE, /* the answer alone is the repo */
	ARCHIVE_UPDATE_SINCE, /* blocks of the archived CAR were needed */
};

/*
 * Read the answer of a host in `answer`, and make the repo of its commit, which
 * `want` describes, with blocks of the archived CAR. After WHOLE and SINCE,
 * `answer` is the new CAR in pre-order, for archive_commit(), and *car has its
 * rev and head. After SAME, *car is the archived one.
 *
 * FAILED: the answer is of another account, older than the archived CAR, larger
 * than max_size with it, or blocks are missing, as the status says; nothing is
 * lost but the answer. STATUS_SYSTEM.
 */
enum archive_update archive_update(struct aside *answer, const struct archive *,
    const struct repo_want *want, uint64_t max_size, struct archive_car *,
    struct status *) __attribute__((warn_unused_result));

#endif
