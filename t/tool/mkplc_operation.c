#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/base/buf.h"
#include "libcar/data/json.h"
#include "libcar/stream/rfc3339.h"
#include "libcar/stream/write.h"
#include "t/tool/mkplc_operation.h"
#include "t/tool/mkplc_sign.h"

/*
 * An operation is written with any signature and read by libcar's parser, which
 * gives the bytes to sign; then it is written and read again. So the lines are
 * as libcar encodes operations. The real logs in t/data/plc test that encoding.
 */

#define DUMMY_SIG \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define KEPT_KEYS 1000 /* of each curve */
#define KEYS_TEXT 1000
#define HANDLE_TEXT 300

/* A keypair, and the text of its public key. */
struct kept {
	bool is_made;
	struct keypair pair;
	char text[KEY_MAX_TEXT];
};

static struct plc_operation op;
static struct buf json, out;

void
mkplc_die(const char *what)
{
	fprintf(stderr, "mkplc: %s\n", what);
	exit(2);
}

/* Keys */

void
mkplc_keypair(struct keypair *pair, const char *name)
{
	uint8_t secret[KEYPAIR_SECRET_BYTES] = { 1 };
	uint32_t n = (uint32_t)strtoul(name + 1, NULL, 10);
	struct status st;

	memcpy(secret + 8, &n, sizeof(n));
	if (keypair_make(pair, *name == 'p' ? KEY_P256 : KEY_SECP256K1, secret,
		&st) == -1)
		mkplc_die(st.msg);
}

/* Keys with a small number are kept, because it takes as long to make one as to
 * sign. */
static const struct kept *
key_of(const char *name)
{
	static struct kept kept[2][KEPT_KEYS], other;
	size_t n = strtoul(name + 1, NULL, 10);
	struct kept *k = n < KEPT_KEYS ? &kept[*name == 'p'][n] : &other;

	if (!k->is_made || k == &other) {
		mkplc_keypair(&k->pair, name);
		key_format(k->text, &k->pair.key);
		k->is_made = true;
	}
	return k;
}

const char *
mkplc_key(const char *name)
{
	return *name == 'x' ? "did:key:zx" : key_of(name)->text;
}

static void
put_key(struct json_writer *w, const char *name)
{
	const char *text = mkplc_key(name);

	json_write_string(w, text, strlen(text));
}

static void
put_keys(struct json_writer *w, const char *names)
{
	char copy[KEYS_TEXT], *name;

	snprintf(copy, sizeof(copy), "%s", names);
	json_write_key(w, "rotationKeys");
	json_write_array(w);
	for (name = strtok(copy, ","); name != NULL && *name != '-';
	     name = strtok(NULL, ","))
		put_key(w, name);
	json_write_array_end(w);
}

/* Operations */

static void
put_create(struct json_writer *w, const struct mkplc_wanted *want)
{
	char copy[KEYS_TEXT], *signing;

	snprintf(copy, sizeof(copy), "%s", want->keys);
	if ((signing = strchr(copy, ',')) == NULL)
		mkplc_die("create needs two keys");
	*signing++ = '\0';
	json_write_key(w, "recoveryKey");
	put_key(w, copy);
	json_write_key(w, "signingKey");
	put_key(w, signing);
	json_write_member(w, "handle", want->handle);
	json_write_member(w, "service", want->pds);
}

static void
put_service(struct json_writer *w, const char *pds)
{
	json_write_key(w, "services");
	json_write_object(w);
	json_write_key(w, "atproto_pds");
	json_write_object(w);
	json_write_member(w, "type", "AtprotoPersonalDataServer");
	json_write_member(w, "endpoint", pds);
	json_write_object_end(w);
	json_write_object_end(w);
}

static void
put_operation(struct json_writer *w, const struct mkplc_wanted *want)
{
	char handle[HANDLE_TEXT];

	put_keys(w, want->keys);
	json_write_key(w, "verificationMethods");
	json_write_object(w);
	json_write_key(w, "atproto");
	put_key(w, want->signing_key != NULL ? want->signing_key : "k999");
	json_write_object_end(w);
	snprintf(handle, sizeof(handle), "at://%s", want->handle);
	if (want->alias != NULL)
		snprintf(handle, sizeof(handle), "%s", want->alias);
	json_write_key(w, "alsoKnownAs");
	json_write_array(w);
	json_write_string(w, handle, strlen(handle));
	json_write_array_end(w);
	put_service(w, want->pds);
}

static void
write_json(const struct mkplc_wanted *want, const char *sig)
{
	struct json_writer w = { &json, false };

	json.len = 0;
	json_write_object(&w);
	json_write_member(&w, "type", want->type);
	if (strcmp(want->type, "create") == 0)
		put_create(&w, want);
	else if (strcmp(want->type, "plc_operation") == 0)
		put_operation(&w, want);
	json_write_member(&w, "prev",
	    want->prev != NULL ? want->prev->cid : NULL);
	json_write_member(&w, "sig", sig);
	json_write_object_end(&w);
}

void
mkplc_name(struct mkplc_made *m, const uint8_t did[PLC_DID_BYTES],
    const uint8_t cid[CID_REPO_BYTES])
{
	plc_did_format(m->did, did);
	m->cid[cid_format(m->cid, cid, CID_REPO_BYTES)] = '\0';
	memcpy(m->bytes, cid, CID_REPO_BYTES);
}

/* The CID of an operation whose signature isn't one: that of its bytes as they
 * are, which mkplc leaves to those who need it. */
static void
finish(const struct mkplc_wanted *want, struct mkplc_made *m)
{
	char sig[MKPLC_SIGNATURE_TEXT];
	uint8_t did[PLC_DID_BYTES];
	struct status st;

	write_json(want, DUMMY_SIG);
	if (plc_operation_parse(&op, json.data, json.len, &st) == -1)
		mkplc_die(st.msg);
	if (strcmp(want->sig, "other") == 0)
		buf_putc(&op.unsigned_form, 'x');
	mkplc_sign(sig, &key_of(want->signer)->pair, op.unsigned_form.data,
	    op.unsigned_form.len, want->sig);
	write_json(want, sig);
	plc_operation_parse(&op, json.data, json.len, &st);
	if (want->prev != NULL)
		plc_did_parse(did, want->prev->did, PLC_DID_TEXT);
	else
		plc_operation_did(&op, did);
	mkplc_name(m, did, op.cid);
}

static void
write_line(const struct mkplc_wanted *want, const struct mkplc_made *m)
{
	const char *cid = want->cid != NULL ? want->cid : m->cid;
	const char *did = want->did != NULL ? want->did : m->did;
	char at[RFC3339_BYTES];
	struct stream_plc line = {
		.did = slice_make(did, PLC_DID_TEXT),
		.seq = stream_number(want->seq),
		.cid = slice_of(cid),
		.created_at = slice_make(at,
		    rfc3339_format(at, want->ms * 1000)),
		.nullified = want->nullified,
		.operation = slice_make(json.data, json.len),
	};
	struct status st;

	out.len = 0;
	stream_write_plc(&out, &line, &st);
	fwrite(out.data, 1, out.len, stdout);
}

void
mkplc_operation(const struct mkplc_wanted *want, struct mkplc_made *m)
{
	finish(want, m);
	write_line(want, m);
}

void
mkplc_operation_end(void)
{
	plc_operation_free(&op);
	buf_free(&json);
	buf_free(&out);
}
