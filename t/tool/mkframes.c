/*
 * mkframes: write invented frames of an event stream to standard output, for
 * tests and contrib/bench. The same arguments always give the same bytes.
 *
 *	mkframes [-P] [-d did] [-K file] [-s seq] event ...
 *	mkframes -r accounts [-K file] [-n commits] [-k keys]
 *
 * -d did of the account, -s seq of the first event
 * -P: the key is one of P-256
 * -K file: write an identity line of each account there
 * -r accounts: commits of so many accounts, n each, to repos of k keys
 *
 * Events: `sync`, `identity`, `active`, `inactive:STATUS`, `info:NAME`,
 * `error:NAME`, `other`, `bad` (a commit without fields), `cut` (not a whole
 * frame), or a commit: OP[,OP]..., where OP is `+KEY` (create), `=KEY`
 * (update), `-KEY` (delete), `~KEY` (create a record that has no JSON) or
 * `empty`. The tree doesn't have what these two claim: `@KEY` (create) and
 * `^KEY` (delete). `NAME[,NAME]...!` before a commit or `sync` says what is
 * wrong:
 *
 *	signature	of zeros
 *	key		signed with another key
 *	did		the signed commit is of another account
 *	rev		the message has another rev than the commit
 *	root		the message names another commit than the blocks
 *	future ahead behind	the rev is in 2082; an hour later; earlier
 *	since		names a commit that nobody sent
 *	prev-data	is the tree after the commit
 *	old		no prevData, as before sync 1.1
 *	op		the last one is missing
 *	twice		the last one comes twice
 *	cid		of the first one
 *	block		has another hash
 *	record node	the first record, or the tree's root, is missing
 *	large		more than 2,000,000 bytes of blocks
 *	aside		the next event follows the repo as it was before
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
#define HOUR_MICROS 3600000000u
#define LIE "3mbd355aaaa23" /* between the first and the second */
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
static enum key_curve curve = KEY_SECP256K1;
static const char *wrong = ""; /* with the event that is written now */

static void
check(int rc, const struct status *st)
{
	if (rc != -1)
		return;
	fprintf(stderr, "mkframes: %s\n", st->msg);
	exit(2);
}

/* Does the list of what is wrong have this name? */
static bool
is_wrong(const char *name)
{
	size_t len = strlen(name);
	const char *at;

	for (at = wrong; (at = strstr(at, name)) != NULL; at += len)
		if ((at == wrong || at[-1] == ',') &&
		    (at[len] == ',' || at[len] == '\0'))
			return true;
	return false;
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
	check(keypair_make(&repo.pair, curve, secret, &st), &st);
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

	if (op->action == '@' || op->action == '^') {
		memcpy(op->cid, repo.root, sizeof(op->cid));
		memcpy(op->prev, repo.root, sizeof(op->prev));
		return;
	}
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
		if (strchr("+=~", ops[i].action) != NULL)
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
put_op(struct buf *out, const struct op *op, const uint8_t *cid)
{
	bool deletes = op->action == '-' || op->action == '^';
	bool prev = !is_wrong("old") && (deletes || op->action == '=');

	dagcbor_write_map(out, prev ? 4 : 3);
	put_text(out, "cid");
	if (deletes)
		dagcbor_write_null(out);
	else
		dagcbor_write_link(out, cid, CID_REPO_BYTES);
	put_text(out, "path");
	put_text(out, op->key);
	if (prev)
		put_link(out, "prev", op->prev);
	put_text(out, "action");
	put_text(out,
	    deletes               ? "delete" :
		op->action == '=' ? "update" :
				    "create");
}

/* The last one may be missing, or come twice. The root of the tree is in the
 * message, but it isn't what the tree has for a key. */
static void
put_ops(struct buf *out, const struct op *ops, size_t n)
{
	size_t i;

	n -= is_wrong("op");
	put_text(out, "ops");
	dagcbor_write_array(out, n + is_wrong("twice"));
	for (i = 0; i < n; i++)
		put_op(out, &ops[i],
		    i == 0 && is_wrong("cid") ? repo.root : ops[i].cid);
	if (is_wrong("twice"))
		put_op(out, &ops[n - 1], ops[n - 1].cid);
}

static bool
is_missing(const struct block *b, const struct op *ops)
{
	return (is_wrong("record") &&
		   memcmp(b->cid, ops->cid, CID_REPO_BYTES) == 0) ||
	    (is_wrong("node") &&
		memcmp(b->cid, repo.root, CID_REPO_BYTES) == 0);
}

/* A block that nothing needs. */
static void
put_large(struct buf *car)
{
	static uint8_t zeros[2000000];
	uint8_t cid[CID_REPO_BYTES];

	cid_of_block(cid, zeros, sizeof(zeros));
	car_write_block(car, cid, sizeof(cid), zeros, sizeof(zeros));
}

static void
put_car(struct buf *out, const struct op *ops)
{
	struct buf car = { .len = 0 };
	const struct block *b;
	size_t i;

	car_write_header(&car, repo.commit_cid, CID_REPO_BYTES);
	for (i = 0; i < repo.shown_count; i++) {
		b = &repo.blocks[repo.shown[i]];
		if (is_missing(b, ops))
			continue;
		car_write_block(&car, b->cid, CID_REPO_BYTES, b->data, b->len);
		if (i == 0 && is_wrong("block"))
			car.data[car.len - 1] ^= 1;
	}
	if (is_wrong("large"))
		put_large(&car);
	car_write_block(&car, repo.commit_cid, CID_REPO_BYTES, repo.commit.data,
	    repo.commit.len);
	put_text(out, "blocks");
	dagcbor_write_bytes(out, car.data, car.len);
	buf_free(&car);
}

/* The rev of the event that is written now. */
static void
make_rev(char rev[SYNTAX_TID_LEN + 1])
{
	uint64_t micros = EPOCH_MICROS + seq * 1000000;

	if (is_wrong("future"))
		micros += EPOCH_MICROS;
	if (is_wrong("ahead"))
		micros += HOUR_MICROS;
	if (is_wrong("behind"))
		micros -= HOUR_MICROS;
	syntax_tid_format(rev, micros, 1);
	rev[SYNTAX_TID_LEN] = '\0';
}

static void
make_commit(const char *rev)
{
	static const uint8_t secret[KEYPAIR_SECRET_BYTES] = { 7 };
	struct keypair other;
	struct status st;

	check(keypair_make(&other, KEY_SECP256K1, secret, &st), &st);
	repo.commit.len = 0;
	check(commit_sign(&repo.commit, is_wrong("did") ? OTHER_DID : repo.did,
		  rev, repo.root, is_wrong("key") ? &other : &repo.pair, &st),
	    &st);
	if (is_wrong("signature"))
		commit_write((repo.commit.len = 0, &repo.commit), repo.did, rev,
		    repo.root, (uint8_t[KEY_SIGNATURE_BYTES]){ 1 });
	cid_of_block(repo.commit_cid, repo.commit.data, repo.commit.len);
}

/* What the message says of the rev, and of the commit before. */
static void
put_rev(struct buf *out, const char *rev)
{
	put_text(out, "rev");
	put_text(out, is_wrong("rev") ? LIE : rev);
}

static void
put_since(struct buf *out)
{
	put_text(out, "since");
	if (repo.since[0] == '\0')
		dagcbor_write_null(out);
	else
		put_text(out, is_wrong("since") ? LIE : repo.since);
}

static void
write_commit(const struct op *ops, size_t n, const uint8_t *before)
{
	struct buf out = { .len = 0 };
	char rev[SYNTAX_TID_LEN + 1];

	make_rev(rev);
	make_commit(rev);
	undo(ops, n);
	put_head(&out, "#commit");
	dagcbor_write_map(&out, is_wrong("old") ? 11 : 12);
	put_ops(&out, ops, n);
	put_rev(&out, rev);
	put_seq(&out);
	put_text(&out, "repo");
	put_text(&out, repo.did);
	put_time(&out);
	put_text(&out, "blobs");
	dagcbor_write_array(&out, 0);
	put_since(&out);
	put_car(&out, ops);
	put_link(&out, "commit", is_wrong("root") ? before : repo.commit_cid);
	put_text(&out, "rebase");
	dagcbor_write_bool(&out, false);
	put_text(&out, "tooBig");
	dagcbor_write_bool(&out, false);
	if (!is_wrong("old"))
		put_link(&out, "prevData",
		    is_wrong("prev-data") ? repo.root : before);
	send_frame(&out);
	if (is_wrong("aside"))
		memcpy(repo.root, before, sizeof(repo.root));
	else
		memcpy(repo.since, rev, sizeof(rev));
	hide_all();
	buf_free(&out);
}

static void
commit_ops(struct op *ops, size_t n)
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
	write_commit(ops, n, before);
}

static void
commit_text(char *text)
{
	static struct op ops[MAX_OPS];
	char *word, *rest;
	size_t n = 0;

	for (word = strtok_r(text, ",", &rest); word != NULL && n < MAX_OPS;
	     word = strtok_r(NULL, ",", &rest)) {
		if (strcmp(word, "empty") == 0)
			continue;
		ops[n].action = *word;
		snprintf(ops[n++].key, sizeof(ops[0].key), "%s", word + 1);
	}
	commit_ops(ops, n);
}

static void
write_sync(void)
{
	struct buf out = { .len = 0 };
	char rev[SYNTAX_TID_LEN + 1];

	make_rev(rev);
	make_commit(rev);
	put_head(&out, "#sync");
	dagcbor_write_map(&out, 5);
	put_text(&out, "did");
	put_text(&out, repo.did);
	put_rev(&out, rev);
	put_seq(&out);
	put_time(&out);
	put_car(&out, NULL);
	send_frame(&out);
	if (!is_wrong("aside"))
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
	char *bang = strchr(event, '!'), *colon;

	wrong = bang == NULL ? "" : event;
	if (bang != NULL) {
		*bang = '\0';
		event = bang + 1;
	}
	colon = strchr(event, ':');
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
		commit_ops(&op, 1);
	}
}

int
main(int argc, char **argv)
{
	const char *did = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
	unsigned accounts = 0, commits = 100, keys = 1000, i;
	int opt;

	while ((opt = getopt(argc, argv, "Pd:K:s:r:n:k:")) != -1) {
		if (opt == 'P')
			curve = KEY_P256;
		else if (opt == 'd')
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
