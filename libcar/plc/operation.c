#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/array.h"
#include "libcar/base/basen.h"
#include "libcar/base/hash.h"
#include "libcar/data/json.h"
#include "libcar/plc/operation.h"
#include "libcar/plc/operation_encode_private.h"

/*
 * The reader first collects the fields as JSON. Then the type says which of
 * them there must be, because an operation with another field would be signed
 * for something that this program doesn't see.
 */

#define BIT(field) (1u << (field))

static const unsigned fields_of[PLC_KINDS] = {
	[PLC_OPERATION] = BIT(PLC_SIG) | BIT(PLC_PREV) | BIT(PLC_TYPE) |
	    BIT(PLC_SERVICES) | BIT(PLC_ALSO_KNOWN_AS) |
	    BIT(PLC_ROTATION_KEYS) | BIT(PLC_VERIFICATION_METHODS),
	[PLC_TOMBSTONE] = BIT(PLC_SIG) | BIT(PLC_PREV) | BIT(PLC_TYPE),
	[PLC_CREATE] = BIT(PLC_SIG) | BIT(PLC_PREV) | BIT(PLC_TYPE) |
	    BIT(PLC_HANDLE) | BIT(PLC_SERVICE) | BIT(PLC_SIGNING_KEY) |
	    BIT(PLC_RECOVERY_KEY),
};

static const char did_prefix[] = "did:plc:";

static int
bad(struct status *st, const char *what, const char *field)
{
	return status_set(st, STATUS_BAD_OPERATION, 0, "%s%s", what, field);
}

/* Fields */

static int
read_fields(struct plc_operation *op, const char *json, size_t len,
    struct status *st)
{
	struct plc_fields f;

	if (plc_fields_read(&f, json, len, st) == -1)
		return -1;
	if (f.other.at != NULL)
		return status_set(st, STATUS_BAD_OPERATION, 0,
		    "unknown field: %.*s",
		    (int)(f.other.len < 64 ? f.other.len : 64), f.other.at);
	if (f.twice != NULL)
		return bad(st, f.twice, " twice");
	op->kind = f.kind;
	memcpy(op->fields, f.json, sizeof(op->fields));
	return 0;
}

/* Open a reader whose last token is the field's string. */
static bool
open_string(const struct plc_operation *op, enum plc_field field,
    struct json *j)
{
	struct status ignored;

	json_open(j, op->fields[field].at, op->fields[field].len);
	return json_next(j, &ignored) == JSON_STRING;
}

/* How JSON escapes a text doesn't change what is signed, nor the verdict. */
static bool
get_text(struct plc_operation *op, enum plc_field field, struct slice *text)
{
	struct json j;

	if (!open_string(op, field, &j))
		return false;
	*text = plc_fields_text(&op->scratch, &j);
	return true;
}

static int
check_fields(const struct plc_operation *op, struct status *st)
{
	const struct slice *type = &op->fields[PLC_TYPE];
	size_t i;

	if (type->at == NULL)
		return bad(st, "no ", plc_field_names[PLC_TYPE]);
	if (type->at[0] != '"')
		return bad(st, plc_field_names[PLC_TYPE], " is not a string");
	if (op->kind == PLC_NO_KIND)
		return bad(st, "unknown type", "");
	for (i = 0; i < PLC_FIELDS; i++) {
		bool has = op->fields[i].at != NULL;

		if (has != ((fields_of[op->kind] & BIT(i)) != 0))
			return bad(st, has ? "unexpected field: " : "no ",
			    plc_field_names[i]);
	}
	return 0;
}

/* Only an operation without predecessor has null. */
static int
read_prev(struct plc_operation *op, struct status *st)
{
	const struct slice *json = &op->fields[PLC_PREV];
	uint8_t cid[CID_MAX_BYTES];
	struct status ignored;
	struct slice text;
	int n = -1;

	op->has_prev = !slice_is(json, "null");
	if (!op->has_prev && op->kind == PLC_TOMBSTONE)
		return bad(st, "a tombstone without prev", "");
	if (op->has_prev && op->kind == PLC_CREATE)
		return bad(st, "prev is not null", "");
	if (!op->has_prev)
		return 0;
	if (!get_text(op, PLC_PREV, &text))
		return bad(st, "prev is not a string", "");
	if (text.len == CID_REPO_TEXT && text.at[0] == 'b')
		n = cid_from_text(cid, text.at, text.len, &ignored);
	if (n == -1 || !cid_is_repo(cid, n))
		return status_set(st, STATUS_BAD_PREV, 0,
		    "prev is not the CID of an operation");
	memcpy(op->prev, cid, CID_REPO_BYTES);
	return 0;
}

/* Base64url without padding: base64 where `-` and `_` stand for `+` and `/`.
 * The reader of base64 checks the unused bits of the last character. */
static int
read_signature(struct plc_operation *op, struct status *st)
{
	char text[BASE64_LEN(KEY_SIGNATURE_BYTES)];
	struct slice sig;
	size_t i;

	if (!get_text(op, PLC_SIG, &sig))
		return bad(st, "sig is not a string", "");
	for (i = 0; i < sizeof(text) && sig.len == sizeof(text); i++) {
		text[i] = sig.at[i] == '-' ? '+' :
		    sig.at[i] == '_'       ? '/' :
		    sig.at[i] == '+'       ? '-' :
					     sig.at[i];
		if (sig.at[i] == '/')
			break;
	}
	if (i == sizeof(text) &&
	    base64_parse(op->signature, sizeof(op->signature), text, i) ==
		KEY_SIGNATURE_BYTES)
		return 0;
	return status_set(st, STATUS_BAD_SIGNATURE, 0,
	    "sig is not 64 bytes in base64url without padding");
}

/* Keys */

/* A key that can't be read has its place in the order, but never signs. */
static int
add_key(struct plc_operation *op, const struct json *j, struct status *st)
{
	static const char scheme[] = "did:key:";
	const size_t n = sizeof(scheme) - 1;
	struct slice text;
	struct key key;

	if (op->key_count == PLC_OPERATION_MAX_KEYS)
		return bad(st, "too many rotation keys", "");
	if (!ARRAY_GROW(op->keys, op->key_count, op->key_room))
		return status_no_memory(st);
	text = plc_fields_text(&op->scratch, j);
	if (text.len < n || memcmp(text.at, scheme, n) != 0 ||
	    key_read(&key, text.at, text.len, st) == -1)
		memset(&key, 0, sizeof(key));
	op->keys[op->key_count++] = key;
	return 0;
}

/* Most operations have the same keys as others before: comparing their JSON
 * takes 3 % off at-plcaudit's time. */
static bool
has_same_keys(const struct plc_operation *op, const struct slice *json)
{
	return op->keys_json.len > 0 && op->keys_json.len == json->len &&
	    memcmp(op->keys_json.data, json->at, json->len) == 0;
}

static int
read_rotation_keys(struct plc_operation *op, struct status *st)
{
	const struct slice *json = &op->fields[PLC_ROTATION_KEYS];
	struct json j;

	if (has_same_keys(op, json))
		return 0;
	op->key_count = op->keys_json.len = 0;
	json_open(&j, json->at, json->len);
	json_next(&j, st);
	while (json_next(&j, st) == JSON_STRING)
		if (add_key(op, &j, st) == -1)
			return -1;
	buf_put(&op->keys_json, json->at, json->len);
	return op->keys_json.failed ? status_no_memory(st) : 0;
}

/* The recovery key of a legacy operation has the higher authority. */
static int
read_keys(struct plc_operation *op, struct status *st)
{
	struct json recovery, signing;

	if (op->kind == PLC_OPERATION)
		return read_rotation_keys(op, st);
	op->key_count = op->keys_json.len = 0;
	if (op->kind != PLC_CREATE)
		return 0;
	open_string(op, PLC_RECOVERY_KEY, &recovery);
	open_string(op, PLC_SIGNING_KEY, &signing);
	if (add_key(op, &recovery, st) == -1)
		return -1;
	return add_key(op, &signing, st);
}

/* The whole */

static void
clear(struct plc_operation *op)
{
	op->kind = PLC_NO_KIND;
	memset(op->fields, 0, sizeof(op->fields));
	op->scratch.len = 0;
}

static int
parse(struct plc_operation *op, const char *json, size_t len, struct status *st)
{
	if (read_fields(op, json, len, st) == -1 ||
	    check_fields(op, st) == -1 || read_prev(op, st) == -1 ||
	    read_signature(op, st) == -1 ||
	    plc_operation_encode(op, st) == -1 || read_keys(op, st) == -1)
		return -1;
	cid_of_block(op->cid, op->signed_form.data, op->signed_form.len);
	return 0;
}

int
plc_operation_parse(struct plc_operation *op, const char *json, size_t len,
    struct status *st)
{
	clear(op);
	if (len > PLC_OPERATION_MAX_BYTES)
		return status_set(st, STATUS_BAD_OPERATION, 0,
		    "more than %d bytes", PLC_OPERATION_MAX_BYTES);
	/* Each text is decoded at most twice: for its field's meaning, and for
	 * the encoding. */
	if (memchr(json, '\\', len) != NULL &&
	    buf_reserve(&op->scratch, 2 * len) == NULL)
		return status_no_memory(st);
	if (parse(op, json, len, st) == 0)
		return 0;
	op->kind = PLC_NO_KIND;
	if (st->code == STATUS_BAD_SYNTAX)
		st->code = STATUS_BAD_OPERATION;
	return -1;
}

void
plc_operation_free(struct plc_operation *op)
{
	free(op->keys);
	buf_free(&op->signed_form);
	buf_free(&op->unsigned_form);
	buf_free(&op->scratch);
	buf_free(&op->keys_json);
	memset(op, 0, sizeof(*op));
}

/* DIDs */

void
plc_operation_did(const struct plc_operation *op, uint8_t did[PLC_DID_BYTES])
{
	memcpy(did, op->cid + CID_REPO_BYTES - PLC_DIGEST_BYTES, PLC_DID_BYTES);
}

bool
plc_did_parse(uint8_t did[PLC_DID_BYTES], const char *text, size_t len)
{
	const size_t n = sizeof(did_prefix) - 1;

	return len == PLC_DID_TEXT && memcmp(text, did_prefix, n) == 0 &&
	    base32_parse(did, PLC_DID_BYTES, text + n, len - n) ==
	    PLC_DID_BYTES;
}

void
plc_did_format(char text[PLC_DID_TEXT], const uint8_t did[PLC_DID_BYTES])
{
	const size_t n = sizeof(did_prefix) - 1;

	memcpy(text, did_prefix, n);
	base32_format(text + n, did, PLC_DID_BYTES);
}
