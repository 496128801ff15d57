/*
 * changes: what differs between two repos in CARs, as lines of at-ndjson(5).
 *
 * The lines are those that an event stream would have sent, if one commit had
 * made all the changes: `record` lines, then the `commit` line. If both CARs
 * have the same commit, the only line is an end that says `unchanged`. Both
 * repos are verified completely before the first line is written.
 *
 * For each pair call changes_begin(), changes_open() for the old repo, if there
 * is one, and for the new one, then changes_write(); changes_error() if one of
 * these or opening a CAR failed; and changes_end(). The caller writes the last
 * lines.
 */
#ifndef LIBCAR_STREAM_CHANGES_H
#define LIBCAR_STREAM_CHANGES_H

#include <stdbool.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/repo/car_file.h"
#include "libcar/repo/compare.h"
#include "libcar/repo/repo.h"
#include "libcar/stream/change_counts.h"
#include "libcar/stream/emit.h"
#include "libcar/stream/filter.h"
#include "libcar/stream/keyring.h"
#include "libcar/stream/ndjson.h"

enum changes_side { CHANGES_OLD, CHANGES_NEW, CHANGES_SIDES };

/* All zero before first use, except for the fields that the caller sets. */
struct changes {
	const char *program;         /* for error lines */
	const struct filter *filter; /* collections whose changes are given */
	struct keyring *keys;        /* that sign new repos */
	struct ndjson_out *out;
	bool require_signature; /* fail if the key of a new repo isn't known */

	/* The caller sets after changes_begin() what is known of the pair: the
	 * account, and the revs that the CARs must have; or NULL. */
	const char *did;
	const char *revs[CHANGES_SIDES];

	/* Called for each block that was read, with its end in the CAR; and
	 * after each change. May be NULL. */
	void (*block)(void *ctx, uint64_t end);
	void (*change)(void *ctx);
	void *ctx;

	struct change_counts counts; /* of all pairs */
	bool record_errors;       /* at least one record became an error line */
	enum changes_side failed; /* after changes_write(): which is at fault */

	/* The module's own. */
	struct repo repos[CHANGES_SIDES];
	const struct car_file *files[CHANGES_SIDES]; /* NULL: no repo */
	struct compare compare;
	struct emit emit;
	uint64_t ops;
};

/* now: microseconds since 1970. */
void changes_begin(struct changes *, uint64_t now);

/* Read and check the blocks and the commit of a repo. The file must stay until
 * changes_end(). 0, or -1 and why. The new repo must be of the old one's
 * account. */
int changes_open(struct changes *, enum changes_side, struct car_file *,
    struct status *);

/* Check both trees, and append the lines. 0, or -1 and why: STATUS_BAD_REV if
 * the new repo's rev is not later than the old one's. */
int changes_write(struct changes *, struct status *);

/* Find only the account of the old repo, for changes_error(), if there is no
 * new one. */
void changes_peek(struct changes *, struct car_file *);

/* Append the error line of the pair. input: the name of the file that is at
 * fault, as the user wrote it. */
void changes_error(struct changes *, const char *input,
    const struct status *why);

/* Forget the pair; then the caller may close the CARs. */
void changes_end(struct changes *);

void changes_free(struct changes *);

#endif
