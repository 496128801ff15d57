/* Proofs cut out of random repos: they prove what the repo says, have each
 * block once and none in vain, and need nothing of the repo but their path. */
#include "config.h"

#include <stdio.h>

#include "libcar/repo/proof_cut.h"
#include "t/lib/copy.h"
#include "t/lib/random.h"
#include "t/lib/repos.h"

#define REV "3m5xqkxkcac2a"
#define POOL 300
#define TREES 60
#define KEYS 30 /* of each tree */

static char pool[POOL][24];
static struct keypair pair;
static struct proof_cut cut;

/* Half of the pool is in a tree. Layers up to 3 are about equally frequent. */
static struct repos_record in[POOL];
static size_t in_count;
static bool has[POOL];

static void
make_pool(void)
{
	size_t n = 0, i;

	for (i = 0; n < POOL; i++) {
		snprintf(pool[n], sizeof(pool[0]), "a.b.c/%zu", i);
		n += mst_layer(pool[n], strlen(pool[n])) == n * 4 / POOL;
	}
}

static void
make_tree(struct buf *car)
{
	size_t i;

	for (i = in_count = 0; i < POOL; i++)
		if ((has[i] = rnd() % 2 == 0))
			in[in_count++] = (struct repos_record){ pool[i],
				(unsigned)i };
	repos_write(car, REV, &pair, in, in_count);
}

static void
open_repo(struct repo *repo, struct car_input *input, const struct buf *car)
{
	const struct repo_want want = { .now = REPOS_NOW };
	struct status st;

	memset(repo, 0, sizeof(*repo));
	*input = (struct car_input){ .data = (const uint8_t *)car->data,
		.len = car->len };
	if (repo_open(repo, input, &want, &st) == -1)
		ok(false, "opened: %s", st.msg);
}

static enum proof_result
cut_one(struct repo *repo, const char *key, struct status *st)
{
	struct slice name = slice_of(key);
	struct proof_record record;

	if (proof_cut_begin(&cut, repo, st) == -1)
		return PROOF_FAILED;
	return proof_cut_add(&cut, &name, &record, st);
}

/* In memory of exactly the proof's size. */
static enum proof_result
look(const struct buf *car, const char *key)
{
	static const struct commit_want want = { .now = REPOS_NOW };
	static struct proof p;
	struct slice name = slice_of(key);
	void *bytes = copy(car->data, car->len);
	enum proof_result r = PROOF_FAILED;
	struct proof_record record;
	struct status st;

	if (proof_open(&p, bytes, car->len, &want, &st) == 0)
		r = proof_find(&p, &name, &record, &st);
	proof_free(&p);
	free(bytes);
	return r;
}

static size_t
count_blocks(const struct buf *car)
{
	struct car_input input = { .data = (const uint8_t *)car->data,
		.len = car->len };
	struct car_block b;
	struct status st;
	struct car c;
	size_t n = 0;

	for (car_open(&c, &input, &st); car_next(&c, &b, &st) == 1;)
		n++;
	return n;
}

/* Without any one of its blocks, it proves nothing. */
static bool
needs_all(const struct buf *car, const char *key)
{
	struct car_input input = { .data = (const uint8_t *)car->data,
		.len = car->len };
	struct buf less = { .len = 0 };
	struct car_block b;
	struct status st;
	struct car c;
	bool all = true;

	for (car_open(&c, &input, &st); car_next(&c, &b, &st) == 1;) {
		less.len = 0;
		buf_put(&less, car->data, b.pos);
		buf_put(&less, car->data + b.end, car->len - b.end);
		all = all && look(&less, key) == PROOF_FAILED;
	}
	buf_free(&less);
	return all;
}

static void
test_keys(void)
{
	struct buf car = { .len = 0 };
	size_t i, k, key, wrong = 0, vain = 0, present = 0;
	struct car_input input;
	struct repo repo;
	struct status st;
	enum proof_result want;

	for (i = 0; i < TREES; i++) {
		make_tree(&car);
		open_repo(&repo, &input, &car);
		for (k = 0; k < KEYS; k++) {
			key = rnd() % POOL;
			want = has[key] ? PROOF_PRESENT : PROOF_ABSENT;
			wrong += cut_one(&repo, pool[key], &st) != want ||
			    look(&cut.car, pool[key]) != want;
			vain += !needs_all(&cut.car, pool[key]);
			present += has[key];
		}
		repo_free(&repo);
	}
	is_int(wrong, 0, "%d keys, of which %zu are present", TREES * KEYS,
	    present);
	is_int(vain, 0, "each block is needed");
	buf_free(&car);
}

/* One proof of all keys is the whole repo, and one key again adds nothing. */
static void
test_many(void)
{
	struct buf car = { .len = 0 };
	struct proof_record record;
	struct car_input input;
	struct slice name;
	struct repo repo;
	struct status st;
	size_t i, wrong = 0, len;

	make_tree(&car);
	open_repo(&repo, &input, &car);
	proof_cut_begin(&cut, &repo, &st);
	for (i = 0; i < POOL; i++) {
		name = slice_of(pool[i]);
		wrong += proof_cut_add(&cut, &name, &record, &st) !=
		    (has[i] ? PROOF_PRESENT : PROOF_ABSENT);
	}
	is_int(wrong, 0, "all keys in one proof");
	for (i = 0; i < POOL; i++)
		wrong += look(&cut.car, pool[i]) !=
		    (has[i] ? PROOF_PRESENT : PROOF_ABSENT);
	is_int(wrong, 0, "it proves all of them");
	is_int(count_blocks(&cut.car), count_blocks(&car),
	    "each block once: as many as the repo has");
	len = cut.car.len;
	name = slice_of(pool[0]);
	proof_cut_add(&cut, &name, &record, &st);
	is_int(cut.car.len, len, "a key again adds nothing");
	repo_free(&repo);
	buf_free(&car);
}

/* A repo that lacks a block: what needs it is unproved, the rest is not. */
static void
test_holes(void)
{
	size_t i, hole, failed = 0, wrong = 0, other = 0;
	struct buf car = { .len = 0 };
	uint8_t root[CID_REPO_BYTES];
	enum proof_result got;
	struct car_input input;
	struct repo repo;
	struct status st;

	make_tree(&car);
	repos_tree(root, in, in_count);
	for (hole = 0; hole < repos_count; hole += 7) {
		repos_blocks[hole].gone = true;
		repos_write_blocks(&car, root, REPOS_DID, REV, &pair);
		repos_blocks[hole].gone = false;
		open_repo(&repo, &input, &car);
		for (i = 0; i < POOL; i++) {
			got = cut_one(&repo, pool[i], &st);
			failed += got == PROOF_FAILED;
			other += got == PROOF_FAILED &&
			    st.code != STATUS_UNPROVED;
			wrong += got != PROOF_FAILED &&
			    got != (has[i] ? PROOF_PRESENT : PROOF_ABSENT);
		}
		repo_free(&repo);
	}
	is_int(wrong, 0, "out of a repo with a hole, no proof is wrong");
	is_int(other, 0, "what can't be proved is Unproved");
	ok(failed > 0, "%zu times", failed);
	buf_free(&car);
}

/* Seventeen records of a MiB are more than a proof may have. */
static void
test_size(void)
{
	static char keys[17][16];
	uint8_t root[CID_REPO_BYTES], cids[17][CID_REPO_BYTES];
	struct mst_leaf leaves[17];
	static const uint8_t zeros[(1 << 20) - 100];
	struct buf car = { .len = 0 }, record = { .len = 0 };
	struct proof_record found;
	struct car_input input;
	struct slice name;
	struct repo repo;
	struct status st;
	size_t i, fit = 0;

	repos_clear();
	for (i = 0; i < 17; i++) {
		snprintf(keys[i], sizeof(keys[0]), "a.b.c/%c", (int)('a' + i));
		record.len = 0;
		dagcbor_write_map(&record, 1);
		dagcbor_write_text(&record, keys[i], 7);
		dagcbor_write_bytes(&record, zeros, sizeof(zeros));
		cid_of_block(cids[i], record.data, record.len);
		repos_put_block(NULL, cids[i], record.data, record.len, &st);
		leaves[i] = (struct mst_leaf){ (uint8_t *)keys[i], 7, cids[i],
			CID_REPO_BYTES };
	}
	mst_build(leaves, 17, repos_put_block, NULL, root, &st);
	repos_write_blocks(&car, root, REPOS_DID, REV, &pair);
	open_repo(&repo, &input, &car);
	proof_cut_begin(&cut, &repo, &st);
	for (i = 0; i < 17; i++) {
		name = slice_of(keys[i]);
		if (proof_cut_add(&cut, &name, &found, &st) != PROOF_PRESENT)
			break;
		fit++;
	}
	is_int(fit, 15, "records of a MiB fit");
	is_int(st.code, STATUS_TOO_LARGE, "%s", st.msg);
	repo_free(&repo);
	buf_free(&car);
	buf_free(&record);
}

int
main(void)
{
	static const uint8_t secret[KEYPAIR_SECRET_BYTES] = { 7 };
	struct status st;

	keypair_make(&pair, KEY_SECP256K1, secret, &st);
	make_pool();
	test_keys();
	test_many();
	test_holes();
	test_size();
	proof_cut_free(&cut);
	repos_clear();
	keypair_free(&pair);
	return done_testing();
}
