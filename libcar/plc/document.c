#include "config.h"

#include <string.h>

#include "libcar/data/json.h"
#include "libcar/plc/document.h"
#include "libcar/repo/key.h"

/*
 * Names, keys and services keep the order of the operation. The reader of the
 * operation has checked their forms, so that this walk never fails. A legacy
 * operation has one of each, under the names that new ones use.
 */

#define MULTIKEY "https://w3id.org/security/multikey/v1"
#define DID_V1 "https://www.w3.org/ns/did/v1"
#define SECP256K1_2019 "https://w3id.org/security/suites/secp256k1-2019/v1"
#define ECDSA_2019 "https://w3id.org/security/suites/ecdsa-2019/v1"
#define SIGNING_KEY "atproto"
#define HOST "atproto_pds"
#define HOST_TYPE "AtprotoPersonalDataServer"

struct document {
	struct json_writer w;
	const struct slice *did;
	const struct plc_operation *op;
	struct buf text; /* the last one that was decoded */
};

/* The decoded text of the reader's last string, until the next call. */
static struct slice
decode(struct document *d, const struct json *j)
{
	if (!j->escaped)
		return slice_make(j->tok, j->tok_len);
	d->text.len = 0;
	json_text(j, &d->text);
	return slice_make(d->text.data, d->text.len);
}

static void
open_field(const struct document *d, enum plc_field field, struct json *j)
{
	struct status ignored;

	json_open(j, d->op->fields[field].at, d->op->fields[field].len);
	json_next(j, &ignored);
}

static bool
begins_with(const struct slice *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return text->len >= n && memcmp(text->at, prefix, n) == 0;
}

/* A string that has this text in front. */
static void
write_joined(struct document *d, const char *first, size_t first_len,
    const char *second, const struct slice *third)
{
	struct buf all = { .len = 0 };

	buf_put(&all, first, first_len);
	buf_puts(&all, second);
	buf_put(&all, third->at, third->len);
	d->w.out->failed |= all.failed;
	json_write_string(&d->w, all.len > 0 ? all.data : "", all.len);
	buf_free(&all);
}

/* Keys */

static bool
is_of(enum key_curve curve, const struct slice *text)
{
	struct status ignored;
	struct key key;

	return key_read(&key, text->at, text->len, &ignored) == 0 &&
	    key.curve == curve;
}

/* The keys of an operation, with their names: 1, or 0 at the end. */
static int
next_key(struct document *d, struct json *j, struct buf *name,
    struct slice *key)
{
	struct status ignored;
	struct slice text;

	name->len = 0;
	if (d->op->kind == PLC_CREATE) {
		if (j->text != NULL)
			return 0;
		buf_puts(name, SIGNING_KEY);
		open_field(d, PLC_SIGNING_KEY, j);
		*key = decode(d, j);
		return 1;
	}
	if (j->text == NULL)
		open_field(d, PLC_VERIFICATION_METHODS, j);
	if (json_next(j, &ignored) != JSON_KEY)
		return 0;
	text = decode(d, j);
	buf_put(name, text.at, text.len);
	json_next(j, &ignored);
	*key = decode(d, j);
	return 1;
}

static void
write_context(struct document *d)
{
	struct json j = { .text = NULL };
	struct buf name = { .len = 0 };
	bool secp256k1 = false, p256 = false;
	struct slice key;

	json_write_key(&d->w, "@context");
	json_write_array(&d->w);
	json_write_string(&d->w, DID_V1, strlen(DID_V1));
	json_write_string(&d->w, MULTIKEY, strlen(MULTIKEY));
	while (next_key(d, &j, &name, &key) == 1)
		if (!secp256k1 && is_of(KEY_SECP256K1, &key)) {
			secp256k1 = true;
			json_write_string(&d->w, SECP256K1_2019,
			    strlen(SECP256K1_2019));
		} else if (!p256 && is_of(KEY_P256, &key)) {
			p256 = true;
			json_write_string(&d->w, ECDSA_2019,
			    strlen(ECDSA_2019));
		}
	json_write_array_end(&d->w);
	buf_free(&name);
}

static void
write_method(struct document *d, const struct slice *name,
    const struct slice *key)
{
	static const char prefix[] = "did:key:";
	struct slice multibase = *key;

	if (begins_with(key, prefix)) {
		multibase.at += sizeof(prefix) - 1;
		multibase.len -= sizeof(prefix) - 1;
	}
	json_write_object(&d->w);
	json_write_key(&d->w, "id");
	write_joined(d, d->did->at, d->did->len, "#", name);
	json_write_member(&d->w, "type", "Multikey");
	json_write_key(&d->w, "controller");
	json_write_string(&d->w, d->did->at, d->did->len);
	json_write_key(&d->w, "publicKeyMultibase");
	json_write_string(&d->w, multibase.at, multibase.len);
	json_write_object_end(&d->w);
}

static void
write_methods(struct document *d)
{
	struct json j = { .text = NULL };
	struct buf name = { .len = 0 };
	struct slice key, text;

	json_write_key(&d->w, "verificationMethod");
	json_write_array(&d->w);
	while (next_key(d, &j, &name, &key) == 1) {
		d->w.out->failed |= name.failed;
		text = slice_make(name.data, name.len);
		write_method(d, &text, &key);
	}
	json_write_array_end(&d->w);
	buf_free(&name);
}

/* Names and services */

static void
write_legacy_handle(struct document *d)
{
	struct slice handle;
	struct json j;

	open_field(d, PLC_HANDLE, &j);
	handle = decode(d, &j);
	write_joined(d, "", 0, begins_with(&handle, "at://") ? "" : "at://",
	    &handle);
}

static void
write_names(struct document *d)
{
	struct status ignored;
	struct slice name;
	struct json j;

	json_write_key(&d->w, "alsoKnownAs");
	json_write_array(&d->w);
	if (d->op->kind == PLC_CREATE)
		write_legacy_handle(d);
	else {
		open_field(d, PLC_ALSO_KNOWN_AS, &j);
		while (json_next(&j, &ignored) == JSON_STRING) {
			name = decode(d, &j);
			json_write_string(&d->w, name.at, name.len);
		}
	}
	json_write_array_end(&d->w);
}

static void
write_legacy_service(struct document *d)
{
	struct slice host;
	struct json j;

	open_field(d, PLC_SERVICE, &j);
	host = decode(d, &j);
	json_write_object(&d->w);
	json_write_member(&d->w, "id", "#" HOST);
	json_write_member(&d->w, "type", HOST_TYPE);
	json_write_key(&d->w, "serviceEndpoint");
	write_joined(d, "", 0,
	    begins_with(&host, "http://") || begins_with(&host, "https://") ?
		"" :
		"https://",
	    &host);
	json_write_object_end(&d->w);
}

/* The reader comes to the object of a service: `type` is written first. */
static void
write_service(struct document *d, struct json *j)
{
	struct buf type = { .len = 0 }, endpoint = { .len = 0 };
	struct status ignored;
	struct buf *to;

	json_next(j, &ignored);
	while (json_next(j, &ignored) == JSON_KEY) {
		to = json_is(j, "type") ? &type : &endpoint;
		json_next(j, &ignored);
		json_text(j, to);
	}
	d->w.out->failed |= type.failed || endpoint.failed;
	json_write_key(&d->w, "type");
	json_write_string(&d->w, type.len > 0 ? type.data : "", type.len);
	json_write_key(&d->w, "serviceEndpoint");
	json_write_string(&d->w, endpoint.len > 0 ? endpoint.data : "",
	    endpoint.len);
	buf_free(&type);
	buf_free(&endpoint);
}

static void
write_services(struct document *d)
{
	struct status ignored;
	struct slice name;
	struct json j;

	json_write_key(&d->w, "service");
	json_write_array(&d->w);
	if (d->op->kind == PLC_CREATE)
		write_legacy_service(d);
	else {
		open_field(d, PLC_SERVICES, &j);
		while (json_next(&j, &ignored) == JSON_KEY) {
			name = decode(d, &j);
			json_write_object(&d->w);
			json_write_key(&d->w, "id");
			write_joined(d, "#", 1, "", &name);
			write_service(d, &j);
			json_write_object_end(&d->w);
		}
	}
	json_write_array_end(&d->w);
}

void
plc_document_write(struct buf *out, const struct slice *did,
    const struct plc_operation *op)
{
	struct document d = { .w = { out, false }, .did = did, .op = op };

	json_write_object(&d.w);
	write_context(&d);
	json_write_key(&d.w, "id");
	json_write_string(&d.w, did->at, did->len);
	write_names(&d);
	write_methods(&d);
	write_services(&d);
	json_write_object_end(&d.w);
	out->failed |= d.text.failed;
	buf_free(&d.text);
}
