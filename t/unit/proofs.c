/* The lines of proofs that are cut out of a repo, and of proofs that are
 * checked. */
#include "config.h"

#include <stdio.h>

#include "libcar/stream/proofs.h"
#include "t/lib/repos.h"

#define REV "3m5xqkxkcac2a"
#define OTHER "did:plc:vath6jhrzqdqegcoffdgrxma"
#define HEAD \
	"{\"type\":\"proof\",\"did\":\"" REPOS_DID "\",\"rev\":\"" REV "\","
#define ERROR "{\"type\":\"error\",\"program\":\"at-test\","

static struct keypair pair, strange;
static struct keyring keys;
static struct buf out;
static struct status st;
static struct proofs p = { .program = "at-test", .keys = &keys, .out = &out };
static const struct repos_record records[] = { { "a.b.c/1", 1 },
	{ "a.b.c/2", 2 }, { "x.y.z/3", 3 } };

static void
know(const struct keypair *of)
{
	char key[KEY_MAX_TEXT], line[512];

	key[key_format(key, &of->key)] = '\0';
	snprintf(line, sizeof(line),
	    "{\"type\":\"identity\",\"did\":\"" REPOS_DID "\",\"handle\":null,"
	    "\"pds\":null,\"key\":\"%s\"}",
	    key);
	is_int(keyring_add_line(&keys, line, strlen(line), &st), 0, "a key");
}

static struct proofs_key
key_of(const char *rkey)
{
	return (struct proofs_key){ .did = slice_of(REPOS_DID),
		.collection = slice_of("a.b.c"),
		.rkey = slice_of(rkey) };
}

/* The line so far, and no more. */
static const char *
line(void)
{
	static struct buf copy;

	buf_putc(&out, '\0');
	copy.len = 0;
	buf_put(&copy, out.data, out.len);
	out.len = 0;
	return copy.data;
}

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static int
open_car(const struct buf *car, const char *did)
{
	static struct car_input input;
	struct slice of = slice_of(did);

	input = (struct car_input){ .data = (const uint8_t *)car->data,
		.len = car->len };
	return proofs_open(&p, &input, &of, REPOS_NOW, &st);
}

static void
test_cut(const struct buf *car)
{
	struct proofs_key one = key_of("1"), none = key_of("none");
	const char *text;

	is_int(open_car(car, REPOS_DID), 0, "a repo");
	is_int(proofs_cut(&p, &one, REPOS_NOW, &st), 0, "a proof");
	text = line();
	ok(begins(text,
	       HEAD "\"collection\":\"a.b.c\",\"rkey\":\"1\","
		    "\"result\":\"present\",\"cid\":\"bafyrei"),
	    "present");
	ok(strstr(text,
	       "\"signature\":\"unchecked\",\"blocks\":{\"$bytes\":\"") != NULL,
	    "its blocks, and that nobody checked the signature");
	is_int(proofs_cut(&p, &none, REPOS_NOW, &st), 0, "another one");
	ok(begins(line(),
	       HEAD "\"collection\":\"a.b.c\",\"rkey\":\"none\","
		    "\"result\":\"absent\",\"signature\":\"unchecked\","),
	    "absent, without a CID");
	proofs_close(&p);
	is_int(open_car(car, OTHER), -1, "of another account");
	is_int(st.code, STATUS_WRONG_DID, "%s", st.msg);
	proofs_close(&p);
	p.require_signature = true;
	is_int(open_car(car, REPOS_DID), -1, "of an unknown key");
	is_int(st.code, STATUS_NO_KEY, "%s", st.msg);
	proofs_close(&p);
	p.require_signature = false;
}

/* With the key, a whole repo is a proof of everything. */
static void
test_check(const struct buf *car)
{
	const struct slice any = { NULL, 0 };
	struct proofs_key two = key_of("2"), none = key_of("none");

	is_int(proofs_read(&p, car->data, car->len, &any, REPOS_NOW, &st), -1,
	    "a proof that nobody can check");
	is_int(st.code, STATUS_NO_KEY, "%s", st.msg);
	know(&pair);
	is_int(proofs_read(&p, car->data, car->len, &any, REPOS_NOW, &st), 0,
	    "a proof with its key");
	is_int(proofs_check(&p, &two, &st), 0, "a record");
	ok(begins(line(),
	       HEAD "\"collection\":\"a.b.c\",\"rkey\":\"2\","
		    "\"result\":\"present\",\"cid\":\"bafyrei"),
	    "present");
	is_int(proofs_check(&p, &none, &st), 0, "another one");
	is_str(line(),
	    HEAD "\"collection\":\"a.b.c\",\"rkey\":\"none\","
		 "\"result\":\"absent\",\"signature\":\"verified\"}\n",
	    "absent");
	know(&strange);
	is_int(proofs_read(&p, car->data, car->len, &any, REPOS_NOW, &st), -1,
	    "with another key");
	is_int(st.code, STATUS_BAD_SIGNATURE, "%s", st.msg);
	know(&pair);
}

/* The rev is that of the account's own commit, or of the job. */
static void
test_errors(const struct buf *car)
{
	const struct slice any = { NULL, 0 };
	struct proofs_key one = key_of("1");

	status_set(&st, STATUS_UNPROVED, 0, "m");
	is_int(proofs_read(&p, car->data, car->len, &any, REPOS_NOW, &st), 0,
	    "a proof");
	status_set(&st, STATUS_UNPROVED, 0, "m");
	proofs_error(&p, &one, "x.car", 0, &st);
	is_str(line(),
	    ERROR "\"did\":\"" REPOS_DID "\",\"rev\":\"" REV "\","
		  "\"collection\":\"a.b.c\",\"rkey\":\"1\",\"input\":\"x.car\","
		  "\"error\":\"Unproved\",\"message\":\"m\",\"retry\":true,"
		  "\"source\":\"part\"}\n",
	    "an error with the rev of the commit");
	one.rev = slice_of("3kaaaaaaaaa22");
	proofs_error(&p, &one, NULL, 0, &st);
	ok(strstr(line(), "\"rev\":\"3kaaaaaaaaa22\"") != NULL,
	    "with that of the job");
	one.rev = any;
	one.did = slice_of(OTHER);
	proofs_error(&p, &one, NULL, 0, &st);
	ok(strstr(line(), "\"rev\"") == NULL, "with none, of another account");
	one.did = any;
	proofs_error(&p, &one, "x.car", 0, &st);
	is_str(line(),
	    ERROR "\"input\":\"x.car\",\"error\":\"Unproved\",\"message\":"
		  "\"m\",\"retry\":true}\n",
	    "of a file");
}

int
main(void)
{
	static const uint8_t secret[KEYPAIR_SECRET_BYTES] = { 7 },
			     other[KEYPAIR_SECRET_BYTES] = { 8 };
	struct buf car = { .len = 0 };

	keypair_make(&pair, KEY_SECP256K1, secret, &st);
	keypair_make(&strange, KEY_P256, other, &st);
	repos_write(&car, REV, &pair, records, 3);
	test_cut(&car);
	test_check(&car);
	test_errors(&car);
	proofs_free(&p);
	keyring_free(&keys);
	buf_free(&car);
	buf_free(&out);
	repos_clear();
	return done_testing();
}
