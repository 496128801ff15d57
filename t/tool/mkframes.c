/*
 * mkframes: write invented frames of an event stream to standard output, for
 * tests and contrib/bench. The same arguments always give the same bytes.
 *
 *	mkframes [-d did] [-K file] [-s seq] event ...
 *	mkframes -r accounts [-K file] [-n commits] [-k keys]
 *
 * -d did of the account, -s seq of the first event
 * -K file: write an identity line of each account there
 * -r accounts: commits of so many accounts, n each, to repos of k keys
 *
 * Events: `sync`, `identity`, `active`, `inactive:STATUS`, `info:NAME`,
 * `error:NAME`, `other`, `bad` (a commit without fields), `cut` (not a whole
 * frame), or a commit: `[NAME!]OP[,OP]...`, where OP is `+KEY` (create),
 * `=KEY` (update), `-KEY` (delete), `~KEY` (create a record that has no JSON)
 * or `empty`. NAME says what is wrong with it: signature, prev-data, block,
 * op, did, future, or old (as before sync 1.1).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcar/base/buf.h"
#include "libcar/base/hash.h"
#include "libcar/data/cid.h"
#include "libcar/data/dagcbor.h"
#include "libcar/data/syntax.h"
#include "libcar/repo/car.h"
#include "libcar/repo/commit.h"
#include "libcar/repo/keypair.h"
#include "libcar/repo/mst_edit.h"

#define EPOCH_MICROS 1767225600000000u /* 2026-01-01 */
#define SLOTS ((size_t)1 << 18)
#define OTHER_DID "did:plc:vath6jhrzqdqegcoffdgrxma"
#define MAX_OPS 200
#define LOREM \
	"Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do " \
	"eiusmod tempor incididunt ut labore et dolore magna aliqua. Ut enim " \
	"ad minim veniam, quis nostrud exercitation ullamco laboris nisi ut " \
	"aliquip ex ea commodo consequat. "

struct block {
	uint8_t cid[CID_REPO_BYTES], *data;
	size_t len;
	bool shown; /* the message needs it */
};

struct op {
	char action; /* as in an OP */
	char key[128];
	uint8_t cid[CID_REPO_BYTES], prev[CID_REPO_BYTES];
};

/* The account, and the blocks of its repo. */
static struct {
	char did[80], since[14];
	struct keypair pair;
	uint8_t root[CID_REPO_BYTES], commit_cid[CID_REPO_BYTES];
	struct buf commit;
	struct block *blocks;
	size_t *shown, shown_count, count;
} repo;
static struct mst_edit tree;
static uint64_t seq = 1;
static uint32_t version; /* of the next record */
static FILE *identities;

static void
check(int rc, const struct status *st)
{
	if (rc != -1)
		return;
	fprintf(stderr, "mkframes: %s\n", st->msg);
	exit(2);
}

/* Blocks */

static struct block *
block_of(const uint8_t *cid)
{
	uint32_t hash;
	size_t i;

	memcpy(&hash, cid + 4, sizeof(hash));
	for (i = hash % SLOTS; repo.blocks[i].data != NULL &&
	     memcmp(repo.blocks[i].cid, cid, CID_REPO_BYTES) != 0;)
		i = (i + 1) % SLOTS;
	return &repo.blocks[i];
}

static int
put(void *ctx, const uint8_t *cid, const void *data, size_t len,
    struct status *st)
{
	struct block *b = block_of(cid);

	(void)ctx;
	if (b->data != NULL)
		return 0;
	if (++repo.count > SLOTS / 2)
		return status_set(st, STATUS_TOO_LARGE, 0, "too many blocks");
	memcpy(b->cid, cid, CID_REPO_BYTES);
	b->data = malloc(len);
	memcpy(b->data, data, len);
	b->len = len;
	return 0;
}

static void
show(struct block *b)
{
	if (!b->shown)
		repo.shown[repo.shown_count++] = (size_t)(b - repo.blocks);
	b->shown = true;
}

static int
get(void *ctx, const struct slice *link, const uint8_t **data, size_t *len,
    struct status *st)
{
	struct block *b = block_of(slice_bytes(link));

	(void)ctx;
	(void)st;
	if (b->data == NULL)
		return 0;
	show(b);
	*data = b->data;
	*len = b->len;
	return 1;
}

static void
hide_all(void)
{
	while (repo.shown_count > 0)
		repo.blocks[repo.shown[--repo.shown_count]].shown = false;
}

/* The repo */

static void
begin_repo(const char *did, uint8_t n)
{
	uint8_t secret[KEYPAIR_SECRET_BYTES] = { 1, n };
	char key[KEY_MAX_TEXT];
	struct status st;
	size_t i;

	for (i = 0; i < SLOTS; i++)
		free(repo.blocks[i].data);
	memset(repo.blocks, 0, SLOTS * sizeof(*repo.blocks));
	repo.count = repo.shown_count = 0;
	snprintf(repo.did, sizeof(repo.did), "%s", did);
	repo.since[0] = '\0';
	check(keypair_make(&repo.pair, KEY_SECP256K1, secret, &st), &st);
	key_format(key, &repo.pair.key);
	if (identities != NULL)
		fprintf(identities,
		    "{\"type\":\"identity\",\"did\":\"%s\",\"key\":\"%s\"}\n",
		    did, key);
	mst_edit_open(&tree, NULL);
	check(mst_edit_root(&tree, repo.root, put, NULL, &st), &st);
}

static void
put_text(struct buf *out, const char *text)
{
	dagcbor_write_text(out, text, strlen(text));
}

/* A record of a kilobyte in a large repo; or one that has no JSON. */
static void
make_record(struct op *op)
{
	static const char long_text[] = LOREM LOREM LOREM LOREM;
	struct buf out = { .len = 0 };
	struct status st;

	dagcbor_write_map(&out, op->action == '~' ? 1 : 4);
	if (op->action == '~')
		put_text(&out, "$link");
	else {
		put_text(&out, "n");
		dagcbor_write_uint(&out, version++);
		put_text(&out, "text");
		put_text(&out, repo.count > 100 ? long_text : "hello");
		put_text(&out, "$type");
		dagcbor_write_text(&out, op->key, strcspn(op->key, "/"));
		put_text(&out, "createdAt");
	}
	put_text(&out, "2026-01-02T03:04:05.678Z");
	cid_of_block(op->cid, out.data, out.len);
	check(put(NULL, op->cid, out.data, out.len, &st), &st);
	buf_free(&out);
}

static void
apply(struct op *op)
{
	struct slice key = slice_of(op->key), had = { NULL, 0 };
	struct slice cid = slice_make(op->cid, CID_REPO_BYTES);
	enum mst_edit_result done;
	struct status st;

	if (op->action == '-')
		done = mst_edit_remove(&tree, &key, &had, &st);
	else {
		make_record(op);
		done = mst_edit_put(&tree, &key, &cid, &had, &st);
	}
	check(done == MST_EDIT_FAILED ? -1 : 0, &st);
	if (done == MST_EDIT_PRESENT)
		memcpy(op->prev, had.at, CID_REPO_BYTES);
	if ((op->action == '-' || op->action == '=') !=
	    (done == MST_EDIT_PRESENT)) {
		fprintf(stderr, "mkframes: bad %c%s\n", op->action, op->key);
		exit(2);
	}
}

/* Undo the operations, which shows the blocks that this needs. */
static void
undo(const struct op *ops, size_t n)
{
	struct slice root = slice_make(repo.root, CID_REPO_BYTES), key, prev;
	uint8_t before[CID_REPO_BYTES];
	struct status st;
	size_t i;

	mst_edit_open(&tree, &root);
	for (i = 0; i < n; i++) {
		key = slice_of(ops[i].key);
		prev = slice_make(ops[i].prev, CID_REPO_BYTES);
		if (ops[i].action != '-')
			show(block_of(ops[i].cid));
		if (ops[i].action == '-' || ops[i].action == '=')
			mst_edit_put(&tree, &key, &prev, NULL, &st);
	}
	for (i = 0; i < n; i++) {
		key = slice_of(ops[i].key);
		if (ops[i].action == '+' || ops[i].action == '~')
			mst_edit_remove(&tree, &key, NULL, &st);
	}
	check(mst_edit_root(&tree, before, NULL, NULL, &st), &st);
	show(block_of(repo.root));
}

/* Frames */

static void
put_head(struct buf *out, const char *type)
{
	dagcbor_write_map(out, 2);
	put_text(out, "t");
	put_text(out, type);
	put_text(out, "op");
	dagcbor_write_uint(out, 1);
}

static void
put_time(struct buf *out)
{
	char text[32];

	snprintf(text, sizeof(text), "2026-01-01T%02u:%02u:%02u.000Z",
	    (unsigned)(seq / 3600 % 24), (unsigned)(seq / 60 % 60),
	    (unsigned)(seq % 60));
	put_text(out, "time");
	put_text(out, text);
}

static void
put_seq(struct buf *out)
{
	put_text(out, "seq");
	dagcbor_write_uint(out, seq);
}

static void
put_link(struct buf *out, const char *name, const uint8_t *cid)
{
	put_text(out, name);
	dagcbor_write_link(out, cid, CID_REPO_BYTES);
}

static void
send_frame(const struct buf *out)
{
	fwrite(out->data, 1, out->len, stdout);
	seq++;
}

static void
put_op(struct buf *out, const struct op *op, bool old)
{
	bool prev = !old && (op->action == '-' || op->action == '=');

	dagcbor_write_map(out, prev ? 4 : 3);
	put_text(out, "cid");
	if (op->action == '-')
		dagcbor_write_null(out);
	else
		dagcbor_write_link(out, op->cid, CID_REPO_BYTES);
	put_text(out, "path");
	put_text(out, op->key);
	if (prev)
		put_link(out, "prev", op->prev);
	put_text(out, "action");
	put_text(out,
	    op->action == '-'     ? "delete" :
		op->action == '=' ? "update" :
				    "create");
}

static void
put_car(struct buf *out, const char *wrong)
{
	struct buf car = { .len = 0 };
	const struct block *b;
	size_t i;

	car_write_header(&car, repo.commit_cid, CID_REPO_BYTES);
	for (i = 0; i < repo.shown_count; i++) {
		b = &repo.blocks[repo.shown[i]];
		car_write_block(&car, b->cid, CID_REPO_BYTES, b->data, b->len);
		if (i == 0 && strcmp(wrong, "block") == 0)
			car.data[car.len - 1] ^= 1;
	}
	car_write_block(&car, repo.commit_cid, CID_REPO_BYTES, repo.commit.data,
	    repo.commit.len);
	put_text(out, "blocks");
	dagcbor_write_bytes(out, car.data, car.len);
	buf_free(&car);
}

static void
make_commit(const char *rev, const char *wrong)
{
	struct status st;

	repo.commit.len = 0;
	check(commit_sign(&repo.commit,
		  strcmp(wrong, "did") == 0 ? OTHER_DID : repo.did, rev,
		  repo.root, &repo.pair, &st),
	    &st);
	if (strcmp(wrong, "signature") == 0)
		commit_write((repo.commit.len = 0, &repo.commit), repo.did, rev,
		    repo.root, (uint8_t[KEY_SIGNATURE_BYTES]){ 1 });
	cid_of_block(repo.commit_cid, repo.commit.data, repo.commit.len);
}

static void
write_commit(const struct op *ops, size_t n, const uint8_t *before,
    const char *wrong)
{
	bool old = strcmp(wrong, "old") == 0,
	     far = strcmp(wrong, "future") == 0;
	struct buf out = { .len = 0 };
	char rev[14] = "";
	size_t i;

	syntax_tid_format(rev, EPOCH_MICROS * (far ? 2 : 1) + seq * 1000000, 1);
	make_commit(rev, wrong);
	undo(ops, n);
	put_head(&out, "#commit");
	dagcbor_write_map(&out, old ? 11 : 12);
	put_text(&out, "ops");
	n -= strcmp(wrong, "op") == 0;
	dagcbor_write_array(&out, n);
	for (i = 0; i < n; i++)
		put_op(&out, &ops[i], old);
	put_text(&out, "rev");
	put_text(&out, rev);
	put_seq(&out);
	put_text(&out, "repo");
	put_text(&out, repo.did);
	put_time(&out);
	put_text(&out, "blobs");
	dagcbor_write_array(&out, 0);
	put_text(&out, "since");
	if (repo.since[0] == '\0')
		dagcbor_write_null(&out);
	else
		put_text(&out, repo.since);
	put_car(&out, wrong);
	put_link(&out, "commit", repo.commit_cid);
	put_text(&out, "rebase");
	dagcbor_write_bool(&out, false);
	put_text(&out, "tooBig");
	dagcbor_write_bool(&out, false);
	if (!old)
		put_link(&out, "prevData",
		    strcmp(wrong, "prev-data") == 0 ? repo.root : before);
	send_frame(&out);
	memcpy(repo.since, rev, sizeof(rev));
	hide_all();
	buf_free(&out);
}

static void
commit_ops(struct op *ops, size_t n, const char *wrong)
{
	struct slice root = slice_make(repo.root, CID_REPO_BYTES);
	uint8_t before[CID_REPO_BYTES];
	struct status st;
	size_t i;

	memcpy(before, repo.root, sizeof(before));
	root.at = (char *)before;
	mst_edit_open(&tree, &root);
	for (i = 0; i < n; i++)
		apply(&ops[i]);
	check(mst_edit_root(&tree, repo.root, put, NULL, &st), &st);
	hide_all();
	write_commit(ops, n, before, wrong);
}

static void
commit_text(char *text)
{
	static struct op ops[MAX_OPS];
	const char *wrong = "";
	char *bang = strchr(text, '!'), *word, *rest;
	size_t n = 0;

	if (bang != NULL) {
		*bang = '\0';
		wrong = text;
		text = bang + 1;
	}
	for (word = strtok_r(text, ",", &rest); word != NULL && n < MAX_OPS;
	     word = strtok_r(NULL, ",", &rest)) {
		if (strcmp(word, "empty") == 0)
			continue;
		ops[n].action = *word;
		snprintf(ops[n++].key, sizeof(ops[0].key), "%s", word + 1);
	}
	commit_ops(ops, n, wrong);
}

static void
write_sync(void)
{
	struct buf out = { .len = 0 };
	char rev[14] = "";

	syntax_tid_format(rev, EPOCH_MICROS + seq * 1000000, 1);
	make_commit(rev, "");
	put_head(&out, "#sync");
	dagcbor_write_map(&out, 5);
	put_text(&out, "did");
	put_text(&out, repo.did);
	put_text(&out, "rev");
	put_text(&out, rev);
	put_seq(&out);
	put_time(&out);
	put_car(&out, "");
	send_frame(&out);
	memcpy(repo.since, rev, sizeof(rev));
	buf_free(&out);
}

/* An event about the account, perhaps with active and status. */
static void
write_account(const char *type, int active, const char *status)
{
	struct buf out = { .len = 0 };

	put_head(&out, type);
	dagcbor_write_map(&out, 3 + (active != -1) + (status != NULL));
	put_text(&out, "did");
	put_text(&out, repo.did);
	put_seq(&out);
	put_time(&out);
	if (active != -1) {
		put_text(&out, "active");
		dagcbor_write_bool(&out, active != 0);
	}
	if (status != NULL) {
		put_text(&out, "status");
		put_text(&out, status);
	}
	send_frame(&out);
	buf_free(&out);
}

/* #info, or the error that ends a stream. */
static void
write_notice(bool error, const char *name)
{
	struct buf out = { .len = 0 };

	if (error) {
		dagcbor_write_map(&out, 1);
		put_text(&out, "op");
		dagcbor_write_negint(&out, 0);
	} else
		put_head(&out, "#info");
	dagcbor_write_map(&out, 2);
	put_text(&out, error ? "error" : "name");
	if (error) {
		put_text(&out, name);
		put_text(&out, "message");
		put_text(&out, "bye");
	} else {
		put_text(&out, name);
		put_text(&out, "message");
		put_text(&out, "note");
	}
	fwrite(out.data, 1, out.len, stdout);
	buf_free(&out);
}

static void
write_event(char *event)
{
	char *colon = strchr(event, ':');

	if (strcmp(event, "sync") == 0)
		write_sync();
	else if (strcmp(event, "identity") == 0)
		write_account("#identity", -1, NULL);
	else if (strcmp(event, "active") == 0)
		write_account("#account", 1, NULL);
	else if (strncmp(event, "inactive:", 9) == 0)
		write_account("#account", 0, colon + 1);
	else if (strncmp(event, "info:", 5) == 0)
		write_notice(false, colon + 1);
	else if (strncmp(event, "error:", 6) == 0)
		write_notice(true, colon + 1);
	else if (strcmp(event, "other") == 0)
		write_account("#other", -1, NULL);
	else if (strcmp(event, "bad") == 0)
		write_account("#commit", -1, NULL);
	else if (strcmp(event, "cut") == 0)
		fwrite("\xa2\x61t\x67#com", 1, 8, stdout);
	else
		commit_text(event);
}

/* Random commits */

static uint32_t
rnd(void)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return state >> 33;
}

static void
set_key(struct op *op, char action, unsigned n)
{
	op->action = action;
	snprintf(op->key, sizeof(op->key), "app.bsky.feed.post/3k%011x", n);
}

static void
random_repo(unsigned account, unsigned commits, unsigned keys)
{
	static struct op op, fill;
	char did[40];
	struct status st;
	struct slice key, cid;
	unsigned i;

	snprintf(did, sizeof(did), "did:plc:%024u", account + 222222);
	for (i = 8; did[i] != '\0'; i++)
		did[i] = (char)('a' + did[i] - '0');
	begin_repo(did, (uint8_t)account);
	for (i = 0; i < keys; i++) {
		set_key(&fill, '+', rnd() % 1000000000);
		make_record(&fill);
		key = slice_of(fill.key);
		cid = slice_make(fill.cid, CID_REPO_BYTES);
		mst_edit_put(&tree, &key, &cid, NULL, &st);
	}
	check(mst_edit_root(&tree, repo.root, put, NULL, &st), &st);
	syntax_tid_format(repo.since, EPOCH_MICROS, 1);
	for (i = 0; i < commits; i++) {
		set_key(&op, '+', 1000000000 + i);
		commit_ops(&op, 1, "");
	}
}

int
main(int argc, char **argv)
{
	const char *did = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
	unsigned accounts = 0, commits = 100, keys = 1000, i;
	int opt;

	while ((opt = getopt(argc, argv, "d:K:s:r:n:k:")) != -1) {
		if (opt == 'd')
			did = optarg;
		else if (opt == 'K')
			identities = fopen(optarg, "we");
		else if (opt == 's')
			seq = strtoull(optarg, NULL, 10);
		else if (opt == 'r')
			accounts = (unsigned)strtoul(optarg, NULL, 10);
		else if (opt == 'n')
			commits = (unsigned)strtoul(optarg, NULL, 10);
		else if (opt == 'k')
			keys = (unsigned)strtoul(optarg, NULL, 10);
		else
			return 2;
	}
	repo.blocks = calloc(SLOTS, sizeof(*repo.blocks));
	repo.shown = calloc(SLOTS, sizeof(*repo.shown));
	tree.get = get;
	for (i = 0; i < accounts; i++)
		random_repo(i, commits, keys);
	if (accounts == 0)
		begin_repo(did, 0);
	for (; accounts == 0 && optind < argc; optind++)
		write_event(argv[optind]);
	if (identities != NULL && fclose(identities) == EOF)
		return 2;
	return fflush(stdout) == EOF ? 2 : 0;
}
