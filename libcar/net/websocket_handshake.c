#include "config.h"

#include <ctype.h>
#include <openssl/sha.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "libcar/net/websocket_handshake_private.h"

/*
 * The header is read once, when it is whole, and only the fields that decide
 * are kept. A host proves that it speaks WebSocket by the hash of our key.
 */

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* RFC 6455 1.3 */
#define BASE64 sodium_base64_VARIANT_ORIGINAL

void
websocket_handshake_begin(struct websocket_handshake *h,
    const uint8_t random[WEBSOCKET_HANDSHAKE_RANDOM])
{
	*h = (struct websocket_handshake){ .length = UINT64_MAX };
	http_answer_begin(&h->wait);
	sodium_bin2base64(h->key, sizeof(h->key), random,
	    WEBSOCKET_HANDSHAKE_RANDOM, BASE64);
}

void
websocket_handshake_write(const struct websocket_handshake *h,
    const struct websocket_url *url, const char *agent, struct buf *out)
{
	buf_puts(out, "GET ");
	buf_puts(out, url->path);
	if (url->query != NULL) {
		buf_puts(out, "?");
		buf_puts(out, url->query);
	}
	buf_puts(out, " HTTP/1.1\r\nHost: ");
	buf_puts(out, url->host);
	if (url->port != NULL) {
		buf_puts(out, ":");
		buf_puts(out, url->port);
	}
	buf_puts(out, "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n");
	buf_puts(out, "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ");
	buf_puts(out, h->key);
	buf_puts(out, "\r\nUser-Agent: ");
	buf_puts(out, agent);
	buf_puts(out, "\r\n\r\n");
}

/* The header */

/* Is one of the words between commas this one? */
static bool
has_word(const char *value, size_t len, const char *word)
{
	size_t want = strlen(word), n, i;

	for (i = 0; i < len; i += n + 1) {
		const char *comma = memchr(value + i, ',', len - i);
		const char *p = value + i, *end;

		n = comma != NULL ? (size_t)(comma - p) : len - i;
		end = p + n;
		while (p < end && (*p == ' ' || *p == '\t'))
			p++;
		while (p < end && (end[-1] == ' ' || end[-1] == '\t'))
			end--;
		if ((size_t)(end - p) == want &&
		    strncasecmp(p, word, want) == 0)
			return true;
	}
	return false;
}

/* Copy a value. One that is too long can't be valid, and counts as empty. */
static void
copy(char *to, size_t cap, const char *value, size_t len)
{
	if (len >= cap)
		len = 0;
	memcpy(to, value, len);
	to[len] = '\0';
}

static uint64_t
parse_length(const char *value, size_t len)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < len && isdigit((unsigned char)value[i]); i++)
		if ((n = n * 10 + (uint64_t)(value[i] - '0')) > HTTP_MAX_ERROR)
			n = HTTP_MAX_ERROR + 1;
	return i > 0 && i == len ? n : UINT64_MAX;
}

static bool
is(const char *name, size_t len, const char *want)
{
	return len == strlen(want) && strncasecmp(name, want, len) == 0;
}

static void
take_field(struct websocket_handshake *h, const char *name, size_t n,
    const char *value, size_t len)
{
	if (is(name, n, "Upgrade"))
		h->upgrade |= has_word(value, len, "websocket");
	else if (is(name, n, "Connection"))
		h->connection |= has_word(value, len, "Upgrade");
	else if (is(name, n, "Sec-WebSocket-Accept"))
		copy(h->accept, sizeof(h->accept), value, len);
	else if (is(name, n, "Sec-WebSocket-Extensions") ||
	    is(name, n, "Sec-WebSocket-Protocol"))
		h->extra |= len > 0;
	else if (is(name, n, "Location"))
		copy(h->location, sizeof(h->location), value, len);
	else if (is(name, n, "Transfer-Encoding"))
		h->chunked |= has_word(value, len, "chunked");
	else if (is(name, n, "Content-Length"))
		h->length = parse_length(value, len);
}

static void
take_line(struct websocket_handshake *h, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len), *p, *end = line + len;

	http_answer_line(&h->wait, line, len);
	if (colon == NULL)
		return;
	for (p = colon + 1; p < end && (*p == ' ' || *p == '\t'); p++)
		;
	while (end > p && (unsigned char)end[-1] <= ' ')
		end--;
	take_field(h, line, (size_t)(colon - line), p, (size_t)(end - p));
}

/* "HTTP/1.1 101 Switching Protocols" */
static int
take_first(struct websocket_handshake *h, const char *line, size_t len,
    struct status *st)
{
	int i;

	if (len < 12 || strncmp(line, "HTTP/1.", 7) != 0 || line[8] != ' ')
		return status_set(st, STATUS_BAD_ANSWER, 0, "not HTTP/1.1");
	for (i = 9; i < 12; i++) {
		if (!isdigit((unsigned char)line[i]))
			return status_set(st, STATUS_BAD_ANSWER, 0,
			    "not HTTP/1.1");
		h->code = h->code * 10 + (line[i] - '0');
	}
	return 0;
}

static int
take_header(struct websocket_handshake *h, const char *bytes, struct status *st)
{
	const char *line = bytes, *last = bytes + h->header, *end;

	while (line < last) {
		end = memchr(line, '\n', (size_t)(last - line));
		if (line != bytes)
			take_line(h, line, (size_t)(end - line));
		else if (take_first(h, line, (size_t)(end - line), st) == -1)
			return -1;
		line = end + 1;
	}
	return 0;
}

int
websocket_handshake_read(struct websocket_handshake *h, const char *bytes,
    size_t len, struct status *st)
{
	static const char blank[] = { '\r', '\n', '\r', '\n' };
	size_t from = h->scanned > 3 ? h->scanned - 3 : 0;
	const char *end = memmem(bytes + from, len - from, blank, 4);

	h->scanned = len;
	if (end != NULL)
		h->header = (size_t)(end - bytes) + 4;
	if ((end == NULL ? len : h->header) > WEBSOCKET_HANDSHAKE_MAX_HEADER)
		return status_set(st, STATUS_BAD_ANSWER, 0,
		    "header of more than %zu bytes",
		    WEBSOCKET_HANDSHAKE_MAX_HEADER);
	if (len >= 7 && strncmp(bytes, "HTTP/1.", 7) != 0)
		return status_set(st, STATUS_BAD_ANSWER, 0, "not HTTP/1.1");
	return end == NULL ? 0 : take_header(h, bytes, st);
}

/* Results */

bool
websocket_handshake_is_redirect(const struct websocket_handshake *h)
{
	return (h->code == 301 || h->code == 302 || h->code == 303 ||
		   h->code == 307 || h->code == 308) &&
	    h->location[0] != '\0';
}

static bool
is_accepted(const struct websocket_handshake *h)
{
	unsigned char hash[SHA_DIGEST_LENGTH];
	char text[sizeof(h->key) + sizeof(GUID)];
	char want[WEBSOCKET_HANDSHAKE_ACCEPT + 1];

	snprintf(text, sizeof(text), "%s%s", h->key, GUID);
	SHA1((const unsigned char *)text, strlen(text), hash);
	sodium_bin2base64(want, sizeof(want), hash, sizeof(hash), BASE64);
	return strcmp(h->accept, want) == 0;
}

int
websocket_handshake_check(const struct websocket_handshake *h,
    struct status *st)
{
	const char *why = NULL;

	if (!h->upgrade)
		why = "no \"Upgrade: websocket\"";
	else if (!h->connection)
		why = "no \"Connection: Upgrade\"";
	else if (!is_accepted(h))
		why = "wrong Sec-WebSocket-Accept";
	else if (h->extra)
		why = "an extension or subprotocol that wasn't offered";
	if (why == NULL)
		return 0;
	return status_set(st, STATUS_BAD_ANSWER, 0,
	    "answer to the WebSocket handshake: %s", why);
}

/* The body of an error */

/* The size of a chunk, from its head of `len` bytes with the line end.
 * SIZE_MAX: the head is malformed, or the chunk is too large. */
static size_t
chunk_size(const char *head, size_t len)
{
	size_t size = 0, i;

	for (i = 0; i < len && isxdigit((unsigned char)head[i]); i++) {
		int c = tolower((unsigned char)head[i]);

		size = size * 16 +
		    (size_t)(isdigit(c) ? c - '0' : c - 'a' + 10);
		if (size > HTTP_MAX_ERROR)
			return SIZE_MAX;
	}
	return i > 0 ? size : SIZE_MAX;
}

/* Copy the chunks to `to`, which may be `bytes`, or NULL to count their bytes.
 * *whole: the last chunk has come, or a malformed one. */
static size_t
join(char *to, const char *bytes, size_t len, bool *whole)
{
	size_t joined = 0, at = 0, head, size;
	const char *end;

	*whole = false;
	while ((end = memchr(bytes + at, '\n', len - at)) != NULL) {
		head = (size_t)(end - bytes) + 1 - at;
		size = chunk_size(bytes + at, head);
		at += head;
		*whole = size == 0 || size == SIZE_MAX;
		/* A line end follows the chunk. */
		if (*whole || size + 2 > len - at)
			break;
		if (to != NULL)
			memmove(to + joined, bytes + at, size);
		joined += size;
		at += size + 2;
	}
	return joined;
}

bool
websocket_handshake_has_body(const struct websocket_handshake *h,
    const char *bytes, size_t len)
{
	bool whole = false;

	if (h->chunked)
		join(NULL, bytes, len, &whole);
	else
		whole = len >= h->length;
	return whole || len > HTTP_MAX_ERROR || h->code == 204;
}

size_t
websocket_handshake_body(const struct websocket_handshake *h, char *bytes,
    size_t len)
{
	bool whole;

	if (h->chunked)
		return join(bytes, bytes, len, &whole);
	return len < h->length ? len : (size_t)h->length;
}
