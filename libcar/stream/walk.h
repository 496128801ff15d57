/*
 * walk: a repo in a CAR, as lines of at-ndjson(5): its commit, the records of
 * the wanted collections, and its end; or an error line.
 *
 * The whole repo is verified before the first line is written, unless `stream`
 * asks for records as soon as they are proven: then only the end, or the error
 * in its place, tells that they were all. If the job says
 * that a database already has the wanted collections at the commit's rev, only
 * the commit is verified, and the only line is an end that says `unchanged`.
 * For each repo call walk_begin(), walk_repo(), then walk_error() if
 * walk_repo() or opening the CAR failed, and walk_end(). Lines are appended to
 * `out`, which is written only between records; the caller writes the last
 * lines.
 */
#ifndef LIBCAR_STREAM_WALK_H
#define LIBCAR_STREAM_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/repo/car_file.h"
#include "libcar/repo/repo.h"
#include "libcar/repo/repo_stream.h"
#include "libcar/stream/emit.h"
#include "libcar/stream/filter.h"
#include "libcar/stream/job.h"
#include "libcar/stream/keyring.h"
#include "libcar/stream/ndjson.h"

/* All zero before first use, except for the fields that the caller sets. */
struct walk {
	const char *program;         /* for error lines */
	const struct filter *filter; /* collections whose records are given */
	struct keyring *keys;        /* of accounts whose job has no key */
	struct ndjson_out *out;
	bool require_signature; /* a repo fails if its key isn't known */
	bool salvage; /* write the records of a damaged repo that verify */
	bool partial; /* missing blocks are not an error */
	bool stream;  /* write the records of a CAR in pre-order as they come;
			 not with salvage or partial */

	/* Called for each block that was read, with its end in the CAR, and for
	 * each record that was written; why isn't NULL if the record became an
	 * error line. May be NULL. */
	void (*block)(void *ctx, uint64_t end);
	void (*record)(void *ctx, const struct repo_record *,
	    const struct status *why);
	void *ctx;

	bool record_errors; /* at least one record became an error line */
	bool looked;        /* the keys of at least one repo were counted */
	bool unchanged;     /* at least one repo was not counted */

	const struct job *job; /* the line that names the repo, or NULL */
	struct key key;        /* of the job */
	struct repo repo;
	struct repo_stream in_order; /* with `stream` */
	bool begun;                  /* it has written the commit */
	uint64_t given;              /* keys of it that are done */
	uint64_t skipped;            /* of these, when walked again */
	struct emit emit;
};

/* now: microseconds since 1970. The job stays until walk_end(). */
void walk_begin(struct walk *, const struct job *, uint64_t now);

/* Verify the repo, and append its lines. 0, or -1 and why; lines that were
 * already written stay valid. */
int walk_repo(struct walk *, struct car_file *, struct status *);

/* Append the error line of the repo. input: the name of the file, as the user
 * wrote it, for a repo without a job. */
void walk_error(struct walk *, const char *input, const struct status *why);

/* Forget the repo; then the caller may close the CAR. */
void walk_end(struct walk *);

void walk_free(struct walk *);

#endif
