/*
 * mkplc: makes `plc` lines, signed as wanted.
 *
 * Each line of standard input is an operation, in words:
 *
 *	NAME PREV MS SIGNER KEYS [OPTION ...]
 *
 * PREV is the name of an operation, or `-`; MS its createdAt, after 2026-01-01;
 * SIGNER a key: `k1` and so on are of secp256k1, `p1` of P-256; KEYS its
 * rotation keys, with commas, or `-`; `x` is a key that can't be read. Options:
 *
 *	tombstone, create	its type
 *	nullified, valid	what the directory says
 *	handle=TEXT, pds=TEXT	its content
 *	alias=TEXT		instead of the handle, without at://
 *	did=NAME, cid=NAME	those of another operation
 *	sig=WHAT		a signature that is `pad`ded, of `high` S, with
 *				`bits` after its end, in `der`, of `other` bytes
 *
 * mkplc -n N: N operations of N / 2.5 DIDs, 15 of 100 of them of P-256, for
 * measurements. mkplc -b N: print how many nanoseconds it takes to parse N keys
 * of the same mix, and to verify a signature with each.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/ecdsa.h>

#include "libcar/base/basen.h"
#include "libcar/base/clock.h"
#include "libcar/plc/operation.h"
#include "libcar/repo/keypair.h"
#include "libcar/stream/rfc3339.h"
#include "libcar/stream/write.h"
#include "t/lib/random.h"

#define NAMES_MAX 1000
#define BASE_MS UINT64_C(1767225600000)
#define SIG_TEXT 200
#define DUMMY_SIG \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

struct made {
	char name[32];
	char did[PLC_DID_TEXT];
	char cid[CID_MAX_TEXT];
};

/* What is wanted of an operation. */
struct wanted {
	const char *type, *handle, *alias, *pds, *sig;
	char *keys;
	const char *signer;
	const struct made *prev, *did, *cid;
	uint64_t ms;
	int64_t seq;
	enum stream_bool nullified;
};

static struct made *made;
static size_t made_count;
static struct plc_operation op;
static struct buf json, out;

static void
die(const char *what)
{
	fprintf(stderr, "mkplc: %s\n", what);
	exit(2);
}

/* Keys */

static void
make_keypair(struct keypair *pair, const char *name)
{
	uint8_t secret[KEYPAIR_SECRET_BYTES] = { 1 };
	uint32_t n = (uint32_t)strtoul(name + 1, NULL, 10);
	struct status st;

	memcpy(secret + 8, &n, sizeof(n));
	if (keypair_make(pair, *name == 'p' ? KEY_P256 : KEY_SECP256K1, secret,
		&st) == -1)
		die(st.msg);
}

static void
put_key(struct json_writer *w, const char *name)
{
	char text[KEY_MAX_TEXT] = "did:key:zx";
	struct keypair pair;

	if (*name != 'x') {
		make_keypair(&pair, name);
		key_format(text, &pair.key);
	}
	json_write_string(w, text, strlen(text));
}

static void
put_keys(struct json_writer *w, const char *names)
{
	char copy[1000], *name;

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
put_create(struct json_writer *w, const struct wanted *want)
{
	char copy[1000], *signing;

	snprintf(copy, sizeof(copy), "%s", want->keys);
	if ((signing = strchr(copy, ',')) == NULL)
		die("create needs two keys");
	*signing++ = '\0';
	json_write_key(w, "recoveryKey");
	put_key(w, copy);
	json_write_key(w, "signingKey");
	put_key(w, signing);
	json_write_member(w, "handle", want->handle);
	json_write_member(w, "service", want->pds);
}

static void
put_operation(struct json_writer *w, const struct wanted *want)
{
	char handle[300];

	put_keys(w, want->keys);
	json_write_key(w, "verificationMethods");
	json_write_object(w);
	json_write_key(w, "atproto");
	put_key(w, "k999");
	json_write_object_end(w);
	snprintf(handle, sizeof(handle), "at://%s", want->handle);
	if (want->alias != NULL)
		snprintf(handle, sizeof(handle), "%s", want->alias);
	json_write_key(w, "alsoKnownAs");
	json_write_array(w);
	json_write_string(w, handle, strlen(handle));
	json_write_array_end(w);
	json_write_key(w, "services");
	json_write_object(w);
	json_write_key(w, "atproto_pds");
	json_write_object(w);
	json_write_member(w, "type", "AtprotoPersonalDataServer");
	json_write_member(w, "endpoint", want->pds);
	json_write_object_end(w);
	json_write_object_end(w);
}

static void
write_json(const struct wanted *want, const char *sig)
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

/* Signatures */

static const uint8_t orders[2][32] = {
	{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
	    0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41 },
	{ 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
	    0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51 },
};

/* The other S with which the signature would hold. */
static void
make_high(uint8_t *s, const uint8_t *order)
{
	int i, digit, borrow = 0;

	for (i = 31; i >= 0; i--) {
		digit = order[i] - s[i] - borrow;
		borrow = digit < 0;
		s[i] = (uint8_t)digit;
	}
}

static size_t
make_der(uint8_t *der, const uint8_t *sig)
{
	ECDSA_SIG *parsed = ECDSA_SIG_new();
	int n;

	ECDSA_SIG_set0(parsed, BN_bin2bn(sig, 32, NULL),
	    BN_bin2bn(sig + 32, 32, NULL));
	n = i2d_ECDSA_SIG(parsed, &der);
	ECDSA_SIG_free(parsed);
	return (size_t)n;
}

static void
to_base64url(char *text, const uint8_t *bytes, size_t n)
{
	size_t len = base64_format(text, bytes, n), i;

	for (i = 0; i < len; i++)
		text[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
	text[len] = '\0';
}

static void
sign(const struct wanted *want, char text[SIG_TEXT])
{
	uint8_t sig[SIG_TEXT / 2], der[SIG_TEXT / 2];
	size_t n = KEY_SIGNATURE_BYTES;
	struct keypair pair;
	struct status st;

	if (strcmp(want->sig, "other") == 0)
		buf_putc(&op.unsigned_form, 'x');
	make_keypair(&pair, want->signer);
	if (keypair_sign(&pair, op.unsigned_form.data, op.unsigned_form.len,
		sig, &st) == -1)
		die(st.msg);
	if (strcmp(want->sig, "high") == 0)
		make_high(sig + 32, orders[pair.key.curve == KEY_P256]);
	if (strcmp(want->sig, "der") == 0)
		n = make_der(der, sig);
	to_base64url(text, n == KEY_SIGNATURE_BYTES ? sig : der, n);
	if (strcmp(want->sig, "pad") == 0)
		strcat(text, "==");
	if (strcmp(want->sig, "bits") == 0)
		text[strlen(text) - 1]++; /* of A, Q, g or w */
}

/* The CID of an operation whose signature isn't one: that of its bytes as they
 * are, which mkplc leaves to those who need it. */
static void
finish(const struct wanted *want, struct made *m)
{
	char sig[SIG_TEXT];
	uint8_t did[PLC_DID_BYTES];
	struct status st;
	size_t n;

	write_json(want, DUMMY_SIG);
	if (plc_operation_parse(&op, json.data, json.len, &st) == -1)
		die(st.msg);
	sign(want, sig);
	write_json(want, sig);
	plc_operation_parse(&op, json.data, json.len, &st);
	n = cid_format(m->cid, op.cid, sizeof(op.cid));
	m->cid[n] = '\0';
	plc_operation_did(&op, did);
	if (want->prev != NULL)
		memmove(m->did, want->prev->did, sizeof(m->did));
	else
		plc_did_format(m->did, did);
}

static void
write_line(const struct wanted *want, const struct made *m)
{
	const char *cid = want->cid != NULL ? want->cid->cid : m->cid;
	const char *did = want->did != NULL ? want->did->did : m->did;
	char at[RFC3339_BYTES];
	struct stream_plc line = {
		.did = slice_make(did, PLC_DID_TEXT),
		.seq = stream_number(want->seq),
		.cid = slice_of(cid),
		.created_at = slice_make(at,
		    rfc3339_format(at, (BASE_MS + want->ms) * 1000)),
		.nullified = want->nullified,
		.operation = slice_make(json.data, json.len),
	};
	struct status st;

	out.len = 0;
	stream_write_plc(&out, &line, &st);
	fwrite(out.data, 1, out.len, stdout);
}

/* Words */

static const struct made *
find(const char *name)
{
	size_t i;

	for (i = 0; i < made_count; i++)
		if (strcmp(made[i].name, name) == 0)
			return &made[i];
	die("no such operation");
	return NULL;
}

static void
take_option(struct wanted *want, char *word)
{
	char *value = strchr(word, '=');

	if (value != NULL)
		*value++ = '\0';
	if (strcmp(word, "tombstone") == 0)
		want->type = "plc_tombstone";
	else if (strcmp(word, "create") == 0)
		want->type = "create";
	else if (strcmp(word, "nullified") == 0)
		want->nullified = STREAM_TRUE;
	else if (strcmp(word, "valid") == 0)
		want->nullified = STREAM_FALSE;
	else if (strcmp(word, "handle") == 0)
		want->handle = value;
	else if (strcmp(word, "alias") == 0)
		want->alias = value;
	else if (strcmp(word, "pds") == 0)
		want->pds = value;
	else if (strcmp(word, "sig") == 0)
		want->sig = value;
	else if (strcmp(word, "did") == 0)
		want->did = find(value);
	else if (strcmp(word, "cid") == 0)
		want->cid = find(value);
	else
		die("unknown option");
}

static char *
next_word(char *line)
{
	char *word = strtok(line, " \n");

	if (word == NULL)
		die("a word is missing");
	return word;
}

static void
take_line(char *line)
{
	struct wanted want = {
		.type = "plc_operation",
		.handle = "a.test",
		.pds = "https://pds.test",
		.sig = "",
		.seq = (int64_t)made_count + 1,
	};
	struct made *m = &made[made_count];
	char *words[1000], *word;
	size_t n = 0, i;

	snprintf(m->name, sizeof(m->name), "%s", next_word(line));
	word = next_word(NULL);
	if (*word != '-')
		want.prev = find(word);
	want.ms = strtoull(next_word(NULL), NULL, 10);
	want.signer = next_word(NULL);
	want.keys = next_word(NULL);
	while ((word = strtok(NULL, " \n")) != NULL)
		words[n++] = word;
	for (i = 0; i < n; i++)
		take_option(&want, words[i]);
	finish(&want, m);
	write_line(&want, m);
	made_count++;
}

static void
take_words(void)
{
	char line[4000];

	made = calloc(NAMES_MAX, sizeof(*made));
	while (fgets(line, sizeof(line), stdin) != NULL)
		if (made_count < NAMES_MAX && line[0] != '\n')
			take_line(line);
}

/* Many operations */

static void
make_many(size_t n)
{
	size_t dids = n * 2 / 5 + 1, i, did;
	char keys[100], signer[20], handle[40];
	uint64_t *times = calloc(dids, sizeof(*times));
	struct wanted want;

	made = calloc(dids, sizeof(*made));
	for (i = 0; i < n; i++) {
		/* Nearly all accounts share their host's keys. */
		did = i < dids ? i : rnd() % dids;
		times[did] += i < dids ? i : n + 1000 * (rnd() % 1000000);
		snprintf(handle, sizeof(handle), "user%zu.example.com", did);
		want = (struct wanted){
			.type = "plc_operation",
			.handle = handle,
			.pds = "https://host.example.com",
			.sig = "",
			.seq = (int64_t)i + 1,
			.ms = times[did],
		};
		if (i >= dids)
			want.prev = &made[did];
		if (did % 20 == 0) {
			snprintf(keys, sizeof(keys), "p%zu,k1,k2", did + 100);
			snprintf(signer, sizeof(signer), "k2");
		} else {
			snprintf(keys, sizeof(keys), "k1,k2");
			snprintf(signer, sizeof(signer), "k2");
		}
		if (did % 100 < 15) {
			snprintf(keys, sizeof(keys), "p1,p2");
			snprintf(signer, sizeof(signer), "p2");
		}
		want.keys = keys;
		want.signer = signer;
		finish(&want, &made[did]);
		write_line(&want, &made[did]);
	}
	free(times);
}

static void
measure(size_t n)
{
	static const char message[550];
	uint8_t signatures[2][KEY_SIGNATURE_BYTES];
	struct keypair pairs[2];
	struct status st;
	uint64_t start;
	size_t i;

	for (i = 0; i < 2; i++) {
		make_keypair(&pairs[i], i == 0 ? "k1" : "p1");
		keypair_sign(&pairs[i], message, sizeof(message), signatures[i],
		    &st);
	}
	start = clock_monotonic_ms();
	for (i = 0; i < n; i++)
		if (key_verify(&pairs[i % 100 < 15].key, message,
			sizeof(message), signatures[i % 100 < 15],
			KEY_SIGNATURE_BYTES, &st) == -1)
			die(st.msg);
	printf("%ju\n", (uintmax_t)(clock_monotonic_ms() - start) * 1000000);
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "-n") == 0)
		make_many(strtoul(argv[2], NULL, 10));
	else if (argc == 3 && strcmp(argv[1], "-b") == 0)
		measure(strtoul(argv[2], NULL, 10));
	else if (argc == 1)
		take_words();
	else
		die("usage: mkplc [-n number | -b number]");
	free(made);
	plc_operation_free(&op);
	buf_free(&json);
	buf_free(&out);
	return 0;
}
