/* Repos made of lines in any order: which version of a record counts, and what
 * is refused. */
#include "config.h"

#include "libcar/data/cid.h"
#include "libcar/data/dagjson.h"
#include "libcar/repo/mst.h"
#include "libcar/stream/rebuild.h"
#include "t/lib/tap.h"

#define DID "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
#define R1 "3m4xqkxkcac22"
#define R2 "3m4xqkxkcac2a"
#define R3 "3m4xqkxkcac2b"

static struct keypair pair;
static struct buf block;
static size_t blocks;

static int
put(void *ctx, const uint8_t *cid, const void *data, size_t len,
    struct status *st)
{
	(void)ctx, (void)cid, (void)data, (void)len, (void)st;
	blocks++;
	return 0;
}

/* The CID of the record {"n":n}. */
static void
cid_of(uint8_t cid[CID_REPO_BYTES], int n)
{
	struct status st;
	struct json j;
	char text[32];

	block.len = 0;
	json_open(&j, text, snprintf(text, sizeof(text), "{\"n\":%d}", n));
	if (dagjson_to_block(&block, &j, false, &st) == -1)
		ok(false, "a record: %s", st.msg);
	cid_of_block(cid, block.data, block.len);
}

/* Add a line of a record; n < 0: a deletion. */
static int
add(struct rebuild *r, const char *did, const char *rev, const char *source,
    const char *rkey, int n, struct status *st)
{
	uint8_t cid[CID_REPO_BYTES];
	char line[500], text[CID_MAX_TEXT];
	int len;

	len = snprintf(line, sizeof(line),
	    "{\"type\":\"record\",\"did\":\"%s\",\"rev\":\"%s\","
	    "\"collection\":\"a.b.c\",\"rkey\":\"%s\",\"action\":\"%s\","
	    "\"source\":\"%s\"",
	    did, rev, rkey, n < 0 ? "delete" : "create", source);
	if (n >= 0) {
		cid_of(cid, n);
		len += snprintf(line + len, sizeof(line) - len,
		    ",\"cid\":\"%.*s\",\"record\":{\"n\":%d}",
		    (int)cid_format(text, cid, sizeof(cid)), text, n);
	}
	line[len++] = '}';
	return rebuild_add(r, line, len, st);
}

/* Is the tree that of these records? The order is that of the keys. */
static bool
gives(struct rebuild *r, const char *const *rkeys, const int *n, size_t count)
{
	static uint8_t cids[8][CID_REPO_BYTES];
	static char keys[8][32];
	uint8_t root[CID_REPO_BYTES], commit[CID_REPO_BYTES];
	struct mst_leaf leaves[8];
	struct status st;
	size_t i;

	for (i = 0; i < count; i++) {
		cid_of(cids[i], n[i]);
		leaves[i] = (struct mst_leaf){ (uint8_t *)keys[i],
			snprintf(keys[i], sizeof(keys[i]), "a.b.c/%s",
			    rkeys[i]),
			cids[i], CID_REPO_BYTES };
	}
	if (mst_build(leaves, count, put, NULL, root, &st) == -1)
		return false;
	memcpy(r->data, root, sizeof(root));
	memcpy(r->commit_rev, r->rev, sizeof(r->rev));
	r->has_data = true;
	return rebuild_finish(r, NULL, &pair, commit, &st) == 0;
}

static void
test_versions(void)
{
	static const char *const rkeys[] = { "a", "c", "d" };
	struct rebuild r = { .put = put };
	struct status st;
	bool added;

	added = add(&r, DID, R3, "live", "c", 5, &st) == 0 &&
	    add(&r, DID, R2, "car", "c", 3, &st) == 0 &&
	    add(&r, DID, R2, "car", "a", 1, &st) == 0 &&
	    add(&r, DID, R2, "car", "b", 2, &st) == 0 &&
	    add(&r, DID, R3, "live", "b", -1, &st) == 0 &&
	    add(&r, DID, R1, "live", "a", 9, &st) == 0 &&
	    add(&r, DID, R1, "live", "e", 9, &st) == 0 &&
	    add(&r, DID, R3, "live", "d", 4, &st) == 0 &&
	    add(&r, DID, R3, "live", "d", 4, &st) == 0;
	ok(added, "a snapshot, and changes before and after it");
	is_str(r.rev, R3, "the latest rev");
	ok(gives(&r, rkeys, (const int[]){ 1, 5, 4 }, 3),
	    "the latest version of each record counts");
	ok(!gives(&r, rkeys, (const int[]){ 9, 5, 4 }, 3),
	    "another tree than that of the commit line is refused");
	rebuild_free(&r);
}

static void
test_refused(void)
{
	struct rebuild r = { .put = put };
	uint8_t commit[CID_REPO_BYTES];
	struct status st;

	ok(rebuild_finish(&r, NULL, &pair, commit, &st) == -1 &&
		st.code == STATUS_BAD_LINE,
	    "no line");
	ok(add(&r, DID, R2, "car", "a", 1, &st) == 0, "a line");
	ok(add(&r, "did:web:a.b", R2, "car", "a", 1, &st) == -1 &&
		st.code == STATUS_WRONG_DID,
	    "another account");
	ok(add(&r, DID, R3, "car", "a", 1, &st) == -1 &&
		st.code == STATUS_BAD_REV,
	    "another snapshot");
	ok(add(&r, DID, R2, "car", "a", 2, &st) == 0 &&
		rebuild_finish(&r, NULL, &pair, commit, &st) == -1 &&
		st.code == STATUS_BAD_LINE,
	    "two lines that differ");
	rebuild_free(&r);
}

int
main(void)
{
	const uint8_t secret[KEYPAIR_SECRET_BYTES] = { 1 };
	struct status st;

	ok(keypair_make(&pair, KEY_SECP256K1, secret, &st) == 0, "a key");
	test_versions();
	test_refused();
	buf_free(&block);
	return done_testing();
}
