/* In an empty directory: a file becomes visible when it is complete, and not
 * before. */
#include "config.h"

#include <sys/stat.h>

#include <dirent.h>
#include <unistd.h>

#include "libcar/store/aside.h"
#include "t/lib/tap.h"

/* The number of files and directories in a directory. */
static int
entries(const char *dir)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	int n = 0;

	while (d != NULL && (e = readdir(d)) != NULL)
		n += strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0;
	if (d != NULL)
		closedir(d);
	return n;
}

static void
holds(const char *path, const char *want)
{
	char text[100] = "";
	FILE *f = fopen(path, "r");

	if (ok(f != NULL, "%s is there", path)) {
		text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
		fclose(f);
	}
	is_str(text, want, "%s: its bytes", path);
}

static void
put(const char *path, const char *text)
{
	struct status st = { 0 };
	struct aside f;
	uint64_t size = 0;

	if (ok(aside_open(&f, path, &st) == 0 &&
		    aside_write(&f, text, strlen(text), &st) == 0 &&
		    aside_sync(&f, path, &size, &st) == 0 &&
		    aside_name(&f, -1, path, &st) == 0,
		"%s is put: %s", path, st.msg))
		is_int(size, strlen(text), "%s: its size", path);
	aside_close(&f);
	is_int(f.fd, -1, "it is closed");
}

static void
test_whole(void)
{
	struct status st = { 0 };
	struct aside f;

	put("a/b/c", "one");
	holds("a/b/c", "one");
	put("a/b/c", "another");
	holds("a/b/c", "another");
	is_int(entries("a/b"), 1, "it is alone");
	put("plain", "without a directory");
	holds("plain", "without a directory");
	is_int(aside_open(&f, "a/b/c", &st), 0, "a third one");
	is_int(aside_write(&f, "half", 4, &st), 0, "is written");
	holds("a/b/c", "another");
	aside_close(&f);
	aside_close(&f);
	is_int(entries("a/b"), 1, "and leaves nothing");
	holds("a/b/c", "another");
}

static void
test_name(void)
{
	struct status st = { 0 };
	struct aside f;

	mkdir("taken", 0777);
	is_int(aside_open(&f, "taken", &st), 0, "for the name of a directory");
	is_int(aside_name(&f, -1, "taken", &st), -1, "there is no way");
	is_str(st.msg, "can't make taken: Is a directory", "which it says");
	aside_close(&f);
	is_int(entries("."), 3, "nothing is left");
	rmdir("taken");
}

static void
test_compressed(void)
{
	static char zeros[100000];
	struct status st = { 0 };
	uint64_t size = 0;
	struct aside f;

	ok(aside_open(&f, "z/zeros.zst", &st) == 0 &&
		aside_write(&f, zeros, sizeof(zeros), &st) == 0 &&
		aside_compress(&f, "z/zeros.zst", 3, NULL, &st) == 0 &&
		aside_sync(&f, "z/zeros.zst", &size, &st) == 0 &&
		aside_name(&f, -1, "z/zeros.zst", &st) == 0,
	    "compressed: %s", st.msg);
	aside_close(&f);
	ok(size > 0 && size < 1000, "to %d bytes", (int)size);
	is_int(entries("z"), 1, "it is alone");
}

static void
test_paths(void)
{
	static char path[PATH_MAX + 10];
	struct status st = { 0 };
	struct aside f;

	memset(path, 'a', sizeof(path) - 1);
	is_int(aside_open(&f, path, &st), -1, "a path that is too long");
	is_str(status_name(st.code), "System", "%s", st.msg);
	is_int(f.fd, -1, "has no file");
	is_int(aside_open(&f, "plain/x", &st), -1, "a file as a directory");
	is_str(st.msg, "can't make a file for plain/x: Not a directory",
	    "which it says");
	aside_close(&f);
}

int
main(void)
{
	test_whole();
	test_name();
	test_compressed();
	test_paths();
	return done_testing();
}
