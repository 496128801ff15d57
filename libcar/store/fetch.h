/*
 * fetch: a repo on its way from its host into the archive.
 * com.atproto.sync.getRepo, https://atproto.com/specs/sync
 *
 * A host is asked first whether it has anything newer than the archive, which
 * costs one small request (com.atproto.sync.getRepoStatus).
 * What comes is written aside, verified whole, and gets its name in the archive
 * only then, so that a CAR that is cut or damaged never takes the place of a
 * good one. Each try begins with an empty file. To verify and to keep it is
 * done by workers (workers.h), so that a large repo, or a slow disk, doesn't
 * hold up the other requests.
 */
#ifndef LIBCAR_STORE_FETCH_H
#define LIBCAR_STORE_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/net/description.h"
#include "libcar/net/http.h"
#include "libcar/net/workers.h"
#include "libcar/store/archive.h"
#include "libcar/store/aside.h"

#define FETCH_LARGE (1 << 20) /* bytes of a CAR that is a large job */

/* The strings stay the caller's. */
struct fetch_options {
	struct archive archive; /* dir NULL: write the CAR to fd */
	int fd;
	uint64_t max_size;
	bool no_verify;
};

/* It stays where it is until it is freed. All zero, but for options and ctx, is
 * a fetch that knows nothing yet. */
struct fetch {
	const struct fetch_options *options;
	void *ctx; /* the caller's */

	/* What is archived, or was just fetched; NULL: nothing. A rev that is
	 * empty is not known. */
	struct archive_car *car;
	bool is_latest; /* by fetch_ask() */

	/* fetch's own. */
	struct http_request http;
	struct http *net;
	struct workers *workers;
	struct description *state;
	const char *did, *key;
	struct fetch_file *file;
	void (*done)(struct fetch *, struct status *why);
};

/* Look for the DID's CAR in the archive, to fetch->car. Did this did:key (NULL:
 * any) sign it? found is then called; why is NULL or STATUS_SYSTEM. DID and key
 * are borrowed until then. */
void fetch_find(struct fetch *, struct workers *, const char *did,
    const char *key, void (*found)(struct fetch *, struct status *why));

/* Is a CAR archived whose rev is at least this one, and that is signed by the
 * key? A rev that is no TID, or nothing, asks for any. */
bool fetch_has(const struct fetch *, const struct slice *rev);

/*
 * Ask the host at this origin for the account's state and rev. done is called
 * with why NULL if the host serves the account, or can't tell: fetch->is_latest
 * says whether the account is active and the archived CAR, whose rev is known,
 * is its latest. Otherwise why is the error that getRepo would give, or
 * STATUS_OLD_REV: the host has an earlier rev than the archive, which isn't to
 * be fetched. did is borrowed until then.
 */
void fetch_ask(struct fetch *, struct http *, const char *origin,
    const char *did, void (*done)(struct fetch *, struct status *why));

/* Fetch the repo, check it with this did:key (NULL: its signature isn't
 * checked) and keep it; done is then called, with fetch->car set if why is
 * NULL. DID and key are borrowed until then. */
void fetch_repo(struct fetch *, struct http *, struct workers *,
    const char *origin, const char *did, const char *key,
    void (*done)(struct fetch *, struct status *why));

/* Release what it holds; of a file that has no name yet nothing is left. */
void fetch_free(struct fetch *);

#endif
