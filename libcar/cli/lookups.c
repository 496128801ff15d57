#include "config.h"

#include "libcar/base/clock.h"
#include "libcar/cli/lookups.h"

/*
 * Decide which look-ups begin, and remember what they found.
 *
 * The first look-up of a key may be answered by the cache. If a known key
 * doesn't fit, the answer must be fresh.
 */

enum identities_result
cli_lookups_event(struct cli_lookups *l, const struct slice *did,
    unsigned service, uint64_t seq)
{
	const struct identities_ask ask = {
		.event = true,
		.service = service,
		.seq = seq,
		.fresh = true,
	};

	return identities_start(l->identities, did, &ask);
}

static enum identities_result
ask_key(struct cli_lookups *l, const struct slice *did, unsigned service)
{
	const struct signer known = signer_find(&l->signers, did);
	const struct identities_ask ask = {
		.service = service,
		.fresh = known.has_key || known.asked != 0,
	};

	return identities_start(l->identities, did, &ask);
}

void
cli_lookups_want(struct cli_lookups *l, const struct slice *did,
    unsigned service)
{
	if (!identities_reached(l->identities, service, LOOKUPS_LATER) &&
	    !identities_has(l->identities, did))
		ask_key(l, did, service);
}

/* Look-ups of one account may end in another order than they began. */
static void
remember(struct cli_lookups *l, const struct slice *did, const struct signer *s)
{
	if (signer_find(&l->signers, did).asked <= s->asked)
		signer_learn(&l->signers, did, s);
}

/* What is known stays, but the next commit won't ask again soon. */
static void
learn_failure(struct cli_lookups *l, const struct slice *did, uint64_t began,
    enum status_code why)
{
	struct signer s = signer_find(&l->signers, did);

	s.asked = began;
	s.again = clock_monotonic_ms() + LOOKUPS_FAILED_MS;
	s.why = why;
	remember(l, did, &s);
}

struct need {
	struct cli_lookups *lookups;
	struct held_account *unreachable;
};

/* The first message whose service has room for a look-up, or NULL. Otherwise a
 * service that is full could hold up the account at all others. */
static const struct held_message *
find_room(const struct cli_lookups *l, const struct held_account *a)
{
	const struct held_message *m = a->first;

	while (m != NULL && identities_full(l->identities, m->service))
		m = m->next;
	return m;
}

static bool
ask_for(void *ctx, struct held_account *a)
{
	struct need *n = ctx;
	struct cli_lookups *l = n->lookups;
	const struct held_message *m;

	if (a->asked || (m = find_room(l, a)) == NULL)
		return true;
	a->asked = true;
	switch (ask_key(l, &a->did, m->service)) {
	case IDENTITIES_BEGUN:
		return true;
	case IDENTITIES_BUSY:
		a->asked = false;
		return false;
	default:
		a->asked = false;
		learn_failure(l, &a->did, clock_monotonic_ms(),
		    STATUS_CONNECTION);
		n->unreachable = a;
		return false;
	}
}

struct held_account *
cli_lookups_need(struct cli_lookups *l)
{
	struct need n = { .lookups = l };

	held_each(&l->held, ask_for, &n);
	return n.unreachable;
}

static void
read_document(struct signer *s, const struct stream_identity *line)
{
	struct status st;

	s->has_key = line->key.len > 0 &&
	    key_parse(&s->key, line->key.at, line->key.len, &st) == 0;
	s->host = signer_host(&line->pds);
}

/* An answer of the cache may be older than any message. If the look-up of an
 * event fails, the cache may still have the key. */
void
cli_lookups_learn(struct cli_lookups *l, const struct stream_identity *line,
    const struct identities_ask *ask, const struct status *why)
{
	struct signer s = { .again = clock_monotonic_ms() + LOOKUPS_NO_KEY_MS };
	struct held_account *a = held_find(&l->held, &line->did);

	if (a != NULL)
		a->asked = false;
	if (why != NULL) {
		if (!ask->event)
			learn_failure(l, &line->did, ask->began, why->code);
		return;
	}
	s.asked = ask->fresh ? ask->began : 1;
	read_document(&s, line);
	remember(l, &line->did, &s);
	if (line->stale == STREAM_TRUE)
		learn_failure(l, &line->did, ask->began, STATUS_OFFLINE);
}

bool
cli_lookups_full(const struct cli_lookups *l, unsigned service)
{
	return identities_full(l->identities, service) ||
	    held_is_full(&l->held, service);
}

bool
cli_lookups_busy(const struct cli_lookups *l)
{
	return l->identities->events > 0 || l->held.count > 0;
}

uint64_t
cli_lookups_before(const struct cli_lookups *l, unsigned service, uint64_t seq)
{
	uint64_t first = held_first(&l->held, service);

	if (first != 0 && first <= seq)
		seq = first - 1;
	return l->identities == NULL ?
	    seq :
	    identities_before(l->identities, service, seq);
}

void
cli_lookups_free(struct cli_lookups *l)
{
	held_free(&l->held);
	signer_free(&l->signers);
}
