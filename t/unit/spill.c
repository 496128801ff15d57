/* u-spill DIRECTORY: memory beyond a limit, and texts that are needed again, in
 * temporary files of the directory. */
#include "config.h"

#include "libcar/plc/state.h"
#include "libcar/store/backlog.h"
#include "libcar/store/spill.h"
#include "t/lib/random.h"
#include "t/lib/tap.h"

#define DIDS 50000
#define TEXTS 3000
#define TEXT_MAX 6000

static struct status st;

static void
did_of(uint32_t i, uint8_t did[PLC_DID_BYTES])
{
	memset(did, 0, PLC_DID_BYTES);
	memcpy(did, &i, sizeof(i));
}

/* The log of each DID has one entry, or two. */
static struct plc_log
log_of(uint32_t i, struct plc_log_entry entries[2])
{
	struct plc_log log = { entries, 1 + i % 2, 2 };

	memset(entries, 0, 2 * sizeof(*entries));
	entries[0].place = i;
	entries[1].created_ms = i;
	return log;
}

static void
fill(struct plc_state *s)
{
	struct plc_log_entry entries[2];
	uint8_t did[PLC_DID_BYTES];
	struct plc_log log;
	uint32_t i;

	for (i = 0; i < DIDS; i++) {
		log = log_of(i, entries);
		did_of(i, did);
		if (plc_state_put(s, did, &log, &st) == -1)
			break;
	}
	is_int(i, DIDS, "all DIDs have room");
}

static size_t
count_wrong(const struct plc_state *s)
{
	struct plc_log log = { .count = 0 }, want;
	struct plc_log_entry entries[2];
	uint8_t did[PLC_DID_BYTES];
	size_t wrong = 0, k;
	uint32_t i;

	for (i = 0; i < DIDS; i++) {
		want = log_of(i, entries);
		did_of(i, did);
		if (plc_state_get(s, did, &log, &st) == -1 ||
		    log.count != want.count) {
			wrong++;
			continue;
		}
		for (k = 0; k < log.count; k++)
			wrong += log.entries[k].place != entries[k].place ||
			    log.entries[k].created_ms != entries[k].created_ms;
	}
	plc_log_free(&log);
	return wrong;
}

static void
test_spill(const char *dir, size_t limit)
{
	static const uint8_t secret[HASH_SECRET_BYTES] = { 1 };
	struct spill spill = { .dir = dir, .limit = limit };
	struct plc_memory memory = spill_memory(&spill);
	struct plc_state s;

	plc_state_begin(&s, &memory, &memory, secret);
	fill(&s);
	is_int(count_wrong(&s), 0, "and are read back");
	ok(spill.used <= limit, "memory keeps its limit of %zu", limit);
	ok((spill.size > 0) == (limit < DIDS * 60), "the rest is in a file");
	plc_state_free(&s);
	spill_free(&spill);
}

static void
test_no_directory(void)
{
	struct spill spill = { .dir = "no/where" };
	struct plc_memory memory = spill_memory(&spill);
	struct backlog b = { .dir = "no/where" };
	struct slice text = slice_of("x");
	size_t n;

	ok(plc_memory_take(&memory, 1) == NULL, "no directory, no memory");
	for (n = 0; backlog_add(&b, &text, &st) == 0; n++)
		if (n > BACKLOG_MEMORY)
			break;
	ok(n < BACKLOG_MEMORY, "nor a backlog");
	is_str(st.msg,
	    "can't make a file in no/where: No such file or "
	    "directory",
	    "its message");
	backlog_free(&b);
	spill_free(&spill);
}

/* A text of this number */
static struct slice
text_of(size_t i, char text[TEXT_MAX])
{
	size_t n = i * 7919 % TEXT_MAX;

	memset(text, (int)('a' + i % 26), n);
	return slice_make(text, n);
}

static void
test_backlog(const char *dir)
{
	struct backlog b = { .dir = dir };
	static uint64_t places[TEXTS];
	static char text[TEXT_MAX];
	struct slice got, want;
	size_t i, k, wrong = 0;

	for (i = 0; i < TEXTS; i++) {
		places[i] = backlog_next(&b);
		want = text_of(i, text);
		wrong += backlog_add(&b, &want, &st) != 0;
		k = rnd() % (i + 1);
		want = text_of(k, text);
		wrong += backlog_get(&b, places[k], &got, &st) != 0 ||
		    got.len != want.len ||
		    (got.len > 0 && memcmp(got.at, want.at, got.len) != 0);
	}
	is_int(wrong, 0, "texts are read as they were added");
	ok(b.written > 0, "some from the file");
	backlog_free(&b);
}

int
main(int argc, char **argv)
{
	const char *dir = argc == 2 ? argv[1] : ".";

	test_spill(dir, 0);
	test_spill(dir, 1 << 20);
	test_spill(dir, (size_t)1 << 30);
	test_no_directory();
	test_backlog(dir);
	return done_testing();
}
