#include "config.h"

#include <string.h>
#include <strings.h>

#include "libcar/data/syntax.h"

/*
 * Each identifier is a few runs over its bytes; a table says which characters
 * belong where. There are no regular expressions and no allocations, so that
 * the cost is linear in the length.
 */

#define CID_TEXT_MIN 8
#define CID_TEXT_MAX 256
#define LABEL_MAX 63
#define URI_MAX 8192

/* A character is of several of these. */
enum {
	DIGIT = 1,
	LOWER = 2,
	ALPHA = 4,
	ALNUM = 8,
	IN_LABEL = 16,
	IN_DID = 32,
	IN_RKEY = 64,
	IN_BASE32 = 128,
};

/* clang-format off */
#define X (ALNUM | IN_LABEL | IN_DID | IN_RKEY)
#define D (DIGIT | X)
#define U (ALPHA | X)
#define L (LOWER | ALPHA | X | IN_BASE32)
#define T (D | IN_BASE32)
#define H (IN_LABEL | IN_DID | IN_RKEY)
#define B (IN_DID | IN_RKEY)
#define I IN_DID
#define R IN_RKEY
static const uint8_t classes[256] = {
	[' '] =
/*	   !  "  #  $  %  &  '  (  )  *  +  ,  -  .  /  */
	0, 0, 0, 0, 0, I, 0, 0, 0, 0, 0, 0, 0, H, B, 0,
/*	0  1  2  3  4  5  6  7  8  9  :  ;  <  =  >  ?  */
	D, D, T, T, T, T, T, T, D, D, B, 0, 0, 0, 0, 0,
/*	@  A  B  C  D  E  F  G  H  I  J  K  L  M  N  O  */
	0, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U,
/*	P  Q  R  S  T  U  V  W  X  Y  Z  [  \  ]  ^  _  */
	U, U, U, U, U, U, U, U, U, U, U, 0, 0, 0, 0, B,
/*	`  a  b  c  d  e  f  g  h  i  j  k  l  m  n  o  */
	0, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
/*	p  q  r  s  t  u  v  w  x  y  z  {  |  }  ~     */
	L, L, L, L, L, L, L, L, L, L, L, 0, 0, 0, R, 0,
};
#undef X
#undef D
#undef U
#undef L
#undef T
#undef H
#undef B
#undef I
#undef R
/* clang-format on */

static bool
is(char c, unsigned class)
{
	return classes[(uint8_t)c] & class;
}

static bool
all(const char *s, size_t len, unsigned class)
{
	size_t i;

	for (i = 0; i < len; i++)
		class &= classes[(uint8_t)s[i]];
	return class != 0;
}

static bool
starts(const char *s, size_t len, const char *prefix)
{
	size_t n = strlen(prefix);

	return len >= n && memcmp(s, prefix, n) == 0;
}

/* The number of bytes before the first c. */
static size_t
before(const char *s, size_t len, char c)
{
	const char *p = len > 0 ? memchr(s, c, len) : NULL;

	return p != NULL ? (size_t)(p - s) : len;
}

static bool
is_label(const char *s, size_t len)
{
	return len > 0 && len <= LABEL_MAX && all(s, len, IN_LABEL) &&
	    s[0] != '-' && s[len - 1] != '-';
}

/* The number of labels between dots; 0 if one of them isn't valid. */
static size_t
count_labels(const char *s, size_t len, const char **last)
{
	size_t count = 1, n;

	for (; (n = before(s, len, '.')) < len; count++) {
		if (!is_label(s, n))
			return 0;
		s += n + 1;
		len -= n + 1;
	}
	*last = s;
	return is_label(s, len) ? count : 0;
}

bool
syntax_is_did(const char *s, size_t len)
{
	size_t method;

	if (len > SYNTAX_DID_MAX || !starts(s, len, "did:"))
		return false;
	s += 4;
	len -= 4;
	method = before(s, len, ':');
	return method > 0 && method < len && all(s, method, LOWER) &&
	    all(s + method, len - method, IN_DID) && s[len - 1] != ':' &&
	    s[len - 1] != '%';
}

bool
syntax_is_handle(const char *s, size_t len)
{
	const char *last;

	return len <= SYNTAX_HANDLE_MAX && count_labels(s, len, &last) >= 2 &&
	    is(last[0], ALPHA);
}

bool
syntax_is_usable_handle(const char *s, size_t len)
{
	static const char *const reserved[] = { "alt", "arpa", "example",
		"internal", "invalid", "local", "localhost", "onion" };
	const char *last;
	size_t i, n;

	if (!syntax_is_handle(s, len))
		return false;
	last = (const char *)memrchr(s, '.', len) + 1;
	n = s + len - last;
	for (i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (n == strlen(reserved[i]) &&
		    strncasecmp(last, reserved[i], n) == 0)
			return false;
	return true;
}

bool
syntax_is_at_identifier(const char *s, size_t len)
{
	return syntax_is_did(s, len) || syntax_is_handle(s, len);
}

/* The test vectors have a domain of more than 253 bytes among the valid ones,
 * so that only the sum counts. */
bool
syntax_is_nsid(const char *s, size_t len)
{
	const char *name;

	return len <= SYNTAX_NSID_MAX && count_labels(s, len, &name) >= 3 &&
	    is(s[0], ALPHA) && is(name[0], ALPHA) &&
	    all(name, s + len - name, ALNUM);
}

bool
syntax_is_rkey(const char *s, size_t len)
{
	if (len == 0 || len > SYNTAX_RKEY_MAX)
		return false;
	if (s[0] == '.' && (len == 1 || (len == 2 && s[1] == '.')))
		return false;
	return all(s, len, IN_RKEY);
}

/* The value of a base32-sortable digit; 32 if it isn't one. */
static unsigned
tid_digit(char c)
{
	if (c >= '2' && c <= '7')
		return c - '2';
	return is(c, LOWER) ? c - 'a' + 6 : 32;
}

bool
syntax_is_tid(const char *s, size_t len)
{
	size_t i;

	if (len != SYNTAX_TID_LEN || tid_digit(s[0]) >= 16)
		return false;
	for (i = 1; i < len; i++)
		if (tid_digit(s[i]) >= 32)
			return false;
	return true;
}

bool
syntax_is_at_uri(const char *s, size_t len)
{
	size_t n;

	if (!starts(s, len, "at://"))
		return false;
	s += 5;
	len -= 5;
	n = before(s, len, '/');
	if (!syntax_is_at_identifier(s, n))
		return false;
	if (n == len)
		return true;
	s += n + 1;
	len -= n + 1;
	n = before(s, len, '/');
	return syntax_is_nsid(s, n) &&
	    (n == len || syntax_is_rkey(s + n + 1, len - n - 1));
}

/* Does the text match the form? A 0 in the form stands for any digit. */
static bool
has_form(const char *s, size_t len, const char *form)
{
	size_t i;

	if (len < strlen(form))
		return false;
	for (i = 0; form[i] != '\0'; i++)
		if (form[i] == '0' ? !is(s[i], DIGIT) : s[i] != form[i])
			return false;
	return true;
}

static unsigned
two_digits(const char *s)
{
	return (s[0] - '0') * 10 + s[1] - '0';
}

static unsigned
days_of_month(unsigned year, unsigned month)
{
	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		return 29;
	if (month == 2)
		return 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* The zone's minutes east of UTC. */
static bool
parse_zone(const char *s, size_t len, int *minutes)
{
	unsigned hour, minute;

	*minutes = 0;
	if (len == 1 && s[0] == 'Z')
		return true;
	if (len != 6 || (s[0] != '+' && s[0] != '-') ||
	    !has_form(s + 1, len - 1, "00:00"))
		return false;
	hour = two_digits(s + 1);
	minute = two_digits(s + 4);
	*minutes = hour * 60 + minute;
	if (s[0] == '-')
		*minutes = -*minutes;
	return hour <= 23 && minute <= 59 && (s[0] == '+' || *minutes != 0);
}

/* "YYYY-MM-DDThh:mm:ss" of the calendar, without leap seconds, and not before
 * the year 0 after the zone's minutes are taken off. */
static bool
is_real_time(const char *s, int zone)
{
	unsigned year = two_digits(s) * 100 + two_digits(s + 2);
	unsigned month = two_digits(s + 5), day = two_digits(s + 8);
	unsigned hour = two_digits(s + 11), minute = two_digits(s + 14);

	if (month < 1 || month > 12 || day < 1)
		return false;
	if (day > days_of_month(year, month))
		return false;
	if (hour > 23 || minute > 59 || two_digits(s + 17) > 59)
		return false;
	return year > 0 || month > 1 || day > 1 ||
	    (int)(hour * 60 + minute) >= zone;
}

bool
syntax_is_datetime(const char *s, size_t len)
{
	static const char form[] = "0000-00-00T00:00:00";
	size_t at = sizeof(form) - 1;
	int zone;

	if (len > SYNTAX_DATETIME_MAX || !has_form(s, len, form))
		return false;
	if (has_form(s + at, len - at, ".0"))
		for (at += 2; at < len && is(s[at], DIGIT);)
			at++;
	return parse_zone(s + at, len - at, &zone) && is_real_time(s, zone);
}

struct subtags {
	const char *p, *end; /* p: the next one */
};

/* Does the next subtag have this length and these characters? */
static bool
peek(const struct subtags *t, size_t min, size_t max, unsigned class)
{
	size_t n = before(t->p, t->end - t->p, '-');

	return n >= min && n <= max && all(t->p, n, class);
}

/* The same, and skip it. */
static bool
take(struct subtags *t, size_t min, size_t max, unsigned class)
{
	if (!peek(t, min, max, class))
		return false;
	t->p += before(t->p, t->end - t->p, '-');
	if (t->p < t->end)
		t->p++;
	return true;
}

/* A singleton and at least one subtag of at least min characters. */
static bool
take_extension(struct subtags *t, size_t min)
{
	if (!take(t, 1, 1, ALNUM) || !take(t, min, 8, ALNUM))
		return false;
	while (take(t, min, 8, ALNUM))
		;
	return true;
}

static bool
at_private_use(const struct subtags *t)
{
	return peek(t, 1, 1, ALPHA) && (t->p[0] == 'x' || t->p[0] == 'X');
}

static bool
is_irregular(const char *s, size_t len)
{
	static const char *const tags[] = { "en-GB-oed", "i-ami", "i-bnn",
		"i-default", "i-enochian", "i-hak", "i-klingon", "i-lux",
		"i-mingo", "i-navajo", "i-pwn", "i-tao", "i-tay", "i-tsu",
		"sgn-BE-FR", "sgn-BE-NL", "sgn-CH-DE" };
	size_t i;

	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (len == strlen(tags[i]) && starts(s, len, tags[i]))
			return true;
	return false;
}

/* The language's extensions, the script and the region. */
static void
take_language(struct subtags *t)
{
	int i;

	for (i = 0; i < 3 && take(t, 3, 3, ALPHA); i++)
		;
	take(t, 4, 4, ALPHA);      /* script */
	if (!take(t, 2, 2, ALPHA)) /* region */
		take(t, 3, 3, DIGIT);
}

static bool
take_variant(struct subtags *t)
{
	return take(t, 5, 8, ALNUM) ||
	    (peek(t, 4, 4, ALNUM) && is(t->p[0], DIGIT) &&
		take(t, 4, 4, ALNUM));
}

/* Is the subtag at p, in any case, among those between first and p? */
static bool
is_repeated(const char *first, const char *p, const char *end)
{
	size_t len = before(p, end - p, '-'), n;

	for (; first < p; first += n + 1) {
		n = before(first, p - first, '-');
		if (n == len && strncasecmp(first, p, n) == 0)
			return true;
	}
	return false;
}

static bool
take_variants(struct subtags *t)
{
	const char *first = t->p, *p;

	while (p = t->p, take_variant(t))
		if (is_repeated(first, p, t->end))
			return false;
	return true;
}

/* Of subtags with one character only singletons are here. */
static bool
take_extensions(struct subtags *t)
{
	const char *first = t->p, *p;

	while (p = t->p, !at_private_use(t) && peek(t, 1, 1, ALNUM))
		if (!take_extension(t, 2) || is_repeated(first, p, t->end))
			return false;
	return true;
}

/* A valid tag, as in RFC 5646 2.2.9, without what only its registry says: it is
 * well-formed, and no variant and no singleton occurs twice. The primary subtag
 * is a code of ISO 639 in lower case. */
bool
syntax_is_language(const char *s, size_t len)
{
	struct subtags t = { s, s + len };

	if (len == 0 || len > SYNTAX_LANGUAGE_MAX || s[len - 1] == '-')
		return false;
	if (is_irregular(s, len))
		return true;
	if (!at_private_use(&t)) {
		if (!take(&t, 2, 3, LOWER))
			return false;
		take_language(&t);
		if (!take_variants(&t) || !take_extensions(&t))
			return false;
	}
	if (at_private_use(&t) && !take_extension(&t, 1))
		return false;
	return t.p == t.end;
}

/* As in JavaScript's \s, beyond ASCII; n is the character's length. */
static bool
is_wide_space(const uint8_t *p, size_t n)
{
	unsigned c = 0;

	if (n == 2)
		c = (p[0] & 0x1f) << 6 | (p[1] & 0x3f);
	else if (n == 3)
		c = (p[0] & 0x0f) << 12 | (p[1] & 0x3f) << 6 | (p[2] & 0x3f);
	return c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
	    c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
	    c == 0x3000 || c == 0xfeff;
}

/* The scheme is RFC 3986's. The rest may be any text without white space and
 * control characters, for records are full of IRIs, which servers take. */
bool
syntax_is_uri(const char *s, size_t len)
{
	size_t i = 0, n;
	const uint8_t *p;

	if (len == 0 || len > URI_MAX || !is(s[0], ALPHA))
		return false;
	while (i < len && (is(s[i], ALNUM) || memchr("+-.", s[i], 3) != NULL))
		i++;
	if (i + 1 >= len || s[i++] != ':')
		return false;
	for (; i < len; i += n) {
		p = (const uint8_t *)s + i;
		n = syntax_utf8_len(p, len - i);
		if (n == 0 || *p <= ' ' || *p == 0x7f || is_wide_space(p, n))
			return false;
	}
	return true;
}

/* Multibase's codes and the digits that may follow. CIDv0 has none. */
static const char *
multibase_digits(char code)
{
	switch (code) {
	case '7':
		return "01234567";
	case 'f':
		return "0123456789abcdef";
	case 'F':
		return "0123456789ABCDEF";
	case 'B':
		return "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	case 'k':
		return "0123456789abcdefghijklmnopqrstuvwxyz";
	case 'z':
		return "123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
		       "abcdefghijkmnopqrstuvwxyz";
	case 'm':
		return "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		       "0123456789+/";
	case 'u':
		return "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		       "0123456789-_";
	default:
		return NULL;
	}
}

bool
syntax_is_cid(const char *s, size_t len)
{
	const char *digits;
	size_t i;

	if (len < CID_TEXT_MIN || len > CID_TEXT_MAX)
		return false;
	if (s[0] == 'b') /* the usual one */
		return all(s, len, IN_BASE32);
	if ((digits = multibase_digits(s[0])) == NULL)
		return false;
	for (i = 1; i < len; i++)
		if (memchr(digits, s[i], strlen(digits)) == NULL)
			return false;
	return true;
}

/* Is it a byte after the first? */
static bool
continues(uint8_t c)
{
	return (c & 0xc0) == 0x80;
}

static size_t
utf8_len(const uint8_t *p, size_t len)
{
	if (p[0] < 0x80)
		return 1;
	if (len < 2 || !continues(p[1]) || p[0] < 0xc2)
		return 0;
	if (p[0] < 0xe0)
		return 2;
	if (len < 3 || !continues(p[2]))
		return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f))
		return 0; /* overlong, a surrogate */
	if (p[0] < 0xf0)
		return 3;
	if (len < 4 || !continues(p[3]))
		return 0;
	if ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0; /* overlong, beyond U+10FFFF */
	return p[0] < 0xf5 ? 4 : 0;
}

size_t
syntax_utf8_len(const uint8_t *p, size_t len)
{
	return utf8_len(p, len);
}

/* Step over ASCII, eight bytes at a time: 20 times as fast as one by one. */
static const uint8_t *
skip_ascii(const uint8_t *p, const uint8_t *end)
{
	uint64_t word;

	for (; (size_t)(end - p) >= sizeof(word); p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		if ((word & 0x8080808080808080) != 0)
			break;
	}
	return p;
}

bool
syntax_is_utf8(const char *s, size_t len)
{
	const uint8_t *p = (const uint8_t *)s, *end = p + len, *word_end;
	size_t n;

	while ((p = skip_ascii(p, end)) < end) {
		word_end = end - p < 8 ? end : p + 8;
		for (; p < word_end; p += n)
			if ((n = utf8_len(p, end - p)) == 0)
				return false;
	}
	return true;
}

bool
syntax_is_collection_pattern(const char *s, size_t len)
{
	const char *last;

	if (len < 2 || memcmp(s + len - 2, ".*", 2) != 0)
		return syntax_is_nsid(s, len);
	return len <= SYNTAX_NSID_MAX && count_labels(s, len - 2, &last) > 0 &&
	    is(s[0], ALPHA);
}

bool
syntax_pattern_covers(const char *pattern, size_t len, const char *collection,
    size_t collection_len)
{
	bool exact = len == 0 || pattern[len - 1] != '*';

	if (exact)
		return len == collection_len &&
		    memcmp(pattern, collection, len) == 0;
	return collection_len >= len &&
	    memcmp(pattern, collection, len - 1) == 0;
}

uint64_t
syntax_tid_micros(const char *tid)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < SYNTAX_TID_LEN; i++)
		v = v << 5 | tid_digit(tid[i]);
	return v >> 10;
}

void
syntax_tid_format(char *out, uint64_t micros, unsigned clock_id)
{
	static const char digits[] = "234567abcdefghijklmnopqrstuvwxyz";
	uint64_t v = (micros << 10 | (clock_id & 0x3ff)) & INT64_MAX;
	size_t i;

	for (i = SYNTAX_TID_LEN; i > 0; v >>= 5)
		out[--i] = digits[v & 31];
}
