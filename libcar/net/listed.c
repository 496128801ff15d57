#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/data/syntax.h"
#include "libcar/net/listed.h"

/*
 * An entry becomes the input of emit: a key, a CID and a block. emit then
 * checks the key and writes the line, as it does for a CAR.
 */

#define MAX_PREFIX (SYNTAX_DID_MAX + SYNTAX_NSID_MAX + 16)
#define MAX_KEY 2048  /* bytes of a wrong record key */
#define MAX_SHOWN 100 /* bytes of an entry in a message */

/* An invalid record key is still a key, which a CAR may have as well. But if a
 * URI continues after it, the key is unknown. */
static bool
may_be_key(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (memchr("/?#%", text[i], 4) != NULL)
			return false;
	return len > 0 && len <= MAX_KEY;
}

/* Find the key (collection/rkey) in at://did/collection/rkey. */
static int
parse_uri(const struct listed *l, const struct slice *uri,
    struct repo_record *r, struct status *st)
{
	char prefix[MAX_PREFIX];
	size_t n = snprintf(prefix, sizeof(prefix), "at://%s/%s/", l->did,
	    l->nsid);
	size_t at = n - strlen(l->nsid) - 1;

	if (uri->len <= n || memcmp(uri->at, prefix, n) != 0 ||
	    !may_be_key(uri->at + n, uri->len - n))
		return status_set(st, STATUS_BAD_RECORD, 0,
		    "lists %.*s, want %srkey", (int)uri->len, uri->at, prefix);
	r->key = (const uint8_t *)uri->at + at;
	r->key_len = uri->len - at;
	return 0;
}

static int
find_key(const struct listed *l, struct object *entry, const struct slice *json,
    struct repo_record *r, struct status *st)
{
	struct slice uri = object_get(entry, "uri");

	if (uri.at != NULL)
		return parse_uri(l, &uri, r, st);
	return status_set(st, STATUS_BAD_RECORD, 0,
	    "lists an entry without uri: %.*s",
	    json->len < MAX_SHOWN ? (int)json->len : MAX_SHOWN, json->at);
}

static void
take_cid(struct object *entry, uint8_t bytes[CID_MAX_BYTES],
    struct repo_record *r)
{
	struct slice cid = object_get(entry, "cid");
	struct status ignored;
	int n = -1;

	if (cid.at != NULL)
		n = cid_from_text(bytes, cid.at, cid.len, &ignored);
	r->cid = bytes;
	r->cid_len = n == -1 ? 0 : n;
}

/* emit reports a wrong key, before it reads the block. */
static int
write_line(struct listed *l, struct repo_record *r, bool valid,
    const struct slice *value, struct status *st)
{
	struct status why;

	emit_wants(l->emit, r->key, r->key_len);
	if (!valid || emit_encode(&l->block, r, value, &why) == 0)
		return emit_record(l->emit, l->lines, r, st);
	if (status_fatal(why.code)) {
		*st = why;
		return -1;
	}
	emit_error(l->emit, l->lines, r, &why);
	return 0;
}

static int
write_stray(struct listed *l, const struct repo_record *r,
    const struct status *why, struct status *st)
{
	if (l->strays == LISTED_MAX_STRAYS)
		return status_set(st, STATUS_BAD_ANSWER, 0,
		    "%s: more than %d entries without a record key", l->url,
		    LISTED_MAX_STRAYS);
	l->strays++;
	emit_stray(l->emit, l->lines, l->nsid, r, why);
	return 0;
}

int
listed_take(void *ctx, struct object *entry, const struct slice *json,
    struct status *st)
{
	struct listed *l = ctx;
	struct slice value = object_get_json(entry, "value"), rkey;
	uint8_t bytes[CID_MAX_BYTES];
	struct repo_record r = { .len = 0 };
	struct status why;
	int n;

	take_cid(entry, bytes, &r);
	if (find_key(l, entry, json, &r, &why) == -1)
		return write_stray(l, &r, &why, st);
	rkey = slice_make(r.key + strlen(l->nsid) + 1,
	    r.key_len - strlen(l->nsid) - 1);
	if ((n = paging_is_new(l->pages, rkey.at, rkey.len, st)) != 1)
		return n;
	return write_line(l, &r, syntax_is_rkey(rkey.at, rkey.len), &value, st);
}
