/* Messages of the event stream, made from random changes of a repo. All of them
 * verify; with one fault of any kind, they are refused. */
#include "config.h"

#include "libcar/data/dagcbor.h"
#include "libcar/repo/event.h"
#include "libcar/repo/mst.h"
#include "t/lib/blocks.h"
#include "t/lib/random.h"
#include "t/lib/tap.h"

#define DID "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
#define OTHER "did:plc:vath6jhrzqdqegcoffdgrxma"
#define SINCE "3m4xqkxkcac2a"
#define REV "3m5xqkxkcac2a"
#define TIME "2026-01-02T03:04:05.678Z"
#define NOW ((uint64_t)1 << 52) /* later than REV */

/* A repo: which keys have which record. */

#define KEYS 100
#define VALUES 40

static char keys[KEYS][16];
static uint8_t values[VALUES][CID_REPO_BYTES];

static void
make_keys(void)
{
	unsigned n = 0, i;

	for (i = 0; n < KEYS; i++) {
		snprintf(keys[n], sizeof(keys[0]), "a.b.c/%c%u", 'a' + i % 5,
		    i);
		n += mst_layer(keys[n], strlen(keys[n])) == n * 4 / KEYS;
	}
	qsort(keys, KEYS, sizeof(keys[0]),
	    (int (*)(const void *, const void *))strcmp);
}

static void
make_values(void)
{
	struct buf out = { .len = 0 };
	struct status st;
	unsigned i;

	for (i = 0; i < VALUES; i++) {
		out.len = 0;
		dagcbor_write_map(&out, 1);
		dagcbor_write_text(&out, "n", 1);
		dagcbor_write_uint(&out, i);
		cid_of_block(values[i], out.data, out.len);
		blocks_put(NULL, values[i], out.data, out.len, &st);
	}
	buf_free(&out);
}

struct model {
	int value[KEYS]; /* -1: not there */
};

static void
build(const struct model *m, uint8_t *root)
{
	struct mst_leaf leaves[KEYS];
	struct status st;
	size_t n = 0, i;

	for (i = 0; i < KEYS; i++)
		if (m->value[i] != -1)
			leaves[n++] = (struct mst_leaf){ (uint8_t *)keys[i],
				strlen(keys[i]), values[m->value[i]],
				CID_REPO_BYTES };
	if (mst_build(leaves, n, blocks_put, NULL, root, &st) == -1)
		ok(false, "built: %s", st.msg);
}

/* A change of the repo, from which messages are made. */
struct change {
	struct model before, after;
	uint8_t before_root[CID_REPO_BYTES], after_root[CID_REPO_BYTES];
	size_t ops[FRAME_MAX_OPS], nops; /* keys */
};

static void
make_change(struct change *c, const struct model *before, unsigned dense)
{
	size_t n = rnd() % 6 + 1, k, i;
	int value;

	c->before = c->after = *before;
	for (c->nops = i = 0; i < n; i++) {
		k = rnd() % KEYS;
		value = rnd() % 10 < dense ? (int)(rnd() % VALUES) : -1;
		if (c->after.value[k] != c->before.value[k] ||
		    value == c->before.value[k])
			continue;
		c->after.value[k] = value;
		c->ops[c->nops++] = k;
	}
	build(&c->before, c->before_root);
	build(&c->after, c->after_root);
}

/* Mark the blocks that undoing it needs, and its records, as shown. */
static bool
show_blocks(const struct change *c)
{
	struct slice root = slice_make(c->after_root, CID_REPO_BYTES), key,
		     value;
	struct mst_edit e = { .get = blocks_get };
	uint8_t undone[CID_REPO_BYTES];
	struct status st;
	size_t i, k;
	bool good = true;
	int pass;

	blocks_hide();
	mst_edit_open(&e, &root);
	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < c->nops; i++) {
			k = c->ops[i];
			key = slice_of(keys[k]);
			if (c->after.value[k] != -1)
				block_of(values[c->after.value[k]])->shown =
				    true;
			if ((c->before.value[k] == -1) != (pass == 1))
				continue;
			if (pass == 1)
				good &= mst_edit_remove(&e, &key, NULL, &st) ==
				    MST_EDIT_PRESENT;
			else {
				value = slice_make(values[c->before.value[k]],
				    CID_REPO_BYTES);
				good &= mst_edit_put(&e, &key, &value, NULL,
					    &st) != MST_EDIT_FAILED;
			}
		}
	good &= mst_edit_root(&e, undone, NULL, NULL, &st) == 0 &&
	    memcmp(undone, c->before_root, sizeof(undone)) == 0;
	if (c->nops == 0)
		block_of(c->after_root)->shown = true;
	mst_edit_close(&e);
	return good;
}

/* The message, with one fault. */
enum wrong {
	NOTHING,
	NO_PREV_DATA,
	WRONG_PREV_DATA,
	NULL_PREV_DATA,
	WRONG_REPO,
	WRONG_REV,
	NO_OP,    /* one fewer than there are */
	TWICE,    /* the last one again */
	NO_PREV,  /* of updates and deletions */
	BAD_PREV, /* of updates and deletions */
	BAD_CID,  /* of creations and updates */
	BAD_ACTION,
	NO_BLOCK,
	BAD_BLOCK,
	BAD_ROOT,
	VERSION_2,
	CAR_2, /* a CARv2 around the CAR */
	LONG_PATH,
	CUT,
	WRONGS
};

static void
put_text(struct buf *out, const char *text)
{
	dagcbor_write_text(out, text, strlen(text));
}

/* One byte more than a key may have. */
static const char long_path[MST_MAX_KEY + 1] = "a.b/c";

static void
write_op(struct buf *out, const struct change *c, size_t k, enum wrong wrong)
{
	int before = c->before.value[k], after = c->after.value[k];
	const char *action = before == -1 ? "create" :
	    after == -1                   ? "delete" :
					    "update";
	bool prev = before != -1 && wrong != NO_PREV;

	dagcbor_write_map(out, prev ? 4 : 3);
	put_text(out, "cid");
	if (after == -1)
		dagcbor_write_null(out);
	else if (wrong == BAD_CID)
		dagcbor_write_link(out, values[(after + 1) % VALUES],
		    CID_REPO_BYTES);
	else
		dagcbor_write_link(out, values[after], CID_REPO_BYTES);
	put_text(out, "path");
	if (wrong == LONG_PATH)
		dagcbor_write_text(out, long_path, sizeof(long_path));
	else
		put_text(out, keys[k]);
	if (prev) {
		put_text(out, "prev");
		dagcbor_write_link(out,
		    values[wrong == BAD_PREV ? (before + 1) % VALUES : before],
		    CID_REPO_BYTES);
	}
	put_text(out, "action");
	put_text(out, wrong == BAD_ACTION ? "undo" : action);
}

static void
write_ops(struct buf *out, const struct change *c, enum wrong wrong)
{
	size_t i, n = c->nops;

	dagcbor_write_array(out,
	    n + (wrong == TWICE) - (wrong == NO_OP && n > 0));
	for (i = wrong == NO_OP; i < n; i++)
		write_op(out, c, c->ops[i], wrong);
	if (wrong == TWICE)
		write_op(out, c, c->ops[n - 1], wrong);
}

static void
write_car(struct buf *out, const struct buf *commit, const uint8_t *cid,
    enum wrong wrong)
{
	bool left_out = wrong != NO_BLOCK, broken = wrong != BAD_BLOCK;
	struct buf data = { .len = 0 };
	struct block *b;
	size_t i;

	car_write_header(out, cid, CID_REPO_BYTES);
	for (i = 0; i < blocks_count; i++) {
		b = &blocks[blocks_used[i]];
		if (!b->shown)
			continue;
		if (!left_out) {
			left_out = true;
			continue;
		}
		data.len = 0;
		buf_put(&data, b->data, b->len);
		if (!broken)
			data.data[data.len - 1] ^= 1;
		broken = true;
		car_write_block(out, b->cid, CID_REPO_BYTES, data.data,
		    data.len);
	}
	car_write_block(out, cid, CID_REPO_BYTES, commit->data, commit->len);
	buf_free(&data);
}

/* The header of a CARv2; only the position of the data matters here. */
static void
wrap_car(struct buf *car)
{
	uint8_t head[51] = "\x0a\xa1\x67version\x02";
	size_t i;

	head[27] = sizeof(head);
	for (i = 0; i < 8; i++)
		head[35 + i] = car->len >> (8 * i);
	buf_reserve(car, sizeof(head));
	memmove(car->data + sizeof(head), car->data, car->len);
	memcpy(car->data, head, sizeof(head));
	car->len += sizeof(head);
}

static void
write_commit(struct buf *out, const struct change *c, enum wrong wrong)
{
	uint8_t sig[KEY_SIGNATURE_BYTES] = { 1 };

	commit_write(out, wrong == WRONG_REPO ? OTHER : DID,
	    wrong == WRONG_REV ? SINCE : REV,
	    wrong == BAD_ROOT ? c->before_root : c->after_root, sig);
	if (wrong == VERSION_2)
		out->data[out->len - 1] = 2;
}

static void
write_frame(struct buf *out, const struct change *c, enum wrong wrong)
{
	struct buf commit = { .len = 0 }, car = { .len = 0 };
	uint8_t cid[CID_REPO_BYTES];

	write_commit(&commit, c, wrong);
	cid_of_block(cid, commit.data, commit.len);
	write_car(&car, &commit, cid, wrong);
	if (wrong == CAR_2)
		wrap_car(&car);
	dagcbor_write_map(out, 2);
	put_text(out, "t");
	put_text(out, "#commit");
	put_text(out, "op");
	dagcbor_write_uint(out, 1);
	dagcbor_write_map(out, wrong == NO_PREV_DATA ? 11 : 12);
	put_text(out, "ops");
	write_ops(out, c, wrong);
	put_text(out, "rev");
	put_text(out, REV);
	put_text(out, "seq");
	dagcbor_write_uint(out, 7);
	put_text(out, "repo");
	put_text(out, DID);
	put_text(out, "time");
	put_text(out, TIME);
	put_text(out, "blobs");
	dagcbor_write_array(out, 0);
	put_text(out, "since");
	put_text(out, SINCE);
	put_text(out, "blocks");
	dagcbor_write_bytes(out, car.data, car.len);
	put_text(out, "commit");
	dagcbor_write_link(out, cid, sizeof(cid));
	put_text(out, "rebase");
	dagcbor_write_bool(out, false);
	put_text(out, "tooBig");
	dagcbor_write_bool(out, true);
	if (wrong != NO_PREV_DATA) {
		put_text(out, "prevData");
		if (wrong == NULL_PREV_DATA)
			dagcbor_write_null(out);
		else
			dagcbor_write_link(out,
			    wrong == WRONG_PREV_DATA ? c->after_root :
						       c->before_root,
			    CID_REPO_BYTES);
	}
	if (wrong == CUT)
		out->len -= rnd() % (out->len - 1) + 1;
	buf_free(&commit);
	buf_free(&car);
}

/* The result of the message: a status. */
static enum status_code
verdict(struct event *e, const struct buf *bytes, struct status *st)
{
	static struct frame f;

	if (frame_parse(&f, bytes->data, bytes->len, st) == -1 ||
	    event_open(e, &f, NOW, st) == -1 || event_check(e, &f, st) == -1)
		return st->code;
	return STATUS_OK;
}

static bool
is_empty(const struct model *m)
{
	size_t i;

	for (i = 0; i < KEYS; i++)
		if (m->value[i] != -1)
			return false;
	return true;
}

/* Which verdicts are correct? */
static bool
is_right(const struct change *c, enum wrong wrong, enum status_code code)
{
	bool updates = false, deletes = false, creates = false;
	size_t i;

	for (i = 0; i < c->nops; i++) {
		creates |= c->before.value[c->ops[i]] == -1;
		deletes |= c->after.value[c->ops[i]] == -1;
		updates |= c->before.value[c->ops[i]] != -1 &&
		    c->after.value[c->ops[i]] != -1;
	}
	switch (wrong) {
	case NOTHING:
		return code == STATUS_OK;
	case NO_PREV_DATA:
	case NULL_PREV_DATA:
		return code ==
		    (is_empty(&c->before) ? STATUS_OK : STATUS_BAD_OPS);
	case WRONG_PREV_DATA:
	case TWICE:
		return code == STATUS_BAD_OPS;
	case NO_OP:
		return code == STATUS_BAD_OPS || code == STATUS_MISSING_BLOCK;
	case WRONG_REPO:
		return code == STATUS_WRONG_DID;
	case WRONG_REV:
		return code == STATUS_BAD_REV;
	case NO_PREV:
		return code ==
		    (updates || deletes ? STATUS_BAD_OPS : STATUS_OK);
	case BAD_PREV:
		return (updates || deletes) ? code == STATUS_BAD_OPS :
					      code == STATUS_OK;
	case BAD_CID:
		return !updates && !creates ?
		    code == STATUS_OK :
		    code == STATUS_BAD_OPS || code == STATUS_MISSING_BLOCK;
	case BAD_ACTION:
		return code == STATUS_BAD_FRAME;
	case NO_BLOCK:
		return code == STATUS_MISSING_BLOCK;
	case BAD_BLOCK:
		return code == STATUS_BAD_BLOCK;
	case BAD_ROOT:
		return code == STATUS_BAD_OPS || code == STATUS_MISSING_BLOCK;
	case VERSION_2:
		return code == STATUS_BAD_COMMIT;
	case CAR_2:
		return code == STATUS_BAD_CAR;
	case LONG_PATH:
		return code == STATUS_BAD_OPS;
	case CUT:
		return code == STATUS_BAD_FRAME;
	default:
		return false;
	}
}

static bool
try_change(struct event *e, const struct change *c)
{
	struct buf bytes = { .len = 0 };
	enum status_code code;
	bool good = true;
	struct status st;
	int wrong;

	for (wrong = NOTHING; wrong < WRONGS && good; wrong++) {
		bytes.len = 0;
		write_frame(&bytes, c, wrong);
		st.msg[0] = '\0';
		code = verdict(e, &bytes, &st);
		good = is_right(c, wrong, code) ||
		    ok(false, "%d: %s: %s", wrong, status_name(code), st.msg);
		if (good && wrong == NOTHING)
			good = e->whole == is_empty(&c->before) ||
			    ok(false, "whole: %d", e->whole);
	}
	buf_free(&bytes);
	return good;
}

static void
test_changes(void)
{
	struct event e = { .whole = false };
	struct change c;
	bool good = true;
	size_t i, k;

	for (i = 0; i < 200 && good; i++) {
		blocks_clear();
		make_values();
		for (k = 0; k < KEYS; k++)
			c.after.value[k] = -1;
		for (k = 0; k < 8 && good; k++) {
			do
				make_change(&c, &c.after, k < 5 ? 9 : 3);
			while (c.nops == 0);
			good = ok(show_blocks(&c), "undone") &&
			    try_change(&e, &c);
		}
	}
	ok(good, "random changes");
	event_free(&e);
	blocks_clear();
}

static void
test_limit(void)
{
	static const char zeros[EVENT_MAX_BLOCKS + 1];
	static struct frame f;
	struct event e = { .whole = false };
	struct status st = { 0 };
	size_t extra;

	f.type = FRAME_COMMIT;
	for (extra = 0; extra < 2; extra++) {
		f.blocks = slice_make(zeros, EVENT_MAX_BLOCKS + extra);
		is_int(event_open(&e, &f, NOW, &st), -1, "blocks of zeros");
		is_int(st.code, extra ? STATUS_TOO_LARGE : STATUS_BAD_CAR, "%s",
		    st.msg);
	}
	event_free(&e);
}

/* Headers and bodies */

static void
is_frame(const char *name, const char *bytes, size_t len, enum frame_type type,
    const char *message)
{
	static struct frame f;
	struct status st = { 0 };
	int rc = frame_parse(&f, bytes, len, &st);

	is_str(rc == 0 ? "" : st.msg, message, "%s: what it says", name);
	is_int(f.type, type, "%s: type", name);
}

#define FRAME(name, bytes, type, message) \
	is_frame(name, bytes, sizeof(bytes) - 1, type, message)
#define HEAD(t) "\xa2\x61t" t "\x62op\x01"
#define ACCOUNT HEAD("\x68#account")

static void
test_forms(void)
{
	FRAME("an error",
	    "\xa1\x62op\x20\xa1\x65"
	    "error\x61x",
	    FRAME_ERROR, "");
	FRAME("an error without a name", "\xa1\x62op\x20\xa0", FRAME_ERROR,
	    "frame: error is missing");
	FRAME("another op", "\xa1\x62op\x02\xa0", FRAME_OTHER, "");
	FRAME("another type", HEAD("\x62#x") "\xa1\x61y\xf6", FRAME_OTHER, "");
	FRAME("no type", "\xa1\x62op\x01\xa0", FRAME_OTHER, "");
	FRAME("no op", "\xa0\xa0", FRAME_OTHER,
	    "frame: op is missing or not an integer");
	FRAME("nothing", "", FRAME_OTHER,
	    "frame: DAG-CBOR: value is cut at byte 0");
	FRAME("no body", ACCOUNT, FRAME_ACCOUNT,
	    "frame: DAG-CBOR: value is cut at byte 16");
	FRAME("an empty body", ACCOUNT "\xa0", FRAME_ACCOUNT,
	    "frame: active is missing");
	FRAME("a body that is a list", ACCOUNT "\x80", FRAME_ACCOUNT,
	    "frame: the body is not a map");
	FRAME("another kind",
	    ACCOUNT "\xa1\x66"
		    "active\x01",
	    FRAME_ACCOUNT, "frame: active is of another kind");
	FRAME("no DID",
	    ACCOUNT "\xa3\x63"
		    "did\x61x\x63seq\x01\x66"
		    "active\xf5",
	    FRAME_ACCOUNT, "frame: did is not a DID");
	FRAME("bytes after it", "\xa1\x62op\x02\xa0\xa0", FRAME_OTHER,
	    "frame: DAG-CBOR: bytes after the body at byte 6");
}

/* Write messages to files, for fuzzers. */
static void
write_files(unsigned n)
{
	struct buf bytes = { .len = 0 };
	struct change c;
	char name[40];
	unsigned i;
	FILE *f;

	make_values();
	for (i = 0; i < KEYS; i++)
		c.after.value[i] = -1;
	for (i = 0; i < n; i++) {
		make_change(&c, &c.after, 8);
		show_blocks(&c);
		bytes.len = 0;
		write_frame(&bytes, &c, NOTHING);
		snprintf(name, sizeof(name), "frame-%u", i);
		f = fopen(name, "w");
		ok(fwrite(bytes.data, 1, bytes.len, f) == bytes.len &&
			fclose(f) == 0,
		    "%s", name);
	}
	buf_free(&bytes);
	blocks_clear();
}

int
main(int argc, char **argv)
{
	make_keys();
	if (argc > 1) {
		write_files(atoi(argv[1]));
		return done_testing();
	}
	test_forms();
	test_changes();
	test_limit();
	return done_testing();
}
