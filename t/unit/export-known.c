/* Which operations of a directory came before, and the pace of requests. */
#include "config.h"

#include "libcar/net/export_known.h"
#include "libcar/net/pace.h"
#include "t/lib/tap.h"

static struct export_known known;

static enum export_known_verdict
take(uint64_t seq, const char *cid)
{
	struct export_entry e = {
		.seq = seq,
		.line = { .did = slice_of("did:plc:x"), .cid = slice_of(cid) },
	};

	return export_known_take(&known, &e);
}

static void
test_known(void)
{
	export_known_start(&known, 10);
	is_int(take(10, "a"), EXPORT_KNOWN_BEFORE, "the cursor itself");
	is_int(take(12, "a"), EXPORT_KNOWN_NEW, "above it");
	is_int(take(12, "a"), EXPORT_KNOWN_AGAIN, "the same");
	is_int(take(12, "b"), EXPORT_KNOWN_CHANGED, "another one");
	is_int(take(12, "a"), EXPORT_KNOWN_AGAIN, "the first one stays");
	is_int(take(14, "a"), EXPORT_KNOWN_NEW, "the next");
	is_int(take(13, "a"), EXPORT_KNOWN_LATE, "one in between");
	is_int(take(13, "a"), EXPORT_KNOWN_AGAIN, "it is known");
	is_int((int64_t)known.last, 14, "the highest one counts");
}

static void
test_start_at(void)
{
	struct export_entry e = {
		.seq = 7,
		.line = { .did = slice_of("did:plc:x"), .cid = slice_of("a") },
	};

	export_known_start_at(&known, &e);
	is_int(take(7, "a"), EXPORT_KNOWN_AGAIN, "a start at an operation");
	is_int(take(7, "b"), EXPORT_KNOWN_CHANGED, "which is compared");
	is_int(take(6, "b"), EXPORT_KNOWN_BEFORE, "nothing before it is known");
}

/* The ring forgets the oldest, and then can't tell them from unknown ones. */
static void
test_ring(void)
{
	uint64_t i, bad = 0;

	export_known_start(&known, 0);
	for (i = 1; i <= 3 * EXPORT_KNOWN_MAX; i++)
		bad += take(2 * i, "a") != EXPORT_KNOWN_NEW;
	is_int((int64_t)bad, 0, "many new ones");
	i = 2 * (2 * EXPORT_KNOWN_MAX + 1);
	is_int(take(i, "a"), EXPORT_KNOWN_AGAIN, "the oldest in memory");
	is_int(take(i - 2, "a"), EXPORT_KNOWN_BEFORE, "one before it");
	is_int(take(i - 1, "a"), EXPORT_KNOWN_LATE, "a hole in the memory");
	is_int(take(i, "a"), EXPORT_KNOWN_BEFORE, "which has pushed one out");
}

static void
test_pace(void)
{
	struct pace p = { .most = 3 };
	struct status st;

	is_int((int64_t)pace_wait_ms(&p, 5), 0, "the first need not wait");
	pace_note(&p, 5, &st);
	pace_note(&p, 1000, &st);
	is_int((int64_t)pace_wait_ms(&p, 1000), 0, "nor the third");
	pace_note(&p, 1000, &st);
	is_int((int64_t)pace_wait_ms(&p, 1000), PACE_MS - 995, "the fourth");
	is_int((int64_t)pace_wait_ms(&p, PACE_MS + 4), 1, "until");
	is_int((int64_t)pace_wait_ms(&p, PACE_MS + 5), 0, "five minutes later");
	pace_note(&p, PACE_MS + 5, &st);
	is_int((int64_t)pace_wait_ms(&p, PACE_MS + 5), 995, "the next");
	is_int((int64_t)pace_wait_ms(&p, UINT64_MAX / 2), 0, "much later");
	pace_free(&p);
	is_int((int64_t)pace_wait_ms(&p, 0), 0, "no limit");
	is_int(pace_note(&p, 0, &st), 0, "and nothing to note");
	pace_free(&p);
}

int
main(void)
{
	test_known();
	test_start_at();
	test_ring();
	test_pace();
	return done_testing();
}
