/* The archive of operations: its files, and what a killed writer leaves. */
#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "libcar/base/clock.h"
#include "libcar/store/frame_file.h"
#include "libcar/store/oplog.h"
#include "t/lib/tap.h"

#define KILLS 40

static struct status st;

static bool
put(struct oplog *o, uint64_t seq)
{
	char line[64];
	int n = snprintf(line, sizeof(line),
	    "{\"type\":\"plc\",\"did\":\"x\",\"seq\":%" PRIu64 "}\n", seq);

	return oplog_put(o, seq, line, (size_t)n, &st) == 0;
}

/* How many lines of a file ascend by one from `first`? */
static uint64_t
count(const char *path, uint64_t first)
{
	struct frame_file f = { .fd = open(path, O_RDONLY), .lines = true };
	const void *line;
	char want[32];
	uint64_t n = 0;
	size_t len;
	int rc;

	while ((rc = frame_file_next(&f, &line, &len, &st)) == 1) {
		snprintf(want, sizeof(want), ":%" PRIu64 "}\n", first + n);
		if (memmem(line, len, want, strlen(want)) == NULL)
			break;
		n++;
	}
	ok(rc == 0, "%s is whole", path);
	close(f.fd);
	frame_file_free(&f);
	return n;
}

static void
test_files(void)
{
	struct oplog o;
	uint64_t i, failed = 0;

	is_int(oplog_open(&o, "files", &st), 0, "a new archive");
	is_int((int64_t)o.last, 0, "which is empty");
	for (i = 1; i <= OPLOG_FILE_LINES * 2 + 5; i++) {
		failed += !put(&o, i);
		if (oplog_is_due(&o))
			failed += oplog_flush(&o, &st) == -1;
	}
	is_int((int64_t)failed, 0, "two million lines and five");
	is_int(oplog_flush(&o, &st), 0, "the last frame");
	is_int(oplog_flush(&o, &st), 0, "and nothing more");
	oplog_close(&o);
	is_int((int64_t)count("files/0000000000000001.ndjson.zst", 1),
	    OPLOG_FILE_LINES, "a million in the first file");
	is_int((int64_t)count("files/0000000001000001.ndjson.zst", 1000001),
	    OPLOG_FILE_LINES, "and in the second");
	is_int((int64_t)count("files/0000000002000001.ndjson.zst", 2000001), 5,
	    "five in the last");
	is_int(oplog_open(&o, "files", &st), 0, "again");
	is_int((int64_t)o.last, 2000005, "it ends there");
	oplog_close(&o);
}

/* A line that comes late is not the end, and its file isn't out of order. */
static void
test_late(void)
{
	struct oplog o;

	oplog_open(&o, "late", &st);
	put(&o, 5);
	put(&o, 9);
	put(&o, 8);
	oplog_flush(&o, &st);
	oplog_close(&o);
	is_int(oplog_open(&o, "late", &st), 0, "a late line");
	is_int((int64_t)o.last, 9, "the highest seq counts");
	ok(o.line.len > 0 && memmem(o.line.data, o.line.len, ":9}", 3) != NULL,
	    "and its line is given");
	o.lines = OPLOG_FILE_LINES;
	put(&o, 7);
	oplog_flush(&o, &st);
	oplog_close(&o);
	is_int(access("late/0000000000000010.ndjson.zst", F_OK), 0,
	    "no file begins before the end of the one before");
}

/* Append small frames until somebody kills us. */
static void
write_for_ever(void)
{
	struct oplog o;
	uint64_t i, seq;

	if (oplog_open(&o, "killed", &st) == -1)
		_exit(1);
	for (seq = o.last;;) {
		for (i = 0; i < 40; i++)
			put(&o, ++seq);
		if (oplog_flush(&o, &st) == -1)
			_exit(1);
	}
}

/* Tear the end as a kill inside write(2) would. */
static void
tear(const char *path, unsigned n)
{
	struct stat s;

	if (n % 2 == 0 || stat(path, &s) == -1 || s.st_size < 100)
		return;
	is_int(truncate(path, s.st_size - 1 - n % 60), 0, "tear the end");
}

static void
test_kills(void)
{
	static const char path[] = "killed/0000000000000001.ndjson.zst";
	uint64_t last = 0, bad = 0;
	struct oplog o;
	unsigned i;
	int status;
	pid_t pid;

	for (i = 0; i < KILLS; i++) {
		if ((pid = fork()) == 0)
			write_for_ever();
		clock_sleep_ms(1 + (int64_t)(i * 7) % 30);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		bad += !WIFSIGNALED(status);
		tear(path, i);
		bad += oplog_open(&o, "killed", &st) == -1;
		bad += o.last + 40 < last;
		last = o.last;
		oplog_close(&o);
	}
	is_int((int64_t)bad, 0, "%d kills", KILLS);
	ok(last > 0, "something was written");
	is_int((int64_t)count(path, 1), (int64_t)last, "and nothing is lost");
}

/* Nothing but a torn frame: then there is no file. */
static void
test_torn_first(void)
{
	struct oplog o;

	oplog_open(&o, "torn", &st);
	put(&o, 1);
	oplog_flush(&o, &st);
	o.lines = OPLOG_FILE_LINES;
	put(&o, 2);
	oplog_flush(&o, &st);
	oplog_close(&o);
	is_int(truncate("torn/0000000000000002.ndjson.zst", 9), 0, "torn");
	is_int(oplog_open(&o, "torn", &st), 0, "a file with half a frame");
	is_int((int64_t)o.last, 1, "the file before it is the last");
	is_int(access("torn/0000000000000002.ndjson.zst", F_OK), -1,
	    "and it is gone");
	oplog_close(&o);
}

static void
test_lock(void)
{
	struct oplog a, b;

	oplog_open(&a, "files", &st);
	is_int(oplog_open(&b, "files", &st), -1, "a second writer");
	is_int(st.code, STATUS_AGAIN, "may try later");
	oplog_close(&b);
	oplog_close(&a);
	is_int(oplog_open(&b, "files", &st), 0, "when the first has ended");
	oplog_close(&b);
	oplog_close(&b);
}

int
main(void)
{
	test_files();
	test_late();
	test_kills();
	test_torn_first();
	test_lock();
	return done_testing();
}
