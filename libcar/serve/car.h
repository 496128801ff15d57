/*
 * serve_car: answers that are CARs of the archive: a whole repo, what is newer
 * than a rev, the proof of a record.
 *
 * The account was checked by the caller. Without a CAR of the account, the
 * answer is 400 RepoUnavailable: not RepoNotFound, which would tell the client
 * that the account was deleted.
 */
#ifndef LIBCAR_SERVE_CAR_H
#define LIBCAR_SERVE_CAR_H

#include "libcar/serve/answer.h"
#include "libcar/serve/context.h"

#define SERVE_CAR_TYPE "application/vnd.ipld.car"

/* A larger difference is answered with the whole repo, which is a file. */
#define SERVE_CAR_MAX_SINCE (16 << 20)

/* The whole repo, decompressed while it is sent. If `since` is a rev: the
 * blocks that are newer, if the archive keeps the CAR of that rev; or a CAR
 * without blocks, if nothing is newer. */
void serve_car_repo(struct serve_context *, struct serve_answer *,
    const struct slice *did, const struct slice *since);

/* What proves that the record, `collection/rkey`, is in the repo, or isn't. */
void serve_car_record(struct serve_context *, struct serve_answer *,
    const struct slice *did, const struct slice *key);

#endif
