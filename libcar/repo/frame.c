#include "config.h"

#include <stddef.h>
#include <string.h>

#include "libcar/data/cid.h"
#include "libcar/data/dagcbor.h"
#include "libcar/data/syntax.h"
#include "libcar/repo/frame.h"

/*
 * A table says which fields a body has, their kinds, and the types of message
 * they are in; an unknown field is checked and skipped. For some fields the
 * table also says where to store them. After the body, required fields must
 * exist, and fields with a syntax are checked.
 */

enum kind {
	AS_UINT,
	AS_TEXT,
	AS_NULL_OR_TEXT,
	AS_BYTES,
	AS_LINK,
	AS_NULL_OR_LINK,
	AS_BOOL,
	AS_OPS,
};

#define OF(type) (1u << FRAME_##type)
#define REPOS (OF(COMMIT) | OF(SYNC) | OF(IDENTITY) | OF(ACCOUNT))

static const struct field {
	const char *name;
	size_t len; /* of the name */
	enum kind kind;
	unsigned types, required; /* types that have it; that require it */
	size_t at;                /* offset in struct frame */
} fields[] = {
#define FIELD(name, kind, types, required, member) \
	{ \
		name, sizeof(name) - 1, kind, types, required, \
		    offsetof(struct frame, member) \
	}
	FIELD("active", AS_BOOL, OF(ACCOUNT), OF(ACCOUNT), active),
	FIELD("blocks", AS_BYTES, OF(COMMIT) | OF(SYNC), OF(COMMIT) | OF(SYNC),
	    blocks),
	FIELD("commit", AS_LINK, OF(COMMIT), OF(COMMIT), commit),
	FIELD("did", AS_TEXT, REPOS & ~OF(COMMIT), REPOS & ~OF(COMMIT), did),
	FIELD("error", AS_TEXT, OF(ERROR), OF(ERROR), name),
	FIELD("handle", AS_TEXT, OF(IDENTITY), 0, handle),
	FIELD("message", AS_TEXT, OF(INFO) | OF(ERROR), 0, message),
	FIELD("name", AS_TEXT, OF(INFO), OF(INFO), name),
	FIELD("ops", AS_OPS, OF(COMMIT), OF(COMMIT), ops),
	FIELD("prevData", AS_NULL_OR_LINK, OF(COMMIT), 0, prev_data),
	FIELD("repo", AS_TEXT, OF(COMMIT), OF(COMMIT), did),
	FIELD("rev", AS_TEXT, OF(COMMIT) | OF(SYNC), OF(COMMIT) | OF(SYNC),
	    rev),
	FIELD("seq", AS_UINT, REPOS, REPOS, seq),
	FIELD("since", AS_NULL_OR_TEXT, OF(COMMIT), 0, since),
	FIELD("status", AS_TEXT, OF(ACCOUNT), 0, status),
	FIELD("time", AS_TEXT, REPOS, 0, time),
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

struct parser {
	struct frame *f;
	struct dagcbor d;
	unsigned found; /* bits of fields */
};

static int
bad(const char *name, size_t len, const char *what, struct status *st)
{
	return status_set(st, STATUS_BAD_FRAME, 0, "%.*s %s",
	    (int)(len < 40 ? len : 40), name, what);
}

/* Values */

static bool
is_kind(enum kind kind, const struct dagcbor_item *item)
{
	switch (kind) {
	case AS_UINT:
		return item->kind == DAGCBOR_UINT;
	case AS_TEXT:
		return item->kind == DAGCBOR_TEXT;
	case AS_NULL_OR_TEXT:
		return item->kind == DAGCBOR_TEXT || item->kind == DAGCBOR_NULL;
	case AS_BYTES:
		return item->kind == DAGCBOR_BYTES;
	case AS_LINK:
		return item->kind == DAGCBOR_LINK;
	case AS_NULL_OR_LINK:
		return item->kind == DAGCBOR_LINK || item->kind == DAGCBOR_NULL;
	case AS_BOOL:
		return item->kind == DAGCBOR_TRUE ||
		    item->kind == DAGCBOR_FALSE;
	case AS_OPS:
		return item->kind == DAGCBOR_ARRAY;
	}
	return false;
}

/* Read a value of this kind. */
static int
read_value(struct parser *p, const char *name, enum kind kind,
    struct dagcbor_item *item, struct status *st)
{
	if (dagcbor_next(&p->d, item, st) == -1)
		return -1;
	if (!is_kind(kind, item))
		return bad(name, strlen(name), "is of another kind", st);
	if (item->kind == DAGCBOR_TEXT &&
	    !syntax_is_utf8((const char *)item->bytes, item->n))
		return dagcbor_fail(&p->d, "text that isn't UTF-8", st);
	if (item->kind == DAGCBOR_LINK)
		return dagcbor_check_link(&p->d, item, st);
	return 0;
}

/* Read a text, bytes or a link; null leaves it empty. */
static int
read_slice(struct parser *p, const char *name, enum kind kind,
    struct slice *out, struct status *st)
{
	struct dagcbor_item item;

	if (read_value(p, name, kind, &item, st) == -1)
		return -1;
	*out = item.kind == DAGCBOR_NULL ? (struct slice){ NULL, 0 } :
					   slice_make(item.bytes, item.n);
	return 0;
}

/* Operations */

static const char *const actions[] = {
	[FRAME_CREATE] = "create",
	[FRAME_UPDATE] = "update",
	[FRAME_DELETE] = "delete",
};

const char *
frame_action_name(enum frame_action action)
{
	return actions[action];
}

bool
frame_action_parse(enum frame_action *action, const struct slice *name)
{
	int i;

	for (i = FRAME_CREATE; i <= FRAME_DELETE; i++)
		if (slice_is(name, actions[i])) {
			*action = i;
			return true;
		}
	return false;
}

static int
take_action(struct frame_op *op, const struct slice *action, struct status *st)
{
	if (!frame_action_parse(&op->action, action))
		return bad("ops:", 4, "an action that isn't known", st);
	return 0;
}

static bool
key_is(const struct dagcbor_item *key, const char *name)
{
	return key->n == strlen(name) && memcmp(key->bytes, name, key->n) == 0;
}

/* Skip the value of an unknown key. */
static int
skip(struct parser *p, const struct dagcbor_item *key, struct status *st)
{
	if (!syntax_is_utf8((const char *)key->bytes, key->n))
		return dagcbor_fail(&p->d, "key that isn't UTF-8", st);
	return dagcbor_skip(&p->d, st);
}

static int
read_op_field(struct parser *p, const struct dagcbor_item *key,
    struct frame_op *op, struct slice *action, struct status *st)
{
	if (key_is(key, "action"))
		return read_slice(p, "action", AS_TEXT, action, st);
	if (key_is(key, "path"))
		return read_slice(p, "path", AS_TEXT, &op->path, st);
	if (key_is(key, "cid"))
		return read_slice(p, "cid", AS_NULL_OR_LINK, &op->cid, st);
	if (key_is(key, "prev"))
		return read_slice(p, "prev", AS_NULL_OR_LINK, &op->prev, st);
	return skip(p, key, st);
}

/* Has the operation everything that its action needs? */
static int
check_op(struct frame_op *op, const struct slice *action, struct status *st)
{
	if (action->at == NULL || op->path.len == 0)
		return bad("ops:", 4, "one without action or path", st);
	if (take_action(op, action, st) == -1)
		return -1;
	if ((op->action == FRAME_DELETE) != (op->cid.at == NULL))
		return bad("ops:", 4, "a cid that doesn't fit the action", st);
	return 0;
}

static int
read_op(struct parser *p, struct frame_op *op, struct status *st)
{
	struct dagcbor_item map, key = { .bytes = NULL };
	struct slice action = { NULL, 0 };
	uint64_t i;

	memset(op, 0, sizeof(*op));
	if (dagcbor_next(&p->d, &map, st) == -1)
		return -1;
	if (map.kind != DAGCBOR_MAP)
		return bad("ops:", 4, "one that is not a map", st);
	for (i = 0; i < map.n; i++)
		if (dagcbor_next_key(&p->d, &key, st) == -1 ||
		    read_op_field(p, &key, op, &action, st) == -1)
			return -1;
	return check_op(op, &action, st);
}

static int
read_ops(struct parser *p, struct status *st)
{
	struct dagcbor_item list;

	if (read_value(p, "ops", AS_OPS, &list, st) == -1)
		return -1;
	if (list.n > FRAME_MAX_OPS)
		return status_set(st, STATUS_BAD_FRAME, 0,
		    "%llu ops, want at most %d", (unsigned long long)list.n,
		    FRAME_MAX_OPS);
	while (p->f->nops < list.n)
		if (read_op(p, &p->f->ops[p->f->nops++], st) == -1)
			return -1;
	return 0;
}

/* The body */

static const struct field *
find_field(const struct frame *f, const struct dagcbor_item *key)
{
	size_t i;

	for (i = 0; i < FIELDS; i++)
		if ((fields[i].types >> f->type & 1) != 0 &&
		    key->n == fields[i].len &&
		    memcmp(key->bytes, fields[i].name, key->n) == 0)
			return &fields[i];
	return NULL;
}

static int
read_field(struct parser *p, const struct field *field, struct status *st)
{
	char *at = (char *)p->f + field->at;
	struct dagcbor_item item;

	p->found |= 1u << (field - fields);
	if (field->kind == AS_OPS)
		return read_ops(p, st);
	if (field->kind != AS_UINT && field->kind != AS_BOOL)
		return read_slice(p, field->name, field->kind,
		    (struct slice *)(void *)at, st);
	if (read_value(p, field->name, field->kind, &item, st) == -1)
		return -1;
	if (field->kind == AS_UINT)
		*(uint64_t *)(void *)at = item.n;
	else
		*(bool *)at = item.kind == DAGCBOR_TRUE;
	return 0;
}

static int
read_body(struct parser *p, struct status *st)
{
	struct dagcbor_item map, key = { .bytes = NULL };
	const struct field *field;
	uint64_t i;

	if (dagcbor_next(&p->d, &map, st) == -1)
		return -1;
	if (map.kind != DAGCBOR_MAP)
		return bad("the body", 8, "is not a map", st);
	for (i = 0; i < map.n; i++) {
		if (dagcbor_next_key(&p->d, &key, st) == -1)
			return -1;
		field = find_field(p->f, &key);
		if ((field != NULL ? read_field(p, field, st) :
				     skip(p, &key, st)) == -1)
			return -1;
	}
	if (p->d.at != p->d.end)
		return dagcbor_fail(&p->d, "bytes after the body", st);
	return 0;
}

/* Check that required fields exist, and their syntax. */
static int
check_body(struct parser *p, struct status *st)
{
	struct frame *f = p->f;
	size_t i;

	for (i = 0; i < FIELDS; i++)
		if ((fields[i].required >> f->type & 1) != 0 &&
		    (p->found >> i & 1) == 0)
			return bad(fields[i].name, strlen(fields[i].name),
			    "is missing", st);
	if (f->did.at != NULL && !syntax_is_did(f->did.at, f->did.len)) {
		f->did.at = NULL;
		return bad("did", 3, "is not a DID", st);
	}
	if (f->seq > FRAME_MAX_SEQ) {
		f->seq = 0;
		return bad("seq", 3, "is too large", st);
	}
	if (f->rev.at != NULL && !syntax_is_tid(f->rev.at, f->rev.len))
		return bad("rev", 3, "is not a TID", st);
	if (f->since.at != NULL && !syntax_is_tid(f->since.at, f->since.len))
		return bad("since", 5, "is not a TID", st);
	if (f->time.at != NULL && !syntax_is_datetime(f->time.at, f->time.len))
		f->time = (struct slice){ NULL, 0 };
	return 0;
}

/* The header */

static enum frame_type
type_of(bool is_message, const struct slice *t)
{
	static const struct {
		const char *t;
		enum frame_type type;
	} types[] = {
		{ "#commit", FRAME_COMMIT },
		{ "#sync", FRAME_SYNC },
		{ "#identity", FRAME_IDENTITY },
		{ "#account", FRAME_ACCOUNT },
		{ "#info", FRAME_INFO },
	};
	size_t i;

	for (i = 0; is_message && i < sizeof(types) / sizeof(types[0]); i++)
		if (slice_is(t, types[i].t))
			return types[i].type;
	return FRAME_OTHER;
}

static int
read_header(struct parser *p, struct status *st)
{
	struct dagcbor_item map, op = { .bytes = NULL }, key = op;
	struct slice t = { NULL, 0 };
	bool has_op = false;
	uint64_t i;
	int rc = 0;

	if (dagcbor_next(&p->d, &map, st) == -1)
		return -1;
	if (map.kind != DAGCBOR_MAP)
		return bad("the header", 10, "is not a map", st);
	for (i = 0; i < map.n && rc == 0; i++) {
		if ((rc = dagcbor_next_key(&p->d, &key, st)) == -1)
			break;
		if (key_is(&key, "t"))
			rc = read_slice(p, "t", AS_TEXT, &t, st);
		else if (!key_is(&key, "op"))
			rc = skip(p, &key, st);
		else if ((rc = dagcbor_next(&p->d, &op, st)) == 0)
			has_op = op.kind == DAGCBOR_UINT ||
			    op.kind == DAGCBOR_NEGINT;
	}
	if (rc == 0 && !has_op)
		return bad("op", 2, "is missing or not an integer", st);
	if (op.kind == DAGCBOR_NEGINT && op.n == 0) /* -1 */
		p->f->type = FRAME_ERROR;
	else
		p->f->type = type_of(op.kind == DAGCBOR_UINT && op.n == 1, &t);
	return rc;
}

static int
fail(struct frame *f, struct status *st)
{
	f->is_broken = st->code == STATUS_BAD_RECORD;
	if (f->is_broken)
		st->code = STATUS_BAD_FRAME;
	return status_prefix(st, "frame: ");
}

int
frame_parse(struct frame *f, const void *bytes, size_t len, struct status *st)
{
	struct parser p = { .f = f };

	memset(f, 0, offsetof(struct frame, ops));
	f->nops = 0;
	if (len > FRAME_MAX_BYTES)
		return status_set(st, STATUS_BAD_FRAME, 0,
		    "frame of %zu bytes, at most %d", len, FRAME_MAX_BYTES);
	dagcbor_open(&p.d, bytes, len);
	if (read_header(&p, st) == -1) {
		f->type = FRAME_OTHER;
		return fail(f, st);
	}
	if (read_body(&p, st) == -1 || check_body(&p, st) == -1)
		return fail(f, st);
	return 0;
}
