#include "config.h"

#include <string.h>

#include "libcar/data/cid.h"
#include "libcar/lexicon/walk_private.h"

/*
 * This checks a value that has no schema, by the data model alone
 * (https://atproto.com/specs/data-model): an object with the key $link or
 * $bytes, or with the $type blob, must be a well-formed link, bytes or blob.
 * While the object is read, a set of bits collects which of the meaningful
 * keys it has; judge() decides at its end.
 */

/* The meaningful keys that an object has. */
enum {
	HAS_LINK = 1,
	HAS_BYTES = 2,
	HAS_BLOB = 4, /* $type blob */
	HAS_REF = 8,
	HAS_MIME = 16,
	HAS_SIZE = 32,
	HAS_CID = 64,
	HAS_OTHER = 128,
	IS_BROKEN = 256, /* its problem was reported */
	IS_BAD = 512,    /* its problem isn't reported yet */
};

/* Decode the token as base64, with or without padding. Unused bits at the end
 * may have any value, as in the test vectors. */
static bool
base64_bytes(struct lexicon_token t, size_t *bytes)
{
	size_t i, n = t.text.len;
	char c;

	if (n % 4 == 0)
		for (i = 0; i < 2 && n > 0 && t.text.at[n - 1] == '='; i++)
			n--;
	for (i = 0; i < n; i++) {
		c = t.text.at[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') || c == '+' || c == '/'))
			return false;
	}
	*bytes = n / 4 * 3 + n % 4 * 3 / 4;
	return n % 4 != 1;
}

static bool
is_cid(struct lexicon_token t)
{
	uint8_t bytes[CID_MAX_BYTES];
	struct status st;

	return t.text.len > 0 &&
	    cid_from_text(bytes, t.text.at, t.text.len, &st) > 0;
}

static bool
is_mime(struct lexicon_token t)
{
	return t.text.len > 0 && memchr(t.text.at, '/', t.text.len) != NULL;
}

/* A value in an array, or of a key without a meaning. */
static int
data_child(struct lexicon_walk *w, enum json_kind kind, unsigned *has)
{
	struct lexicon_data child;

	if (lexicon_data(w, kind, &child) == -1)
		return -1;
	if (child.shape == SHAPE_BROKEN)
		*has |= IS_BROKEN;
	return 0;
}

static int
data_array(struct lexicon_walk *w, struct lexicon_data *d)
{
	struct lexicon_step step = { .up = w->at };
	enum json_kind kind;
	unsigned has = 0;

	w->at = &step;
	for (; (kind = lexicon_next(w)) != JSON_ARRAY_END; step.len++)
		if (data_child(w, kind, &has) == -1)
			return -1;
	w->at = step.up;
	d->shape = has & IS_BROKEN ? SHAPE_BROKEN : SHAPE_OTHER;
	return 0;
}

/* $link, $bytes, $type. */
static int
data_special(struct lexicon_walk *w, enum json_kind kind, unsigned key,
    struct lexicon_data *d, unsigned *has)
{
	struct lexicon_token t;

	*has |= key;
	if (kind != JSON_STRING) {
		*has |= IS_BAD;
		return lexicon_skip(w, kind);
	}
	t = lexicon_unescape(w, lexicon_take(w));
	if (key == HAS_LINK && !is_cid(t))
		*has |= IS_BAD;
	if (key == HAS_BYTES && !base64_bytes(t, &d->bytes))
		*has |= IS_BAD;
	return 0;
}

static int
data_type(struct lexicon_walk *w, enum json_kind kind, unsigned *has)
{
	if (kind == JSON_STRING) {
		*has |= json_is(&w->json, "blob") ? HAS_BLOB : HAS_OTHER;
		if (w->json.tok_len > 0)
			return 0;
	}
	*has |= IS_BROKEN;
	lexicon_problem(w, LEXICON_TYPE, "want a name");
	return lexicon_skip(w, kind);
}

/* A member that is part of a blob, or else any value. */
static int
data_part(struct lexicon_walk *w, enum json_kind kind, unsigned part,
    struct lexicon_data *d, unsigned *has)
{
	struct lexicon_data child;
	struct lexicon_token t = { .text = { "", 0 } };
	bool good = false;

	if (kind == JSON_STRING)
		t = lexicon_take(w);
	if (lexicon_data(w, kind, &child) == -1)
		return -1;
	if (child.shape == SHAPE_BROKEN)
		*has |= IS_BROKEN;
	switch (part) {
	case HAS_REF:
		good = child.shape == SHAPE_LINK;
		break;
	case HAS_MIME:
		d->mime = t;
		good = is_mime(lexicon_unescape(w, t));
		break;
	case HAS_CID:
		good = is_cid(lexicon_unescape(w, t));
		break;
	case HAS_SIZE:
		good = kind == JSON_NUMBER &&
		    json_integer(&w->json, &d->size) == 0 &&
		    d->size >= (w->lenience->legacy_blobs ? -1 : 0);
	}
	*has |= good ? part : HAS_OTHER;
	return 0;
}

static unsigned
key_of(const struct json *j)
{
	static const struct {
		const char *name;
		unsigned bit;
	} keys[] = { { "$link", HAS_LINK }, { "$bytes", HAS_BYTES },
		{ "$type", HAS_BLOB }, { "ref", HAS_REF },
		{ "mimeType", HAS_MIME }, { "size", HAS_SIZE },
		{ "cid", HAS_CID } };
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (json_is(j, keys[i].name))
			return keys[i].bit;
	return HAS_OTHER;
}

static int
data_member(struct lexicon_walk *w, unsigned key, struct lexicon_data *d,
    unsigned *has)
{
	enum json_kind kind = lexicon_next(w);

	if (kind == JSON_ERROR)
		return -1;
	switch (key) {
	case HAS_LINK:
	case HAS_BYTES:
		return data_special(w, kind, key, d, has);
	case HAS_BLOB:
		return data_type(w, kind, has);
	case HAS_OTHER:
		*has |= HAS_OTHER;
		return data_child(w, kind, has);
	default:
		return data_part(w, kind, key, d, has);
	}
}

/* Decide by the members; a link or bytes must have only one. */
static void
judge(struct lexicon_walk *w, struct lexicon_data *d, unsigned has)
{
	const unsigned blob = HAS_BLOB | HAS_REF | HAS_MIME | HAS_SIZE;

	d->shape = SHAPE_OBJECT;
	if (has & IS_BROKEN)
		d->shape = SHAPE_BROKEN;
	else if (has == HAS_LINK)
		d->shape = SHAPE_LINK;
	else if (has == HAS_BYTES)
		d->shape = SHAPE_BYTES;
	else if (has == blob)
		d->shape = SHAPE_BLOB;
	else if (has & (HAS_LINK | HAS_BYTES | HAS_BLOB)) {
		d->shape = SHAPE_BROKEN;
		lexicon_problem(w, LEXICON_TYPE, "not a well-formed %s",
		    has & HAS_LINK      ? "link" :
			has & HAS_BYTES ? "bytes value" :
					  "blob");
	}
	d->legacy = has == (HAS_CID | HAS_MIME);
}

static int
data_object(struct lexicon_walk *w, struct lexicon_data *d)
{
	struct lexicon_step step = { .up = w->at };
	enum json_kind kind;
	unsigned has = 0, key;

	while ((kind = lexicon_next(w)) == JSON_KEY) {
		step.key = w->json.tok;
		step.len = w->json.tok_len;
		step.escaped = w->json.escaped;
		key = key_of(&w->json);
		w->at = &step;
		if (data_member(w, key, d, &has) == -1)
			return -1;
		w->at = step.up;
	}
	if (kind == JSON_ERROR)
		return -1;
	judge(w, d, has);
	return 0;
}

static int
data_number(struct lexicon_walk *w, struct lexicon_data *d)
{
	int64_t number;

	if (json_integer(&w->json, &number) == 0)
		return 0;
	d->shape = SHAPE_BROKEN;
	lexicon_problem(w, LEXICON_TYPE, "not a 64-bit integer");
	return 0;
}

int
lexicon_data(struct lexicon_walk *w, enum json_kind kind,
    struct lexicon_data *d)
{
	*d = (struct lexicon_data){ .shape = SHAPE_OTHER };
	switch (kind) {
	case JSON_OBJECT:
		return data_object(w, d);
	case JSON_ARRAY:
		return data_array(w, d);
	case JSON_NUMBER:
		return data_number(w, d);
	case JSON_ERROR:
		return -1;
	default:
		return 0;
	}
}
