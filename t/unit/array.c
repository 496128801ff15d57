/* Arrays that grow, and sizes that are impossible. */
#include "config.h"

#include "libcar/base/array.h"
#include "t/lib/tap.h"

struct item {
	char text[24];
	uint64_t number;
};

struct owner {
	struct item *items;
	size_t count, room;
};

static void
test_growth(void)
{
	struct owner o = { .count = 0 };
	size_t i, moves = 0, before;
	bool held = true;

	for (i = 0; i < 10000 && held; i++) {
		before = o.room;
		held = ARRAY_GROW(o.items, o.count, o.room);
		moves += o.room != before;
		o.items[o.count++] = (struct item){ "text", i };
	}
	for (i = 0; i < o.count && held; i++)
		held = o.items[i].number == i &&
		    strcmp(o.items[i].text, "text") == 0;
	ok(held && o.count == 10000, "items stay what they were");
	is_int(o.room, 16384, "room is doubled");
	is_int(moves, 14, "and not more often");
	free(o.items);
}

/* If the size is impossible, the array stays as it was. */
static void
test_too_much(void)
{
	char *bytes = calloc(1, 16), *same = bytes;
	size_t room;

	room = SIZE_MAX;
	ok(!ARRAY_GROW(bytes, SIZE_MAX, room), "nothing is doubled");
	ok(bytes == same && room == SIZE_MAX, "beyond the largest size");
	room = SIZE_MAX / 2;
	ok(array_grow(bytes, room, &room, 3) == bytes && room == SIZE_MAX / 2,
	    "nor is a product that overflows");
	room = SIZE_MAX / 8;
	ok(array_grow(bytes, room, &room, 4) == bytes && room == SIZE_MAX / 8,
	    "nor what no allocator gives");
	free(bytes);
}

int
main(void)
{
	test_growth();
	test_too_much();
	return done_testing();
}
