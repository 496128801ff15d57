/* A set of names that were seen before. */
#include "config.h"

#include "libcar/base/set.h"
#include "t/lib/tap.h"

#define MANY 20000

/* Names that differ in their first bytes, in their last ones, or in length. */
static size_t
make_name(char name[64], unsigned i)
{
	switch (i % 3) {
	case 0:
		return (size_t)sprintf(name, "%u and the same end", i);
	case 1:
		return (size_t)sprintf(name, "the same begin and %u", i);
	default:
		memcpy(name, &i, sizeof(i));
		return sizeof(i);
	}
}

static void
test_many(void)
{
	struct set set = { .count = 0 };
	unsigned i, round, added = 0;
	char name[64];
	size_t len;

	for (round = 0; round < 2; round++)
		for (i = 0; i < MANY; i++) {
			len = make_name(name, i);
			added += set_add(&set, name, len);
		}
	is_int(added, MANY, "each is new once");
	is_int(set.count, MANY, "the count");
	ok((set.cap & (set.cap - 1)) == 0, "cap is a power of two");
	ok(set.count <= set.cap / 4 * 3 && set.count > set.cap / 8 * 3,
	    "memory as promised");
	set_free(&set);
	is_int(set.count, 0, "empty again");
}

static void
test_odd(void)
{
	struct set set = { .count = 0 };

	is_int(set_add(&set, "", 0), 1, "an empty one is new");
	is_int(set_add(&set, "", 0), 0, "and then known");
	is_int(set_add(&set, "a\0b", 3), 1, "one with a NUL is new");
	is_int(set_add(&set, "a", 1), 1, "what stands before it is another");
	is_int(set_add(&set, "a\0c", 3), 1, "what ends in another way, too");
	is_int(set_add(&set, "a\0b", 3), 0, "but the same is known");
	is_int(set.count, 4, "the count");
	set_free(&set);
	set_free(&set);
	is_int(set_add(&set, "a", 1), 1, "what was freed can be used");
	set_free(&set);
}

int
main(void)
{
	test_many();
	test_odd();
	return done_testing();
}
