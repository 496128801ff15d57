/* The fallbacks, compared with the C library or with a plain loop. */
#include "config.h"

#include <search.h>

#include "t/lib/tap.h"

#define MAX 200

static uint32_t
next(void)
{
	static uint32_t state = 1;

	state = state * 1103515245 + 12345;
	return state >> 16;
}

/* Elements of three bytes, a size that fits no alignment. */
static int
by_bytes(const void *left, const void *right, void *calls)
{
	++*(unsigned *)calls;
	return memcmp(left, right, 3);
}

static int
by_bytes_alone(const void *left, const void *right)
{
	return memcmp(left, right, 3);
}

static void
test_sort(void)
{
	char got[MAX][3], want[MAX][3];
	bool same = true, used = false;
	unsigned calls;
	size_t n, i;

	for (n = 0; n <= MAX; n++) {
		for (i = 0; i < n; i++)
			memset(got[i], next() % 50, 3);
		memcpy(want, got, sizeof(got[0]) * n);
		qsort(want, n, 3, by_bytes_alone);
		calls = 0;
		compat_qsort_r(got, n, 3, by_bytes, &calls);
		same = same && memcmp(got, want, sizeof(got[0]) * n) == 0;
		used = used || calls > n;
	}
	ok(same, "qsort_r: as qsort, 0 to %d elements", MAX);
	ok(used, "and the argument is passed");
}

/* An order for which the simplest quicksorts are quadratic. */
static void
test_sorted(void)
{
	static char bytes[30000][3];
	unsigned calls = 0;
	size_t i;

	for (i = 0; i < 30000; i++) {
		bytes[i][0] = i >> 16;
		bytes[i][1] = i >> 8 & 0xff;
		bytes[i][2] = i & 0xff;
	}
	compat_qsort_r(bytes, 30000, 3, by_bytes, &calls);
	ok(calls < 30000 * 32, "qsort_r: %u comparisons of 30,000", calls);
}

static void
test_bytes(void)
{
	static const char text[] = "abcabd\0abc\377";
	const size_t n = sizeof(text) - 1;

	ok(compat_memrchr(text, 'a', n) == text + 7, "memrchr: the last one");
	ok(compat_memrchr(text, 'a', 7) == text + 3, "of these bytes alone");
	ok(compat_memrchr(text, 0xff, n) == text + 10, "of eight bits");
	ok(compat_memrchr(text, 'x', n) == NULL, "or none");
	ok(compat_memrchr(text, 'a', 0) == NULL, "of nothing");
	ok(compat_memmem(text, n, "abd", 3) == text + 3, "memmem: the first");
	ok(compat_memmem(text, n, "d\0a", 3) == text + 5, "behind a NUL, too");
	ok(compat_memmem(text, n, "c\377", 2) == text + 9, "at the end");
	ok(compat_memmem(text, n, "\377a", 2) == NULL, "or none");
	ok(compat_memmem(text, 2, "abc", 3) == NULL, "of less");
	ok(compat_memmem(text, 3, "", 0) == text, "nothing is anywhere");
}

static int
by_text(const void *left, const void *right)
{
	return strcmp(left, right);
}

static unsigned freed;

static void
free_text(void *text)
{
	freed++;
	free(text);
}

/* A sanitizer reports what isn't freed. */
static void
test_tree(void)
{
	void *root = NULL;
	unsigned i, n = 0;
	char *text;

	compat_tdestroy(root, free_text);
	ok(freed == 0, "tdestroy: no tree");
	for (i = 0; i < 100; i++) {
		compat_asprintf(&text, "%" PRIu32, next() % 60);
		if (*(char **)tsearch(text, &root, by_text) == text)
			n++;
		else
			free(text);
	}
	compat_tdestroy(root, free_text);
	is_int(freed, n, "tdestroy: each of them once");
}

static void
test_print(void)
{
	char *text = NULL;

	is_int(compat_asprintf(&text, "%s-%d", "at", 7), 4, "asprintf");
	is_str(text, "at-7", "its text");
	free(text);
	is_int(compat_asprintf(&text, "%0300d", 0), 300, "a long one");
	is_int(strlen(text), 300, "is whole");
	free(text);
}

int
main(void)
{
	test_sort();
	test_sorted();
	test_bytes();
	test_tree();
	test_print();
	return done_testing();
}
