#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/hash.h"
#include "libcar/plc/keys.h"

/*
 * The first byte of a stored key has its curve, the sign of its point, and
 * whether it has ever signed. A list is a record of bytes: the number of keys,
 * the key that signed last, and the numbers of the keys.
 */

#define KEY_BYTES 33
#define KEY_P256_BIT 4
#define KEY_SIGNED_BIT 0x80
#define LIST_UNIT 2 /* bytes; so a number of 32 bits reaches 8 GiB */
#define LIST_HEAD 2
#define LIST_BYTES(n) (LIST_HEAD + 4 * (n))

static uint64_t
hash(const struct plc_keys *k, const void *bytes, size_t len)
{
	return hash_keyed(k->secret, bytes, len);
}

/* Keys */

static void
pack(uint8_t out[KEY_BYTES], const struct key *key)
{
	memset(out, 0, KEY_BYTES);
	if (key->curve == 0)
		return;
	memcpy(out, key->point, KEY_BYTES);
	if (key->curve == KEY_P256)
		out[0] |= KEY_P256_BIT;
}

static void
unpack(struct key *key, const uint8_t *packed)
{
	uint8_t head = packed[0] & ~KEY_SIGNED_BIT;

	memset(key, 0, sizeof(*key));
	if (head == 0)
		return;
	key->curve = head & KEY_P256_BIT ? KEY_P256 : KEY_SECP256K1;
	memcpy(key->point, packed, KEY_BYTES);
	key->point[0] = head & ~KEY_P256_BIT;
}

static bool
is_key(const void *owner, uint32_t i, const void *key, size_t len)
{
	const struct plc_keys *k = owner;
	const uint8_t *stored = plc_arena_at(&k->keys, i), *want = key;

	return (stored[0] & ~KEY_SIGNED_BIT) == want[0] &&
	    memcmp(stored + 1, want + 1, len - 1) == 0;
}

static uint64_t
hash_key(const void *owner, uint32_t i)
{
	const struct plc_keys *k = owner;
	uint8_t plain[KEY_BYTES];

	memcpy(plain, plc_arena_at(&k->keys, i), KEY_BYTES);
	plain[0] &= ~KEY_SIGNED_BIT;
	return hash(k, plain, KEY_BYTES);
}

static uint32_t
find_key(const struct plc_keys *k, const uint8_t *packed, uint64_t h)
{
	const struct plc_index_owner owner = { is_key, hash_key, k };

	return plc_index_find(&k->key_index, &owner, h, packed, KEY_BYTES);
}

static uint32_t
add_key(struct plc_keys *k, const struct key *key, struct status *st)
{
	const struct plc_index_owner owner = { is_key, hash_key, k };
	uint8_t packed[KEY_BYTES];
	uint64_t h;
	uint32_t i;

	pack(packed, key);
	h = hash(k, packed, KEY_BYTES);
	if ((i = find_key(k, packed, h)) != PLC_ARENA_NONE ||
	    (i = plc_arena_add(&k->keys, &k->memory, 1, st)) == PLC_ARENA_NONE)
		return i;
	memcpy(plc_arena_at(&k->keys, i), packed, KEY_BYTES);
	if (plc_index_add(&k->key_index, &owner, &k->memory, h, i, st) == -1)
		return PLC_ARENA_NONE;
	return i;
}

static bool
has_signed(const struct plc_keys *k, const struct key *key)
{
	uint8_t packed[KEY_BYTES];
	uint32_t i;

	if (key->curve == 0)
		return false;
	pack(packed, key);
	i = find_key(k, packed, hash(k, packed, KEY_BYTES));
	return i != PLC_ARENA_NONE &&
	    (*plc_arena_at(&k->keys, i) & KEY_SIGNED_BIT) != 0;
}

/* Lists */

static bool
is_list(const void *owner, uint32_t i, const void *key, size_t len)
{
	const struct plc_keys *k = owner;
	const uint8_t *list = plc_arena_at(&k->lists, i);

	return LIST_BYTES((size_t)list[0]) == LIST_HEAD + len &&
	    memcmp(list + LIST_HEAD, key, len) == 0;
}

static uint64_t
hash_list(const void *owner, uint32_t i)
{
	const struct plc_keys *k = owner;
	const uint8_t *list = plc_arena_at(&k->lists, i);

	return hash(k, list + LIST_HEAD, 4 * (size_t)list[0]);
}

static uint32_t
key_of_list(const uint8_t *list, size_t index)
{
	uint32_t i;

	memcpy(&i, list + LIST_BYTES(index), sizeof(i));
	return i;
}

static uint32_t
find_list(const struct plc_keys *k, const uint32_t *numbers, size_t count)
{
	const struct plc_index_owner owner = { is_list, hash_list, k };
	size_t len = count * sizeof(*numbers);

	return plc_index_find(&k->list_index, &owner, hash(k, numbers, len),
	    numbers, len);
}

static uint32_t
add_list(struct plc_keys *k, const uint32_t *numbers, size_t count,
    struct status *st)
{
	const struct plc_index_owner owner = { is_list, hash_list, k };
	size_t len = count * sizeof(*numbers);
	uint32_t i = find_list(k, numbers, count);
	uint8_t *list;

	if (i != PLC_ARENA_NONE ||
	    (i = plc_arena_add(&k->lists, &k->memory,
		 LIST_BYTES(count) / LIST_UNIT, st)) == PLC_ARENA_NONE)
		return i;
	list = plc_arena_at(&k->lists, i);
	list[0] = count;
	list[1] = PLC_KEYS_MAX; /* none has signed */
	memcpy(list + LIST_HEAD, numbers, len);
	if (plc_index_add(&k->list_index, &owner, &k->memory,
		hash(k, numbers, len), i, st) == -1)
		return PLC_ARENA_NONE;
	return i;
}

void
plc_keys_begin(struct plc_keys *k, const struct plc_memory *memory,
    const uint8_t secret[HASH_SECRET_BYTES])
{
	memset(k, 0, sizeof(*k));
	k->memory = *memory;
	memcpy(k->secret, secret, HASH_SECRET_BYTES);
	k->keys.size = KEY_BYTES;
	k->lists.size = LIST_UNIT;
}

uint32_t
plc_keys_add(struct plc_keys *k, const struct key *keys, size_t count,
    struct status *st)
{
	uint32_t numbers[PLC_KEYS_MAX];
	size_t i;

	for (i = 0; i < count; i++)
		if ((numbers[i] = add_key(k, &keys[i], st)) == PLC_ARENA_NONE)
			return PLC_ARENA_NONE;
	return add_list(k, numbers, count, st);
}

uint32_t
plc_keys_find(const struct plc_keys *k, const struct key *keys, size_t count)
{
	uint32_t numbers[PLC_KEYS_MAX];
	uint8_t packed[KEY_BYTES];
	size_t i;

	for (i = 0; i < count; i++) {
		pack(packed, &keys[i]);
		numbers[i] = find_key(k, packed, hash(k, packed, KEY_BYTES));
		if (numbers[i] == PLC_ARENA_NONE)
			return PLC_ARENA_NONE;
	}
	return find_list(k, numbers, count);
}

size_t
plc_keys_get(const struct plc_keys *k, uint32_t number, struct key *out)
{
	const uint8_t *list = plc_arena_at(&k->lists, number);
	size_t i;

	for (i = 0; i < list[0]; i++)
		unpack(&out[i], plc_arena_at(&k->keys, key_of_list(list, i)));
	return list[0];
}

size_t
plc_keys_guess(const struct plc_keys *k, uint32_t list, const struct key *keys,
    size_t count)
{
	size_t last, i;

	if (list != PLC_ARENA_NONE) {
		last = plc_arena_at(&k->lists, list)[1];
		if (last < count)
			return last;
	}
	for (i = 0; i < count; i++)
		if (has_signed(k, &keys[i]))
			return i;
	return 0;
}

void
plc_keys_signed(struct plc_keys *k, uint32_t number, size_t index)
{
	uint8_t *list = plc_arena_at(&k->lists, number);

	list[1] = index;
	*plc_arena_at(&k->keys, key_of_list(list, index)) |= KEY_SIGNED_BIT;
}

void
plc_keys_free(struct plc_keys *k)
{
	plc_index_free(&k->key_index, &k->memory);
	plc_index_free(&k->list_index, &k->memory);
	plc_arena_free(&k->keys, &k->memory);
	plc_arena_free(&k->lists, &k->memory);
}
