#include "config.h"

#include <string.h>

#include "libcar/data/syntax.h"
#include "libcar/lexicon/format_private.h"

/*
 * The module data/syntax checks the formats. This file gives them their names,
 * and repairs datetimes where the user wants leniency.
 */

static const char *const names[] = {
	[FORMAT_AT_IDENTIFIER] = "at-identifier",
	[FORMAT_AT_URI] = "at-uri",
	[FORMAT_CID] = "cid",
	[FORMAT_DATETIME] = "datetime",
	[FORMAT_DID] = "did",
	[FORMAT_HANDLE] = "handle",
	[FORMAT_LANGUAGE] = "language",
	[FORMAT_NSID] = "nsid",
	[FORMAT_RECORD_KEY] = "record-key",
	[FORMAT_TID] = "tid",
	[FORMAT_URI] = "uri",
};

static bool (*const checks[])(const char *, size_t) = {
	[FORMAT_AT_IDENTIFIER] = syntax_is_at_identifier,
	[FORMAT_AT_URI] = syntax_is_at_uri,
	[FORMAT_CID] = syntax_is_cid,
	[FORMAT_DATETIME] = syntax_is_datetime,
	[FORMAT_DID] = syntax_is_did,
	[FORMAT_HANDLE] = syntax_is_handle,
	[FORMAT_LANGUAGE] = syntax_is_language,
	[FORMAT_NSID] = syntax_is_nsid,
	[FORMAT_RECORD_KEY] = syntax_is_rkey,
	[FORMAT_TID] = syntax_is_tid,
	[FORMAT_URI] = syntax_is_uri,
};

enum lexicon_format
lexicon_format_of(const char *text, size_t len)
{
	size_t i;

	for (i = FORMAT_NONE + 1; i < sizeof(names) / sizeof(names[0]); i++)
		if (len == strlen(names[i]) && memcmp(text, names[i], len) == 0)
			return i;
	return FORMAT_NONE;
}

const char *
lexicon_format_name(enum lexicon_format format)
{
	return names[format];
}

/* A zone in another form: missing, without a colon, or -00:00. */
static bool
repair_zone(char *out, const char *zone, size_t len)
{
	if (len == 0 || (len == 1 && (*zone == 'Z' || *zone == 'z'))) {
		strcpy(out, "Z");
		return true;
	}
	if ((len != 5 && len != 6) || (*zone != '+' && *zone != '-') ||
	    (len == 6 && zone[3] != ':'))
		return false;
	memcpy(out, zone, 3);
	out[3] = ':';
	memcpy(out + 4, zone + len - 2, 2);
	out[6] = '\0';
	if (strcmp(out, "-00:00") == 0)
		*out = '+';
	return true;
}

/*
 * Forms of datetime that are common in old data: a space or a lower-case t
 * instead of T, a lower-case z, no seconds, no zone, a zone without a colon,
 * -00:00. It must still be a real time.
 */
static bool
is_lenient_datetime(const char *s, size_t len)
{
	static const size_t minutes = sizeof("0000-00-00T00:00") - 1;
	char text[SYNTAX_DATETIME_MAX + 16];
	size_t n, zone = minutes;

	if (len < minutes || len > SYNTAX_DATETIME_MAX)
		return false;
	while (zone < len &&
	    (s[zone] == ':' || s[zone] == '.' ||
		(s[zone] >= '0' && s[zone] <= '9')))
		zone++;
	memcpy(text, s, zone);
	if (text[10] == 't' || text[10] == ' ')
		text[10] = 'T';
	n = zone;
	if (n == minutes) {
		memcpy(text + n, ":00", 3);
		n += 3;
	}
	return repair_zone(text + n, s + zone, len - zone) &&
	    syntax_is_datetime(text, n + strlen(text + n));
}

bool
lexicon_format_check(enum lexicon_format format, const char *s, size_t len,
    const struct lexicon_lenience *lenience)
{
	if (checks[format](s, len))
		return true;
	return format == FORMAT_DATETIME && lenience->datetimes &&
	    is_lenient_datetime(s, len);
}
