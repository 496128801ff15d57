/*
 * figures: the counts that /metrics and the status page show.
 *
 * Rows of db/census are added one by one. A name (a host, an error) is what
 * anybody chose, so the names of a table are bounded: only the first
 * FIGURES_MAX_NAMES different ones are counted apart, and only the
 * FIGURES_TOP most frequent ones are shown.
 *
 * This module only counts: no database, no clock.
 */
#ifndef LIBCAR_SERVE_FIGURES_H
#define LIBCAR_SERVE_FIGURES_H

#include "libcar/base/named.h"
#include "libcar/db/census.h"

#define FIGURES_MAX_NAMES 10000
#define FIGURES_TOP 20
#define FIGURES_DAYS 30
#define FIGURES_EXAMPLES 2
#define FIGURES_DID_BYTES 256     /* longer ones are no examples */
#define FIGURES_MESSAGE_BYTES 256 /* of an example's message: the beginning */

#define FIGURES_DAY_MS INT64_C(86400000)

struct figures_example {
	char did[FIGURES_DID_BYTES], message[FIGURES_MESSAGE_BYTES];
	size_t did_len, message_len;
};

/* How many accounts (or records) a name has; of a host, how many failed. */
struct figures_name {
	struct named named;
	int64_t n, failed;
	struct figures_example examples[FIGURES_EXAMPLES];
	size_t nexamples;
};

/* `others` counts what is beyond the names in `top`. */
struct figures_table {
	struct named_list names;
	int64_t total, others;
	const struct figures_name *top[FIGURES_TOP];
	size_t ntop;
};

/* All zero is empty. */
struct figures {
	int64_t began_ms, ended_ms; /* when they were counted, since 1970 */

	int64_t accounts, states[DB_CENSUS_STATES];
	int64_t retry;  /* failed accounts that may succeed later */
	int64_t synced; /* accounts */
	int64_t records, bad_records;
	struct figures_table hidden;        /* accounts, by status */
	struct figures_table missing;       /* not synced, by reason */
	struct figures_table failures;      /* accounts, by error */
	struct figures_table record_errors; /* records, by error */
	struct figures_table hosts;         /* of accounts */
	struct figures_table failing;       /* the same, by failures */
	/* Accounts by the day of their last load; the last day is today. */
	int64_t loaded[FIGURES_DAYS];

	/* Operations of a PLC directory that aren't nullified. */
	int64_t dids, operations, audited;
	int64_t newest_ms, newest_audited_ms; /* 0: none */
	int64_t created[FIGURES_DAYS];
};

void figures_begin(struct figures *, int64_t now_ms);

/* Callbacks of db/census; the first argument is the struct figures. */
int figures_add_account(void *, const struct db_census_account *,
    struct status *);
int figures_add_errors(void *, const struct slice *error, int64_t n,
    struct status *);
int figures_add_operation(void *, const struct db_census_operation *,
    struct status *);

/* After the last row: choose what is shown. */
void figures_end(struct figures *, int64_t now_ms);

void figures_free(struct figures *);

#endif
