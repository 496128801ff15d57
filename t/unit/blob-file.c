/* A directory of blobs: names, files that appear whole, links. */
#include "config.h"

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "libcar/base/hash.h"
#include "libcar/store/blob_file.h"
#include "t/lib/tap.h"

static uint8_t cid[BLOB_FILE_CID_BYTES] = { 1, CID_RAW, HASH_SHA2_256, 32 };
static char shard[32], path[PATH_MAX];
static struct blob_file file;
static struct status st;

static int
make(const char *bytes)
{
	struct aside f;

	memset(&f, 0xff, sizeof(f)); /* nothing of it counts */
	if (blob_file_create(&f, "blobs", cid, &st) == -1 ||
	    aside_write(&f, bytes, strlen(bytes), &st) == -1) {
		aside_close(&f);
		return -1;
	}
	return blob_file_keep(&f, &file, "blobs", cid, &st);
}

static void
test_path(void)
{
	char long_dir[PATH_MAX], text[CID_MAX_TEXT], want[PATH_MAX];
	int len = (int)cid_format(text, cid, sizeof(cid));

	snprintf(want, sizeof(want), "%s/%.*s", shard, len, text);
	is_int(blob_file_path(path, "blobs/", cid, &st), 0, "a path");
	is_str(path, want, "with one slash");
	is_int(blob_file_path(path, "blobs", cid, &st), 0, "without a slash");
	is_str(path, want, "the same");
	memset(long_dir, 'x', sizeof(long_dir) - 1);
	long_dir[sizeof(long_dir) - 1] = '\0';
	is_int(blob_file_path(want, long_dir, cid, &st), -1, "a long one");
	is_int(st.code, STATUS_SYSTEM, "is refused");
}

static void
test_files(void)
{
	struct aside f;

	is_int(blob_file_find(&file, "blobs", cid, &st), 0, "nothing yet");
	is_int(blob_file_create(&f, "blobs", cid, &st), 0, "a file");
	is_int(blob_file_find(&file, "blobs", cid, &st), 0, "has no name");
	aside_close(&f);
	ok(access(path, F_OK) == -1, "and is gone");
	is_int(make("hello"), 0, "a whole one");
	is_str(file.path, path, "has its name");
	is_int((int)file.size, 5, "its size");
	ok(file.at > 1000000, "and a time");
	is_int(make("other"), 0, "another one of that name");
	is_int(blob_file_find(&file, "blobs", cid, &st), 1, "is not needed");
	is_int((int)file.size, 5, "the first one stays");
	is_int(unlink(path), 0, "without the file");
	is_int(mkdir(path, 0777), 0, "a directory of that name");
	is_int(blob_file_find(&file, "blobs", cid, &st), 0, "is no blob");
	is_int(make("x"), -1, "and can't be replaced");
	is_int(st.code, STATUS_SYSTEM, "which is fatal");
	is_int(rmdir(path), 0, "it stays");
}

static void
test_link(void)
{
	is_int(rmdir(shard), 0, "the shard is empty");
	is_int(symlink("/tmp", shard), 0, "a link in its place");
	is_int(make("x"), -1, "is not followed");
	is_str(st.msg + strlen(shard), ": a symbolic link, want a directory",
	    "message");
}

int
main(void)
{
	hash_sha256(cid + 4, "hello", 5);
	snprintf(shard, sizeof(shard), "blobs/%02x", cid[4]);
	test_path();
	test_files();
	test_link();
	return done_testing();
}
