/*
 * coverage: what is known of patterns of collections, and cursors.
 *
 * Lines below the floor of a pattern are ignored. At the rev `loaded`, all
 * records that match the pattern are known. A cursor tells where the listing of
 * a pattern, or the stream of a service, continues.
 */
#ifndef LIBCAR_DB_COVERAGE_H
#define LIBCAR_DB_COVERAGE_H

#include "libcar/db/account.h"
#include "libcar/stream/line.h"

/* Why a pattern is not synced. */
enum db_cause {
	DB_SYNCED,
	DB_NEW,        /* nothing is known */
	DB_GAP,        /* a commit or a part of it is missing */
	DB_DOUBT,      /* only the existence of a commit is known */
	DB_UNVERIFIED, /* the same, because it is faulty */
	DB_RETURNED,   /* the host went back to an earlier commit */
	DB_MOVED,      /* the account moved, and its revs started over */
};
/* Its name, as the view repos has it; NULL for DB_SYNCED. */
const char *db_cause_name(enum db_cause);

enum db_import {
	DB_NONE,
	DB_IN_PROGRESS,
	DB_COMPLETED,
	DB_FAILED,
};

struct db_coverage {
	char *pattern; /* a collection, a prefix with `.*`, or `*` */
	char floor[DB_REV_BYTES], loaded[DB_REV_BYTES];
	bool listed; /* a listing loaded it */
	enum db_import status;
	int64_t synced, skipped, failed;
	int64_t started_ms, completed_ms;
	bool has_cursor; /* the row may have nothing else */
	char cursor_rev[DB_REV_BYTES];
	/* Live commits. doubt: the latest one of which only its existence is
	 * known. The run: every change in (from, to] was applied, `first` is
	 * its first commit, and run_data the root of the tree at `to`, or
	 * without a run at `from`. */
	char doubt[DB_REV_BYTES];
	char run_from[DB_REV_BYTES], run_first[DB_REV_BYTES];
	char run_to[DB_REV_BYTES];
	char run_data[DB_HEAD_BYTES];
	enum db_cause cause; /* of the latest doubt or break */
};

/* Read the coverage of some accounts; fn gets the place of the account. */
int db_coverages(struct db *, struct db_account *const *, size_t n,
    int (
	*fn)(void *, size_t place, const struct db_coverage *, struct status *),
    void *, struct status *);

/* Insert or replace some rows, each at most once. */
struct db_covered {
	int64_t account;
	const struct db_coverage *coverage;
};
int db_put_coverages(struct db *, const struct db_covered *, size_t n,
    struct status *);
int db_drop_coverage(struct db *, int64_t account, const char *pattern,
    struct status *);
int db_put_cursor(struct db *, int64_t account, const struct line *,
    struct status *);
/* Remove the cursor of this pattern. */
int db_drop_cursor(struct db *, int64_t account, const char *pattern,
    struct status *);

int db_put_service(struct db *, const struct line *, struct status *);

/* The cursors of services; texts are borrowed. */
struct db_service {
	struct slice service, stream, collection, cursor;
	int64_t at_ms; /* 0: not known */
};
int db_services(struct db *,
    int (*fn)(void *, const struct db_service *, struct status *), void *,
    struct status *);

#endif
