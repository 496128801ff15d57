/*
 * fetch: fetches a repo from its host into the archive.
 * com.atproto.sync.getRepo, https://atproto.com/specs/sync
 *
 * * fetch_ask() asks the host for its latest rev, which costs one small request
 * (com.atproto.sync.getRepoStatus). fetch_repo() downloads the CAR to a file
 * without a name and verifies it; only then the file gets its name in the
 * archive, so a cut or damaged CAR never replaces a good one. Each attempt
 * begins with an empty file. Workers (workers.h) verify and store the file, so
 * a large repo or a slow disk doesn't delay other requests.
 *
 * * If the archive has a CAR, fetch_repo() asks only for what is new since its
 * rev (archive_update.h). If that gives no whole repo, for whatever reason, it
 * asks for the whole repo, once.
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

/* The strings are borrowed. */
struct fetch_options {
	struct archive archive; /* dir NULL: write the CAR to fd */
	int fd;
	uint64_t max_size;
	bool no_verify;
	bool full; /* never ask for differences */
};

/* How fetch->car came. */
enum fetch_how { FETCH_NONE, FETCH_FULL, FETCH_SINCE };

/* Don't move it until it is freed. Initially all zero, except options and ctx.
 * */
struct fetch {
	const struct fetch_options *options;
	void *ctx; /* the caller's */

	/* The archived or just fetched CAR; NULL: none. An empty rev is not
	 * known. */
	struct archive_car *car;
	bool is_latest; /* set by fetch_ask() */
	/* Set by fetch_repo(); FETCH_NONE also if the host has nothing new. */
	enum fetch_how how;
	uint64_t received; /* bytes of the bodies */

	/* fetch's own. */
	struct http_request http;
	struct http *net;
	struct workers *workers;
	struct description *state;
	const char *origin, *did, *key;
	char since[SYNTAX_TID_LEN + 1]; /* empty: the whole repo */
	struct fetch_file *file;
	void (*done)(struct fetch *, struct status *why);
};

/* Look up the DID's CAR in the archive, check whether this did:key (NULL: any)
 * signed it, set fetch->car and call found; why is NULL or STATUS_SYSTEM. DID
 * and key are borrowed until then. */
void fetch_find(struct fetch *, struct workers *, const char *did,
    const char *key, void (*found)(struct fetch *, struct status *why));

/* Is a CAR archived that the key signed and whose rev is at least this one? If
 * rev isn't a TID, or is missing, any rev will do. */
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
 * NULL. If fetch->car is set before, it is the archived CAR. Origin, DID and
 * key are borrowed until then. */
void fetch_repo(struct fetch *, struct http *, struct workers *,
    const char *origin, const char *did, const char *key,
    void (*done)(struct fetch *, struct status *why));

/* Release what it holds; of a file that has no name yet nothing is left. */
void fetch_free(struct fetch *);

#endif
