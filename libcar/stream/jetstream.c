#include "config.h"

#include <string.h>

#include "libcar/base/basen.h"
#include "libcar/data/syntax.h"
#include "libcar/stream/jetstream.h"
#include "libcar/stream/jetstream_members_private.h"

/*
 * Each version has its envelope, but the kinds of events carry the same
 * objects: of an account, an identity or a sync that of the relay, and of a
 * change the fields of the record.
 */

/* Kinds of events */

/* Read the event of the relay that an event carries; it is of one account. */
static int
open_carried(struct jetstream *s, const struct frame *f,
    const struct jetstream_members *in, enum jetstream_members_name m,
    struct jetstream_members *carried, struct status *st)
{
	struct slice did;

	if (jetstream_members(carried, &in->value[m], st) == -1)
		return jetstream_bad(m, "is not a JSON object", st);
	if (jetstream_get_optional(&s->text, carried, JETSTREAM_DID, &did,
		st) == -1)
		return -1;
	if (did.at != NULL &&
	    (did.len != f->did.len || memcmp(did.at, f->did.at, did.len) != 0))
		return jetstream_bad(m, "is of another account", st);
	return 0;
}

static int
read_account(struct jetstream *s, struct frame *f,
    const struct jetstream_members *in, struct status *st)
{
	struct jetstream_members carried;

	if (open_carried(s, f, in, JETSTREAM_ACCOUNT, &carried, st) == -1 ||
	    jetstream_get_bool(&carried, JETSTREAM_ACTIVE, &f->active, st) ==
		-1 ||
	    jetstream_get_optional(&s->text, &carried, JETSTREAM_STATUS,
		&f->status, st) == -1)
		return -1;
	/* The relay's time, so that all streams give the change one time. */
	return jetstream_get_time(&s->text, &carried, &f->time, st);
}

static int
read_blocks(struct jetstream *s, const struct jetstream_members *in,
    struct slice *blocks, struct status *st)
{
	struct jetstream_members bytes;
	struct slice text;
	ssize_t n;

	if (jetstream_members(&bytes, &in->value[JETSTREAM_BLOCKS], st) == -1)
		return jetstream_bad(JETSTREAM_BLOCKS,
		    "is missing or not bytes", st);
	if (jetstream_get_text(&s->text, &bytes, JETSTREAM_BYTES, &text, st) ==
	    -1)
		return -1;
	s->block.len = 0;
	if (buf_reserve(&s->block, text.len) == NULL)
		return status_no_memory(st);
	n = base64_parse((uint8_t *)s->block.data, text.len, text.at, text.len);
	if (n == -1)
		return jetstream_bad(JETSTREAM_BYTES, "is not base64", st);
	*blocks = slice_make(s->block.data, (size_t)n);
	return 0;
}

static int
read_sync(struct jetstream *s, struct frame *f,
    const struct jetstream_members *in, struct status *st)
{
	struct jetstream_members carried;

	if (open_carried(s, f, in, JETSTREAM_SYNC, &carried, st) == -1 ||
	    jetstream_get_rev(&s->text, &carried, &f->rev, st) == -1)
		return -1;
	return read_blocks(s, &carried, &f->blocks, st);
}

static int
read_action(struct jetstream *s, const struct jetstream_members *in,
    enum frame_action *action, struct status *st)
{
	struct slice text;

	if (jetstream_get_text(&s->text, in, JETSTREAM_OPERATION, &text, st) ==
	    -1)
		return -1;
	if (frame_action_parse(action, &text))
		return 0;
	return jetstream_bad(JETSTREAM_OPERATION,
	    "is not create, update or delete", st);
}

static int
read_path(struct jetstream *s, const struct jetstream_members *in,
    struct slice *path, struct status *st)
{
	struct slice nsid, rkey;

	if (jetstream_get_text(&s->text, in, JETSTREAM_COLLECTION, &nsid, st) ==
		-1 ||
	    jetstream_get_text(&s->text, in, JETSTREAM_RKEY, &rkey, st) == -1)
		return -1;
	s->path.len = 0;
	buf_put(&s->path, nsid.at, nsid.len);
	buf_putc(&s->path, '/');
	buf_put(&s->path, rkey.at, rkey.len);
	if (s->path.failed)
		return status_no_memory(st);
	*path = slice_make(s->path.data, s->path.len);
	return 0;
}

/* A wrong CID is an error of the record, and not of the event. */
static int
read_cid(struct jetstream *s, const struct jetstream_members *in,
    struct slice *cid, struct status *st)
{
	struct status ignored;
	struct slice text;
	int n;

	if (jetstream_get_optional(&s->text, in, JETSTREAM_CID, &text, st) ==
	    -1)
		return -1;
	if (text.at != NULL &&
	    (n = cid_from_text(s->cid, text.at, text.len, &ignored)) != -1)
		*cid = slice_make(s->cid, (size_t)n);
	return 0;
}

static int
read_change(struct jetstream *s, struct frame *f,
    const struct jetstream_members *in, struct status *st)
{
	struct frame_op *op = &f->ops[0];

	memset(op, 0, sizeof(*op));
	if (jetstream_get_rev(&s->text, in, &f->rev, st) == -1 ||
	    read_action(s, in, &op->action, st) == -1 ||
	    read_path(s, in, &op->path, st) == -1)
		return -1;
	f->nops = 1;
	s->record = (struct slice){ NULL, 0 };
	if (op->action == FRAME_DELETE)
		return 0;
	s->record = in->value[JETSTREAM_RECORD];
	return read_cid(s, in, &op->cid, st);
}

static enum frame_type
type_of(const struct slice *kind)
{
	static const struct {
		const char *kind;
		enum frame_type type;
	} types[] = {
		{ "commit", FRAME_COMMIT },
		{ "identity", FRAME_IDENTITY },
		{ "account", FRAME_ACCOUNT },
		{ "sync", FRAME_SYNC },
		{ "info", FRAME_INFO },
	};
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (slice_is(kind, types[i].kind))
			return types[i].type;
	return FRAME_OTHER;
}

/* What only this kind of event has. In version 1 the change of a record is an
 * object of its own. */
static int
read_kind(struct jetstream *s, struct frame *f,
    const struct jetstream_members *in, const struct jetstream_members *change,
    struct status *st)
{
	struct jetstream_members carried;

	switch (f->type) {
	case FRAME_COMMIT:
		return read_change(s, f, change, st);
	case FRAME_IDENTITY:
		return open_carried(s, f, in, JETSTREAM_IDENTITY, &carried, st);
	case FRAME_ACCOUNT:
		return read_account(s, f, in, st);
	case FRAME_SYNC:
		return read_sync(s, f, in, st);
	default:
		return 0;
	}
}

/* Versions */

static int
read_v1(struct jetstream *s, struct frame *f,
    const struct jetstream_members *in, struct status *st)
{
	struct jetstream_members change;
	struct slice kind;

	if (jetstream_get_text(&s->text, in, JETSTREAM_KIND, &kind, st) == -1)
		return -1;
	f->type = type_of(&kind);
	if (f->type == FRAME_OTHER || f->type == FRAME_INFO) {
		f->type = FRAME_OTHER;
		return 0;
	}
	if (jetstream_get_did(&s->text, in, &f->did, st) == -1 ||
	    jetstream_get_number(in, JETSTREAM_TIME_US, &f->seq, st) == -1)
		return -1;
	f->time = slice_make(s->time, rfc3339_format(s->time, f->seq));
	if (f->type == FRAME_COMMIT &&
	    open_carried(s, f, in, JETSTREAM_COMMIT, &change, st) == -1)
		return -1;
	return read_kind(s, f, in, &change, st);
}

static int
read_notice(struct jetstream *s, struct frame *f,
    const struct jetstream_members *in, enum jetstream_members_name name,
    struct status *st)
{
	if (jetstream_get_text(&s->text, in, name, &f->name, st) == -1 ||
	    jetstream_get_optional(&s->text, in, JETSTREAM_MESSAGE, &f->message,
		st) == -1)
		return -1;
	return f->name.len > 0 ? 0 : jetstream_bad(name, "is empty", st);
}

/* The service began at its end, because the cursor is of another service. */
static int
read_info(struct jetstream *s, struct frame *f,
    const struct jetstream_members *in, struct status *st)
{
	if (read_notice(s, f, in, JETSTREAM_NAME, st) == -1)
		return -1;
	if (slice_is(&f->name, "FutureCursor"))
		f->type = FRAME_ERROR;
	return 0;
}

static int
read_payload(struct jetstream *s, struct frame *f, const struct slice *payload,
    struct status *st)
{
	struct jetstream_members in;
	struct slice type;
	const char *hash;

	if (jetstream_members(&in, payload, st) == -1)
		return jetstream_bad(JETSTREAM_PAYLOAD, "is not a JSON object",
		    st);
	if (jetstream_get_text(&s->text, &in, JETSTREAM_TYPE, &type, st) == -1)
		return -1;
	if ((hash = memrchr(type.at, '#', type.len)) == NULL)
		return 0;
	type = slice_make(hash + 1, type.len - (size_t)(hash + 1 - type.at));
	f->type = type_of(&type);
	if (f->type == FRAME_OTHER)
		return 0;
	if (f->type == FRAME_INFO)
		return read_info(s, f, &in, st);
	if (jetstream_get_did(&s->text, &in, &f->did, st) == -1 ||
	    jetstream_get_number(&in, JETSTREAM_SEQ, &f->seq, st) == -1 ||
	    jetstream_get_time(&s->text, &in, &f->time, st) == -1)
		return -1;
	return read_kind(s, f, &in, &in, st);
}

static int
read_v2(struct jetstream *s, struct frame *f,
    const struct jetstream_members *in, struct status *st)
{
	struct slice type;

	if (jetstream_get_text(&s->text, in, JETSTREAM_TYPE, &type, st) == -1)
		return -1;
	if (slice_is(&type, "message"))
		return read_payload(s, f, &in->value[JETSTREAM_PAYLOAD], st);
	if (!slice_is(&type, "error"))
		return 0;
	f->type = FRAME_ERROR;
	return read_notice(s, f, in, JETSTREAM_ERROR, st);
}

int
jetstream_parse(struct jetstream *s, struct frame *f, const void *bytes,
    size_t len, struct status *st)
{
	const struct slice text = slice_make(bytes, len);
	struct jetstream_members in;

	memset(f, 0, offsetof(struct frame, ops));
	f->nops = 0;
	if (len > FRAME_MAX_BYTES)
		return status_set(st, STATUS_BAD_FRAME, 0,
		    "event of %zu bytes, at most %d", len, FRAME_MAX_BYTES);
	if (object_set(&s->text, bytes, len, st) == -1 ||
	    jetstream_members(&in, &text, st) == -1)
		return -1;
	return in.value[JETSTREAM_TYPE].at != NULL ? read_v2(s, f, &in, st) :
						     read_v1(s, f, &in, st);
}

/* Records */

static bool
is_valid_key(const struct slice *path)
{
	const char *slash = memchr(path->at, '/', path->len);
	size_t n = slash - path->at;

	return syntax_is_nsid(path->at, n) &&
	    syntax_is_rkey(slash + 1, path->len - n - 1);
}

/* emit reports a wrong key, which needs no block. */
int
jetstream_write_change(struct jetstream *s, const struct frame_op *op,
    struct emit *e, struct buf *out, struct status *st)
{
	struct repo_record r = {
		.key = slice_bytes(&op->path),
		.key_len = op->path.len,
		.cid = slice_bytes(&op->cid),
		.cid_len = op->cid.len,
	};

	if (op->action != FRAME_DELETE && is_valid_key(&op->path) &&
	    emit_encode(&s->block, &r, &s->record, st) == -1) {
		if (status_fatal(st->code))
			return -1;
		emit_error(e, out, &r, st);
		return 0;
	}
	return emit_change(e, out, &r, frame_action_name(op->action), &op->prev,
	    st);
}

void
jetstream_free(struct jetstream *s)
{
	object_free(&s->text);
	buf_free(&s->path);
	buf_free(&s->block);
}
