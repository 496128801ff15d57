/* u-plc-state: logs and lists of keys in compact form: random ones are compared
 * with plain arrays. */
#include "config.h"

#include "libcar/plc/keys.h"
#include "libcar/plc/state.h"
#include "t/lib/random.h"
#include "t/lib/tap.h"

#define DIDS 3000
#define ROUNDS 20000
#define LOG_MAX 5
#define LISTS 2000

static const struct plc_memory memory;
static const uint8_t secret[HASH_SECRET_BYTES] = { 1, 2, 3 };
static struct status st;

static uint32_t
below(uint32_t n)
{
	return rnd() % n;
}

/* Logs */

static struct plc_log_entry oracle[DIDS][LOG_MAX];
static size_t counts[DIDS];

static struct plc_log_entry
random_entry(void)
{
	struct plc_log_entry e = {
		.created_ms = (int64_t)below(1000000) * 253402300 -
		    (int64_t)below(1000) * 62167219200,
		.place = (uint64_t)below(1 << 24) << 24 | below(1 << 24),
		.keys = below(1 << 24) * 255,
		.signer = below(255),
		.is_tombstone = below(2),
		.is_nullified = below(2),
		.said = below(3),
	};
	size_t i;

	for (i = 0; i < sizeof(e.digest); i++)
		e.digest[i] = below(256);
	return e;
}

static void
did_of(size_t i, uint8_t did[PLC_DID_BYTES])
{
	memset(did, 0, PLC_DID_BYTES);
	memcpy(did, &i, sizeof(i));
}

static bool
is_same(const struct plc_log_entry *a, const struct plc_log_entry *b)
{
	return memcmp(a->digest, b->digest, sizeof(a->digest)) == 0 &&
	    a->created_ms == b->created_ms && a->place == b->place &&
	    a->keys == b->keys && a->signer == b->signer &&
	    a->is_tombstone == b->is_tombstone &&
	    a->is_nullified == b->is_nullified && a->said == b->said;
}

static bool
is_as_oracle(const struct plc_state *s, struct plc_log *log, size_t i)
{
	uint8_t did[PLC_DID_BYTES];
	size_t k;

	did_of(i, did);
	if (plc_state_get(s, did, log, &st) == -1 || log->count != counts[i])
		return false;
	for (k = 0; k < log->count; k++)
		if (!is_same(&log->entries[k], &oracle[i][k]))
			return false;
	return true;
}

static void
test_logs(void)
{
	struct plc_state s;
	struct plc_log log = { .count = 0 }, put;
	uint8_t did[PLC_DID_BYTES];
	size_t i, k, n, round, wrong = 0, bytes;

	plc_state_begin(&s, &memory, &memory, secret);
	for (round = 0; round < ROUNDS; round++) {
		i = below(DIDS);
		n = 1 + below(LOG_MAX);
		for (k = 0; k < n; k++)
			oracle[i][k] = random_entry();
		counts[i] = n;
		put = (struct plc_log){ oracle[i], n, n };
		did_of(i, did);
		wrong += plc_state_put(&s, did, &put, &st) != 0;
		wrong += !is_as_oracle(&s, &log, below(DIDS));
	}
	for (i = n = 0; i < DIDS; i++) {
		wrong += !is_as_oracle(&s, &log, i);
		n += counts[i] > 0;
	}
	is_int(wrong, 0, "logs are read as they were written");
	is_int(plc_state_count(&s), n, "each DID counts once");
	bytes = s.older.count;
	ok(bytes <= (LOG_MAX - 1) * (n + 1), "released records are used again");
	for (i = wrong = 0; i < n; i++) {
		wrong += plc_state_at(&s, i, did, &log, &st) != 0;
		memcpy(&k, did, sizeof(k));
		wrong += k >= DIDS || !is_as_oracle(&s, &log, k);
	}
	is_int(wrong, 0, "and are found by their numbers");
	plc_state_free(&s);
	plc_log_free(&log);
}

/* Lists of keys */

static struct key lists[LISTS][3];
static size_t list_counts[LISTS];
static uint32_t numbers[LISTS];

static struct key
random_key(void)
{
	struct key key = { .curve = KEY_SECP256K1 };
	size_t i;

	if (below(10) == 0)
		return (struct key){ .curve = 0 };
	if (below(2) == 0)
		key.curve = KEY_P256;
	key.point[0] = 2 + below(2);
	for (i = 1; i < sizeof(key.point); i++)
		key.point[i] = i < 3 ? below(20) : 7;
	return key;
}

static bool
is_same_key(const struct key *a, const struct key *b)
{
	return a->curve == b->curve &&
	    memcmp(a->point, b->point, sizeof(a->point)) == 0;
}

static bool
is_list(const struct plc_keys *k, size_t i)
{
	struct key got[PLC_KEYS_MAX];
	size_t n = plc_keys_get(k, numbers[i], got), j;

	if (n != list_counts[i] ||
	    plc_keys_find(k, lists[i], list_counts[i]) != numbers[i])
		return false;
	for (j = 0; j < n; j++)
		if (!is_same_key(&got[j], &lists[i][j]))
			return false;
	return true;
}

static void
test_keys(void)
{
	struct plc_keys k;
	size_t i, j, wrong = 0;

	plc_keys_begin(&k, &memory, secret);
	for (i = 0; i < LISTS; i++) {
		list_counts[i] = below(4);
		for (j = 0; j < list_counts[i]; j++)
			lists[i][j] = random_key();
		numbers[i] = plc_keys_add(&k, lists[i], list_counts[i], &st);
		wrong += !is_list(&k, i);
	}
	for (i = 0; i < LISTS; i++)
		wrong += !is_list(&k, i) ||
		    plc_keys_add(&k, lists[i], list_counts[i], &st) !=
			numbers[i];
	is_int(wrong, 0, "lists are read as they were added, and found again");
	ok(k.keys.count < 1700, "each key is stored once");
	plc_keys_free(&k);
}

static void
test_guess(void)
{
	struct key keys[3] = { { .curve = KEY_P256, .point = { 2, 1 } },
		{ .curve = KEY_P256, .point = { 2, 2 } },
		{ .curve = KEY_SECP256K1, .point = { 2, 2 } } };
	struct plc_keys k;
	uint32_t list, other;

	plc_keys_begin(&k, &memory, secret);
	is_int(plc_keys_find(&k, keys, 3), PLC_ARENA_NONE, "no list is there");
	list = plc_keys_add(&k, keys, 3, &st);
	is_int(plc_keys_guess(&k, list, keys, 3), 0, "none has signed");
	plc_keys_signed(&k, list, 2);
	is_int(plc_keys_guess(&k, list, keys, 3), 2, "the one that signed");
	other = plc_keys_add(&k, keys + 1, 2, &st);
	is_int(plc_keys_guess(&k, other, keys + 1, 2), 1,
	    "a key that signed for another list");
	is_int(plc_keys_guess(&k, PLC_ARENA_NONE, keys + 1, 2), 1,
	    "for a list that isn't there");
	is_int(plc_keys_find(&k, keys, 3), list, "it has the same number");
	plc_keys_free(&k);
}

int
main(void)
{
	test_logs();
	test_keys();
	test_guess();
	return done_testing();
}
