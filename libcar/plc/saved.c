#include "config.h"

#include <string.h>

#include "libcar/base/array.h"
#include "libcar/plc/saved.h"

/*
 * An entry is its hash, its time (8 bytes, the highest first), its signer, its
 * flags, the number of its keys, and the keys: a byte for the curve and the
 * point.
 */

enum {
	CREATED = PLC_LOG_DIGEST_BYTES,
	SIGNER = CREATED + 8,
	FLAGS = SIGNER + 1,
	COUNT = FLAGS + 1,
	HEAD_BYTES = COUNT + 1,
	POINT_BYTES = sizeof(((struct key *)0)->point),
	KEY_BYTES = 1 + POINT_BYTES,
};

enum { TOMBSTONE = 1, NULLIFIED = 2 };

static void
write_keys(struct buf *out, const struct key *keys, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		buf_putc(out,
		    keys[i].curve == 0            ? 0 :
			keys[i].curve == KEY_P256 ? 2 :
						    1);
		buf_put(out, keys[i].point, POINT_BYTES);
	}
}

static void
write_entry(struct buf *out, const struct plc_log_entry *e,
    const struct plc_keys *k)
{
	struct key keys[PLC_KEYS_MAX];
	uint8_t head[HEAD_BYTES];
	size_t count = 0;
	int i;

	if (!e->is_tombstone)
		count = plc_keys_get(k, e->keys, keys);
	memcpy(head, e->digest, sizeof(e->digest));
	for (i = 0; i < 8; i++)
		head[CREATED + i] = (uint64_t)e->created_ms >> (56 - 8 * i);
	head[SIGNER] = e->signer;
	head[FLAGS] = (e->is_tombstone ? TOMBSTONE : 0) |
	    (e->is_nullified ? NULLIFIED : 0);
	head[COUNT] = count;
	buf_put(out, head, sizeof(head));
	write_keys(out, keys, count);
}

void
plc_saved_write(struct buf *out, const struct plc_log *log,
    const struct plc_keys *keys)
{
	size_t i;

	for (i = 0; i < log->count; i++)
		write_entry(out, &log->entries[i], keys);
}

static void
read_keys(struct key *keys, const uint8_t *p, size_t count)
{
	size_t i;

	memset(keys, 0, count * sizeof(*keys));
	for (i = 0; i < count; i++, p += KEY_BYTES) {
		if (*p == 0)
			continue;
		keys[i].curve = *p == 2 ? KEY_P256 : KEY_SECP256K1;
		memcpy(keys[i].point, p + 1, POINT_BYTES);
	}
}

static void
read_head(struct plc_log_entry *e, const uint8_t *head)
{
	uint64_t created = 0;
	int i;

	memset(e, 0, sizeof(*e));
	memcpy(e->digest, head, sizeof(e->digest));
	for (i = 0; i < 8; i++)
		created = created << 8 | head[CREATED + i];
	e->created_ms = (int64_t)created;
	e->signer = head[SIGNER];
	e->is_tombstone = head[FLAGS] & TOMBSTONE;
	e->is_nullified = head[FLAGS] & NULLIFIED;
}

int
plc_saved_read(struct plc_log *log, struct plc_keys *keys,
    const struct slice *bytes, struct status *st)
{
	const uint8_t *p = slice_bytes(bytes), *end = p + bytes->len;
	struct key list[PLC_KEYS_MAX];
	struct plc_log_entry *e;

	log->count = 0;
	while (p < end) {
		if (end - p < HEAD_BYTES ||
		    end - p - HEAD_BYTES < p[COUNT] * KEY_BYTES)
			return status_set(st, STATUS_SYSTEM, 0,
			    "a log of the state is damaged");
		if (!ARRAY_GROW(log->entries, log->count, log->room))
			return status_no_memory(st);
		e = &log->entries[log->count++];
		read_head(e, p);
		read_keys(list, p + HEAD_BYTES, p[COUNT]);
		if (!e->is_tombstone &&
		    (e->keys = plc_keys_add(keys, list, p[COUNT], st)) ==
			PLC_ARENA_NONE)
			return -1;
		p += HEAD_BYTES + p[COUNT] * KEY_BYTES;
	}
	return 0;
}
