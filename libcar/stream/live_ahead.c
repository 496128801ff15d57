#include "config.h"

#include <string.h>

#include "libcar/repo/car.h"
#include "libcar/repo/frame_span.h"
#include "libcar/stream/live_ahead.h"
#include "libcar/stream/live_choice.h"

/*
 * A frame is parsed here and again by live_take(), which costs about a
 * thirtieth of verifying its signature. Blocks before the commit are stepped
 * over and not hashed: a commit that is wrong is one wrong guess.
 *
 * If few frames have a signature to verify, because few accounts are chosen or
 * have a key, parsing them twice costs more than threads gain. at-firehose
 * --accounts would need a third more time.
 */

#define WORTH 16 /* frames to parse for one signature */
#define PAUSE 16 /* how many times the frames, if they aren't worth it */

/* Find the commit in the frame's blocks. */
static bool
find_commit(struct commit *c, const struct frame *f)
{
	struct car_input in = { .data = slice_bytes(&f->blocks),
		.len = f->blocks.len };
	struct car_block b;
	struct status st;
	struct car car;

	if (f->blocks.len > EVENT_MAX_BLOCKS ||
	    car_open(&car, &in, &st) == -1 || car.root.len == 0)
		return false;
	while (car_next(&car, &b, &st) == 1)
		if (b.cid.len == car.root.len &&
		    memcmp(b.cid.bytes, car.root.bytes, b.cid.len) == 0)
			return commit_parse(c, b.data, b.len, &st) == 0;
	return false;
}

static void
add(struct live *l, const struct key *key, const struct commit *c)
{
	const struct key_prepared *ready;
	struct status st;
	uint8_t hash[32];

	ready = key_cache_get(&l->ready, key, &st);
	if (ready != NULL && commit_hash(c, hash, &st) == 0)
		ahead_add(l->ahead, key, ready, hash, c->sig);
}

static void
look_at(struct live *l, const void *bytes, size_t len)
{
	const struct frame *f = &l->frame;
	struct signer s;
	struct status st;
	struct commit c;

	if (frame_parse(&l->frame, bytes, len, &st) == -1 ||
	    (f->type != FRAME_COMMIT && f->type != FRAME_SYNC) ||
	    !live_choice_has(l))
		return;
	s = signer_find(l->signers, &f->did);
	if (s.has_key && find_commit(&c, f))
		add(l, &s.key, &c);
}

size_t
live_ahead_look(struct live *l, const void *bytes, size_t len)
{
	struct frame_span span = { .at = 0 };
	const char *at = bytes, *end = at + len;
	struct status st;
	size_t frames = 0;

	ahead_clear(l->ahead);
	while (!ahead_is_full(l->ahead) &&
	    frame_span(&span, at, (size_t)(end - at), &st) == 1) {
		look_at(l, at, span.at);
		at += span.at;
		frames++;
		span = (struct frame_span){ .at = 0 };
	}
	live_end(l);
	ahead_verify(l->ahead);
	return l->ahead->count * WORTH < frames ? frames * PAUSE : frames;
}
