/*
 * audit: the lines of at-plcaudit, in batches: read and verified in threads,
 * replayed and written in their order.
 */
#ifndef LIBCAR_CLI_AUDIT_H
#define LIBCAR_CLI_AUDIT_H

#include <stdatomic.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/parallel.h"
#include "libcar/cli/audit_counts.h"
#include "libcar/cli/audit_item.h"
#include "libcar/cli/audit_state.h"
#include "libcar/cli/line_inputs.h"
#include "libcar/plc/audit.h"
#include "libcar/repo/key_cache.h"
#include "libcar/store/backlog.h"
#include "libcar/store/spill.h"

#define AUDIT_LINES 2048                 /* of a batch */
#define AUDIT_BYTES ((size_t)2 << 20)    /* after which a batch ends */
#define AUDIT_MEMORY ((size_t)256 << 20) /* of the state */
#define AUDIT_MEMORY_LEAST ((size_t)64 << 10)
#define AUDIT_MORE_MEMORY ((size_t)4 << 20) /* of older operations in it */

struct audit {
	struct line_inputs *lines; /* the caller's, as the next */
	struct parallel threads;
	struct audit_item_rules rules;
	const char *state_path; /* or NULL */
	uint64_t memory;        /* of the state; 0: AUDIT_MEMORY */

	struct plc_audit plc;
	struct spill spill, more;
	struct backlog backlog;
	struct audit_state state;
	struct buf text; /* of the batch */
	struct audit_item *items;
	struct plc_audit_item *ops;
	size_t count;
	struct key_cache caches[PARALLEL_MOST];
	atomic_flag busy[PARALLEL_MOST]; /* caches that a thread uses */
	struct audit_counts counts;
	uint64_t doubtful;       /* said to be nullified, and not settled */
	struct audit_item again; /* a line of the backlog */
	const struct audit_item *now; /* the one that is replayed */
};

/* Ends the program if there is no memory. */
void audit_begin(struct audit *);

/* Take a line; those of line_inputs. */
int audit_take(struct line_inputs *, const char *text, size_t len,
    struct status *);
void audit_flush(struct line_inputs *);

/* Write the state, and report the operations that only the directory says are
 * nullified. */
void audit_finish(struct audit *);

void audit_free(struct audit *);

#endif
