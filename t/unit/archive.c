/*
 * u-archive put DIR DID LEVEL <CAR: put a CAR into an archive.
 * u-archive force DIR DID LEVEL <CAR: the same, even if the CAR is older.
 * u-archive kill DIR DID LEVEL <CAR: the same, but die before the commit.
 * u-archive find DIR DID: find one.
 * u-archive together DIR: several processes.
 * u-archive: paths, and what the script can't do, in an empty directory.
 */
#include "config.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "libcar/base/buf.h"
#include "libcar/repo/car.h"
#include "libcar/repo/commit.h"
#include "libcar/store/archive.h"
#include "t/lib/tap.h"

#define PROCESSES 8
#define COMMITS 24 /* by each process, and look-ups after each */
#define LOOKS 40

static const char alice[] = "did:plc:h2qnjxmcrp5pdohnb2y5psjt";
static const char tmp[] = "/tmp";

static int
put_failed(struct aside *f, const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	aside_close(f);
	return 3;
}

static int
put(char **argv, bool killed, bool rollback)
{
	const struct archive a = { argv[2], tmp, atoi(argv[4]), rollback, 0,
		NULL };
	struct aside f;
	struct archive_car car = { .size = 0 };
	struct status st = { 0 };
	char block[8192];
	ssize_t n;

	if (archive_create(&f, argv[2], argv[3], strlen(argv[3]), &st) == -1)
		goto failed;
	while ((n = read(0, block, sizeof(block))) > 0)
		if (aside_write(&f, block, n, &st) == -1)
			return put_failed(&f, "write");
	if (killed && aside_flush(&f, &st) == 0)
		raise(SIGKILL);
	if (archive_look(&f, argv[3], strlen(argv[3]), tmp, &car, &st) == -1 ||
	    archive_commit(&f, &a, argv[3], strlen(argv[3]), &car, &st) == -1)
		goto failed;
	printf("%s %llu\n", car.path, (unsigned long long)car.size);
	return f.fd == -1 ? 0 : 4;
failed:
	fprintf(stderr, "%s: %s\n", status_name(st.code), st.msg);
	return f.fd == -1 && f.name[0] == '\0' ? 2 : 4;
}

static int
find(char **argv)
{
	struct archive_car car = { .size = 0 };
	struct status st = { 0 };
	const struct archive a = { .dir = argv[2], .tmp = tmp };
	int got = archive_find(&a, argv[3], strlen(argv[3]), NULL, &car, &st);

	if (got == 1)
		printf("%s %s %s %llu\n", car.path, car.rev, car.head,
		    (unsigned long long)car.size);
	if (got == -1)
		fprintf(stderr, "%s: %s\n", status_name(st.code), st.msg);
	return got == -1 ? 2 : !got;
}

/* A CAR with this number of blocks of zeroes before the commit. */
static void
write_car(struct buf *out, unsigned number, size_t blocks, size_t size)
{
	uint8_t cid[CID_REPO_BYTES], zero_cid[CID_REPO_BYTES];
	char rev[SYNTAX_TID_LEN + 1] = "";
	void *zero = calloc(1, size);
	struct buf commit = { .len = 0 };
	uint8_t sig[64] = { 0 };

	syntax_tid_format(rev, 1700000000000000 + number, 0);
	cid_of_block(zero_cid, zero, size);
	commit_write(&commit, alice, rev, zero_cid, sig);
	cid_of_block(cid, commit.data, commit.len);
	car_write_header(out, cid, sizeof(cid));
	for (; blocks > 0; blocks--)
		car_write_block(out, zero_cid, sizeof(zero_cid), zero, size);
	car_write_block(out, cid, sizeof(cid), commit.data, commit.len);
	buf_free(&commit);
	free(zero);
}

static int
commit_car(const char *dir, const struct buf *car, int level)
{
	const struct archive a = { dir, tmp, level, false, 0, NULL };
	struct aside f;
	struct archive_car out;
	struct status st = { 0 };

	if (archive_create(&f, dir, alice, strlen(alice), &st) == -1 ||
	    write(f.fd, car->data, car->len) != (ssize_t)car->len ||
	    archive_look(&f, alice, strlen(alice), tmp, &out, &st) == -1 ||
	    archive_commit(&f, &a, alice, strlen(alice), &out, &st) == -1) {
		if (st.code == STATUS_OLD_REV)
			return 0;
		diag("%s: %s", status_name(st.code), st.msg);
		return -1;
	}
	return 0;
}

/* A look-up never finds an older one than the look-up before. */
static int
look_often(const char *dir, char rev[SYNTAX_TID_LEN + 1])
{
	const struct archive a = { .dir = dir, .tmp = tmp };
	struct archive_car found;
	struct status st = { 0 };
	unsigned i;

	for (i = 0; i < LOOKS; i++)
		if (archive_find(&a, alice, strlen(alice), NULL, &found, &st) !=
			1 ||
		    strcmp(found.rev, rev) < 0)
			return -1;
		else
			memcpy(rev, found.rev, sizeof(found.rev));
	return 0;
}

static int
commit_many(const char *dir, unsigned process)
{
	char rev[SYNTAX_TID_LEN + 1] = "";
	unsigned i, step;
	int rc = 0;

	for (i = 0; i < COMMITS && rc == 0; i++) {
		struct buf car = { .len = 0 };

		/* Half of the processes bring older and older ones. */
		step = process % 2 == 0 ? i : COMMITS - i;
		write_car(&car, step * PROCESSES + process, 3, 9000);
		rc = commit_car(dir, &car, (process + i) % 3);
		buf_free(&car);
		if (rc == 0)
			rc = look_often(dir, rev);
	}
	fflush(stdout);
	return rc == -1;
}

static void
is_latest(const char *dir)
{
	const struct archive a = { .dir = dir, .tmp = tmp };
	char rev[SYNTAX_TID_LEN + 1] = "";
	struct archive_car found;
	struct status st = { 0 };

	syntax_tid_format(rev,
	    1700000000000000 + COMMITS * PROCESSES + PROCESSES - 1, 0);
	is_int(archive_find(&a, alice, strlen(alice), NULL, &found, &st), 1,
	    "one is there");
	is_str(found.rev, rev, "the latest of them all");
}

/* Processes commit the same DID, plain and compressed, and look it up. It
 * always exists, and is never older than before. */
static int
together(const char *dir)
{
	unsigned i, bad = 0;
	struct buf car = { .len = 0 };
	int code;

	write_car(&car, 0, 1, 1);
	is_int(commit_car(dir, &car, ARCHIVE_PLAIN), 0, "a first one");
	fflush(stdout);
	for (i = 0; i < PROCESSES; i++)
		if (fork() == 0)
			_exit(commit_many(dir, i));
	while (wait(&code) != -1)
		bad += code != 0;
	is_int(bad, 0, "%d processes of %d commits", PROCESSES, COMMITS);
	buf_free(&car);
	is_latest(dir);
	return done_testing();
}

static void
is_path_len(const char *did, size_t len, const char *want)
{
	char path[PATH_MAX];
	struct status st = { 0 };

	is_int(archive_path(path, "dir", did, len, &st), 0, "a path");
	is_str(path, want, "%s", want);
}

static void
is_path(const char *did, const char *want)
{
	is_path_len(did, strlen(did), want);
}

/* The first two hex digits are those of sha256sum. */
static void
test_paths(void)
{
	is_path(alice, "dir/35/did_plc_h2qnjxmcrp5pdohnb2y5psjt.car");
	is_path("did:web:localhost%3A8080",
	    "dir/8d/did_web_localhost%253A8080.car");
	is_path("did:web:a_b", "dir/16/did_web_a%5Fb.car");
	is_path("did:web:a:b", "dir/58/did_web_a_b.car");
	is_path("../../etc/passwd", "dir/37/..%2F..%2Fetc%2Fpasswd.car");
	is_path("AZaz09.-", "dir/17/AZaz09.-.car");
	is_path(" \n/~\x7f\xff@[`{",
	    "dir/82/%20%0A%2F%7E%7F%FF%40%5B%60%7B.car");
	is_path_len("a\0b", 3, "dir/59/a%00b.car");
	is_path("", "dir/e3/.car");
}

/* A DID of this many bytes. */
static void
long_did(char *out, size_t len, const char *end)
{
	size_t n = strlen(end);

	memset(out, 'a', len);
	memcpy(out, "did:web:", 8);
	memcpy(out + len - n, end, n + 1);
}

static void
test_long_names(void)
{
	char did[256], path[PATH_MAX], want[PATH_MAX];
	struct status st = { 0 };

	long_did(did, 200, "a");
	is_int(archive_path(path, "d", did, 200, &st), 0, "200 bytes");
	is_int(strlen(path), 2 + 3 + 200 + 4, "are a name");
	is_mem(path + 5, 8, "did_web_", 8, "of the DID");
	long_did(did, 201, "a");
	is_path(did,
	    "dir/"
	    "f8/f8bcc99750c86d681f9faf330a094cc4"
	    "c8323668462b775dafd15db1d7c43dc7.car");
	long_did(did, 198, "_");
	is_int(archive_path(path, "d", did, 198, &st), 0, "198, encoded 200");
	is_str(path + 5 + 197, "%5F.car", "are a name");
	long_did(did, 199, "_");
	is_int(archive_path(path, "d", did, 199, &st), 0, "199, encoded 201");
	is_int(strlen(path), 2 + 3 + 64 + 4, "are a hash");
	snprintf(want, sizeof(want), "d/%.2s/%.64s.car", path + 5, path + 5);
	is_str(path, want, "whose first digits are the shard");
}

static void
refuses_dir(const char *dir, const char *why)
{
	const struct archive a = { .dir = dir, .tmp = tmp };
	char path[PATH_MAX];
	struct aside f = { .fd = 0 };
	struct archive_car car;
	struct status st = { 0 };
	size_t n = strlen(alice);

	is_int(archive_path(path, dir, alice, n, &st), -1, "%s", why);
	is_str(status_name(st.code), "System", "%s", st.msg);
	st.code = STATUS_OK;
	is_int(archive_create(&f, dir, alice, n, &st), -1, "creates nothing");
	is_int(f.fd, -1, "no file");
	is_str(status_name(st.code), "System", "%s", st.msg);
	st.code = STATUS_OK;
	is_int(archive_find(&a, alice, n, NULL, &car, &st), -1,
	    "finds nothing");
	is_str(status_name(st.code), "System", "%s", st.msg);
}

static void
test_directories(void)
{
	static const char rest[] = "/35/did_plc_h2qnjxmcrp5pdohnb2y5psjt.car";
	char dir[PATH_MAX], path[PATH_MAX];
	struct status st = { 0 };
	size_t n = PATH_MAX - sizeof(rest);

	refuses_dir("", "no directory");
	memset(dir, 'd', sizeof(dir));
	dir[n] = '\0';
	is_int(archive_path(path, dir, alice, strlen(alice), &st), 0,
	    "the longest path");
	is_int(strlen(path), PATH_MAX - 1, "fits");
	dir[n] = 'd';
	dir[n + 1] = '\0';
	refuses_dir(dir, "a byte more");
	is_int(archive_path(path, "a/", alice, strlen(alice), &st), 0,
	    "a slash at the end");
	is_int(strncmp(path, "a/35/", 5), 0, "is enough");
}

static void
test_none(void)
{
	struct aside f = { .fd = -1 };
	struct status st = { 0 };
	struct stat s;

	aside_close(&f);
	is_int(f.fd, -1, "nothing to abort");
	is_int(aside_open_temporary(&f, tmp, &st), 0, "a file without a name");
	is_int(fstat(f.fd, &s), 0, "is one");
	is_int(s.st_nlink, 0, "has none");
	is_int(write(f.fd, "abc", 3), 3, "is written");
	is_int(pread(f.fd, &s, 3, 0), 3, "and read");
	aside_close(&f);
	is_int(f.fd, -1, "is gone");
	is_int(aside_open_temporary(&f, "/nonexistent", &st), -1,
	    "no directory for it: %s", st.msg);
	is_int(f.fd, -1, "has no file");
	is_str(st.msg,
	    "can't make a file in /nonexistent: No such file or directory",
	    "its message");
}

/* A local failure doesn't mean that the archive lacks this CAR. */
static void
test_find_trouble(void)
{
	struct buf car = { .len = 0 };
	struct archive_car found;
	struct status st = { 0 };
	struct rlimit limit, none;
	struct archive late = { .dir = "late", .tmp = tmp };
	size_t n = strlen(alice);

	write_car(&car, 1, 10, 1900000);
	is_int(commit_car("late", &car, 1), 0, "the commit after 19 MB");
	buf_free(&car);
	is_int(archive_find(&late, alice, n, NULL, &found, &st), 1, "is found");
	ok(found.size < 100000, "in a file of %d bytes", (int)found.size);
	late.tmp = "/nonexistent";
	is_int(archive_find(&late, alice, n, NULL, &found, &st), -1,
	    "no room for it");
	late.tmp = tmp;
	is_str(status_name(st.code), "System", "%s", st.msg);
	getrlimit(RLIMIT_NOFILE, &limit);
	none = limit;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &none);
	is_int(archive_find(&late, alice, n, NULL, &found, &st), -1,
	    "no descriptor");
	is_str(status_name(st.code), "System", "%s", st.msg);
	setrlimit(RLIMIT_NOFILE, &limit);
	is_int(archive_find(&late, alice, n, NULL, &found, &st), 1,
	    "as before");
}

int
main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "put") == 0)
		return put(argv, false, false);
	if (argc == 5 && strcmp(argv[1], "force") == 0)
		return put(argv, false, true);
	if (argc == 5 && strcmp(argv[1], "kill") == 0)
		return put(argv, true, false);
	if (argc == 4 && strcmp(argv[1], "find") == 0)
		return find(argv);
	if (argc == 3 && strcmp(argv[1], "together") == 0)
		return together(argv[2]);
	test_paths();
	test_long_names();
	test_directories();
	test_none();
	test_find_trouble();
	return done_testing();
}
