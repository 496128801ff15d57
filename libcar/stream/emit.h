/*
 * emit: a verified repo, or the listing of one, as lines.
 *
 * For a verified repo the order of calls is emit_begin(), emit_count() for
 * every key while the tree is checked, then emit_commit(), emit_record() for
 * the wanted records, and emit_end(); with `early`, which the caller sets after
 * emit_begin(), emit_commit(), then for each key emit_early_wants() and
 * emit_record(), and emit_end(); for a listing emit_begin(), emit_list(), and
 * for each record emit_wants() and emit_record(); for commits of an event
 * stream emit_begin() once, then for each of them emit_live(), and for each of
 * its changes emit_wants() and emit_change(). All append to the caller's
 * buffer.
 */
#ifndef LIBCAR_STREAM_EMIT_H
#define LIBCAR_STREAM_EMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"
#include "libcar/repo/commit.h"
#include "libcar/repo/repo.h"
#include "libcar/stream/filter.h"
#include "libcar/stream/write.h"

#define EMIT_MAX_COUNTS (15 << 20) /* bytes in an end's `collections` */

struct emit {
	const char *program;
	const struct filter *filter;
	uint64_t now;       /* microseconds since 1970, for error lines */
	uint64_t keys;      /* of the wanted collections */
	uint64_t errors;    /* records that couldn't be given */
	size_t collections; /* in counts */
	bool early;         /* the commit line comes before the keys are known,
			       and has no `records` */

	/* emit's own. */
	struct slice did, rev, source;
	struct buf patterns; /* the filter as JSON */
	struct buf counts;   /* of the wanted collections, as JSON */
	struct stream_form form;
	struct buf json; /* of a changed record */
	bool live;
	struct emit_collection {
		bool known, nsid, wanted;
		uint64_t keys;
		struct buf name;
	} now_in; /* the collection of the last key */
};

/* Begin a repo for this program, which has only the collections of the filter.
 * Both are the caller's until the next emit_begin(). */
void emit_begin(struct emit *, const char *program, const struct filter *,
    uint64_t now);

/* Make ready for the records of a listing, without a commit: of source `list`.
 * DID and rev are borrowed up to the last record. */
void emit_list(struct emit *, const char *did, const char *rev);

/* Make ready for the changes of a commit, of source `live`. DID and rev are
 * borrowed up to the last change. */
void emit_live(struct emit *, struct slice did, struct slice rev);

/* Count a key of the tree, in order. The filter's patterns that cover its
 * collection are marked. */
void emit_count(struct emit *, const uint8_t *key, size_t len);

/* The commit line, and make ready for records of this source. The repo is
 * borrowed up to the last record. 0, or -1: STATUS_TOO_LARGE (more
 * collections than FIELDS_COLLECTIONS_MAX, or names so long that the end would
 * be no line), STATUS_SYSTEM. */
int emit_commit(struct emit *, struct buf *, const struct repo *, bool verified,
    struct stream_number partial, const char *source, struct status *);

/* With `early`: count a key as emit_count() does. Is its collection asked for?
 */
bool emit_early_wants(struct emit *, const uint8_t *key, size_t len);

/* The repo must be walked again in the usual way, because its CAR turned out to
 * be in another order: call emit_recount(), emit_count() for every key, and
 * emit_recounted() in place of emit_commit(), with the same commit at another
 * place in memory. */
void emit_recount(struct emit *);
int emit_recounted(struct emit *, const struct commit *, struct status *);

/* Is the key's collection asked for? */
bool emit_wants(struct emit *, const uint8_t *key, size_t len);

/* The record line, or the error line of a record that has a bad key, isn't
 * strict or can't be said in JSON: 0. -1: STATUS_SYSTEM. */
int emit_record(struct emit *, struct buf *, const struct repo_record *,
    struct status *);

/* Make the block of a record that came as JSON, in `block`, and check that it
 * has the record's CID. -1: STATUS_BAD_RECORD, which emit_error() can report;
 * STATUS_SYSTEM. */
int emit_encode(struct buf *block, struct repo_record *,
    const struct slice *json, struct status *);

/* What a commit did to a record: as emit_record(). The action is one of
 * at-ndjson(5), prev the CID (bytes) that the key had, or nothing. */
int emit_change(struct emit *, struct buf *, const struct repo_record *,
    const char *action, const struct slice *prev, struct status *);

/* The filter as JSON, borrowed from emit; nothing if it asks for all. */
struct slice emit_filter(const struct emit *);

/* The error line of a record, whose CID and block may be missing. After
 * emit_wants(). */
void emit_error(struct emit *, struct buf *, const struct repo_record *,
    const struct status *);

/* The error line of a record of this collection whose key isn't known: it has
 * no rkey. The record's CID may be missing; its key is ignored. */
void emit_stray(struct emit *, struct buf *, const char *nsid,
    const struct repo_record *, const struct status *);

/* -1: STATUS_TOO_LARGE. */
int emit_end(struct emit *, struct buf *, struct stream_number partial,
    struct status *);

/* In place of all these, after emit_begin(): the end of a repo whose records
 * are loaded already. */
int emit_unchanged(struct emit *, struct buf *, const struct commit *,
    struct status *);

void emit_free(struct emit *);

#endif
