#include "config.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "libcar/net/http_answer_private.h"

/*
 * Reads the fields line by line, and keeps only those about waiting. A field
 * that can't be read counts as missing.
 */

#define EPOCH 1000000000 /* smaller numbers are seconds from now */
#define MAX_EPOCH ((int64_t)EPOCH * 100)  /* larger ones are in finer units */
#define MAX_WAIT ((int64_t)7 * 24 * 3600) /* seconds */

void
http_answer_begin(struct http_answer *a)
{
	a->date[0] = '\0';
	a->retry_after = a->retry_date = a->remaining = a->reset = -1;
}

/* Digits, with an optional fraction that is rounded up; else -1. */
static int64_t
parse_seconds(const char *text)
{
	static const char digits[] = "0123456789";
	size_t whole = strspn(text, digits), part = 0;
	long long n = strtoll(text, NULL, 10); /* at most LLONG_MAX */

	if (whole > 0 && text[whole] == '.')
		part = 1 + strspn(text + whole + 1, digits);
	if (whole == 0 || part == 1 || text[whole + part] != '\0')
		return -1;
	return part > 0 && n < MAX_EPOCH ? n + 1 : n;
}

enum field { DATE, RETRY_AFTER, REMAINING, RESET, FIELDS };

static enum field
find_field(const char *name, size_t len)
{
	static const char *const names[FIELDS] = {
		[DATE] = "date",
		[RETRY_AFTER] = "retry-after",
		[REMAINING] = "ratelimit-remaining",
		[RESET] = "ratelimit-reset",
	};
	int i;

	for (i = 0; i < FIELDS; i++)
		if (strlen(names[i]) == len &&
		    strncasecmp(name, names[i], len) == 0)
			break;
	return i;
}

static void
take_field(struct http_answer *a, enum field field, const char *value)
{
	switch (field) {
	case DATE:
		strcpy(a->date, value);
		break;
	case RETRY_AFTER:
		a->retry_after = parse_seconds(value);
		a->retry_date = -1;
		if (a->retry_after == -1)
			a->retry_date = curl_getdate(value, NULL);
		break;
	case REMAINING:
		a->remaining = parse_seconds(value);
		break;
	case RESET:
		a->reset = parse_seconds(value);
		if (a->reset == -1)
			a->reset = curl_getdate(value, NULL);
		break;
	case FIELDS:
		break;
	}
}

void
http_answer_line(struct http_answer *a, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len), *p, *end = line + len;
	char value[HTTP_ANSWER_VALUE];
	enum field field;

	if (colon == NULL || (field = find_field(line, colon - line)) == FIELDS)
		return;
	for (p = colon + 1; p < end && (*p == ' ' || *p == '\t'); p++)
		;
	while (end > p && (unsigned char)end[-1] <= ' ')
		end--;
	snprintf(value, sizeof(value), "%.*s", (int)(end - p), p);
	take_field(a, field, value);
}

/* Seconds until a time of the host's clock. */
static int64_t
until(const struct http_answer *a, int64_t epoch, uint64_t now_ms)
{
	int64_t now = -1;

	/* Few answers need it: libcurl takes 7,000 instructions to parse it. */
	if (a->date[0] != '\0')
		now = curl_getdate(a->date, NULL);
	if (now == -1)
		now = (int64_t)(now_ms / 1000);
	return epoch > now ? epoch - now : 0;
}

/* The wait that a number means, in any field: hosts mix up seconds from now and
 * epoch times, which may be in milliseconds, as from JavaScript's Date.now(),
 * or finer. */
static int64_t
span(const struct http_answer *a, int64_t n, uint64_t now_ms)
{
	if (n < EPOCH)
		return n;
	while (n >= MAX_EPOCH)
		n /= 1000;
	return until(a, n, now_ms);
}

/* In seconds; -1: not given. */
static int64_t
wait_seconds(const struct http_answer *a, bool limited, uint64_t now_ms)
{
	if (a->retry_after != -1)
		return span(a, a->retry_after, now_ms);
	if (a->retry_date != -1)
		return until(a, a->retry_date, now_ms);
	if (a->reset == -1 || (!limited && a->remaining != 0))
		return -1;
	return span(a, a->reset, now_ms);
}

int64_t
http_answer_wait_ms(const struct http_answer *a, bool limited, uint64_t now_ms)
{
	int64_t seconds = wait_seconds(a, limited, now_ms);

	if (seconds > MAX_WAIT)
		seconds = MAX_WAIT;
	return seconds == -1 ? -1 : seconds * 1000;
}
