#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/plc/audit.h"

/*
 * An item's predecessor is in its own batch or in the state. A table of hashes
 * finds those of the batch; it is small and made anew for each.
 */

static const uint8_t *
digest_of(const uint8_t *cid)
{
	return cid + CID_REPO_BYTES - PLC_DIGEST_BYTES;
}

/* Read */

static int
read_item(struct plc_audit_item *item)
{
	uint8_t cid[CID_MAX_BYTES];
	struct status ignored;
	int n;

	if (!plc_did_parse(item->did, item->did_text.at, item->did_text.len))
		return status_set(&item->why, STATUS_BAD_DID, 0,
		    "not a did:plc of 24 characters");
	if (plc_operation_parse(&item->op, item->json.at, item->json.len,
		&item->why) == -1)
		return -1;
	n = cid_from_text(cid, item->cid_text.at, item->cid_text.len, &ignored);
	if (n != CID_REPO_BYTES ||
	    memcmp(cid, item->op.cid, CID_REPO_BYTES) != 0)
		return status_set(&item->why, STATUS_BAD_CID, 0,
		    "cid is not the hash of the operation");
	return 0;
}

void
plc_audit_read(struct plc_audit_item *item)
{
	item->keys = NULL;
	item->key_count = item->guess = 0;
	item->signer = PLC_LOG_NO_SIGNER;
	item->failed = read_item(item) == -1;
}

/* Plan */

static uint32_t *
slot_of(const struct plc_audit *a, const struct plc_audit_item *items,
    const uint8_t *cid)
{
	size_t mask = a->slot_count - 1;
	uint64_t h;
	uint32_t *slot;

	memcpy(&h, digest_of(cid), sizeof(h));
	for (;; h++) {
		slot = &a->slots[h & mask];
		if (*slot == 0 ||
		    memcmp(items[*slot - 1].op.cid, cid, CID_REPO_BYTES) == 0)
			return slot;
	}
}

static int
make_slots(struct plc_audit *a, size_t count, struct status *st)
{
	size_t room = 1024;

	while (room < 4 * count)
		room *= 2;
	if (room > a->slot_count) {
		free(a->slots);
		a->slot_count = 0;
		if ((a->slots = malloc(room * sizeof(*a->slots))) == NULL)
			return status_no_memory(st);
		a->slot_count = room;
	}
	memset(a->slots, 0, a->slot_count * sizeof(*a->slots));
	return 0;
}

static int
take_keys_of_state(struct plc_audit *a, struct plc_audit_item *item,
    struct status *st)
{
	const struct plc_log_entry *prev;

	if (plc_state_get(&a->state, item->did, &a->log, st) == -1)
		return -1;
	prev = plc_log_find(&a->log, digest_of(item->op.prev));
	if (prev == NULL || prev->is_tombstone)
		return 0;
	if (item->found == NULL &&
	    (item->found = malloc(PLC_KEYS_MAX * sizeof(*item->found))) == NULL)
		return status_no_memory(st);
	item->key_count = plc_keys_get(&a->keys, prev->keys, item->found);
	item->keys = item->found;
	item->guess = plc_keys_guess(&a->keys, prev->keys, item->keys,
	    item->key_count);
	return 0;
}

static void
take_keys_of(const struct plc_audit *a, struct plc_audit_item *item,
    const struct plc_operation *op)
{
	item->keys = op->keys;
	item->key_count = op->key_count;
	item->guess = plc_keys_guess(&a->keys,
	    plc_keys_find(&a->keys, op->keys, op->key_count), op->keys,
	    op->key_count);
}

static int
plan_item(struct plc_audit *a, const struct plc_audit_item *items,
    struct plc_audit_item *item, struct status *st)
{
	uint32_t prev;

	if (!item->op.has_prev) {
		take_keys_of(a, item, &item->op);
		return 0;
	}
	if ((prev = *slot_of(a, items, item->op.prev)) == 0)
		return take_keys_of_state(a, item, st);
	take_keys_of(a, item, &items[prev - 1].op);
	return 0;
}

int
plc_audit_plan(struct plc_audit *a, struct plc_audit_item *items, size_t count,
    struct status *st)
{
	size_t i;

	if (make_slots(a, count, st) == -1)
		return -1;
	for (i = 0; i < count; i++) {
		if (items[i].failed)
			continue;
		if (plan_item(a, items, &items[i], st) == -1)
			return -1;
		*slot_of(a, items, items[i].op.cid) = i + 1;
	}
	return 0;
}

/* Verify */

/* 1, 0, or -1: it can't be checked. */
static int
is_signed_by(struct plc_audit_item *item, const struct key *key,
    struct key_cache *cache)
{
	const struct key_prepared *ready;
	struct status st;

	if (key->curve == 0)
		return 0;
	if ((ready = key_cache_get(cache, key, &st)) == NULL) {
		if (!key_is_on_curve(key))
			return 0;
		item->why = st;
		return -1;
	}
	if (key_verify_prepared(ready, item->op.unsigned_form.data,
		item->op.unsigned_form.len, item->op.signature,
		sizeof(item->op.signature), &st) == 0)
		return 1;
	if (st.code == STATUS_BAD_SIGNATURE)
		return 0;
	item->why = st;
	return -1;
}

static bool
is_same_key(const struct key *a, const struct key *b)
{
	return a->curve == b->curve &&
	    memcmp(a->point, b->point, sizeof(a->point)) == 0;
}

/* If a key is listed twice, its first place decides its authority. */
static int
first_place(const struct plc_audit_item *item, size_t at)
{
	size_t i;

	for (i = 0; !is_same_key(&item->keys[i], &item->keys[at]); i++)
		;
	return i;
}

void
plc_audit_verify(struct plc_audit_item *item, struct key_cache *cache)
{
	size_t n = item->key_count, i, at;
	int is;

	for (i = 0; !item->failed && i < n; i++) {
		/* The guess comes first, then the others in their order. */
		at = i == 0 ? item->guess : i <= item->guess ? i - 1 : i;
		is = is_signed_by(item, &item->keys[at], cache);
		if (is == 1) {
			item->signer = first_place(item, at);
			return;
		}
		item->failed = is == -1;
	}
}

/* Replay */

static int
make_step(struct plc_audit *a, const struct plc_audit_item *item,
    struct plc_log_step *step, struct status *st)
{
	const struct plc_operation *op = &item->op;
	uint8_t did[PLC_DID_BYTES];

	plc_operation_did(op, did);
	*step = (struct plc_log_step){
		.entry = { .created_ms = item->created_ms,
		    .place = item->place,
		    .is_tombstone = op->kind == PLC_TOMBSTONE,
		    .said = item->said },
		.prev = op->has_prev ? digest_of(op->prev) : NULL,
		.signer = item->signer,
		.is_of_did = memcmp(did, item->did, sizeof(did)) == 0,
	};
	memcpy(step->entry.digest, digest_of(op->cid), PLC_LOG_DIGEST_BYTES);
	/* Nobody can make the state grow by operations that nobody signed. */
	if (item->signer == PLC_LOG_NO_SIGNER || op->kind == PLC_TOMBSTONE)
		return 0;
	step->entry.keys = plc_keys_add(&a->keys, op->keys, op->key_count, st);
	return step->entry.keys == PLC_ARENA_NONE ? -1 : 0;
}

/* Remember which key of the predecessor signed. */
static void
learn(struct plc_audit *a, const struct plc_audit_item *item)
{
	uint32_t list = plc_keys_find(&a->keys, item->keys, item->key_count);

	if (list != PLC_ARENA_NONE)
		plc_keys_signed(&a->keys, list, item->signer);
}

static void
settle(void *ctx, const struct plc_log_entry *e)
{
	struct plc_audit *a = ctx;

	if (a->hooks.settled != NULL)
		a->hooks.settled(a->hooks.ctx, a->did, e);
}

/* Tell of the entries that the last item nullified, or if it came again, of all
 * that this process hasn't told yet. */
static int
tell_nullified(struct plc_audit *a, struct status *st)
{
	struct plc_log_entry *e = a->log.entries, *end = e + a->log.count;

	for (; a->hooks.nullified != NULL && e < end; e++) {
		if (a->is_again ? !e->is_nullified || e->is_reported :
				  !e->nullified_now)
			continue;
		if (a->hooks.nullified(a->hooks.ctx, e, st) == -1)
			return -1;
		e->is_reported = true;
	}
	return 0;
}

int
plc_audit_repeat(struct plc_audit *a, const struct plc_audit_item *item,
    struct status *st)
{
	int rc;

	if (a->log.count == 0)
		return 0;
	a->is_again = true;
	rc = tell_nullified(a, st);
	a->is_again = false;
	return rc == 0 ? plc_state_put(&a->state, item->did, &a->log, st) : -1;
}

static int
keep(struct plc_audit *a, const struct plc_audit_item *item, struct status *st)
{
	if (tell_nullified(a, st) == -1)
		return -1;
	plc_log_prune(&a->log, settle, a);
	return plc_state_put(&a->state, item->did, &a->log, st);
}

enum plc_audit_verdict
plc_audit_replay(struct plc_audit *a, struct plc_audit_item *item,
    struct status *st)
{
	struct plc_log_change change;
	struct plc_log_step step;

	if (item->failed) {
		*st = item->why;
		return status_fatal(st->code) ? PLC_AUDIT_FAILED :
						PLC_AUDIT_INVALID;
	}
	a->did = item->did;
	if (plc_state_get(&a->state, item->did, &a->log, st) == -1 ||
	    make_step(a, item, &step, st) == -1)
		return PLC_AUDIT_FAILED;
	change = plc_log_add(&a->log, &step, &item->why);
	switch (change.result) {
	case PLC_LOG_INVALID:
		return PLC_AUDIT_INVALID;
	case PLC_LOG_KNOWN:
		if (plc_audit_repeat(a, item, st) == -1)
			return PLC_AUDIT_FAILED;
		return change.is_nullified ? PLC_AUDIT_NULLIFIED :
					     PLC_AUDIT_KNOWN;
	case PLC_LOG_APPENDED:
		learn(a, item);
		return keep(a, item, st) == -1 ? PLC_AUDIT_FAILED :
						 PLC_AUDIT_VALID;
	case PLC_LOG_FAILED:
		break;
	}
	*st = item->why;
	return PLC_AUDIT_FAILED;
}

/* Begin and end */

void
plc_audit_begin(struct plc_audit *a, const struct plc_memory *memory,
    const struct plc_memory *more, const uint8_t secret[HASH_SECRET_BYTES])
{
	memset(a, 0, sizeof(*a));
	plc_state_begin(&a->state, memory, more, secret);
	plc_keys_begin(&a->keys, memory, secret);
}

void
plc_audit_item_free(struct plc_audit_item *item)
{
	plc_operation_free(&item->op);
	free(item->found);
	memset(item, 0, sizeof(*item));
}

void
plc_audit_free(struct plc_audit *a)
{
	plc_state_free(&a->state);
	plc_keys_free(&a->keys);
	plc_log_free(&a->log);
	free(a->slots);
	memset(a, 0, sizeof(*a));
}
