/*
 * walk: a repo in a CAR, as lines of at-ndjson(5): its commit, the records of
 * the wanted collections, and its end; or an error line.
 *
 * All of the repo is verified before the first line is written; but where the
 * job says that a database has what is asked for at the commit's rev, only the
 * commit is, and the one line is an end that says `unchanged`. For each repo
 * the order of calls is walk_begin(), walk_repo(), walk_error() if that or
 * opening the CAR failed, and walk_end(). Lines are appended to `out`, which is
 * written only between records; the caller sees to the last lines.
 */
#ifndef LIBCAR_STREAM_WALK_H
#define LIBCAR_STREAM_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/repo/car_file.h"
#include "libcar/repo/repo.h"
#include "libcar/stream/emit.h"
#include "libcar/stream/filter.h"
#include "libcar/stream/job.h"
#include "libcar/stream/keyring.h"
#include "libcar/stream/ndjson.h"

/* All zero before first use, but for what the caller sets and keeps. */
struct walk {
	const char *program;         /* for error lines */
	const struct filter *filter; /* collections whose records are given */
	struct keyring *keys;        /* of accounts whose job has no key */
	struct ndjson_out *out;
	bool require_signature; /* a repo whose key isn't known fails */
	bool salvage;           /* of a damaged repo give what still verifies */
	bool partial;           /* blocks that aren't there are no error */

	/* Called for each block that was read, with its end in the CAR, and for
	 * each record that was given; why isn't NULL if only its error line
	 * could be. May be NULL. */
	void (*block)(void *ctx, uint64_t end);
	void (*record)(void *ctx, const struct repo_record *,
	    const struct status *why);
	void *ctx;

	bool record_errors; /* so far some record has an error line */
	bool looked;        /* so far some repo's keys were counted */
	bool unchanged;     /* some repo's were not */

	const struct job *job; /* the line that names the repo, or NULL */
	struct key key;        /* of the job */
	struct repo repo;
	struct emit emit;
};

/* now: microseconds since 1970. The job stays until walk_end(). */
void walk_begin(struct walk *, const struct job *, uint64_t now);

/* Verify the repo, and append its lines. 0, or -1 and why; lines that were
 * written before stay true. */
int walk_repo(struct walk *, struct car_file *, struct status *);

/* Append the repo's error line; input: the file, as the user named it, for a
 * repo without a job. */
void walk_error(struct walk *, const char *input, const struct status *why);

/* Forget the repo; its CAR may be closed then. */
void walk_end(struct walk *);

void walk_free(struct walk *);

#endif
