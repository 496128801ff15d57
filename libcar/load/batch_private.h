/*
 * load_batch: the parsed lines of the next transaction.
 *
 * Lines are copied and parsed once, when they come. Records in a row that are
 * about one collection of one account at one rev are a run; any other line is a
 * run of its own. A transaction goes over the runs, as often as it has to be
 * repeated, and changes nothing here but what the runs say of it.
 *
 * Texts are borrowed from the batch until it is cleared.
 */
#ifndef LIBCAR_LOAD_BATCH_PRIVATE_H
#define LIBCAR_LOAD_BATCH_PRIVATE_H

#include "libcar/base/pool.h"
#include "libcar/db/db.h"
#include "libcar/load/options.h"
#include "libcar/stream/line.h"

/* What the parsed lines of a transaction may take beside their text. */
#define LOAD_PARSED_BYTES ((size_t)64 << 20)

struct load_account;

enum load_kind {
	LOAD_RECORDS,
	LOAD_WHOLE,   /* a line of another type */
	LOAD_UNKNOWN, /* of a type that isn't known */
	LOAD_BAD,     /* a line that can't be read */
};

struct load_item {
	struct load_origin origin;
	struct slice
	    text; /* the line; of LOAD_BAD why, of LOAD_UNKNOWN its type */
	/* Of a record: */
	struct slice cid, record;
	bool is_unchecked; /* what line_check() looks at */
	bool is_delete;
};

struct load_run {
	enum load_kind kind;
	enum line_source source;
	enum status_code code; /* of LOAD_BAD */
	size_t first, n;       /* its items, and their rkeys */
	struct slice did;      /* at is NULL: none */
	struct slice nsid;     /* likewise; there are rkeys if there is one */
	char rev[DB_REV_BYTES];
	const struct line *line; /* of LOAD_WHOLE */

	/* The transaction's. */
	struct load_account *account;
	bool is_news;
};

/* All zero is empty. */
struct load_batch {
	struct line line;                /* the parser */
	const struct excluded *excluded; /* NULL: nobody */
	bool is_excluded;                /* the last record's account */
	struct buf text;                 /* never moves */
	struct pool pool; /* of texts that aren't as in the line, and lines */
	struct load_item *items;
	struct slice *rkeys; /* beside the items */
	size_t nitems, item_room, rkey_room;
	struct load_run *runs;
	size_t nruns, run_room;
};

/* Is there room for a line of this length? Has it so many lines as a
 * transaction may have? */
bool load_batch_fits(const struct load_batch *, size_t len);
bool load_batch_is_full(const struct load_batch *, size_t lines);

/* Add a line, or why there is none. A line that is bad is added as that. */
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
