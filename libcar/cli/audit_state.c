#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/cli/audit_state.h"
#include "libcar/plc/saved.h"

/*
 * The file keeps a line for as long as a directory would take an operation that
 * nullifies it: 72 hours, and some time for clocks that differ. The newest
 * createdAt counts as the present time, but not if it is in the future, so that
 * one wrong time doesn't remove all lines. The line of a nullified operation
 * stays for ever, for a reader that is lost.
 */

#define SLACK_MS ((int64_t)60 * 60 * 1000)

static struct slice
bytes_of(const uint8_t *bytes, size_t n)
{
	return slice_make(bytes, n);
}

static struct slice
digest_of(const struct plc_audit_item *item)
{
	return bytes_of(item->op.cid + CID_REPO_BYTES - PLC_DIGEST_BYTES,
	    PLC_LOG_DIGEST_BYTES);
}

/* Copy the line of an entry to the backlog, if it is there. */
static int
load_line(struct audit_state *s, struct backlog *backlog,
    const struct slice *did, struct plc_log_entry *e, struct status *st)
{
	struct slice digest = bytes_of(e->digest, sizeof(e->digest)), line;

	e->place = AUDIT_STATE_NO_PLACE;
	if (db_audit_get_line(s->db, did, &digest, &line, st) == -1)
		return -1;
	if (line.at == NULL)
		return 0;
	e->place = backlog_next(backlog);
	return backlog_add(backlog, &line, st);
}

int
audit_state_load(struct audit_state *s, struct plc_audit *plc,
    struct backlog *backlog, const struct plc_audit_item *item,
    struct status *st)
{
	struct slice did = bytes_of(item->did, PLC_DID_BYTES), bytes;
	size_t i;

	if (s->db == NULL)
		return 0;
	if (plc_state_get(&plc->state, item->did, &s->log, st) == -1)
		return -1;
	if (s->log.count > 0)
		return 0;
	if (db_audit_get_log(s->db, &did, &bytes, st) == -1)
		return -1;
	if (bytes.at == NULL)
		return 0;
	if (plc_saved_read(&s->log, &plc->keys, &bytes, st) == -1)
		return -1;
	for (i = 0; i < s->log.count; i++)
		if (load_line(s, backlog, &did, &s->log.entries[i], st) == -1)
			return -1;
	return plc_state_put(&plc->state, item->did, &s->log, st);
}

int
audit_state_add(struct audit_state *s, const struct plc_audit_item *item,
    const struct slice *line, struct status *st)
{
	struct slice did = bytes_of(item->did, PLC_DID_BYTES);
	struct slice digest = digest_of(item);

	if (s->db == NULL)
		return 0;
	if (item->created_ms > s->newest_ms)
		s->newest_ms = item->created_ms;
	buf_put(&s->touched, item->did, PLC_DID_BYTES);
	if (s->touched.failed)
		return status_no_memory(st);
	/* Nothing nullifies a first operation. */
	if (!item->op.has_prev)
		return 0;
	return db_audit_put_line(s->db, &did, &digest, item->created_ms, line,
	    st);
}

int
audit_state_nullify(struct audit_state *s, const uint8_t did[PLC_DID_BYTES],
    const struct plc_log_entry *e, const struct slice *line, struct status *st)
{
	struct slice name = bytes_of(did, PLC_DID_BYTES);
	struct slice digest = bytes_of(e->digest, sizeof(e->digest));

	if (s->db == NULL)
		return 0;
	return db_audit_put_line(s->db, &name, &digest, INT64_MAX, line, st);
}

int
audit_state_settle(struct audit_state *s, const uint8_t did[PLC_DID_BYTES],
    const struct plc_log_entry *e, struct status *st)
{
	struct slice name = bytes_of(did, PLC_DID_BYTES);
	struct slice digest = bytes_of(e->digest, sizeof(e->digest));
	struct db_audit_past past = {
		.is_nullified = e->is_nullified,
		.created_ms = e->created_ms,
	};

	if (s->db == NULL)
		return 0;
	return db_audit_put_past(s->db, &name, &digest, &past, st);
}

int
audit_state_find(struct audit_state *s, const struct plc_audit_item *item,
    struct db_audit_past *past, struct status *st)
{
	struct slice did = bytes_of(item->did, PLC_DID_BYTES);
	struct slice digest = digest_of(item);

	*past = (struct db_audit_past){ .is_known = false };
	if (s->db == NULL)
		return 0;
	return db_audit_get_past(s->db, &did, &digest, past, st);
}

static int
put_log(struct audit_state *s, const struct plc_audit *plc,
    const uint8_t did[PLC_DID_BYTES], struct status *st)
{
	struct slice name = bytes_of(did, PLC_DID_BYTES), bytes;

	if (plc_state_get(&plc->state, did, &s->log, st) == -1)
		return -1;
	s->bytes.len = 0;
	plc_saved_write(&s->bytes, &s->log, &plc->keys);
	if (s->bytes.failed)
		return status_no_memory(st);
	bytes = slice_make(s->bytes.data, s->bytes.len);
	return db_audit_put_log(s->db, &name, &bytes, st);
}

static int
compare_dids(const void *a, const void *b)
{
	return memcmp(a, b, PLC_DID_BYTES);
}

/* Write the log of each DID once: that of a DID with many operations is long.
 * In their order, the writes touch fewer pages of the file. */
static int
put_logs(struct audit_state *s, const struct plc_audit *plc, struct status *st)
{
	uint8_t *did = (uint8_t *)s->touched.data, *end = did + s->touched.len;
	const uint8_t *last = NULL;

	qsort(did, s->touched.len / PLC_DID_BYTES, PLC_DID_BYTES, compare_dids);
	for (; did < end; last = did, did += PLC_DID_BYTES)
		if ((last == NULL || compare_dids(last, did) != 0) &&
		    put_log(s, plc, did, st) == -1)
			return -1;
	s->touched.len = 0;
	return 0;
}

int
audit_state_commit(struct audit_state *s, const struct plc_audit *plc,
    int64_t now_ms, struct status *st)
{
	int64_t present = s->newest_ms < now_ms ? s->newest_ms : now_ms;

	if (s->db == NULL || s->touched.len == 0)
		return 0;
	if (put_logs(s, plc, st) == -1)
		return -1;
	return db_audit_commit(s->db, present - PLC_LOG_WINDOW_MS - SLACK_MS,
	    st);
}

void
audit_state_free(struct audit_state *s)
{
	db_audit_close(s->db);
	buf_free(&s->touched);
	buf_free(&s->bytes);
	plc_log_free(&s->log);
	memset(s, 0, sizeof(*s));
}
