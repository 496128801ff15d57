#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/array.h"
#include "libcar/plc/log.h"

/*
 * Entries that are nullified stay in the log, because a reader that was lost
 * may have to hear of them at any time; they are rare. The others, in their
 * order, are the chain.
 */

#define NONE SIZE_MAX

static size_t
find(const struct plc_log *log, const uint8_t *digest)
{
	size_t i;

	for (i = log->count; i-- > 0;)
		if (memcmp(log->entries[i].digest, digest,
			PLC_LOG_DIGEST_BYTES) == 0)
			return i;
	return NONE;
}

const struct plc_log_entry *
plc_log_find(const struct plc_log *log, const uint8_t *digest)
{
	size_t i = find(log, digest);

	return i == NONE ? NULL : &log->entries[i];
}

/* The first entry of the chain from i on. */
static size_t
next_valid(const struct plc_log *log, size_t i)
{
	while (i < log->count && log->entries[i].is_nullified)
		i++;
	return i < log->count ? i : NONE;
}

/* Only an appended operation is last, and it is valid. */
static const struct plc_log_entry *
head(const struct plc_log *log)
{
	return &log->entries[log->count - 1];
}

/* An operation that came before. Nothing signs createdAt: without this rule, a
 * directory could send an old operation again as the newest one. */
static struct plc_log_change
repeat(struct plc_log_entry *known, const struct plc_log_step *step,
    struct status *st)
{
	struct plc_log_change change = { .result = PLC_LOG_KNOWN };

	change.is_nullified = known->is_nullified;
	if (step->entry.created_ms == known->created_ms) {
		/* The caller reports this one now. */
		known->is_reported = known->is_nullified;
		return change;
	}
	plc_log_other_time(st);
	change.result = PLC_LOG_INVALID;
	return change;
}

int
plc_log_other_time(struct status *st)
{
	return status_set(st, STATUS_BAD_TIME, 0,
	    "the operation came before with another createdAt");
}

/* Rules */

static int
check_first(const struct plc_log_step *step, struct status *st)
{
	if (step->prev != NULL)
		return status_set(st, STATUS_BAD_PREV, 0,
		    "prev is set, but no operation of the DID came before");
	if (step->signer == PLC_LOG_NO_SIGNER)
		return status_set(st, STATUS_BAD_SIGNATURE, 0,
		    "none of its own rotation keys signed the operation");
	return 0;
}

static int
check_did(const struct plc_log_step *step, struct status *st)
{
	if (step->prev == NULL && !step->is_of_did)
		return status_set(st, STATUS_BAD_DID, 0,
		    "the DID is not made of the hash of its first operation");
	return 0;
}

static int
check_prev(const struct plc_log *log, const struct plc_log_step *step,
    size_t prev, struct status *st)
{
	if (prev == NONE)
		return status_set(st, STATUS_BAD_PREV, 0,
		    "prev is not an operation that may still be followed");
	if (log->entries[prev].is_nullified)
		return status_set(st, STATUS_BAD_PREV, 0,
		    "prev is a nullified operation");
	if (log->entries[prev].is_tombstone)
		return status_set(st, STATUS_AFTER_TOMBSTONE, 0,
		    "prev is a tombstone");
	if (step->signer == PLC_LOG_NO_SIGNER)
		return status_set(st, STATUS_BAD_SIGNATURE, 0,
		    "none of the rotation keys of prev signed the operation");
	return 0;
}

static int
check_nullification(const struct plc_log *log, const struct plc_log_step *step,
    const struct plc_log_entry *first, struct status *st)
{
	int64_t created_ms = step->entry.created_ms;

	if (step->signer >= first->signer)
		return status_set(st, STATUS_WEAK_NULLIFICATION, 0,
		    "signed by rotation key %d, want one before %d",
		    step->signer, first->signer);
	if (created_ms - first->created_ms > PLC_LOG_WINDOW_MS)
		return status_set(st, STATUS_LATE_NULLIFICATION, 0,
		    "%lld ms after the first operation that it replaces, "
		    "more than 72 hours",
		    (long long)(created_ms - first->created_ms));
	if (created_ms <= head(log)->created_ms)
		return status_set(st, STATUS_EARLY_NULLIFICATION, 0,
		    "createdAt is not later than that of the last operation");
	return 0;
}

static int
check_next(const struct plc_log *log, const struct plc_log_step *step,
    size_t prev, struct status *st)
{
	if (check_prev(log, step, prev, st) == -1)
		return -1;
	if (prev != log->count - 1)
		return check_nullification(log, step,
		    &log->entries[next_valid(log, prev + 1)], st);
	if (step->entry.created_ms <= head(log)->created_ms)
		return status_set(st, STATUS_BAD_TIME, 0,
		    "createdAt is not later than that of prev");
	return 0;
}

/* Replay */

static void
nullify_after(struct plc_log *log, size_t prev)
{
	struct plc_log_entry *e = log->entries + prev + 1;

	for (; e < log->entries + log->count; e++) {
		e->nullified_now = !e->is_nullified;
		e->is_nullified = true;
	}
}

static void
append(struct plc_log *log, const struct plc_log_step *step)
{
	struct plc_log_entry *e = &log->entries[log->count++];

	*e = step->entry;
	e->signer = step->signer;
	e->is_nullified = e->nullified_now = false;
}

struct plc_log_change
plc_log_add(struct plc_log *log, const struct plc_log_step *step,
    struct status *st)
{
	struct plc_log_change change = { .result = PLC_LOG_INVALID };
	size_t prev = NONE, i;
	int rc;

	for (i = 0; i < log->count; i++)
		log->entries[i].nullified_now = false;
	if ((i = find(log, step->entry.digest)) != NONE)
		return repeat(&log->entries[i], step, st);
	if (step->prev != NULL)
		prev = find(log, step->prev);
	if ((rc = check_did(step, st)) == 0)
		rc = log->count == 0 ? check_first(step, st) :
				       check_next(log, step, prev, st);
	if (rc == -1)
		return change;
	if (!ARRAY_GROW(log->entries, log->count, log->room)) {
		status_no_memory(st);
		change.result = PLC_LOG_FAILED;
		return change;
	}
	change.result = PLC_LOG_APPENDED;
	if (log->count > 0)
		nullify_after(log, prev);
	append(log, step);
	return change;
}

/* What follows an entry decides how long it may be named as prev. */
static bool
is_over(const struct plc_log *log, size_t i)
{
	const struct plc_log_entry *e;

	if (log->count - i > PLC_LOG_MAX_ENTRIES)
		return true;
	if (log->entries[i].is_nullified)
		return false;
	e = &log->entries[next_valid(log, i + 1)];
	return head(log)->created_ms - e->created_ms >= PLC_LOG_WINDOW_MS;
}

void
plc_log_prune(struct plc_log *log,
    void (*removed)(void *, const struct plc_log_entry *), void *ctx)
{
	size_t i, n = 0, left = log->count;

	for (i = 0; i + 1 < left; i++)
		if (!is_over(log, i))
			log->entries[n++] = log->entries[i];
		else if (removed != NULL)
			removed(ctx, &log->entries[i]);
	if (left > 0)
		log->entries[n++] = log->entries[left - 1];
	log->count = n;
}

void
plc_log_free(struct plc_log *log)
{
	free(log->entries);
	memset(log, 0, sizeof(*log));
}
