/* u-plc-log: logs replayed: each rule with its edge, and what is kept. */
#include "config.h"

#include "libcar/plc/log.h"
#include "t/lib/tap.h"

static struct plc_log l;
static struct plc_log_change change;
static struct status st;

#define HOURS(n) ((int64_t)(n)*60 * 60 * 1000)

/* An operation's digest is its name, repeated. */
static const uint8_t *
digest(char name, uint8_t *out)
{
	memset(out, name, PLC_LOG_DIGEST_BYTES);
	return out;
}

static struct plc_log_step
step(char name, char prev, int64_t ms, int signer)
{
	static uint8_t bytes[PLC_LOG_DIGEST_BYTES];
	struct plc_log_step s = { .signer = signer, .is_of_did = true };

	digest(name, s.entry.digest);
	s.entry.created_ms = ms;
	if (prev != '-')
		s.prev = digest(prev, bytes);
	return s;
}

static void
add_step(const struct plc_log_step *s, enum status_code code, const char *name)
{
	st.code = STATUS_OK;
	change = plc_log_add(&l, s, &st);
	is_str(status_name(st.code), status_name(code), "%s", name);
}

static void
add(char name, char prev, int64_t ms, int signer, enum status_code code,
    const char *what)
{
	struct plc_log_step s = step(name, prev, ms, signer);

	add_step(&s, code, what);
}

static void
add_tombstone(char name, char prev, int64_t ms, int signer)
{
	struct plc_log_step s = step(name, prev, ms, signer);

	s.entry.is_tombstone = true;
	add_step(&s, STATUS_OK, "a tombstone");
}

/* The log: nullified entries in lower case, those of now with an `!`. */
static void
is_log(const char *want, const char *name)
{
	char got[100], *p = got;
	size_t i;

	for (i = 0; i < l.count; i++) {
		*p++ = l.entries[i].digest[0] |
		    (l.entries[i].is_nullified ? 0x20 : 0);
		if (l.entries[i].nullified_now)
			*p++ = '!';
	}
	*p = '\0';
	is_str(got, want, "%s", name);
}

static void
begin(void)
{
	l.count = 0;
	add('A', '-', 1000, 1, STATUS_OK, "a first operation");
}

static void
test_first(void)
{
	struct plc_log_step s = step('A', '-', 0, 0);

	l.count = 0;
	add('B', 'A', 0, 0, STATUS_BAD_PREV, "a log without its first one");
	add('A', '-', 0, PLC_LOG_NO_SIGNER, STATUS_BAD_SIGNATURE,
	    "a first one that isn't signed");
	s.is_of_did = false;
	add_step(&s, STATUS_BAD_DID, "one of another DID");
	is_int(l.count, 0, "none of them is kept");
	s.is_of_did = true;
	add_step(&s, STATUS_OK, "a good one");
	is_int(change.result, PLC_LOG_APPENDED, "is appended");
	add_step(&s, STATUS_OK, "the same again");
	is_int(change.result, PLC_LOG_KNOWN, "is known");
	s.entry.created_ms = 1;
	add_step(&s, STATUS_BAD_TIME, "but not at another time");
	is_int(change.result, PLC_LOG_INVALID, "is invalid");
	s = step('B', '-', 1, 0);
	s.is_of_did = false;
	add_step(&s, STATUS_BAD_DID, "one of another DID");
	is_log("A", "the log");
}

static void
test_next(void)
{
	begin();
	add('B', 'A', 1000, 0, STATUS_BAD_TIME, "an equal time");
	add('B', 'A', 999, 0, STATUS_BAD_TIME, "an earlier time");
	add('B', 'X', 1001, 0, STATUS_BAD_PREV, "an unknown prev");
	add('B', 'A', 1001, PLC_LOG_NO_SIGNER, STATUS_BAD_SIGNATURE,
	    "not signed");
	add('B', 'A', 1001, 1, STATUS_OK, "a later time");
	is_log("AB", "the log");
	add_tombstone('C', 'B', 1002, 1);
	add('D', 'C', 1003, 0, STATUS_AFTER_TOMBSTONE, "after a tombstone");
	is_log("ABC", "the log");
}

/* B is signed by the second key, at 2000. */
static void
begin_two(void)
{
	begin();
	add('B', 'A', 2000, 1, STATUS_OK, "a second operation");
}

static void
test_nullification(void)
{
	begin_two();
	add('N', 'A', 3000, 1, STATUS_WEAK_NULLIFICATION, "the same key");
	add('N', 'A', 3000, 2, STATUS_WEAK_NULLIFICATION, "a lower key");
	add('N', 'A', 2000, 0, STATUS_EARLY_NULLIFICATION, "an equal time");
	add('N', 'A', 2001 + PLC_LOG_WINDOW_MS, 0, STATUS_LATE_NULLIFICATION,
	    "72 hours and a millisecond later");
	is_log("AB", "none of them changes the log");
	add('N', 'A', 2000 + PLC_LOG_WINDOW_MS, 0, STATUS_OK,
	    "exactly 72 hours later");
	is_log("Ab!N", "the log");
	add('C', 'B', HOURS(73), 0, STATUS_BAD_PREV, "after a nullified one");
	is_str(st.msg, "prev is a nullified operation", "its message");
	is_log("AbN", "the log");
	add('B', 'A', 2000, 1, STATUS_OK, "the nullified one again");
	is_int(change.result, PLC_LOG_KNOWN, "is known");
	ok(change.is_nullified, "and nullified");
}

static void
test_several(void)
{
	begin_two();
	add('C', 'B', 3000, 0, STATUS_OK, "signed by the first key");
	add('N', 'B', 4000, 0, STATUS_WEAK_NULLIFICATION,
	    "the first key can't be overruled");
	add('N', 'A', 4000, 0, STATUS_OK, "but what it follows can");
	is_log("Ab!c!N", "both are nullified");
	add('M', 'A', 5000, 0, STATUS_WEAK_NULLIFICATION,
	    "nor does a nullification give way to its own key");
	begin();
	add('B', 'A', 2000, 2, STATUS_OK, "signed by the third key");
	add('C', 'A', 3000, 1, STATUS_OK, "nullified by the second one");
	add('D', 'A', 4000, 0, STATUS_OK, "which the first one nullifies");
	is_log("Abc!D", "each is nullified once");
}

static void
test_tombstone(void)
{
	begin();
	add_tombstone('B', 'A', 2000, 1);
	add('C', 'A', 3000, 0, STATUS_OK, "a tombstone is nullified");
	is_log("Ab!C", "the log");
	add('D', 'C', 4000, 0, STATUS_OK, "and the log goes on");
}

static size_t removed;

static void
count_removed(void *ctx, const struct plc_log_entry *e)
{
	(void)ctx;
	(void)e;
	removed++;
}

static void
test_prune(void)
{
	begin_two();
	add('C', 'B', 1999 + PLC_LOG_WINDOW_MS, 1, STATUS_OK,
	    "within 72 hours");
	removed = 0;
	plc_log_prune(&l, count_removed, NULL);
	is_log("ABC", "all may still be followed");
	is_int(removed, 0, "none is removed");
	add('D', 'C', 2000 + PLC_LOG_WINDOW_MS, 1, STATUS_OK, "72 hours later");
	plc_log_prune(&l, count_removed, NULL);
	is_log("BCD", "A can't be followed any more");
	is_int(removed, 1, "and is removed");
	add('N', 'A', 2001 + PLC_LOG_WINDOW_MS, 0, STATUS_BAD_PREV,
	    "what follows it");
	add('A', '-', 1000, 0, STATUS_BAD_PREV, "A itself");
	add('E', 'D', HOURS(1000), 1, STATUS_OK, "long after");
	plc_log_prune(&l, NULL, NULL);
	is_log("DE", "only E can be nullified");
	add('F', 'E', HOURS(1001), 1, STATUS_OK, "one more");
	add('N', 'E', HOURS(1002), 0, STATUS_OK, "nullified");
	plc_log_prune(&l, NULL, NULL);
	is_log("DEf!N", "stays");
	add('G', 'N', HOURS(1074), 0, STATUS_OK, "for ever");
	plc_log_prune(&l, NULL, NULL);
	is_log("fNG", "in the log");
	add('F', 'E', HOURS(1001), 1, STATUS_OK, "it comes again");
	ok(change.is_nullified && l.entries[0].is_reported, "and is reported");
}

/* Many operations within 72 hours */
static void
test_limit(void)
{
	struct plc_log_step s;
	uint8_t prev[PLC_LOG_DIGEST_BYTES] = { 0 };
	uint32_t i;

	l.count = 0;
	for (i = 0; i < PLC_LOG_MAX_ENTRIES + 10; i++) {
		s = step(0, '-', i, 1);
		memcpy(s.entry.digest, &i, sizeof(i));
		s.prev = i == 0 ? NULL : prev;
		if (plc_log_add(&l, &s, &st).result != PLC_LOG_APPENDED)
			break;
		plc_log_prune(&l, NULL, NULL);
		memcpy(prev, &i, sizeof(i));
	}
	is_int(i, PLC_LOG_MAX_ENTRIES + 10, "many operations");
	is_int(l.count, PLC_LOG_MAX_ENTRIES, "the oldest ones are removed");
}

int
main(void)
{
	test_first();
	test_next();
	test_nullification();
	test_several();
	test_tombstone();
	test_prune();
	test_limit();
	plc_log_free(&l);
	return done_testing();
}
