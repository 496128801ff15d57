/*
 * load_batch: the parsed lines of the next transaction.
 *
 * Each line is copied and parsed once, on arrival. Consecutive records of one
 * collection of one account at one rev are a run; any other line is a run of
 * its own. A transaction goes over the runs, again each time it is repeated,
 * and changes only what the runs say about the transaction.
 *
 * The batch leaves records unchecked, except those that begin a run, because
 * many of them will not be written. A caller that expects the opposite sets
 * `checks`: then the batch checks them on arrival. This changes no result: what
 * fails stays unchecked, so that it is bad only if it is to be written.
 *
 * Texts are borrowed from the batch until it is cleared.
 */
#ifndef LIBCAR_LOAD_BATCH_PRIVATE_H
#define LIBCAR_LOAD_BATCH_PRIVATE_H

#include "libcar/base/pool.h"
#include "libcar/db/db.h"
#include "libcar/load/options.h"
#include "libcar/stream/line.h"

/* Maximum memory of a transaction's parsed lines, besides their text. */
#define LOAD_PARSED_BYTES ((size_t)64 << 20)

struct load_account;

enum load_kind {
	LOAD_RECORDS,
	LOAD_WHOLE,   /* a line of another type */
	LOAD_UNKNOWN, /* of an unknown type */
	LOAD_BAD,     /* an unreadable line */
};

struct load_item {
	struct load_origin origin;
	struct slice text; /* the line; LOAD_BAD: why; LOAD_UNKNOWN: its type */
	/* For a record: */
	struct slice cid, record;
	bool is_unchecked; /* line_check() must still check it */
	bool is_delete;
};

struct load_run {
	enum load_kind kind;
	enum line_source source;
	enum status_code code; /* for LOAD_BAD */
	size_t first, n;       /* its items, and their rkeys */
	struct slice did;      /* NULL `at`: none */
	struct slice nsid;     /* same; if present, so are rkeys */
	char rev[DB_REV_BYTES];
	const struct line *line; /* for LOAD_WHOLE */

	/* For the transaction: */
	struct load_account *account;
	bool is_news;
};

/* All zero is empty. */
struct load_batch {
	bool checks;                     /* set by the caller: see below */
	struct line line;                /* the parser */
	struct line checker;             /* of records */
	const struct excluded *excluded; /* NULL: none */
	bool is_excluded;                /* the last record is */
	struct buf text;                 /* never moves */
	struct pool pool; /* of texts that differ from the line, and lines */
	struct load_item *items;
	struct slice *rkeys; /* parallel to the items */
	size_t nitems, item_room, rkey_room;
	struct load_run *runs;
	size_t nruns, run_room;
};

/* Is there room for a line of this length? Has the batch as many lines as a
 * transaction may have? */
bool load_batch_fits(const struct load_batch *, size_t len);
bool load_batch_is_full(const struct load_batch *, size_t lines);

/* Add a line, or why it is missing. A bad line is added as LOAD_BAD. */
int load_batch_add(struct load_batch *, const struct load_origin *,
    const char *text, size_t len, struct status *);
int load_batch_add_bad(struct load_batch *, const struct load_origin *,
    const struct status *why, struct status *);

/* Why an item of LOAD_BAD is bad. */
void load_batch_why(const struct load_run *, const struct load_item *,
    struct status *);

void load_batch_clear(struct load_batch *);
void load_batch_free(struct load_batch *);

#endif
