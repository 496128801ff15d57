/* How long a host wants no requests: Retry-After, RateLimit-*, and Date. */
#include "config.h"

#include "libcar/net/http_answer_private.h"
#include "t/lib/tap.h"

#define NOW 1700000000 /* by the local clock */
#define WEEK ((int64_t)7 * 86400000)

static const char date[] = "Date: Tue, 14 Nov 2023 22:00:00 GMT\r\n";

/* For each row, the wait in milliseconds if the host refused the request
 * because of its rate, and if not. `date` is 800 seconds before NOW. */
static const struct {
	const char *lines[4];
	int64_t limited, other;
} answers[] = {
	{ { "HTTP/1.1 429 Too Many Requests\r\n" }, -1, -1 },
	{ { "Retry-After: 5\r\n" }, 5000, 5000 },
	{ { "retry-after:5\r\n" }, 5000, 5000 },
	{ { "RETRY-AFTER: \t 5 \t \r\n" }, 5000, 5000 },
	{ { "Retry-After: 0\n" }, 0, 0 },
	{ { "Retry-After: 5" }, 5000, 5000 },
	{ { "Retry-After: 604799\r\n" }, WEEK - 1000, WEEK - 1000 },
	{ { "Retry-After: 604801\r\n" }, WEEK, WEEK },
	{ { "Retry-After: 99999999999999999999999999\r\n" }, WEEK, WEEK },
	{ { "Retry-After: -5\r\n" }, -1, -1 },
	{ { "Retry-After: 5s\r\n" }, -1, -1 },
	{ { "Retry-After: 0x5\r\n" }, -1, -1 },
	{ { "Retry-After: soon\r\n" }, -1, -1 },
	{ { "Retry-After:\r\n" }, -1, -1 },
	{ { "Retry-After\r\n" }, -1, -1 },
	{ { "Retry-After2: 5\r\n" }, -1, -1 },
	{ { "X-Retry-After: 5\r\n" }, -1, -1 },
	{ { ":\r\n", "\r\n", "" }, -1, -1 },
	{ { "Retry-After: 5\r\n", "Retry-After: 6\r\n" }, 6000, 6000 },

	/* dates, by the host's clock, or else by the local one */
	{ { "Retry-After: Tue, 14 Nov 2023 22:13:50 GMT\r\n" }, 30000, 30000 },
	{ { "Retry-After: Tue, 14 Nov 2023 22:13:20 GMT\r\n" }, 0, 0 },
	{ { "Retry-After: Tue, 14 Nov 2023 22:13:19 GMT\r\n" }, 0, 0 },
	{ { date, "Retry-After: Tue, 14 Nov 2023 22:00:07 GMT\r\n" }, 7000,
	    7000 },
	{ { "Retry-After: Tue, 14 Nov 2023 22:00:07 GMT\r\n", date }, 7000,
	    7000 },
	{ { date, "Retry-After: Tue, 14 Nov 2023 21:00:07 GMT\r\n" }, 0, 0 },
	{ { "Date: no\r\n", "Retry-After: Tue, 14 Nov 2023 22:13:21 GMT\r\n" },
	    1000, 1000 },
	{ { "Retry-After: Tuesday, 14-Nov-23 22:13:50 GMT\r\n" }, 30000,
	    30000 },

	{ { "Retry-After: Tue, 14 Nov 2033 22:13:50 GMT\r\n" }, WEEK, WEEK },

	/* limits */
	{ { "RateLimit-Reset: 1700000030\r\n" }, 30000, -1 },
	{ { "RateLimit-Reset: 30\r\n" }, 30000, -1 },
	{ { "RateLimit-Reset: 1700000030000\r\n" }, 30000, -1 },
	{ { "RateLimit-Reset: 1700000030999\r\n" }, 30000, -1 },
	{ { "RateLimit-Reset: 1700000030000000\r\n" }, 30000, -1 },
	{ { "RateLimit-Reset: 1700000030000000000\r\n" }, 30000, -1 },
	{ { "RateLimit-Reset: 1699999999000\r\n" }, 0, -1 },
	{ { date, "RateLimit-Reset: 1700000000000\r\n" }, 800000, -1 },
	{ { "RateLimit-Reset: 1700000029.25\r\n" }, 30000, -1 },
	{ { "RateLimit-Reset: 0.5\r\n" }, 1000, -1 },
	{ { "RateLimit-Reset: 0\r\n" }, 0, -1 },
	{ { "RateLimit-Reset: -1\r\n" }, -1, -1 },
	{ { "RateLimit-Reset: -1700000030\r\n" }, -1, -1 },
	{ { "RateLimit-Reset: 1e3\r\n" }, -1, -1 },
	{ { "RateLimit-Reset: 5.\r\n" }, -1, -1 },
	{ { "RateLimit-Reset: 1.5.2\r\n" }, -1, -1 },
	{ { "RateLimit-Reset: 99999999999999999999999999\r\n" }, WEEK, -1 },
	{ { "RateLimit-Reset: Tue, 14 Nov 2023 22:13:50 GMT\r\n" }, 30000, -1 },
	{ { "Retry-After: 1700000030\r\n" }, 30000, 30000 },
	{ { "Retry-After: 1700000030000\r\n" }, 30000, 30000 },
	{ { "Retry-After: 1600000000\r\n" }, 0, 0 },
	{ { "Retry-After: 1.5\r\n" }, 2000, 2000 },
	{ { "Retry-After: Tue, 14 Nov 2023 22:13:50 GMT\r\n",
	      "Retry-After: soon\r\n" },
	    -1, -1 },
	{ { "RateLimit-Rese: 30\r\n" }, -1, -1 },
	{ { "RateLimit-Reset: 1000000000\r\n" }, 0, -1 },
	{ { "RateLimit-Reset: 999999999\r\n" }, WEEK, -1 },
	{ { "RateLimit-Reset: 99999999999\r\n" }, WEEK, -1 },
	{ { date, "RateLimit-Reset: 1700000000\r\n" }, 800000, -1 },
	{ { date, "RateLimit-Reset: 9\r\n" }, 9000, -1 },
	{ { "RateLimit-Reset: 30\r\n", "RateLimit-Remaining: 1\r\n" }, 30000,
	    -1 },
	{ { "RateLimit-Reset: 30\r\n", "RateLimit-Remaining: 0\r\n" }, 30000,
	    30000 },
	{ { "ratelimit-remaining:0\r\n", "ratelimit-reset:30\r\n" }, 30000,
	    30000 },
	{ { "RateLimit-Reset: 30\r\n", "RateLimit-Remaining: none\r\n" }, 30000,
	    -1 },
	{ { "RateLimit-Remaining: 0\r\n" }, -1, -1 },
	{ { "RateLimit-Limit: 0\r\n", "RateLimit-Policy: 3000;w=300\r\n" }, -1,
	    -1 },
	{ { "RateLimit-Reset: 30\r\n", "RateLimit-Remaining: 0\r\n",
	      "Retry-After: 2\r\n" },
	    2000, 2000 },
	{ { "RateLimit-Reset: 30\r\n", "RateLimit-Remaining: 0\r\n",
	      "Retry-After: soon\r\n" },
	    30000, 30000 },
};

static void
test_answers(void)
{
	struct http_answer a;
	size_t i, j;

	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		http_answer_begin(&a);
		for (j = 0; j < 4 && answers[i].lines[j] != NULL; j++)
			http_answer_line(&a, answers[i].lines[j],
			    strlen(answers[i].lines[j]));
		is_int(http_answer_wait_ms(&a, true, NOW * (uint64_t)1000),
		    answers[i].limited, "limited: %s", answers[i].lines[j - 1]);
		is_int(http_answer_wait_ms(&a, false, NOW * (uint64_t)1000),
		    answers[i].other, "otherwise: %s", answers[i].lines[j - 1]);
	}
}

/* A line isn't a C string. A value that is longer than any number or date is
 * cut. */
static void
test_bounds(void)
{
	char line[300] = "Retry-After: ";
	struct http_answer a;

	http_answer_begin(&a);
	http_answer_line(&a, "Retry-After: 55", 14);
	is_int(http_answer_wait_ms(&a, true, 0), 5000, "a line has a length");
	memset(line + 13, '0', 286);
	http_answer_begin(&a);
	http_answer_line(&a, line, strlen(line));
	is_int(http_answer_wait_ms(&a, true, 0), 0, "many zeroes");
	memset(line + 13, 'x', 286);
	http_answer_line(&a, line, strlen(line));
	is_int(http_answer_wait_ms(&a, true, 0), -1, "a long word");
	http_answer_line(&a, "Retry-After: 5", 14);
	http_answer_begin(&a);
	is_int(http_answer_wait_ms(&a, true, 0), -1, "a new answer");
}

int
main(void)
{
	test_answers();
	test_bounds();
	return done_testing();
}
