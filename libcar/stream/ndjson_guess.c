#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "libcar/stream/ndjson_guess.h"

/*
 * Recognise by their first bytes the files that people give to a program that
 * reads lines. No line begins like one of them.
 */

static const struct {
	const char *magic;
	size_t len;
	const char *what;
} formats[] = {
	{ "\x28\xb5\x2f\xfd", 4,
	    "zstd data; decompress lines with zstd -dc first, or read a CAR "
	    "with at-carwalk" },
	{ "\x1f\x8b", 2, "gzip data; decompress it first" },
	{ "\xfd"
	  "7zXZ",
	    5, "xz data; decompress it first" },
	{ "BZh", 3, "bzip2 data; decompress it first" },
	{ "PK\x03\x04", 4, "a zip archive; unpack it first" },
	{ "SQLite format 3", 16, "an SQLite database" },
	{ "PAR1", 4, "a Parquet file" },
	{ "\xff\xfe", 2, "UTF-16 text; convert it to UTF-8 first" },
	{ "\xfe\xff", 2, "UTF-16 text; convert it to UTF-8 first" },
	{ "\xa2\x61t", 3, "recorded frames; read them with at-firehose first" },
	{ "\xa1\x62op", 4, /* of an error */
	    "recorded frames; read them with at-firehose first" },
};

/* A CAR begins with the length of its header, whose first key is `roots` or
 * `version`. */
static bool
is_car(const char *head, size_t len)
{
	size_t i = 0;

	while (i < len && i < 3 && (uint8_t)head[i] >= 0x80)
		i++;
	i++;
	if (i + 9 > len || (uint8_t)head[i] >> 4 != 0xa)
		return false;
	return memcmp(head + i + 1, "\x65roots", 6) == 0 ||
	    memcmp(head + i + 1, "\x67version", 8) == 0;
}

const char *
ndjson_guess(const char *head, size_t len)
{
	size_t i;

	if (is_car(head, len))
		return "a CAR; run at-carwalk on it first";
	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (len >= formats[i].len &&
		    memcmp(head, formats[i].magic, formats[i].len) == 0)
			return formats[i].what;
	return NULL;
}
