#include "config.h"

#include <string.h>

#include "libcar/data/blob.h"
#include "libcar/data/json.h"

/*
 * The reader keeps, for each object that is open, the members that a blob may
 * have. Whether the object is a blob is known at its end.
 */

enum member { OTHER, TYPE, REF, LINK, CID, MIME };

/* A string as it is written. */
struct text {
	const char *at; /* NULL: none */
	size_t len;
	bool escaped;
};

/* An object or an array that is open. */
struct level {
	enum member member; /* the one whose value comes next */
	unsigned members;
	bool is_blob; /* its `$type` says so */
	struct text cid, link, mime, ref;
};

struct finder {
	int (*fn)(void *, const struct blob *, struct status *);
	void *ctx;
	struct json json;
	struct buf cid, mime; /* decoded texts */
	struct level levels[JSON_MAX_DEPTH + 1];
};

bool
blob_may_be_in(const char *json, size_t len)
{
	/* Of a blob, and of a legacy one. */
	static const char *const words[] = { "\"blob\"", "\"mimeType\"" };
	size_t i;

	/* A writer may escape any letter. */
	if (memmem(json, len, "\\u00", 4) != NULL)
		return true;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (memmem(json, len, words[i], strlen(words[i])) != NULL)
			return true;
	return false;
}

static enum member
member_of(const struct json *j)
{
	static const char *const names[] = {
		[TYPE] = "$type",
		[REF] = "ref",
		[LINK] = "$link",
		[CID] = "cid",
		[MIME] = "mimeType",
	};
	enum member m;

	for (m = MIME; m > OTHER; m--)
		if (json_is(j, names[m]))
			break;
	return m;
}

static struct slice
decode(const struct text *text, struct buf *buf)
{
	struct json j = { .tok = text->at,
		.tok_len = text->len,
		.escaped = true };

	if (!text->escaped)
		return slice_make(text->at, text->len);
	buf->len = 0;
	json_text(&j, buf);
	return slice_make(buf->data, buf->len);
}

static int
give(struct finder *f, const struct text *cid, const struct text *mime,
    struct status *st)
{
	const struct blob blob = {
		.cid = decode(cid, &f->cid),
		.mime_type = decode(mime, &f->mime),
	};

	if (f->cid.failed || f->mime.failed)
		return status_no_memory(st);
	return f->fn(f->ctx, &blob, st);
}

/* The object at this level has ended: is it a blob, or the link of one? */
static int
end_object(struct finder *f, struct level *l, struct status *st)
{
	struct level *parent = l - 1;

	if (l > f->levels && l->members == 1 && l->link.at != NULL &&
	    parent->member == REF)
		parent->ref = l->link;
	if (l->is_blob && l->ref.at != NULL)
		return give(f, &l->ref, &l->mime, st);
	if (l->members == 2 && l->cid.at != NULL && l->mime.at != NULL)
		return give(f, &l->cid, &l->mime, st);
	return 0;
}

static void
take_string(struct level *l, const struct json *j)
{
	const struct text text = { j->tok, j->tok_len, j->escaped };

	switch (l->member) {
	case TYPE:
		l->is_blob = json_is(j, "blob");
		break;
	case LINK:
		l->link = text;
		break;
	case CID:
		l->cid = text;
		break;
	case MIME:
		l->mime = text;
		break;
	case REF:
	case OTHER:
		break;
	}
}

/* A value is a part of the member that its own level names; level 0 is that of
 * the whole text, and an array's elements belong to no member. */
static int
find(struct finder *f, struct status *st)
{
	struct level *l = f->levels;
	enum json_kind kind;

	while ((kind = json_next(&f->json, st)) != JSON_END)
		switch (kind) {
		case JSON_ERROR:
			return -1;
		case JSON_OBJECT:
		case JSON_ARRAY:
			*++l = (struct level){ .member = OTHER };
			break;
		case JSON_KEY:
			l->member = member_of(&f->json);
			l->members++;
			break;
		case JSON_STRING:
			take_string(l, &f->json);
			break;
		case JSON_OBJECT_END:
			if (end_object(f, l--, st) == -1)
				return -1;
			break;
		case JSON_ARRAY_END:
			l--;
			break;
		default:
			break;
		}
	return 0;
}

int
blob_each(const char *json, size_t len,
    int (*fn)(void *, const struct blob *, struct status *), void *ctx,
    struct status *st)
{
	struct finder f;
	int rc;

	f.fn = fn;
	f.ctx = ctx;
	f.cid = f.mime = (struct buf){ .len = 0 };
	f.levels[0] = (struct level){ .member = OTHER };
	json_open(&f.json, json, len);
	rc = find(&f, st);
	buf_free(&f.cid);
	buf_free(&f.mime);
	return rc;
}
