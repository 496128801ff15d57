/* u-jetstream-url: what is asked for, and what the stream is called. */
#include "config.h"

#include "libcar/stream/jetstream_url.h"
#include "t/lib/tap.h"

#define V2 "wss://h.test/xrpc/" JETSTREAM_URL_V2

static struct filter none, wanted, signals;

static void
becomes(const char *url, const struct filter *w, const struct filter *s,
    const char *want)
{
	struct buf out = { .len = 0 };

	jetstream_url(&out, url, w, s);
	is_str(out.data, want, "%s", url);
	buf_free(&out);
}

static void
is_called(const char *url, const char *want)
{
	struct buf out = { .len = 0 };

	jetstream_url_stream(&out, url);
	is_str(out.data, want, "the stream of %s", url);
	buf_free(&out);
}

static void
test_many(void)
{
	struct filter many = { .count = 0 };
	static char names[JETSTREAM_URL_COLLECTIONS][16];
	struct status st;
	int i;

	for (i = 0; i < JETSTREAM_URL_COLLECTIONS; i++) {
		snprintf(names[i], sizeof(names[i]), "a.b.c%d", i);
		filter_add(&many, names[i], &st);
	}
	becomes("h.test", &many, &signals, "h.test/subscribe");
	filter_free(&many);
}

int
main(void)
{
	struct status st;

	filter_add(&wanted, "a.b.c", &st);
	filter_add(&wanted, "d.e.*", &st);
	filter_add(&signals, "f.g.h", &st);
	becomes("h.test", &none, &none, "h.test/subscribe");
	becomes("wss://h.test", &none, &signals, "wss://h.test/subscribe");
	becomes("wss://h.test/", &none, &none, "wss://h.test/subscribe");
	becomes("ws://h.test:80/x#y", &none, &none, "ws://h.test:80/x");
	becomes("h.test", &wanted, &signals,
	    "h.test/subscribe?wantedCollections=a.b.c&wantedCollections=d.e.*"
	    "&wantedCollections=f.g.h");
	becomes("h.test/x?y=1", &wanted, &none,
	    "h.test/x?y=1&wantedCollections=a.b.c&wantedCollections=d.e.*");
	becomes(V2, &none, &none, V2);
	becomes(V2, &wanted, &none, V2 "?collections=a.b.c&collections=d.e.*");
	becomes(V2 "?kinds=commit", &wanted, &none,
	    V2 "?kinds=commit&collections=a.b.c&collections=d.e.*");
	test_many();
	is_called("h.test", "/subscribe");
	is_called("wss://h.test/", "/subscribe");
	is_called("wss://h.test/x?y=1", "/x");
	is_called("wss://h.test?y=1", "/");
	is_called(V2 "?kinds=commit", JETSTREAM_URL_V2);
	is_called("wss://h.test/xrpc/", "/xrpc/");
	filter_free(&wanted);
	filter_free(&signals);
	return done_testing();
}
