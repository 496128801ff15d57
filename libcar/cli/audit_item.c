#include "config.h"

#include <string.h>

#include "libcar/cli/audit_item.h"
#include "libcar/stream/rfc3339.h"
#include "libcar/stream/write.h"

/*
 * Everything about a line that needs no other line happens here, because this
 * code runs in several threads: also its result is written before anybody knows
 * whether the operation is valid, as nearly all of them are.
 */

/* Lines as at-plcexport writes them need no look at their other fields. */
static bool
begins_as_plc(const struct slice *text)
{
	static const char start[] = "{\"type\":\"plc\",";
	const size_t n = sizeof(start) - 1;

	return text->len > n && memcmp(text->at, start, n) == 0;
}

static bool
is_blank(const struct slice *text)
{
	size_t i;

	for (i = 0; i < text->len; i++)
		if (strchr(" \t\r\n", text->at[i]) == NULL || text->at[i] == 0)
			return false;
	return true;
}

/* The rest of a line that was cut isn't an object, and may hide an operation.
 */
static enum audit_item_kind
kind_of(struct audit_item *item)
{
	if (begins_as_plc(&item->text))
		return AUDIT_ITEM_PLC;
	if (!job_is_object(item->text.at, item->text.len) &&
	    !is_blank(&item->text)) {
		status_set(&item->why, STATUS_BAD_LINE, 0, "not a JSON object");
		return AUDIT_ITEM_BAD;
	}
	if (job_is_for_none(&item->job, item->text.at, item->text.len,
		&item->why))
		return AUDIT_ITEM_BAD;
	return job_is(&item->job, "plc") ? AUDIT_ITEM_PLC : AUDIT_ITEM_COPY;
}

static void
set_operation(struct audit_item *item)
{
	const struct line *l = &item->line;
	struct plc_audit_item *op = item->op;

	op->did_text = l->did;
	op->cid_text = l->cid;
	op->json = l->operation;
	op->created_ms = rfc3339_parse(&l->created_at);
	op->said = l->nullified == -1 ? PLC_LOG_SAID_NOTHING :
	    l->nullified == 1         ? PLC_LOG_SAID_NULLIFIED :
					PLC_LOG_SAID_VALID;
}

int
audit_item_write(struct audit_item *item, struct buf *out,
    enum stream_bool nullified, struct status *st)
{
	const struct line *l = &item->line;
	struct stream_plc plc = {
		.did = l->did,
		.cid = l->cid,
		.created_at = l->created_at,
		.nullified = nullified,
		.operation = l->operation,
		.audit = slice_of("valid"),
	};

	if (l->seq != -1)
		plc.seq = stream_number(l->seq);
	plc.notes = l->notes;
	if (item->notes.len > 0)
		plc.notes = slice_make(item->notes.data, item->notes.len);
	if (!l->has_others)
		return stream_write_plc(out, &plc, st);
	return stream_copy_plc(out, &plc, &item->job, st);
}

int
audit_item_parse(struct audit_item *item, struct status *st)
{
	const struct slice *text = &item->text;

	if (line_parse(&item->line, text->at, text->len, st) == -1)
		return -1;
	return item->line.has_others ?
	    job_parse(&item->job, text->at, text->len, st) :
	    0;
}

static int
annotate(struct audit_item *item, const struct audit_item_rules *rules)
{
	const struct plc_operation *op = &item->op->op;

	if (!rules->annotate)
		return 0;
	if (plc_content_of(&item->content, op, &item->why) == -1)
		return -1;
	plc_notes_write(&item->notes, op, &item->content, &rules->spam);
	return 0;
}

static void
read_operation(struct audit_item *item, const struct audit_item_rules *rules)
{
	set_operation(item);
	plc_audit_read(item->op);
	item->notes.len = item->out.len = 0;
	if (item->op->failed)
		return;
	if (annotate(item, rules) == -1 ||
	    audit_item_write(item, &item->out, STREAM_FALSE, &item->why) == -1)
		item->kind = AUDIT_ITEM_BAD;
	if (item->out.failed || item->notes.failed) {
		status_no_memory(&item->why);
		item->kind = AUDIT_ITEM_BAD;
	}
}

void
audit_item_read(struct audit_item *item, const struct audit_item_rules *rules)
{
	item->kind = kind_of(item);
	/* Without an operation, it takes no part in the audit. */
	item->op->failed = true;
	if (item->kind != AUDIT_ITEM_PLC)
		return;
	if (audit_item_parse(item, &item->why) == -1)
		item->kind = AUDIT_ITEM_BAD;
	else
		read_operation(item, rules);
}

void
audit_item_free(struct audit_item *item)
{
	line_free(&item->line);
	plc_content_free(&item->content);
	job_free(&item->job);
	buf_free(&item->notes);
	buf_free(&item->out);
}
