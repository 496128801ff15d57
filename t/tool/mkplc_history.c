#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/base/array.h"
#include "t/lib/random.h"
#include "t/tool/mkplc_account.h"
#include "t/tool/mkplc_history.h"
#include "t/tool/mkplc_operation.h"

/*
 * Time passes from operation to operation. Most of them are a new account, or
 * one step of an account that is chosen at random. A theft is a story of
 * several operations; the next one of each story waits in `stories` until its
 * time has come. So createdAt never falls from line to line, but for operations
 * that are invalid because of it.
 *
 * What an audit must say follows from the story alone. Nothing here calls the
 * code that is tested, except to encode an operation.
 */

#define BASE_MS UINT64_C(1672531200000) /* 2023-01-01 */
#define SPAN_MS UINT64_C(94608000000)   /* three years */
#define HOUR_MS UINT64_C(3600000)
#define STEP_MS (HOUR_MS / 6) /* at most, between two operations */
#define WINDOW_MS (72 * HOUR_MS)
#define HOSTS 40
#define STORY_MAX 3 /* operations of a thief */
#define TRIES 20

enum ending {
	RECOVERED,
	RECOVERED_LAST, /* exactly 72 hours after the first one */
	LATE,
	WEAK,
	EARLY,
	STALE /* follows a nullified operation; after RECOVERED */
};

struct story {
	size_t account;
	struct mkplc_account before;
	uint64_t at; /* when its next operation comes */
	uint64_t began;
	size_t seqs[STORY_MAX], count, length;
	enum ending ending;
	uint8_t stolen[CID_REPO_BYTES]; /* the thief's last operation */
};

struct world {
	const struct mkplc_history *h;
	struct mkplc_account *accounts;
	size_t count, room;
	struct story *stories; /* the next one is the last */
	size_t story_count, story_room;
	size_t seq, buried; /* an account with a tombstone; 0: none */
	uint64_t now;
};

/* An operation. The account's fields are its content. */
struct step {
	size_t account;
	struct mkplc_account after;
	const uint8_t *prev; /* its CID, or NULL */
	uint64_t ms;
	const char *type, *sig, *signer;
	bool has_wrong_cid, is_of_other; /* DID or CID of another operation */
};

/* Operations */

static void
verdict(const struct world *w, size_t seq, const char *text)
{
	if (w->h->verdicts != NULL)
		fprintf(w->h->verdicts, "%zu %s\n", seq, text);
}

static struct mkplc_made
publish(struct world *w, const struct step *s)
{
	struct mkplc_made made, prev;
	struct mkplc_names t;
	struct mkplc_wanted want = {
		.type = s->type != NULL ? s->type : "plc_operation",
		.handle = t.handle,
		.pds = t.pds,
		.sig = s->sig != NULL ? s->sig : "",
		.keys = t.keys,
		.signer = s->signer != NULL ? s->signer : t.signer,
		.signing_key = t.signing,
		.ms = s->ms,
		.seq = (int64_t)++w->seq,
	};

	mkplc_names(&t, s->account, &s->after);
	mkplc_name(&prev, w->accounts[s->account].did,
	    s->prev != NULL ? s->prev : w->accounts[s->account].last);
	if (s->prev != NULL)
		want.prev = &prev;
	if (s->is_of_other)
		want.did = prev.did;
	if (s->has_wrong_cid)
		want.cid = prev.cid;
	mkplc_operation(&want, &made);
	return made;
}

static void
refuse(struct world *w, const struct step *s, const char *error)
{
	publish(w, s);
	verdict(w, w->seq, error);
}

static void
accept(struct world *w, const struct step *s)
{
	struct mkplc_account *a = &w->accounts[s->account];
	struct mkplc_made made = publish(w, s);

	*a = s->after;
	memcpy(a->last, made.bytes, sizeof(a->last));
	a->updated_ms = s->ms;
	verdict(w, w->seq, "valid");
}

/* The next operation of an account, which changes nothing yet. */
static struct step
step_of(const struct world *w, size_t i)
{
	return (struct step){
		.account = i,
		.after = w->accounts[i],
		.prev = w->accounts[i].last,
		.ms = w->now,
	};
}

/* Old accounts began with another form, whose second key also signs posts. */
static void
begin_account(struct mkplc_account *a, size_t i, bool is_old)
{
	a->host = (uint16_t)(rnd() % HOSTS);
	a->keys = i % 100 < 15 ? MKPLC_KEYS_P256 : MKPLC_KEYS_HOST;
	if (!is_old && i % 20 == 19)
		a->keys = MKPLC_KEYS_OWN;
	a->signing_curve = is_old && a->keys == MKPLC_KEYS_P256 ? 'p' : 'k';
	a->signing = is_old ? 2 : (uint16_t)(100 + rnd() % 800);
}

static void
be_born(struct world *w)
{
	size_t i = w->count;
	bool is_old = w->seq < w->h->operations / 5 && rnd() % 2 == 0;
	struct mkplc_made made;
	struct step s = { .account = i, .ms = w->now };

	if (!ARRAY_GROW(w->accounts, w->count, w->room))
		mkplc_die("no memory");
	w->accounts[w->count++] = (struct mkplc_account){
		.created_ms = w->now
	};
	begin_account(&w->accounts[i], i, is_old);
	s.after = w->accounts[i];
	s.type = is_old ? "create" : NULL;
	made = publish(w, &s);
	plc_did_parse(w->accounts[i].did, made.did, PLC_DID_TEXT);
	memcpy(w->accounts[i].last, made.bytes, sizeof(made.bytes));
	w->accounts[i].updated_ms = w->now;
	verdict(w, w->seq, "valid");
}

static void
bury(struct world *w, struct step *s)
{
	s->type = "plc_tombstone";
	s->after.is_tombstoned = true;
	accept(w, s);
}

/* Thefts. The owner has the first key, and the thief got the second one. */

static void
wait_until(struct world *w, struct story *s, uint64_t at)
{
	size_t i;

	s->at = at;
	if (!ARRAY_GROW(w->stories, w->story_count, w->story_room))
		mkplc_die("no memory");
	for (i = w->story_count++; i > 0 && w->stories[i - 1].at < at; i--)
		w->stories[i] = w->stories[i - 1];
	w->stories[i] = *s;
}

static uint64_t
time_of_ending(const struct story *s, uint64_t now)
{
	uint64_t last = s->began + WINDOW_MS;

	switch (s->ending) {
	case RECOVERED_LAST:
		return last;
	case LATE:
		return last + 1;
	case EARLY:
		return now;
	default:
		return now + 1 + rnd() % (last - now);
	}
}

static void
steal(struct world *w, struct story *story)
{
	struct step s = step_of(w, story->account);
	struct mkplc_names t;

	mkplc_names(&t, s.account, &s.after);
	s.signer = t.signer;
	s.after.renames += 100;
	s.after.host = HOSTS;
	s.after.keys = MKPLC_KEYS_THIEF;
	story->seqs[story->count++] = w->seq + 1;
	if (story->count == story->length && rnd() % 4 == 0) {
		bury(w, &s);
	} else {
		accept(w, &s);
	}
	memcpy(story->stolen, w->accounts[s.account].last,
	    sizeof(story->stolen));
	wait_until(w, story,
	    story->count < story->length ? w->now + 1 + rnd() % (4 * HOUR_MS) :
					   time_of_ending(story, w->now));
}

static void
begin_theft(struct world *w, size_t i)
{
	struct story story = {
		.account = i,
		.before = w->accounts[i],
		.began = w->now,
		.length = 1 + rnd() % STORY_MAX,
		.ending = RECOVERED,
	};

	if (rnd() % 4 == 0)
		story.ending = RECOVERED_LAST;
	else if (w->h->invalid > 0 && rnd() % 2 == 0)
		story.ending = (enum ending)(LATE + rnd() % 3);
	w->accounts[i].is_busy = true;
	steal(w, &story);
}

static void
recover(struct world *w, struct story *story, struct step *s)
{
	size_t i;

	for (i = 0; i < story->count; i++)
		verdict(w, story->seqs[i], "nullified");
	accept(w, s);
	if (w->h->invalid > 0 && rnd() % 2 == 0) {
		w->accounts[s->account].is_busy = true;
		story->ending = STALE;
		wait_until(w, story, w->now + 1 + rnd() % HOUR_MS);
	}
}

static void
end_theft(struct world *w, struct story *story)
{
	static const char *const errors[] = {
		[LATE] = "LateNullification",
		[WEAK] = "WeakNullification",
		[EARLY] = "EarlyNullification",
		[STALE] = "BadPrev",
	};
	struct step s = step_of(w, story->account);
	struct mkplc_names t;

	w->accounts[s.account].is_busy = false;
	mkplc_names(&t, s.account, &story->before);
	s.after = story->before;
	s.prev = story->ending == STALE ? story->stolen : story->before.last;
	s.signer = story->ending == WEAK ? t.signer :
	    story->ending == STALE       ? "k3" :
					   t.recovery;
	if (errors[story->ending] == NULL)
		recover(w, story, &s);
	else
		refuse(w, &s, errors[story->ending]);
}

static void
continue_story(struct world *w)
{
	struct story story = w->stories[--w->story_count];

	w->now = story.at;
	if (story.count < story.length)
		steal(w, &story);
	else
		end_theft(w, &story);
}

/* Invalid operations, which change nothing */

static void
spoil_signature(struct world *w, struct step *s)
{
	static const char *const kinds[] = { "other", "high", "pad", "bits",
		"der" };

	s->sig = kinds[rnd() % 5];
	refuse(w, s, "BadSignature");
}

static void
spoil(struct world *w, size_t i)
{
	struct step s = step_of(w, i);
	uint8_t other[CID_REPO_BYTES];

	switch (rnd() % 7) {
	case 0:
		s.has_wrong_cid = true;
		refuse(w, &s, "BadCid");
		break;
	case 1:
		memcpy(other, s.prev, sizeof(other));
		other[CID_REPO_BYTES / 2] ^= 1;
		s.prev = other;
		refuse(w, &s, "BadPrev");
		break;
	case 2:
		s.ms = s.after.updated_ms;
		refuse(w, &s, "BadTime");
		break;
	case 3:
		s.prev = NULL;
		s.after.renames += 50;
		s.is_of_other = true;
		refuse(w, &s, "BadDid");
		break;
	case 4:
		s.signer = "k9";
		refuse(w, &s, "BadSignature");
		break;
	default:
		spoil_signature(w, &s);
	}
}

static void
follow_tombstone(struct world *w, size_t i)
{
	struct step s = step_of(w, i);

	refuse(w, &s, "AfterTombstone");
}

/* What happens */

static void
change(struct world *w, size_t i)
{
	struct step s = step_of(w, i);
	unsigned chance = rnd() % 100;

	if (chance < 4 && w->h->has_thefts &&
	    s.after.keys != MKPLC_KEYS_THIEF) {
		begin_theft(w, i);
	} else if (chance < 7) {
		bury(w, &s);
		w->buried = i;
	} else {
		if (chance < 60)
			s.after.renames++;
		else if (chance < 80)
			s.after.host = (uint16_t)(rnd() % HOSTS);
		else if (chance < 85 && s.after.keys == MKPLC_KEYS_HOST)
			s.after.keys = MKPLC_KEYS_OWN;
		else
			s.after.signing = (uint16_t)(100 + rnd() % 800);
		accept(w, &s);
	}
}

static void
happen(struct world *w)
{
	const struct mkplc_history *h = w->h;
	bool is_invalid = rnd() % 1000 < h->invalid;
	size_t i, tries;

	if (is_invalid && w->buried > 0 && rnd() % 8 == 0)
		return follow_tombstone(w, w->buried);
	for (tries = 0; tries < TRIES; tries++) {
		if (w->count < h->dids &&
		    w->count * h->operations <= w->seq * h->dids)
			break;
		i = rnd() % (w->count > 0 ? w->count : 1);
		if (w->count == 0 || w->accounts[i].is_busy)
			continue;
		if (!w->accounts[i].is_tombstoned)
			return is_invalid ? spoil(w, i) : change(w, i);
	}
	be_born(w);
}

void
mkplc_history(const struct mkplc_history *h)
{
	struct mkplc_history filled = *h;
	struct world w = { .h = &filled, .now = BASE_MS };
	uint64_t step = SPAN_MS / h->operations, next;
	size_t i;

	if (h->dids == 0)
		filled.dids = h->operations * 2 / 5 + 1;
	rnd_seed(h->seed);
	step = step < STEP_MS ? step : STEP_MS;
	while (w.seq < h->operations) {
		next = w.now + 1 + rnd() % (2 * step);
		if (w.story_count > 0 &&
		    w.stories[w.story_count - 1].at <= next) {
			continue_story(&w);
		} else {
			w.now = next;
			happen(&w);
		}
	}
	for (i = 0; h->latest != NULL && i < w.count; i++)
		mkplc_account_write(h->latest, i, &w.accounts[i]);
	free(w.accounts);
	free(w.stories);
}
