/*
 * archive: a directory of CARs, one for each DID. Any thread may call it.
 *
 * * `dir/3f/did_plc_….car`, or `.car.zst`: the shard is the first two hex
 * digits of SHA-256 of the DID. In the name `:` becomes `_`, and every byte
 * except letters, digits, `.` and `-` becomes %XX, so the name is safe in
 * make(1) and rsync(1). If the name is longer than ARCHIVE_MAX_NAME bytes, it
 * is the DID's whole SHA-256 in hex instead.
 *
 * * A symbolic link in place of a shard is an error, and is never followed; the
 * archive's own directory may be a link.
 *
 * * A CAR gets its name when it is complete, see aside.h. If a DID has two
 * files, plain and compressed, the one committed last stays. A CAR never
 * replaces one with a later rev: revs only increase.
 *
 * * Earlier CARs that are kept are `dir/3f/.did_plc_…/<rev>.car`, or
 * `.car.zst`. Programs that read a whole archive don't see hidden names.
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
#include "libcar/store/dictionary.h"
#include "libcar/stream/excluded.h"

#define ARCHIVE_MAX_NAME 200 /* bytes, without `.car` and `.zst` */
#define ARCHIVE_PLAIN 0      /* as a level of compression */
#define ARCHIVE_MAX_LEVEL 19
#define ARCHIVE_MAX_KEEP 100000

/* The strings are borrowed. */
struct archive {
	const char *dir;
	const char *tmp; /* the directory for temporary files */
	int level;       /* of compression, or ARCHIVE_PLAIN */
	bool rollback;   /* a CAR may be replaced by an older one */
	unsigned keep;   /* CARs for each DID, the newest one included; 0: one,
			    and leave earlier ones as they are */
	/* Compress with this one, or NULL; dir has a copy. */
	const struct dictionary *dictionary;
};

/* A CAR that has its name. */
struct archive_car {
	char path[PATH_MAX]; /* with the directory, as it was given */
	char rev[SYNTAX_TID_LEN + 1];
	char head[CID_MAX_TEXT + 1]; /* the commit's CID, which is roots[0] */
	uint64_t size;               /* of the file */
	bool other_key;              /* the wanted key didn't sign it */
};

/* Write `dir/3f/did_plc_….car` and a NUL. -1: STATUS_SYSTEM if it doesn't fit
 * in PATH_MAX. */
int archive_path(char out[PATH_MAX], const char *dir, const char *did,
    size_t len, struct status *);

/*
 * Look up a DID's CAR, and read its rev and head from the commit block, whose
 * hash is checked. This is cheap, because the block is near the front. 1 and
 * *car; 0: missing, unreadable, or of another DID; -1: STATUS_SYSTEM. If this
 * key didn't sign it, car->other_key is set; NULL: don't check the signature.
 */
int archive_find(const struct archive *, const char *did, size_t len,
    const struct key *, struct archive_car *, struct status *);

/* Remove a DID's CAR and its earlier ones, if there are any. -1:
 * STATUS_SYSTEM. */
int archive_remove(const char *dir, const char *did, size_t len,
    struct status *);

/* Remove the CARs of all accounts that are to be left out. -1: STATUS_SYSTEM.
 * */
int archive_exclude(const char *dir, const struct excluded *, struct status *);

/* Is there probably no file of this DID? A quick check without locks: while
 * another process commits, the answer may be wrong. */
bool archive_has_no(const struct archive *, const char *did, size_t len);

/* Make a file for a DID's CAR, and the directories above it. Then write the
 * plain CAR to it. -1: STATUS_SYSTEM. */
int archive_create(struct aside *, const char *dir, const char *did, size_t len,
    struct status *);

/* Verify that the file is a CAR of the whole repo that `want` describes. 0, and
 * rev and head of *car; or -1 and why: STATUS_NOT_CAR also if it isn't plain.
 * */
int archive_verify(struct aside *, const struct repo_want *, const char *tmp,
    struct archive_car *, struct status *) __attribute__((warn_unused_result));

/* Read rev and head without verifying; both are empty if the file isn't a CAR
 * of this DID. -1: STATUS_SYSTEM. */
int archive_look(struct aside *, const char *did, size_t len, const char *tmp,
    struct archive_car *, struct status *);

/* Check that it is neither compressed nor a CARv2. An unverified CAR may be
 * anything except what another program would expand or unwrap. -1:
 * STATUS_NOT_CAR, STATUS_SYSTEM. */
int archive_check_plain(const struct aside *, struct status *)
    __attribute__((warn_unused_result));

/* Compress the file if level isn't ARCHIVE_PLAIN, sync it, and give it its
 * name. archive_verify() or archive_look() has set car->rev; this sets path and
 * size. The file is closed in any case, and removed after a failure. -1:
 * STATUS_OLD_REV if the archive has a later rev, STATUS_BAD_CAR if the file has
 * no rev and the archive has one, STATUS_UNREADABLE if the archive's rev can't
 * be read, STATUS_SYSTEM. */
int archive_commit(struct aside *, const struct archive *, const char *did,
    size_t len, struct archive_car *, struct status *);

#endif
