#include "config.h"

#include <string.h>
#include <strings.h>

#include "libcar/data/mention.h"
#include "libcar/data/syntax.h"

/*
 * Each step makes the text shorter: invisible characters, the comment, white
 * space, and then what stands around the DID or handle. If nothing that looks
 * like an account is left, the last step is undone, so that a message shows
 * what the person wrote.
 */

#define PROFILE "/profile/"

size_t
mention_invisible_len(const uint8_t *p, size_t len)
{
	uint32_t c;

	if (len >= 2 && p[0] == 0xd8 && p[1] == 0x9c) /* U+061C */
		return 2;
	if (syntax_utf8_len(p, len) != 3)
		return 0;
	c = (uint32_t)(p[0] & 0xf) << 12 | (uint32_t)(p[1] & 0x3f) << 6 |
	    (p[2] & 0x3f);
	return (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
		(c >= 0x2060 && c <= 0x2069) || c == 0xfeff ?
	    3 :
	    0;
}

static size_t
strip_invisible(char *text, size_t len)
{
	size_t i = 0, n = 0, skip;

	while (i < len) {
		skip = mention_invisible_len((uint8_t *)text + i, len - i);
		if (skip > 0)
			i += skip;
		else
			text[n++] = text[i++];
	}
	return n;
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static size_t
strip_comment(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (text[i] == '#' && (i == 0 || is_space(text[i - 1])))
			return i;
	return len;
}

static size_t
strip_space(char *text, size_t len)
{
	size_t i = 0;

	while (len > 0 && is_space(text[len - 1]))
		len--;
	while (i < len && is_space(text[i]))
		i++;
	memmove(text, text + i, len - i);
	return len - i;
}

static bool
begins(const char *text, size_t len, const char *prefix)
{
	size_t n = strlen(prefix);

	return len > n && strncasecmp(text, prefix, n) == 0;
}

/* The length of `https://` or `http://` at the start. */
static size_t
scheme_len(const char *text, size_t len)
{
	return begins(text, len, "https://") ? 8 :
	    begins(text, len, "http://")     ? 7 :
					       0;
}

/* Where the account starts in a URI, or in a profile's address that lacks its
 * scheme; 0: the text is neither. */
static size_t
find_account(const char *text, size_t len)
{
	size_t host = scheme_len(text, len), i = host, n = sizeof(PROFILE) - 1;

	if (begins(text, len, "at://"))
		return 5;
	while (i < len && text[i] != '/')
		i++;
	if (len <= i + n || memcmp(text + i, PROFILE, n) != 0)
		return 0;
	return host > 0 || syntax_is_handle(text, i) ? i + n : 0;
}

/* Addresses of pages may have `%3A` in place of each colon. */
static size_t
decode_colons(char *text, size_t len)
{
	size_t i = 0, n = 0;

	while (i < len)
		if (len - i >= 3 && strncasecmp(text + i, "%3a", 3) == 0) {
			text[n++] = ':';
			i += 3;
		} else {
			text[n++] = text[i++];
		}
	return n;
}

size_t
mention_reduce(char *text, size_t len)
{
	size_t at, end;

	if (len == 0)
		return 0;
	len = strip_invisible(text, len);
	len = strip_space(text, strip_comment(text, len));
	if ((at = find_account(text, len)) > 0)
		for (end = at; end < len && memchr("/?#", text[end], 3) == NULL;
		     end++)
			;
	else
		end = len;
	if (at < end && text[at] == '@')
		at++;
	if (at == end)
		return len;
	memmove(text, text + at, end - at);
	return at > 1 ? decode_colons(text, end - at) : end - at;
}

bool
mention_is_explicit(const char *text)
{
	const uint8_t *p = (const uint8_t *)text;
	size_t n, left = strlen(text);

	for (; left > 0 && (n = mention_invisible_len(p, left)) > 0; left -= n)
		p += n;
	text = (const char *)p;
	return begins(text, left, "did:") || begins(text, left, "@") ||
	    begins(text, left, "at://") || scheme_len(text, left) > 0;
}
