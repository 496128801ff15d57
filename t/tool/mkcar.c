/*
 * mkcar: write an invented repo as a CAR to standard output, for tests and
 * contrib/bench. The same options always give the same bytes.
 *
 * -n records, -s seed, -r rev, -d did
 * -R file: also the records of this file, a line each: key, space, JSON
 * -k kind of records: bsky (posts, likes, follows, and one threadgate in a
 *    hundred), random (any keys, any values)
 * -o order of blocks: pre (the tree's own), post (nodes bottom up, then
 *    records, then the commit), shuffle, twice (shuffled, each block twice)
 * -C percent: change or remove this part of the records of the repo that the
 *    same options make without -C
 * -c n: change or remove this number of them, evenly spread
 * -l file: write "key cid" of every record to this file, in key order
 * -K file: sign, and write the did:key to this file; without it, the sig is
 *    zeroes
 * -P file: with -K, also write the private key
 * -x n: omit every n-th block, except the commit
 * -D car: omit the blocks that this CAR has, except the commit: what a host
 *    sends since an earlier rev
 * -p bytes: pad the CAR to this size with blocks to which nothing links
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcar/base/array.h"
#include "libcar/base/hash.h"
#include "libcar/base/set.h"
#include "libcar/data/dagcbor.h"
#include "libcar/data/dagjson.h"
#include "libcar/data/json.h"
#include "libcar/data/syntax.h"
#include "libcar/repo/blocks.h"
#include "libcar/repo/car.h"
#include "libcar/repo/commit.h"
#include "libcar/repo/keypair.h"
#include "libcar/repo/mst.h"
#include "libcar/repo/repo.h"

#define EPOCH_MICROS 1700000000000000u

struct record {
	size_t key, key_len; /* in texts */
	size_t block, block_len;
	uint8_t cid[CID_REPO_BYTES];
};

static struct {
	size_t count, leave_out, pad, changes;
	uint64_t seed;
	const char *rev, *did, *kind, *order, *list, *keyfile, *private,
	    *records, *earlier;
	unsigned change;
} o = {
	1000,
	0,
	0,
	0,
	1,
	"3m4xqkxkcac2a",
	"did:plc:ewvi7nxzyoun6zhxrhs64oiz",
	"bsky",
	"pre",
	NULL,
	NULL,
	NULL,
	NULL,
	NULL,
	0,
};

static struct buf texts, bodies, car, out;
static struct record *records;
static size_t count, room;

static void
check(int rc, const struct status *st)
{
	if (rc != -1)
		return;
	fprintf(stderr, "mkcar: %s\n", st->msg);
	exit(2);
}

static uint64_t
rnd(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static void
text(const char *s)
{
	dagcbor_write_text(&bodies, s, strlen(s));
}

static void
member(const char *key, const char *value)
{
	text(key);
	text(value);
}

static void
created_at(uint64_t micros)
{
	char at[40];
	uint64_t s = micros / 1000000;

	snprintf(at, sizeof(at), "20%02u-%02u-%02uT%02u:%02u:%02u.%03uZ",
	    (unsigned)(23 + s / 31104000 % 70),
	    (unsigned)(1 + s / 2592000 % 12), (unsigned)(1 + s / 86400 % 28),
	    (unsigned)(s / 3600 % 24), (unsigned)(s / 60 % 60),
	    (unsigned)(s % 60), (unsigned)(micros / 1000 % 1000));
	member("createdAt", at);
}

static void
did_text(char *did, uint64_t *r)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	int i;

	strcpy(did, "did:plc:");
	for (i = 8; i < 32; i++)
		did[i] = alphabet[rnd(r) & 31];
	did[i] = '\0';
}

static void
prose(uint64_t *r)
{
	static const char *const words[] = {
		"sky",
		"the",
		"of",
		"quiet",
		"river",
		"a",
		"walks",
		"under",
		"morning",
		"\"light\"",
		"grün",
		"été",
		"日本",
		"🦋",
		"and",
		"then",
		"it",
		"was",
		"over\n",
		"for",
		"us",
		"bread",
		"in",
		"network",
		"open",
		"who",
		"knows",
		"really",
		"maybe",
		"so",
		"protocol",
		"today",
	};
	size_t n = 8 + rnd(r) % 40, len;
	char line[1024] = "";

	for (len = 0; n > 0 && len < 900; n--)
		len += snprintf(line + len, sizeof(line) - len, "%s ",
		    words[rnd(r) & 31]);
	member("text", line);
}

static void
subject_uri(uint64_t *r, char *uri, size_t cap, uint64_t micros)
{
	char did[33], tid[14] = "";

	did_text(did, r);
	syntax_tid_format(tid, micros - rnd(r) % 1000000000, rnd(r) & 1023);
	snprintf(uri, cap, "at://%s/app.bsky.feed.post/%.13s", did, tid);
}

static void
reference(uint64_t *r, uint64_t micros)
{
	uint8_t cid[CID_REPO_BYTES];
	char uri[100], cid_text[CID_MAX_TEXT];
	uint64_t x = rnd(r);

	cid_of_block(cid, &x, sizeof(x));
	subject_uri(r, uri, sizeof(uri), micros);
	dagcbor_write_map(&bodies, 2);
	text("cid");
	dagcbor_write_text(&bodies, cid_text,
	    cid_format(cid_text, cid, sizeof(cid)));
	member("uri", uri);
}

static const char *
bsky_record(uint64_t *r, uint64_t micros)
{
	unsigned kind = rnd(r) % 100;
	char uri[100], did[33];

	if (kind < 60) {
		dagcbor_write_map(&bodies, 3);
		member("$type", "app.bsky.feed.like");
		text("subject");
		reference(r, micros);
		created_at(micros);
		return "app.bsky.feed.like";
	}
	if (kind < 90) {
		dagcbor_write_map(&bodies, kind < 75 ? 4 : 5);
		prose(r);
		member("$type", "app.bsky.feed.post");
		text("langs");
		dagcbor_write_array(&bodies, 1);
		text(kind & 1 ? "en" : "de");
		if (kind >= 75) {
			text("reply");
			dagcbor_write_map(&bodies, 2);
			text("root");
			reference(r, micros);
			text("parent");
			reference(r, micros);
		}
		created_at(micros);
		return "app.bsky.feed.post";
	}
	dagcbor_write_map(&bodies, 3);
	if (kind < 99) {
		member("$type", "app.bsky.graph.follow");
		did_text(did, r);
		member("subject", did);
		created_at(micros);
		return "app.bsky.graph.follow";
	}
	subject_uri(r, uri, sizeof(uri), micros);
	member("post", uri);
	member("$type", "app.bsky.feed.threadgate");
	created_at(micros);
	return "app.bsky.feed.threadgate";
}

static void
random_value(uint64_t *r, unsigned depth)
{
	uint8_t cid[CID_REPO_BYTES], bytes[64];
	uint64_t x = rnd(r), n, i;
	char key[8];

	switch (x % (depth > 5 ? 7 : 9)) {
	case 0:
		dagcbor_write_uint(&bodies, x >> (x >> 8 & 63) >> 1);
		return;
	case 1:
		dagcbor_write_negint(&bodies, x >> (x >> 8 & 63) >> 1);
		return;
	case 2:
		for (i = 0; i < 64; i++)
			bytes[i] = rnd(r);
		dagcbor_write_bytes(&bodies, bytes, x >> 8 & 63);
		return;
	case 3:
		for (n = 0, i = x >> 8 & 31; i > 0; i--)
			bytes[n++] = rnd(r) & 127;
		dagcbor_write_text(&bodies, bytes, n);
		return;
	case 4:
		cid_of_block(cid, &x, sizeof(x));
		dagcbor_write_link(&bodies, cid, sizeof(cid));
		return;
	case 5:
		dagcbor_write_bool(&bodies, x >> 8 & 1);
		return;
	case 6:
		dagcbor_write_null(&bodies);
		return;
	case 7:
		dagcbor_write_array(&bodies, n = x >> 8 & 7);
		while (n-- > 0)
			random_value(r, depth + 1);
		return;
	case 8:
		dagcbor_write_map(&bodies, n = x >> 8 & 7);
		for (i = 0; i < n; i++) {
			snprintf(key, sizeof(key), "k%llu",
			    (unsigned long long)i);
			text(key);
			random_value(r, depth + 1);
		}
	}
}

static void
random_text(uint64_t *r, const char *alphabet, size_t n)
{
	while (n-- > 0)
		buf_putc(&texts, alphabet[rnd(r) % strlen(alphabet)]);
}

static void
random_key(uint64_t *r)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	static const char rkey[] = "abcABC012-_~:";
	unsigned segments = 2 + rnd(r) % 3;

	while (segments-- > 0) {
		random_text(r, letters, 1 + rnd(r) % 3);
		buf_putc(&texts, '.');
	}
	random_text(r, letters, 1 + rnd(r) % 3);
	buf_putc(&texts, '/');
	random_text(r, rkey, 1 + rnd(r) % (rnd(r) % 50 == 0 ? 500 : 12));
}

/* How many of the first i records are changed by -c? */
static size_t
changes_before(size_t i)
{
	return i * o.changes / (o.count > 0 ? o.count : 1);
}

/* Make record i. False if the change removes it. */
static bool
make_record(struct record *rec, size_t i)
{
	uint64_t r = o.seed * 1000003 + i, micros = EPOCH_MICROS + i * 7000000;
	bool chosen = changes_before(i + 1) > changes_before(i);
	bool changed = rnd(&r) % 100 < o.change || chosen;
	uint64_t kind = r, key_state = r ^ 77;
	char tid[14] = "";
	const char *nsid;

	rec->key = texts.len;
	rec->block = bodies.len;
	if (strcmp(o.kind, "random") == 0) {
		dagcbor_write_map(&bodies, 1);
		text("v");
		random_value(&r, 0);
		random_key(&key_state);
	} else {
		nsid = bsky_record(&kind, micros);
		syntax_tid_format(tid, micros, i & 1023);
		buf_puts(&texts, nsid);
		buf_putc(&texts, '/');
		buf_put(&texts, tid, SYNTAX_TID_LEN);
	}
	rec->key_len = texts.len - rec->key;
	rec->block_len = bodies.len - rec->block;
	if (changed && (chosen ? changes_before(i) : i) % 4 == 0) {
		texts.len = rec->key;
		bodies.len = rec->block;
		return false;
	}
	if (changed) /* the last digit of createdAt's milliseconds */
		bodies.data[bodies.len - 2] ^= 1;
	return true;
}

static int
by_key(const void *left, const void *right)
{
	const struct record *a = left, *b = right;
	size_t n = a->key_len < b->key_len ? a->key_len : b->key_len;
	int order = memcmp(texts.data + a->key, texts.data + b->key, n);

	return order != 0 ?
	    order :
	    (a->key_len > b->key_len) - (a->key_len < b->key_len);
}

static void
read_record(struct record *rec, const char *line, size_t len)
{
	size_t key_len = strcspn(line, " ");
	struct status st;
	struct json j;

	rec->key = texts.len;
	rec->key_len = key_len;
	buf_put(&texts, line, key_len);
	rec->block = bodies.len;
	json_open(&j, line + key_len, len - key_len);
	check(dagjson_to_block(&bodies, &j, false, &st), &st);
	rec->block_len = bodies.len - rec->block;
}

static void
read_records(void)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	FILE *f;

	if (o.records == NULL || (f = fopen(o.records, "r")) == NULL)
		return;
	while ((len = getline(&line, &cap, f)) > 0) {
		if (!ARRAY_GROW(records, count, room))
			break;
		read_record(&records[count++], line, len);
	}
	free(line);
	fclose(f);
}

static void
make_records(void)
{
	size_t i, kept = 0;

	room = o.count + 1;
	records = calloc(room, sizeof(*records));
	for (i = 0; i < o.count; i++)
		count += make_record(&records[count], i);
	read_records();
	if (count > 0)
		qsort(records, count, sizeof(*records), by_key);
	for (i = 0; i < count; i++) /* random may make a key twice */
		if (i == 0 || by_key(&records[i], &records[kept - 1]) != 0)
			records[kept++] = records[i];
	count = kept;
	for (i = 0; i < count; i++)
		cid_of_block(records[i].cid, bodies.data + records[i].block,
		    records[i].block_len);
}

static void
write_list(void)
{
	char cid[CID_MAX_TEXT];
	FILE *f;
	size_t i;

	if (o.list == NULL || (f = fopen(o.list, "w")) == NULL)
		return;
	for (i = 0; i < count; i++)
		fprintf(f, "%.*s %.*s\n", (int)records[i].key_len,
		    texts.data + records[i].key,
		    (int)cid_format(cid, records[i].cid, CID_REPO_BYTES), cid);
	fclose(f);
}

static int
put_node(void *ctx, const uint8_t *cid, const void *block, size_t len,
    struct status *st)
{
	(void)ctx;
	(void)st;
	car_write_block(&car, cid, CID_REPO_BYTES, block, len);
	return 0;
}

static void
write_line(const char *file, const char *text)
{
	FILE *f = file != NULL ? fopen(file, "w") : NULL;

	if (f != NULL) {
		fprintf(f, "%s\n", text);
		fclose(f);
	}
}

/* Make the commit. Sign it with the key of this seed, and write its did:key. */
static void
write_signed(struct buf *commit, const uint8_t *root)
{
	struct keypair pair;
	char did_key[KEY_MAX_TEXT], private[KEYPAIR_MAX_TEXT];
	uint8_t secret[32];
	struct status st;

	hash_sha256(secret, &o.seed, sizeof(o.seed));
	check(keypair_make(&pair, KEY_SECP256K1, secret, &st), &st);
	check(commit_sign(commit, o.did, o.rev, root, &pair, &st), &st);
	key_format(did_key, &pair.key);
	keypair_format(private, &pair);
	write_line(o.keyfile, did_key);
	write_line(o.private, private);
}

/* Make nodes, records and the commit, in this order. The result is the commit's
 * CID. */
static void
make_car(uint8_t *cid)
{
	struct mst_leaf *leaves = calloc(count + 1, sizeof(*leaves));
	uint8_t root[CID_REPO_BYTES], zeros[KEY_SIGNATURE_BYTES] = { 0 };
	struct buf commit = { .len = 0 };
	struct status st;
	size_t i;

	for (i = 0; i < count; i++) {
		leaves[i].key = (uint8_t *)texts.data + records[i].key;
		leaves[i].key_len = records[i].key_len;
		leaves[i].cid = records[i].cid;
		leaves[i].cid_len = CID_REPO_BYTES;
	}
	check(mst_build(leaves, count, put_node, NULL, root, &st), &st);
	for (i = 0; i < count; i++)
		car_write_block(&car, records[i].cid, CID_REPO_BYTES,
		    bodies.data + records[i].block, records[i].block_len);
	if (o.keyfile != NULL)
		write_signed(&commit, root);
	else
		commit_write(&commit, o.did, o.rev, root, zeros);
	cid_of_block(cid, commit.data, commit.len);
	car_write_block(&car, cid, CID_REPO_BYTES, commit.data, commit.len);
	buf_free(&commit);
	free(leaves);
}

static int
pre_node(void *ctx, const struct slice *link, const uint8_t **data, size_t *len,
    struct status *st)
{
	int n = blocks_get(ctx, slice_bytes(link), link->len, data, len, st);

	car_write_block(&out, slice_bytes(link), link->len, *data, *len);
	return n;
}

static int
pre_record(void *ctx, const uint8_t *key, size_t key_len,
    const struct slice *value, struct status *st)
{
	const uint8_t *data;
	size_t len;

	(void)key;
	(void)key_len;
	check(blocks_get(ctx, slice_bytes(value), value->len, &data, &len, st),
	    st);
	car_write_block(&out, slice_bytes(value), value->len, data, len);
	return 0;
}

static void
write_pre(struct repo *repo)
{
	const struct commit *c = &repo->commit;
	struct slice root = slice_make(c->data.bytes, c->data.len);
	struct mst_walk walk = {
		.ctx = &repo->blocks,
		.get = pre_node,
		.record = pre_record,
	};
	struct status st;

	car_write_block(&out, repo->cid.bytes, repo->cid.len, c->block,
	    c->block_len);
	check(mst_walk(&walk, &root, &st), &st);
}

static void
write_shuffled(struct car_input *in, unsigned times)
{
	struct car_block *b, swap;
	struct status st;
	size_t n = 0, i, j;
	uint64_t r = o.seed;
	struct car reader;

	b = calloc(times * (car.len / 40 + 1), sizeof(*b));
	while (times-- > 0) {
		check(car_open(&reader, in, &st), &st);
		while (car_next(&reader, &b[n], &st) == 1)
			n++;
	}
	for (i = n; i > 1; i--) {
		j = rnd(&r) % i;
		swap = b[i - 1];
		b[i - 1] = b[j];
		b[j] = swap;
	}
	for (i = 0; i < n; i++)
		car_write_block(&out, b[i].cid.bytes, b[i].cid.len, b[i].data,
		    b[i].len);
	free(b);
}

/* The CIDs of -D. */
static struct set
read_earlier(void)
{
	struct buf file = { .len = 0 };
	struct car_input in = { .data = NULL };
	struct set set = { .count = 0 };
	struct car_block b;
	struct status st;
	struct car reader;
	FILE *f;
	size_t n;

	if (o.earlier == NULL)
		return set;
	if ((f = fopen(o.earlier, "r")) == NULL)
		exit(2);
	while (buf_reserve(&file, 1 << 16) != NULL &&
	    (n = fread(file.data + file.len, 1, 1 << 16, f)) > 0)
		file.len += n;
	fclose(f);
	in.data = (uint8_t *)file.data;
	in.len = file.len;
	check(car_open(&reader, &in, &st), &st);
	while (car_next(&reader, &b, &st) == 1)
		set_add(&set, b.cid.bytes, b.cid.len);
	buf_free(&file);
	return set;
}

static bool
is_left_out(const struct car *reader, const struct car_block *b,
    const struct set *earlier)
{
	if (memcmp(b->cid.bytes, reader->root.bytes, b->cid.len) == 0)
		return false;
	return (o.leave_out > 0 && reader->blocks % o.leave_out == 0) ||
	    set_has(earlier, b->cid.bytes, b->cid.len);
}

static void
leave_out(void)
{
	struct car_input in = { .data = (uint8_t *)out.data, .len = out.len };
	struct buf whole = out;
	struct car_block b;
	struct status st;
	struct set earlier = read_earlier();
	struct car reader;

	if (o.leave_out == 0 && o.earlier == NULL)
		return;
	memset(&out, 0, sizeof(out));
	check(car_open(&reader, &in, &st), &st);
	buf_put(&out, whole.data, reader.pos);
	while (car_next(&reader, &b, &st) == 1)
		if (!is_left_out(&reader, &b, &earlier))
			buf_put(&out, whole.data + b.pos, b.end - b.pos);
	buf_free(&whole);
	set_free(&earlier);
}

/* Add sections of 1,000 bytes, and a last one of 1,000 to 1,999. */
static void
pad(void)
{
	uint8_t cid[CID_REPO_BYTES], data[2000] = { 0 };
	size_t i, len;

	if (o.pad > 0 && o.pad < out.len + 1000)
		exit(2);
	for (i = 0; out.len < o.pad; i++) {
		len = o.pad - out.len < 2000 ? o.pad - out.len : 1000;
		len -= 2 + CID_REPO_BYTES;
		memcpy(data, &i, sizeof(i));
		cid_of_block(cid, data, len);
		car_write_block(&out, cid, sizeof(cid), data, len);
	}
}

static void
write_out(const uint8_t *cid)
{
	struct repo_want want = { .now = UINT64_MAX / 2 };
	struct car_input in = { .need = NULL };
	struct buf whole = { .len = 0 };
	struct repo repo;
	struct status st;

	car_write_header(&whole, cid, CID_REPO_BYTES);
	car_write_header(&out, cid, CID_REPO_BYTES);
	buf_put(&whole, car.data, car.len);
	in.data = (uint8_t *)whole.data;
	in.len = whole.len;
	check(repo_open(&repo, &in, &want, &st), &st);
	if (strcmp(o.order, "pre") == 0)
		write_pre(&repo);
	else if (strcmp(o.order, "post") == 0)
		buf_put(&out, car.data, car.len);
	else
		write_shuffled(&in, strcmp(o.order, "twice") == 0 ? 2 : 1);
	repo_free(&repo);
	buf_free(&whole);
	leave_out();
	pad();
	if (out.failed || fwrite(out.data, 1, out.len, stdout) != out.len ||
	    fflush(stdout) != 0)
		exit(2);
}

int
main(int argc, char **argv)
{
	uint8_t cid[CID_REPO_BYTES];
	int c;

	while ((c = getopt(argc, argv, "n:s:r:d:k:o:C:c:l:K:P:x:D:p:R:")) != -1)
		switch (c) {
		case 'n':
			o.count = strtoul(optarg, NULL, 10);
			break;
		case 's':
			o.seed = strtoul(optarg, NULL, 10);
			break;
		case 'r':
			o.rev = optarg;
			break;
		case 'd':
			o.did = optarg;
			break;
		case 'k':
			o.kind = optarg;
			break;
		case 'o':
			o.order = optarg;
			break;
		case 'C':
			o.change = strtoul(optarg, NULL, 10);
			break;
		case 'c':
			o.changes = strtoul(optarg, NULL, 10);
			break;
		case 'l':
			o.list = optarg;
			break;
		case 'K':
			o.keyfile = optarg;
			break;
		case 'P':
			o.private = optarg;
			break;
		case 'R':
			o.records = optarg;
			break;
		case 'x':
			o.leave_out = strtoul(optarg, NULL, 10);
			break;
		case 'D':
			o.earlier = optarg;
			break;
		case 'p':
			o.pad = strtoul(optarg, NULL, 10);
			break;
		default:
			return 2;
		}
	make_records();
	make_car(cid);
	write_list();
	write_out(cid);
	buf_free(&texts);
	buf_free(&bodies);
	buf_free(&car);
	buf_free(&out);
	free(records);
	return 0;
}
