#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/data/dagjson.h"
#include "libcar/data/syntax.h"
#include "libcar/net/listed.h"

/*
 * An entry becomes what emit takes: a key, a CID and a block. emit then judges
 * the key and writes the line, as it does for a CAR.
 */

#define MAX_PREFIX (SYNTAX_DID_MAX + SYNTAX_NSID_MAX + 16)

/* Find key (collection/rkey) and rkey of at://did/collection/rkey. */
static int
parse_uri(const struct listed *l, const struct slice *uri,
    struct repo_record *r, const char **rkey, size_t *len, struct status *st)
{
	char prefix[MAX_PREFIX];
	size_t n = snprintf(prefix, sizeof(prefix), "at://%s/%s/", l->did,
	    l->nsid);
	size_t at = n - strlen(l->nsid) - 1;

	if (uri->at == NULL || uri->len <= n ||
	    memcmp(uri->at, prefix, n) != 0 ||
	    !syntax_is_rkey(uri->at + n, uri->len - n))
		return status_set(st, STATUS_BAD_ANSWER, 0,
		    "%s: lists %.*s, want %srkey", l->url, (int)uri->len,
		    uri->at != NULL ? uri->at : "", prefix);
	r->key = (const uint8_t *)uri->at + at;
	r->key_len = uri->len - at;
	*rkey = uri->at + n;
	*len = uri->len - n;
	return 0;
}

/* The value's block, which must be what its CID says. */
static int
encode_value(struct listed *l, const struct slice *value, struct repo_record *r,
    struct status *st)
{
	uint8_t cid[CID_REPO_BYTES];
	struct json j;

	l->block.len = 0;
	json_open(&j, value->at, value->len);
	if (dagjson_to_block(&l->block, &j, false, st) == -1)
		return -1;
	cid_of_block(cid, l->block.data, l->block.len);
	if (r->cid_len != sizeof(cid) || memcmp(r->cid, cid, sizeof(cid)) != 0)
		return status_set(st, STATUS_BAD_RECORD, 0,
		    "the value listed doesn't have the hash of its CID");
	r->block = (const uint8_t *)l->block.data;
	r->len = l->block.len;
	return 0;
}

static int
write_line(struct listed *l, struct repo_record *r, const struct slice *value,
    struct status *st)
{
	struct status why;

	emit_wants(l->emit, r->key, r->key_len);
	if (encode_value(l, value, r, &why) == 0)
		return emit_record(l->emit, l->lines, r, st);
	if (status_fatal(why.code)) {
		*st = why;
		return -1;
	}
	why.code = STATUS_BAD_RECORD;
	emit_error(l->emit, l->lines, r, &why);
	return 0;
}

int
listed_take(void *ctx, struct object *entry, const struct slice *json,
    struct status *st)
{
	struct listed *l = ctx;
	struct slice uri = object_get(entry, "uri"),
		     cid = object_get(entry, "cid"),
		     value = object_get_json(entry, "value");
	uint8_t bytes[CID_MAX_BYTES];
	struct repo_record r = { .cid = bytes };
	const char *rkey;
	size_t len;
	int n;

	(void)json;
	if (parse_uri(l, &uri, &r, &rkey, &len, st) == -1)
		return -1;
	if (cid.at == NULL || value.at == NULL ||
	    (n = cid_from_text(bytes, cid.at, cid.len, st)) == -1)
		return status_set(st, STATUS_BAD_ANSWER, 0,
		    "%s: an entry without cid and value", l->url);
	r.cid_len = n;
	if ((n = paging_is_new(l->pages, rkey, len, st)) != 1)
		return n;
	return write_line(l, &r, &value, st);
}
