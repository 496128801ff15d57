#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/data/json.h"
#include "libcar/repo/car_guess.h"

/*
 * Formats with a magic number come first, then HTML and JSON. Text comes last,
 * because its rule matches all text that no other rule knows, and shows the
 * first line. An answer that a host sends in place of a CAR may be gone at the
 * next download; any other file was put there by somebody.
 */

#define SHOWN 80 /* bytes of a text in a message */

static const struct {
	const char *magic;
	size_t len, at;
	const char *name;
} formats[] = {
	{ "\x1f\x8b", 2, 0, "gzip data; decompress it first" },
	{ "\xfd"
	  "7zXZ",
	    5, 0, "xz data; decompress it first" },
	{ "BZh", 3, 0, "bzip2 data; decompress it first" },
	{ "\x28\xb5\x2f\xfd", 4, 0, "zstd in zstd; decompress it first" },
	{ "PK\x03\x04", 4, 0, "a zip archive; unpack it first" },
	{ "ustar", 5, 257, "a tar archive; unpack it first" },
	{ "SQLite format 3", 16, 0, "a SQLite database" },
	{ "\xff\xfe", 2, 0, "UTF-16 text" },
	{ "\xfe\xff", 2, 0, "UTF-16 text" },
};

static int
say(struct status *st, enum status_code code, const char *what)
{
	return status_set(st, code, 0, "not a CAR: %s", what);
}

static bool
is_format(const uint8_t *head, size_t len, struct status *st)
{
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (len >= formats[i].at + formats[i].len &&
		    memcmp(head + formats[i].at, formats[i].magic,
			formats[i].len) == 0) {
			say(st, STATUS_NOT_CAR, formats[i].name);
			return true;
		}
	return false;
}

/* Read the members of an object that may be cut, while they are strings. */
struct members {
	struct slice error, message, ours;
};

static void
read_members(struct members *m, const struct slice *text)
{
	struct slice *field;
	struct status ignored;
	struct json j;

	json_open(&j, text->at, text->len);
	if (json_next(&j, &ignored) != JSON_OBJECT)
		return;
	while (json_next(&j, &ignored) == JSON_KEY) {
		field = json_is(&j, "error")                  ? &m->error :
		    json_is(&j, "message")                    ? &m->message :
		    json_is(&j, "type") || json_is(&j, "did") ? &m->ours :
								NULL;
		if (json_skip(&j, &ignored) == JSON_STRING && field != NULL)
			*field = slice_make(j.tok + 1, j.tok_len - 2);
	}
}

/* Report {"error":"RepoNotFound","message":"..."}, our lines, or JSON. */
static void
say_json(const struct slice *text, struct status *st)
{
	struct members m = { .error = { NULL, 0 } };

	read_members(&m, text);
	if (m.ours.at != NULL)
		say(st, STATUS_NOT_CAR,
		    "lines of at-ndjson(5); give them as standard input");
	else if (m.error.at != NULL)
		status_set(st, STATUS_BAD_CAR, 0,
		    "not a CAR: an error of a host: %.*s%s%.*s",
		    (int)m.error.len, m.error.at, m.message.len > 0 ? ": " : "",
		    (int)m.message.len, m.message.len > 0 ? m.message.at : "");
	else
		say(st, STATUS_NOT_CAR, "JSON");
}

/* Take the first line, if it is ASCII: a CAR isn't. */
static bool
first_line(const struct slice *text, struct slice *line)
{
	size_t i;

	for (i = 0; i < text->len && text->at[i] != '\n'; i++)
		if ((text->at[i] < ' ' || text->at[i] > '~') &&
		    text->at[i] != '\t' && text->at[i] != '\r')
			return false;
	*line = slice_make(text->at, i);
	while (line->len > 0 && line->at[line->len - 1] == '\r')
		line->len--;
	return line->len > 1;
}

static bool
ends_with(const struct slice *line, const char *end)
{
	size_t len = strlen(end);

	return line->len > len &&
	    memcmp(line->at + line->len - len, end, len) == 0;
}

static void
say_text(const struct slice *line, struct status *st)
{
	if (ends_with(line, ".car") || ends_with(line, ".car.zst"))
		say(st, STATUS_NOT_CAR,
		    "a list of files? use xargs at-carwalk");
	else if (line->len > 4 && memcmp(line->at, "did:", 4) == 0)
		say(st, STATUS_NOT_CAR,
		    "a list of DIDs; at-fetchrepo downloads their repos");
	else
		status_set(st, STATUS_BAD_CAR, 0, "not a CAR: text, '%.*s'",
		    line->len > SHOWN ? SHOWN : (int)line->len, line->at);
}

/* Skip a byte order mark and white space. */
static struct slice
skip_space(const uint8_t *head, size_t len)
{
	size_t i = len > 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	while (i < len && memchr(" \t\r\n", head[i], 4) != NULL)
		i++;
	return slice_make(head + i, len - i);
}

void
car_guess(const uint8_t *head, size_t len, struct status *st)
{
	struct slice text, line;

	if (len > CAR_GUESS_BYTES)
		len = CAR_GUESS_BYTES;
	if (is_format(head, len, st))
		return;
	text = skip_space(head, len);
	if (text.len < 2)
		return;
	if ((text.at[0] == '{' || text.at[0] == '[') &&
	    (text.at[1] & 0x80) == 0)
		say_json(&text, st);
	else if (text.at[0] == '<' && memchr("!?hHbB", text.at[1], 6) != NULL)
		say(st, STATUS_BAD_CAR,
		    "an HTML page, perhaps a host's error; download it again");
	else if (first_line(&text, &line))
		say_text(&line, st);
}
