/*
 * archive: a directory of CARs, one a DID. Any thread may call it.
 *
 * `dir/3f/did_plc_….car`, or `.car.zst`: the shard is the first two hex
 * digits of SHA-256 of the DID. In the name `:` becomes `_`, and each byte but
 * letters, digits, `.` and `-` becomes %XX (so make(1) and rsync(1) have
 * nothing to stumble over); a name of more than ARCHIVE_MAX_NAME bytes is the
 * DID's whole SHA-256 in hex instead.
 *
 * A link to a directory in place of a shard is an error, and nothing is read
 * behind it; the archive's own directory may be a link.
 *
 * A CAR gets its name when it is whole, see aside.h. Of two files of a DID,
 * plain and compressed, the one committed last stays. A CAR never takes the
 * place of one with a later rev: revs only increase.
 */
#ifndef LIBCAR_STORE_ARCHIVE_H
#define LIBCAR_STORE_ARCHIVE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/data/cid.h"
#include "libcar/data/syntax.h"
#include "libcar/repo/key.h"
#include "libcar/repo/repo.h"
#include "libcar/store/aside.h"
#include "libcar/stream/excluded.h"

#define ARCHIVE_MAX_NAME 200 /* bytes, without `.car` and `.zst` */
#define ARCHIVE_PLAIN 0      /* as a level of compression */
#define ARCHIVE_MAX_LEVEL 19

/* The strings stay the caller's. */
struct archive {
	const char *dir;
	const char *tmp; /* the directory for temporary files */
	int level;       /* of compression, or ARCHIVE_PLAIN */
	bool rollback;   /* a CAR may be replaced by an older one */
};

/* A CAR that has its name. */
struct archive_car {
	char path[PATH_MAX]; /* with the directory, as it was given */
	char rev[SYNTAX_TID_LEN + 1];
	char head[CID_MAX_TEXT + 1]; /* the commit's CID, which is roots[0] */
	uint64_t size;               /* of the file */
	bool other_key; /* the key that was asked for didn't sign it */
};

/* Write `dir/3f/did_plc_….car` and a NUL. -1: STATUS_SYSTEM if it doesn't fit
 * in PATH_MAX. */
int archive_path(char out[PATH_MAX], const char *dir, const char *did,
    size_t len, struct status *);

/*
 * Look up a DID's CAR; its rev and head are read from the commit block, whose
 * hash is checked, which costs little as the block is near the front. 1 and
 * *car; 0 if there is none, or none that is of this DID and can be read; -1:
 * STATUS_SYSTEM. If this key didn't sign it, car->other_key is set; no key
 * (NULL) checks no signature.
 */
int archive_find(const struct archive *, const char *did, size_t len,
    const struct key *, struct archive_car *, struct status *);

/* Remove a DID's CAR, if there is one. -1: STATUS_SYSTEM. */
int archive_remove(const char *dir, const char *did, size_t len,
    struct status *);

/* Remove the CARs of all accounts that are to be left out. -1: STATUS_SYSTEM. */
int archive_exclude(const char *dir, const struct excluded *, struct status *);

/* Is there no file of this DID, most likely? It opens none and waits for no
 * other process; one that commits right now may hide what is there. */
bool archive_has_no(const struct archive *, const char *did, size_t len);

/* Make a file for a DID's CAR, and the directories above it; the plain CAR is
 * to be written to it. -1: STATUS_SYSTEM. */
int archive_create(struct aside *, const char *dir, const char *did, size_t len,
    struct status *);

/* Is what was written a CAR of the whole repo, as `want` says? 0, and rev and
 * head of *car; or -1 and why: STATUS_NOT_CAR also if it is not plain. */
int archive_verify(struct aside *, const struct repo_want *, const char *tmp,
    struct archive_car *, struct status *) __attribute__((warn_unused_result));

/* Don't verify, but read rev and head of *car; both are empty if the file isn't
 * a CAR of this DID. -1: STATUS_SYSTEM. */
int archive_look(struct aside *, const char *did, size_t len, const char *tmp,
    struct archive_car *, struct status *);

/* Is it neither compressed nor a CARv2? A CAR that wasn't verified may be
 * anything, but not what another program would expand or unwrap. -1:
 * STATUS_NOT_CAR, STATUS_SYSTEM. */
int archive_check_plain(const struct aside *, struct status *)
    __attribute__((warn_unused_result));

/* Compress it if level isn't ARCHIVE_PLAIN, sync it and give it its name; path
 * and size of *car are set, whose rev archive_verify() or archive_look() has
 * set. The file is closed, whatever happens; if it failed nothing of it is
 * left. -1: STATUS_OLD_REV, and STATUS_BAD_CAR for one without a rev, if the
 * archive has a CAR with a later one; STATUS_SYSTEM. */
int archive_commit(struct aside *, const struct archive *, const char *did,
    size_t len, struct archive_car *, struct status *);

#endif
