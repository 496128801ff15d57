#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "libcar/base/buf.h"
#include "libcar/data/json.h"
#include "libcar/plc/diddoc.h"

/*
 * The document is read in two passes: the first finds the members and so
 * checks the whole JSON, the second goes over the arrays and takes from each
 * the first entry that is valid.
 */

#define HOST_MAX 253
#define LABEL_MAX 63
#define PORT_DIGITS 5

struct reader {
	const char *did;
	size_t did_len;
	bool allow_http;
	struct buf text; /* of the last string */
	struct diddoc *doc;
	struct status *st;
};

/* A member of an object. If its name comes twice, the last one counts. */
struct member {
	const char *name;
	const char *value; /* its JSON; NULL: missing */
	size_t len;
};

/* Read the rest of an object, and find these members. */
static int
read_members(struct json *j, struct member *members, size_t count,
    struct status *st)
{
	enum json_kind kind;
	size_t i;

	while ((kind = json_next(j, st)) == JSON_KEY) {
		for (i = 0; i < count; i++)
			if (json_is(j, members[i].name))
				break;
		if (json_skip(j, st) == JSON_ERROR)
			return -1;
		if (i < count) {
			members[i].value = j->tok;
			members[i].len = j->tok_len;
		}
	}
	return kind == JSON_OBJECT_END ? 0 : -1;
}

/* From here on the JSON is known to be valid. */
static bool
open_array(struct json *j, const struct member *member)
{
	struct status ignored;

	if (member->value == NULL)
		return false;
	json_open(j, member->value, member->len);
	return json_next(j, &ignored) == JSON_ARRAY;
}

/* Go to the array's next element of this kind; skip others. */
static bool
next_element(struct json *j, enum json_kind want)
{
	unsigned depth = j->depth;
	struct status ignored;
	enum json_kind kind;

	while ((kind = json_next(j, &ignored)) != want) {
		if (kind <= JSON_END)
			return false;
		while (j->depth > depth)
			if (json_next(j, &ignored) == JSON_ERROR)
				return false;
	}
	return true;
}

/* The member's string without escapes, if its value is a string. */
static bool
get_text(struct reader *r, const struct member *member)
{
	struct status ignored;
	struct json j;

	r->text.len = 0;
	if (member->value == NULL)
		return false;
	json_open(&j, member->value, member->len);
	if (json_next(&j, &ignored) != JSON_STRING)
		return false;
	json_text(&j, &r->text);
	return !r->text.failed;
}

static bool
equals(const char *a, size_t a_len, const char *b, size_t b_len)
{
	return a_len == b_len && (b_len == 0 || memcmp(a, b, b_len) == 0);
}

static bool
is_text(struct reader *r, const struct member *member, const char *text)
{
	return get_text(r, member) &&
	    equals(r->text.data, r->text.len, text, strlen(text));
}

static bool
is_did(struct reader *r, const struct member *member)
{
	return get_text(r, member) &&
	    equals(r->text.data, r->text.len, r->did, r->did_len);
}

/* Is it the fragment, or the DID and the fragment? */
static bool
is_id(struct reader *r, const struct member *member, const char *fragment)
{
	const char *text;
	size_t len;

	if (!get_text(r, member))
		return false;
	text = r->text.data;
	len = r->text.len;
	if (len > r->did_len && equals(text, r->did_len, r->did, r->did_len)) {
		text += r->did_len;
		len -= r->did_len;
	}
	return equals(text, len, fragment, strlen(fragment));
}

static void
copy_lower(char *out, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		out[i] = text[i] >= 'A' && text[i] <= 'Z' ? text[i] | 0x20 :
							    text[i];
	out[len] = '\0';
}

bool
diddoc_handle(char out[SYNTAX_HANDLE_MAX + 1], const char *text, size_t len)
{
	static const char scheme[] = "at://";
	const size_t n = sizeof(scheme) - 1;

	if (len < n || memcmp(text, scheme, n) != 0 ||
	    !syntax_is_handle(text + n, len - n))
		return false;
	if (syntax_is_usable_handle(text + n, len - n))
		copy_lower(out, text + n, len - n);
	return true;
}

static void
read_handle(struct reader *r, const struct member *member)
{
	struct json j;

	if (!open_array(&j, member))
		return;
	while (next_element(&j, JSON_STRING)) {
		r->text.len = 0;
		json_text(&j, &r->text);
		if (diddoc_handle(r->doc->handle, r->text.data, r->text.len))
			return;
	}
}

static const struct key_type {
	const char *name;
	enum key_curve legacy; /* 0: the key names its curve */
} key_types[] = {
	{ "Multikey", 0 },
	{ "EcdsaSecp256k1VerificationKey2019", KEY_SECP256K1 },
	{ "EcdsaSecp256r1VerificationKey2019", KEY_P256 },
};

static const struct key_type *
find_key_type(struct reader *r, const struct member *type)
{
	size_t i;

	for (i = 0; i < sizeof(key_types) / sizeof(key_types[0]); i++)
		if (is_text(r, type, key_types[i].name))
			return &key_types[i];
	return NULL;
}

/* 1: the entry is a valid key; 0: it isn't; -1: no memory. */
static int
parse_key(struct reader *r, struct key *key, const struct key_type *type,
    const struct member *multibase)
{
	int rc;

	/* Not the did:key that key_parse() would take too. */
	if (!get_text(r, multibase) || r->text.len == 0 ||
	    r->text.data[0] != 'z')
		return 0;
	if (type->legacy != 0)
		rc = key_parse_legacy(key, type->legacy, r->text.data,
		    r->text.len, r->st);
	else
		rc = key_parse(key, r->text.data, r->text.len, r->st);
	if (rc == 0)
		return 1;
	return status_fatal(r->st->code) ? -1 : 0;
}

/* The first valid one counts. */
static int
read_key(struct reader *r, const struct member *methods)
{
	enum { ID, TYPE, CONTROLLER, MULTIBASE, COUNT };
	const struct key_type *type;
	struct key key;
	struct json j;
	int rc = 0;

	if (!open_array(&j, methods))
		return 0;
	while (rc == 0 && next_element(&j, JSON_OBJECT)) {
		struct member m[COUNT] = {
			[ID] = { .name = "id" },
			[TYPE] = { .name = "type" },
			[CONTROLLER] = { .name = "controller" },
			[MULTIBASE] = { .name = "publicKeyMultibase" },
		};

		if (read_members(&j, m, COUNT, r->st) == -1)
			return -1;
		if (is_id(r, &m[ID], "#atproto") && is_did(r, &m[CONTROLLER]) &&
		    (type = find_key_type(r, &m[TYPE])) != NULL)
			rc = parse_key(r, &key, type, &m[MULTIBASE]);
	}
	if (rc == 1)
		key_format(r->doc->key, &key);
	return rc == -1 ? -1 : 0;
}

/* The first one counts, valid or not. */
static int
read_pds(struct reader *r, const struct member *services)
{
	enum { ID, TYPE, ENDPOINT, COUNT };
	struct json j;

	if (!open_array(&j, services))
		return 0;
	while (next_element(&j, JSON_OBJECT)) {
		struct member m[COUNT] = {
			[ID] = { .name = "id" },
			[TYPE] = { .name = "type" },
			[ENDPOINT] = { .name = "serviceEndpoint" },
		};

		if (read_members(&j, m, COUNT, r->st) == -1)
			return -1;
		if (!is_id(r, &m[ID], "#atproto_pds") ||
		    !is_text(r, &m[TYPE], "AtprotoPersonalDataServer"))
			continue;
		if (get_text(r, &m[ENDPOINT]))
			diddoc_origin(r->doc->pds, r->text.data, r->text.len,
			    r->allow_http);
		return 0;
	}
	return 0;
}

static int
read_document(struct reader *r, const char *json, size_t len)
{
	enum { ID, HANDLES, METHODS, SERVICES, COUNT };
	struct member m[COUNT] = {
		[ID] = { .name = "id" },
		[HANDLES] = { .name = "alsoKnownAs" },
		[METHODS] = { .name = "verificationMethod" },
		[SERVICES] = { .name = "service" },
	};
	struct json j;

	json_open(&j, json, len);
	if (json_next(&j, r->st) != JSON_OBJECT)
		return status_set(r->st, STATUS_BAD_ANSWER, 0,
		    "the DID document isn't a JSON object");
	if (read_members(&j, m, COUNT, r->st) == -1 ||
	    json_next(&j, r->st) != JSON_END) {
		r->st->code = STATUS_BAD_ANSWER;
		return status_prefix(r->st, "the DID document: ");
	}
	if (!is_did(r, &m[ID]))
		return status_set(r->st, STATUS_BAD_ANSWER, 0,
		    "the id of the DID document isn't the DID");
	read_handle(r, &m[HANDLES]);
	if (read_key(r, &m[METHODS]) == -1)
		return -1;
	return read_pds(r, &m[SERVICES]);
}

int
diddoc_parse(struct diddoc *doc, const char *did, size_t did_len,
    const char *json, size_t len, bool allow_http, struct status *st)
{
	struct reader r = { did, did_len, allow_http, { .len = 0 }, doc, st };
	int rc;

	memset(doc, 0, sizeof(*doc));
	if (len > DIDDOC_MAX_BYTES)
		return status_set(st, STATUS_BAD_ANSWER, 0,
		    "DID document of %zu bytes, want at most %d", len,
		    DIDDOC_MAX_BYTES);
	rc = read_document(&r, json, len);
	if (r.text.failed)
		rc = status_no_memory(st);
	buf_free(&r.text);
	return rc;
}

/* Remove the prefix, in upper or lower case, from the text. */
static bool
take(const char **text, size_t *len, const char *prefix)
{
	size_t n = strlen(prefix);

	if (*len < n || strncasecmp(*text, prefix, n) != 0)
		return false;
	*text += n;
	*len -= n;
	return true;
}

static bool
is_address(int family, const char *text, size_t len)
{
	uint8_t bytes[sizeof(struct in6_addr)];
	char copy[INET6_ADDRSTRLEN];

	if (len >= sizeof(copy) || memchr(text, '\0', len) != NULL)
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return inet_pton(family, copy, bytes) == 1;
}

static bool
is_alpha(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_label(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!is_alpha(s[i]) && !is_digit(s[i]) && s[i] != '-')
			return false;
	return len > 0 && len <= LABEL_MAX && s[0] != '-' && s[len - 1] != '-';
}

/* The last label of a name begins with a letter, because other software reads
 * names such as 0x7f.1 as addresses. */
static bool
is_name(const char *s, size_t len)
{
	const char *dot;
	size_t n;

	if (len == 0 || len > HOST_MAX)
		return false;
	while ((dot = memchr(s, '.', len)) != NULL) {
		n = dot - s;
		if (!is_label(s, n))
			return false;
		s += n + 1;
		len -= n + 1;
	}
	return is_label(s, len) && is_alpha(s[0]);
}

/* The length of the host at the start of the text; 0: there is none. */
static size_t
host_len(const char *text, size_t len)
{
	const char *end;
	size_t n;

	if (len > 0 && text[0] == '[') {
		if ((end = memchr(text, ']', len)) == NULL)
			return 0;
		n = end - text;
		return is_address(AF_INET6, text + 1, n - 1) ? n + 1 : 0;
	}
	end = len > 0 ? memchr(text, ':', len) : NULL;
	n = end != NULL ? (size_t)(end - text) : len;
	return is_name(text, n) || is_address(AF_INET, text, n) ? n : 0;
}

/* The port after a colon, 1 to 65535 without leading zeros; 0: invalid. */
static unsigned
parse_port(const char *text, size_t len)
{
	unsigned port = 0;
	size_t i;

	if (len < 2 || len > 1 + PORT_DIGITS || text[0] != ':' ||
	    text[1] == '0')
		return 0;
	for (i = 1; i < len; i++) {
		if (!is_digit(text[i]))
			return 0;
		port = port * 10 + (text[i] - '0');
	}
	return port <= 65535 ? port : 0;
}

bool
diddoc_origin(char out[DIDDOC_ORIGIN_BYTES], const char *text, size_t len,
    bool allow_http)
{
	bool https = take(&text, &len, "https://");
	unsigned own = https ? 443 : 80, port = own;
	size_t n, at;

	if (!https && !(allow_http && take(&text, &len, "http://")))
		return false;
	if (len > 0 && text[len - 1] == '/')
		len--;
	if ((n = host_len(text, len)) == 0)
		return false;
	if (n < len && (port = parse_port(text + n, len - n)) == 0)
		return false;
	at = snprintf(out, DIDDOC_ORIGIN_BYTES, "http%s://", https ? "s" : "");
	copy_lower(out + at, text, n);
	if (port != own)
		snprintf(out + at + n, DIDDOC_ORIGIN_BYTES - at - n, ":%u",
		    port);
	return true;
}
