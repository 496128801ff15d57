#include "config.h"

#include <string.h>

#include "libcar/base/array.h"
#include "libcar/base/hash.h"
#include "libcar/plc/state.h"

/*
 * The record of a DID has the last operation, which is all of most logs. Older
 * ones are a list of records, from the newest to the oldest. Records are bytes
 * without padding; one that is released becomes the first of the free list.
 */

/* Offsets in a record */
enum {
	DIGEST,
	CREATED = DIGEST + PLC_LOG_DIGEST_BYTES,
	PLACE = CREATED + 7,
	KEYS = PLACE + 6,
	SIGNER = KEYS + 4,
	FLAGS = SIGNER + 1,
	OLDER = FLAGS + 1, /* number of the record of the older one, plus one */
	OLDER_BYTES = OLDER + 4,
	DID = OLDER_BYTES,
	DID_BYTES = DID + PLC_DID_BYTES,
};

/* The upper bits of the flags are enum plc_log_said. */
enum { TOMBSTONE = 1, NULLIFIED = 2, REPORTED = 4, SAID_SHIFT = 3 };

/* Records */

static void
put_number(uint8_t *to, uint64_t n, int bytes)
{
	for (; bytes > 0; bytes--, n >>= 8)
		*to++ = (uint8_t)n;
}

static uint64_t
get_number(const uint8_t *from, int bytes)
{
	uint64_t n = 0;

	while (bytes > 0)
		n = n << 8 | from[--bytes];
	return n;
}

/* 56 bits of milliseconds reach beyond the years 0 and 9999. */
static int64_t
get_created(const uint8_t *record)
{
	uint64_t n = get_number(record + CREATED, 7);

	return (int64_t)(n << 8) / 256;
}

static void
pack(uint8_t *record, const struct plc_log_entry *e)
{
	memcpy(record + DIGEST, e->digest, PLC_LOG_DIGEST_BYTES);
	put_number(record + CREATED, e->created_ms, 7);
	put_number(record + PLACE, e->place, 6);
	put_number(record + KEYS, e->keys, 4);
	record[SIGNER] = e->signer;
	record[FLAGS] = (e->is_tombstone ? TOMBSTONE : 0) |
	    (e->is_nullified ? NULLIFIED : 0) |
	    (e->is_reported ? REPORTED : 0) | e->said << SAID_SHIFT;
}

static void
unpack(struct plc_log_entry *e, const uint8_t *record)
{
	*e = (struct plc_log_entry){
		.created_ms = get_created(record),
		.place = get_number(record + PLACE, 6),
		.keys = get_number(record + KEYS, 4),
		.signer = record[SIGNER],
		.is_tombstone = record[FLAGS] & TOMBSTONE,
		.is_nullified = record[FLAGS] & NULLIFIED,
		.is_reported = record[FLAGS] & REPORTED,
		.said = record[FLAGS] >> SAID_SHIFT,
	};
	memcpy(e->digest, record + DIGEST, PLC_LOG_DIGEST_BYTES);
}

/* The index */

static uint64_t
hash(const struct plc_state *s, const uint8_t *did)
{
	return hash_keyed(s->secret, did, PLC_DID_BYTES);
}

static bool
is_did(const void *owner, uint32_t i, const void *did, size_t len)
{
	const struct plc_state *s = owner;

	return memcmp(plc_arena_at(&s->dids, i) + DID, did, len) == 0;
}

static uint64_t
hash_did(const void *owner, uint32_t i)
{
	const struct plc_state *s = owner;

	return hash(s, plc_arena_at(&s->dids, i) + DID);
}

static uint32_t
find(const struct plc_state *s, const uint8_t *did)
{
	const struct plc_index_owner owner = { is_did, hash_did, s };

	return plc_index_find(&s->index, &owner, hash(s, did), did,
	    PLC_DID_BYTES);
}

static uint8_t *
add(struct plc_state *s, const uint8_t *did, struct status *st)
{
	const struct plc_index_owner owner = { is_did, hash_did, s };
	uint32_t i = plc_arena_add(&s->dids, &s->memory, 1, st);
	uint8_t *record;

	if (i == PLC_ARENA_NONE)
		return NULL;
	record = plc_arena_at(&s->dids, i);
	memcpy(record + DID, did, PLC_DID_BYTES);
	if (plc_index_add(&s->index, &owner, &s->memory, hash(s, did), i, st) ==
	    -1)
		return NULL;
	return record;
}

/* Logs */

static int
push(struct plc_log *log, const uint8_t *record, struct status *st)
{
	if (!ARRAY_GROW(log->entries, log->count, log->room))
		return status_no_memory(st);
	unpack(&log->entries[log->count++], record);
	return 0;
}

static void
reverse(struct plc_log *log)
{
	struct plc_log_entry *a = log->entries, *b = a + log->count, swap;

	while (a < b && a < --b) {
		swap = *a;
		*a++ = *b;
		*b = swap;
	}
}

static int
read_log(const struct plc_state *s, const uint8_t *record, struct plc_log *log,
    struct status *st)
{
	uint32_t older;

	log->count = 0;
	for (;;) {
		if (push(log, record, st) == -1)
			return -1;
		if ((older = get_number(record + OLDER, 4)) == 0)
			break;
		record = plc_arena_at(&s->older, older - 1);
	}
	reverse(log);
	return 0;
}

int
plc_state_get(const struct plc_state *s, const uint8_t did[PLC_DID_BYTES],
    struct plc_log *log, struct status *st)
{
	uint32_t i = find(s, did);

	log->count = 0;
	if (i == PLC_ARENA_NONE)
		return 0;
	return read_log(s, plc_arena_at(&s->dids, i), log, st);
}

int
plc_state_at(const struct plc_state *s, uint32_t i, uint8_t did[PLC_DID_BYTES],
    struct plc_log *log, struct status *st)
{
	const uint8_t *record = plc_arena_at(&s->dids, i);

	memcpy(did, record + DID, PLC_DID_BYTES);
	return read_log(s, record, log, st);
}

/* A record for an older operation; 0: no memory. */
static uint32_t
take_older(struct plc_state *s, struct status *st)
{
	uint32_t i = s->free;

	if (i != 0) {
		s->free = get_number(plc_arena_at(&s->older, i - 1) + OLDER, 4);
		return i;
	}
	/* PLC_ARENA_NONE becomes 0. */
	return plc_arena_add(&s->older, &s->more, 1, st) + 1;
}

static void
release_older(struct plc_state *s, uint8_t *record)
{
	uint32_t i = get_number(record + OLDER, 4);
	uint8_t *older;

	put_number(record + OLDER, 0, 4);
	while (i != 0) {
		uint32_t next;

		older = plc_arena_at(&s->older, i - 1);
		next = get_number(older + OLDER, 4);
		put_number(older + OLDER, s->free, 4);
		s->free = i;
		i = next;
	}
}

static int
put_older(struct plc_state *s, uint8_t *record, const struct plc_log *log,
    struct status *st)
{
	uint32_t last = 0, i;
	uint8_t *older;
	size_t n;

	for (n = 0; n + 1 < log->count; n++) {
		if ((i = take_older(s, st)) == 0)
			return -1;
		older = plc_arena_at(&s->older, i - 1);
		pack(older, &log->entries[n]);
		put_number(older + OLDER, last, 4);
		last = i;
	}
	put_number(record + OLDER, last, 4);
	return 0;
}

int
plc_state_put(struct plc_state *s, const uint8_t did[PLC_DID_BYTES],
    const struct plc_log *log, struct status *st)
{
	uint32_t i = find(s, did);
	uint8_t *record;

	record = i != PLC_ARENA_NONE ? plc_arena_at(&s->dids, i) :
				       add(s, did, st);
	if (record == NULL)
		return -1;
	release_older(s, record);
	pack(record, &log->entries[log->count - 1]);
	return put_older(s, record, log, st);
}

void
plc_state_begin(struct plc_state *s, const struct plc_memory *memory,
    const struct plc_memory *more, const uint8_t secret[HASH_SECRET_BYTES])
{
	memset(s, 0, sizeof(*s));
	s->memory = *memory;
	s->more = *more;
	memcpy(s->secret, secret, HASH_SECRET_BYTES);
	s->dids.size = DID_BYTES;
	s->older.size = OLDER_BYTES;
}

size_t
plc_state_count(const struct plc_state *s)
{
	return s->index.count;
}

void
plc_state_free(struct plc_state *s)
{
	plc_index_free(&s->index, &s->memory);
	plc_arena_free(&s->dids, &s->memory);
	plc_arena_free(&s->older, &s->more);
}
