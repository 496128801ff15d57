#include "config.h"

#include <string.h>

#include "libcar/data/json.h"
#include "libcar/plc/document.h"
#include "libcar/repo/key.h"

/*
 * Names, keys and services keep the order of the operation.
 */

#define MULTIKEY "https://w3id.org/security/multikey/v1"
#define DID_V1 "https://www.w3.org/ns/did/v1"
#define SECP256K1_2019 "https://w3id.org/security/suites/secp256k1-2019/v1"
#define ECDSA_2019 "https://w3id.org/security/suites/ecdsa-2019/v1"

struct document {
	struct json_writer w;
	const struct slice *did;
	const struct plc_content *content;
	struct buf id; /* the last one that was joined */
};

static void
write_text(struct document *d, const char *key, const struct slice *text)
{
	json_write_key(&d->w, key);
	json_write_string(&d->w, text->at, text->len);
}

/* The id of a part: the document's, or nothing, and its name. */
static void
write_id(struct document *d, const struct slice *of, const struct slice *name)
{
	struct slice id;

	d->id.len = 0;
	buf_put(&d->id, of->at, of->len);
	buf_putc(&d->id, '#');
	buf_put(&d->id, name->at, name->len);
	id = slice_make(d->id.data, d->id.len);
	if (!d->id.failed)
		write_text(d, "id", &id);
}

/* Keys */

/* 0: it can't be read. */
static enum key_curve
curve_of(const struct slice *text)
{
	struct status ignored;
	struct key key;

	if (key_read(&key, text->at, text->len, &ignored) == -1)
		return 0;
	return key.curve;
}

static void
write_context(struct document *d)
{
	const struct plc_content_list *methods = &d->content->methods;
	bool secp256k1 = false, p256 = false;
	enum key_curve curve;
	size_t i;

	json_write_key(&d->w, "@context");
	json_write_array(&d->w);
	json_write_string(&d->w, DID_V1, strlen(DID_V1));
	json_write_string(&d->w, MULTIKEY, strlen(MULTIKEY));
	for (i = 0; i < methods->count; i++) {
		curve = curve_of(&methods->entries[i].text);
		if (curve == KEY_SECP256K1 && !secp256k1)
			json_write_string(&d->w, SECP256K1_2019,
			    strlen(SECP256K1_2019));
		else if (curve == KEY_P256 && !p256)
			json_write_string(&d->w, ECDSA_2019,
			    strlen(ECDSA_2019));
		secp256k1 |= curve == KEY_SECP256K1;
		p256 |= curve == KEY_P256;
	}
	json_write_array_end(&d->w);
}

static void
write_method(struct document *d, const struct plc_content_entry *method)
{
	static const char prefix[] = "did:key:";
	struct slice multibase = method->text;

	if (slice_begins(&multibase, prefix)) {
		multibase.at += sizeof(prefix) - 1;
		multibase.len -= sizeof(prefix) - 1;
	}
	json_write_object(&d->w);
	write_id(d, d->did, &method->name);
	json_write_member(&d->w, "type", "Multikey");
	write_text(d, "controller", d->did);
	write_text(d, "publicKeyMultibase", &multibase);
	json_write_object_end(&d->w);
}

static void
write_methods(struct document *d)
{
	const struct plc_content_list *methods = &d->content->methods;
	size_t i;

	json_write_key(&d->w, "verificationMethod");
	json_write_array(&d->w);
	for (i = 0; i < methods->count; i++)
		write_method(d, &methods->entries[i]);
	json_write_array_end(&d->w);
}

/* Names and services */

static void
write_list(struct document *d, const char *key,
    const struct plc_content_list *list)
{
	size_t i;

	json_write_key(&d->w, key);
	json_write_array(&d->w);
	for (i = 0; i < list->count; i++)
		json_write_string(&d->w, list->entries[i].text.at,
		    list->entries[i].text.len);
	json_write_array_end(&d->w);
}

static void
write_services(struct document *d)
{
	const struct plc_content_list *services = &d->content->services;
	const struct slice nothing = { NULL, 0 };
	size_t i;

	json_write_key(&d->w, "service");
	json_write_array(&d->w);
	for (i = 0; i < services->count; i++) {
		json_write_object(&d->w);
		write_id(d, &nothing, &services->entries[i].name);
		write_text(d, "type", &services->entries[i].type);
		write_text(d, "serviceEndpoint", &services->entries[i].text);
		json_write_object_end(&d->w);
	}
	json_write_array_end(&d->w);
}

void
plc_document_write(struct buf *out, const struct slice *did,
    const struct plc_content *content)
{
	struct document d = {
		.w = { out, false },
		.did = did,
		.content = content,
	};

	json_write_object(&d.w);
	write_context(&d);
	write_text(&d, "id", did);
	write_list(&d, "alsoKnownAs", &content->names);
	write_methods(&d);
	write_services(&d);
	json_write_object_end(&d.w);
	out->failed |= d.id.failed;
	buf_free(&d.id);
}

/* The data of a document */

static void
write_name(struct document *d, const struct slice *name)
{
	json_write_key_n(&d->w, name->at, name->len);
}

static void
write_data_methods(struct document *d)
{
	const struct plc_content_list *methods = &d->content->methods;
	const struct plc_content_entry *m;
	size_t i;

	json_write_key(&d->w, "verificationMethods");
	json_write_object(&d->w);
	for (i = 0; i < methods->count; i++) {
		m = &methods->entries[i];
		write_name(d, &m->name);
		json_write_string(&d->w, m->text.at, m->text.len);
	}
	json_write_object_end(&d->w);
}

static void
write_data_services(struct document *d)
{
	const struct plc_content_list *services = &d->content->services;
	size_t i;

	json_write_key(&d->w, "services");
	json_write_object(&d->w);
	for (i = 0; i < services->count; i++) {
		write_name(d, &services->entries[i].name);
		json_write_object(&d->w);
		write_text(d, "type", &services->entries[i].type);
		write_text(d, "endpoint", &services->entries[i].text);
		json_write_object_end(&d->w);
	}
	json_write_object_end(&d->w);
}

void
plc_document_write_data(struct buf *out, const struct slice *did,
    const struct plc_content *content)
{
	struct document d = {
		.w = { out, false },
		.did = did,
		.content = content,
	};

	json_write_object(&d.w);
	write_text(&d, "did", did);
	write_data_methods(&d);
	write_list(&d, "rotationKeys", &content->keys);
	write_list(&d, "alsoKnownAs", &content->names);
	write_data_services(&d);
	json_write_object_end(&d.w);
}
