/* The collections of a listing: names, counts, their JSON, and the limit. */
#include "config.h"

#include "libcar/stream/collections.h"
#include "t/lib/tap.h"

static int
add(struct collections *c, const char *nsid, bool begun, uint64_t keys)
{
	struct status st;

	return collections_add(c, nsid, strlen(nsid), begun, keys, &st);
}

static int
parse(struct collections *c, const char *json, struct status *st)
{
	return collections_parse(c, json, strlen(json), st);
}

/* The results of collections_write() and collections_write_names(). */
static void
is_written(const struct collections *c, const char *all, const char *some,
    const char *names)
{
	struct buf b = { .len = 0 };
	struct json_writer w = { &b, false };

	collections_write(c, &w, true);
	is_mem(b.data, b.len, all, strlen(all), "all");
	b.len = 0;
	w.comma = false;
	collections_write(c, &w, false);
	is_mem(b.data, b.len, some, strlen(some), "but those without keys");
	b.len = 0;
	w.comma = false;
	collections_write_names(c, &w);
	is_mem(b.data, b.len, names, strlen(names), "names");
	buf_free(&b);
}

static void
test_add(void)
{
	struct collections c = { .count = 0 };

	is_written(&c, "{}", "{}", "[]");
	collections_sort(&c);
	is_int(add(&c, "c.d.two", true, 5), 0, "one");
	is_int(add(&c, "a.b.one", true, 0), 0, "one without keys");
	is_int(add(&c, "b.c.late", false, 0), 0, "one that isn't begun");
	is_int(add(&c, "c.d.two", true, 9), 0, "one that is there");
	is_int(c.count, 3, "count");
	is_written(&c, "{\"c.d.two\":5,\"a.b.one\":0}", "{\"c.d.two\":5}",
	    "[\"c.d.two\",\"a.b.one\"]");
	collections_sort(&c);
	is_written(&c, "{\"a.b.one\":0,\"c.d.two\":5}", "{\"c.d.two\":5}",
	    "[\"a.b.one\",\"c.d.two\"]");
	is_int(collections_find(&c, "b.c.late", 8), 1, "found");
	is_int(collections_find(&c, "b.c.lat", 7), 3, "a shorter one isn't");
	is_int(collections_find(&c, "b.c.later", 9), 3, "a longer one isn't");
	collections_free(&c);
	is_int(c.count, 0, "freed");
}

static void
test_parse(void)
{
	static const char *const bad[] = { "", "[]", "5", "{\"a.b.c\":1",
		"{\"a.b.c\":-1}", "{\"a.b.c\":1.5}", "{\"a.b.c\":\"1\"}",
		"{\"a.b.c\":null}", "{\"a.b.c\":1e3}", "{\"no\":1}", "{\"\":1}",
		"{\"a.b.c\":9007199254740993}" };
	struct collections c = { .count = 0 };
	struct status st;
	size_t i;

	is_int(parse(&c, "{}", &st), 0, "none");
	is_int(parse(&c,
		   "{\"a.b.c\": 9007199254740992, \"a.b.d\":0, "
		   "\"a.b.c\":1}",
		   &st),
	    0, "some");
	is_written(&c, "{\"a.b.c\":9007199254740992,\"a.b.d\":0}",
	    "{\"a.b.c\":9007199254740992}", "[\"a.b.c\",\"a.b.d\"]");
	collections_free(&c);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		is_int(parse(&c, bad[i], &st), -1, "refused: %s", bad[i]);
		is_str(status_name(st.code), "BadLine", "its code");
		collections_free(&c);
	}
}

static void
test_limit(void)
{
	struct collections c = { .count = 0 };
	struct status st = { .code = STATUS_OK };
	char nsid[64];
	int i, rc = 0;

	for (i = 0; i < COLLECTIONS_MAX; i++) {
		sprintf(nsid, "a.b.c%d", i);
		rc |= add(&c, nsid, true, i);
	}
	is_int(rc, 0, "as many as may be");
	is_int(collections_add(&c, "a.b.more", 8, true, 1, &st), -1,
	    "one more");
	is_str(status_name(st.code), "TooLarge", "its code");
	is_int(add(&c, "a.b.c5", true, 1), 0, "one of them again");
	is_int(c.count, COLLECTIONS_MAX, "count");
	is_int(c.all[COLLECTIONS_MAX - 1].keys, COLLECTIONS_MAX - 1,
	    "the last");
	collections_free(&c);
}

int
main(void)
{
	test_add();
	test_parse();
	test_limit();
	return done_testing();
}
