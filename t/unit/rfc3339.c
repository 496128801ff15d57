/* u-rfc3339: times, written and read. */
#include "config.h"

#include "libcar/stream/rfc3339.h"
#include "t/lib/tap.h"

static void
is_read(const char *text, int64_t want)
{
	struct slice t = slice_of(text);

	is_int(rfc3339_parse(&t), want, "%s", text);
}

static void
is_written(uint64_t micros, const char *want)
{
	char text[RFC3339_BYTES];

	is_int(rfc3339_format(text, micros), strlen(want), "length");
	is_str(text, want, "%s", want);
}

/* Over 8,000 years, in steps that reach every time of the day. */
static void
test_both(void)
{
	const int64_t end = INT64_C(253402300800000), step = 86399999 * 7;
	char text[RFC3339_BYTES];
	struct slice t;
	int64_t ms;

	for (ms = 1; ms < end; ms += step) {
		t = slice_make(text, rfc3339_format(text, ms * 1000 + 999));
		if (rfc3339_parse(&t) != ms)
			break;
	}
	ok(ms >= end, "what is written is read: %s", text);
}

int
main(void)
{
	struct slice none = { NULL, 0 };

	is_read("1970-01-01T00:00:00.001Z", 1);
	is_read("2024-02-29T12:34:56Z", 1709210096000);
	is_read("2024-02-29T12:34:56.7891+02:00", 1709202896789);
	is_read("1969-12-31T23:59:59.999Z", -1);
	is_read("1985-04-12T23:20:50.123-00:30", 482197850123);
	is_read("0000-01-01T00:00:00Z", INT64_C(-62167219200000));
	is_read("0000-03-01T00:00:00Z", INT64_C(-62162035200000));
	is_read("yesterday", 0);
	is_read("", 0);
	is_int(rfc3339_parse(&none), 0, "nothing");
	is_written(0, "1970-01-01T00:00:00.000Z");
	is_written(1999, "1970-01-01T00:00:00.001Z");
	is_written(UINT64_C(1709210096789123), "2024-02-29T12:34:56.789Z");
	is_written(UINT64_C(253402300799999999), "9999-12-31T23:59:59.999Z");
	test_both();
	return done_testing();
}
