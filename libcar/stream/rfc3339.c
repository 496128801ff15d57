#include "config.h"

#include "libcar/data/syntax.h"
#include "libcar/stream/rfc3339.h"

/*
 * The writer uses one form only, from at-ndjson(5). The reader takes any
 * datetime of lexicons, because job lines come from other programs, too;
 * data/syntax checks the syntax. The C library can't read a time in UTC, or
 * fractions.
 */

/* The date this many days after 1970-01-01, in years that begin in March. */
static void
civil_date(uint64_t days, unsigned date[3])
{
	uint64_t day = days + 719468, era = day / 146097, year, month;

	day %= 146097;
	year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;
	date[2] = day - (153 * month + 2) / 5 + 1;
	date[1] = month < 10 ? month + 3 : month - 9;
	date[0] = year + 400 * era + (date[1] < 3);
}

/* Write the last n digits, then this character. */
static char *
put_digits(char *to, unsigned value, int n, char after)
{
	int i;

	for (i = n - 1; i >= 0; i--, value /= 10)
		to[i] = (char)('0' + value % 10);
	to[n] = after;
	return to + n + 1;
}

/* Avoid gmtime(), because 32-bit seconds end in 2038, and snprintf(), because
 * it takes 2 % of at-firehose's time. */
size_t
rfc3339_format(char out[RFC3339_BYTES], uint64_t micros)
{
	uint64_t ms = micros / 1000;
	unsigned date[3], second = ms / 1000 % 86400;
	char *p;

	civil_date(ms / 86400000, date);
	p = put_digits(out, date[0],
	    date[0] > 99999    ? 6 :
		date[0] > 9999 ? 5 :
				 4,
	    '-');
	p = put_digits(p, date[1], 2, '-');
	p = put_digits(p, date[2], 2, 'T');
	p = put_digits(p, second / 3600, 2, ':');
	p = put_digits(p, second / 60 % 60, 2, ':');
	p = put_digits(p, second % 60, 2, '.');
	p = put_digits(p, (unsigned)(ms % 1000), 3, 'Z');
	*p = '\0';
	return (size_t)(p - out);
}

static bool
digits(const char **p, const char *end, int n, int64_t *value)
{
	for (*value = 0; n > 0; n--, (*p)++) {
		if (*p == end || **p < '0' || **p > '9')
			return false;
		*value = *value * 10 + (**p - '0');
	}
	return true;
}

#define CYCLE_YEARS 400
#define CYCLE_DAYS 146097

/* Days from 1970-01-01 in the proleptic Gregorian calendar. A cycle is added,
 * because a year here begins in March, and divisions round towards 0. */
static int64_t
civil_days(int64_t y, int64_t m, int64_t d)
{
	y += CYCLE_YEARS - (m <= 2);
	m += m <= 2 ? 9 : -3;
	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + d - 1 -
	    719468 - CYCLE_DAYS;
}

/* Milliseconds in what follows the seconds: a fraction and a time zone. */
static int64_t
time_rest(const char *p, const char *end)
{
	int64_t ms = 0, scale = 100, sign, hours, minutes;

	if (p < end && *p == '.')
		for (p++; p < end && *p >= '0' && *p <= '9'; p++, scale /= 10)
			ms += (*p - '0') * scale;
	if (p == end || (*p != '+' && *p != '-'))
		return ms;
	sign = *p++ == '-' ? 1 : -1;
	if (!digits(&p, end, 2, &hours) || p == end || *p++ != ':' ||
	    !digits(&p, end, 2, &minutes))
		return ms;
	return ms + sign * (hours * 60 + minutes) * 60000;
}

int64_t
rfc3339_parse(const struct slice *t)
{
	const char *p = t->at, *end;
	int64_t y, mo, d, h, mi, s;

	if (t->at == NULL || !syntax_is_datetime(t->at, t->len))
		return 0;
	end = t->at + t->len;
	if (!digits(&p, end, 4, &y) || !digits((p++, &p), end, 2, &mo) ||
	    !digits((p++, &p), end, 2, &d) || !digits((p++, &p), end, 2, &h) ||
	    !digits((p++, &p), end, 2, &mi) || !digits((p++, &p), end, 2, &s))
		return 0;
	return (civil_days(y, mo, d) * 86400 + h * 3600 + mi * 60 + s) * 1000 +
	    time_rest(p, end);
}
