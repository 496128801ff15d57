/* The order of texts, as memcmp() sees it. */
#include "config.h"

#include "libcar/base/slice.h"
#include "t/lib/random.h"
#include "t/lib/tap.h"

#define LONGEST 70

static int
sign(int n)
{
	return (n > 0) - (n < 0);
}

/* Two texts that are equal up to some byte. */
static void
make_texts(char *a, char *b, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		a[i] = b[i] = (char)rnd();
	if (n > 0 && rnd() % 4 != 0)
		b[rnd() % n] = (char)rnd();
}

static void
test_order(void)
{
	char a[LONGEST], b[LONGEST];
	unsigned round, wrong = 0;
	struct slice x, y;
	size_t n;
	int c;

	for (round = 0; round < 100000; round++) {
		n = rnd() % LONGEST;
		make_texts(a, b, n);
		c = n == 0 ? 0 : memcmp(a, b, n);
		wrong += sign(slice_order(a, b, n)) != sign(c);
		x = slice_make(a, n);
		y = slice_make(b, n);
		wrong += sign(slice_compare(&x, &y)) != sign(c);
		wrong += slice_equal(&x, &y) != (c == 0);
	}
	is_int(wrong, 0, "as memcmp");
}

static void
test_lengths(void)
{
	const struct slice none = { NULL, 0 }, empty = slice_of("");
	const struct slice a = slice_of("key"), b = slice_of("key and more");

	ok(slice_compare(&a, &b) < 0 && slice_compare(&b, &a) > 0,
	    "a text comes before its continuation");
	ok(slice_compare(&empty, &a) < 0, "an empty text comes first");
	ok(slice_equal(&none, &empty) && slice_compare(&none, &none) == 0,
	    "nothing compares as an empty text");
	ok(!slice_equal(&a, &b), "texts of different lengths differ");
}

int
main(void)
{
	test_order();
	test_lengths();
	return done_testing();
}
