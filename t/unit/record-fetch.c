/* One record of a host: only what its proof says is an answer. */
#include "config.h"

#include "libcar/net/record_fetch.h"
#include "t/lib/offline.h"
#include "t/lib/repos.h"

#define REV "3m5xqkxkcac2a"
#define URL \
	"https://x.test/xrpc/com.atproto.sync.getRecord?did=" REPOS_DID \
	"&collection=a.b.c&rkey="

static struct keypair pair, strange;
static char key[KEY_MAX_TEXT];
static struct record_fetch f;
static struct http *http;
static enum status_code code;
static char message[STATUS_MSG_BYTES], name[sizeof(((struct status *)0)->name)];
static const struct repos_record records[] = { { "a.b.c/1", 1 },
	{ "a.b.c/2", 2 } };

static void
done(struct record_fetch *it, struct status *why)
{
	ok(it == &f, "the end");
	code = why == NULL ? STATUS_OK : why->code;
	strcpy(message, why == NULL ? "" : why->msg);
	strcpy(name, why == NULL ? "" : why->name);
}

static void
ask(const char *rkey, const void *body, size_t len, long status)
{
	struct status st;

	f.did = REPOS_DID;
	f.host = "https://x.test";
	f.collection = "a.b.c";
	f.rkey = rkey;
	f.done = done;
	http = offline_open();
	record_fetch_start(&f, http);
	ok(strncmp(f.request.url.data, URL, strlen(URL)) == 0, "asks for %s",
	    f.request.url.data);
	http = offline_open();
	f.request.code = status;
	f.request.body.len = 0;
	buf_put(&f.request.body, body, len);
	f.request.done(&f.request,
	    f.request.check(&f.request, &st) == 0 ? NULL : &st);
}

static void
test_proved(const struct buf *car)
{
	ask("2", car->data, car->len, 200);
	is_int(code, STATUS_OK, "a record%s", message);
	buf_putc(&f.record, '\0');
	is_str(f.record.data, "{\"n\":2}", "its JSON");
	is_str(f.rev, REV, "the rev of the commit");
	ok(strncmp(f.cid, "bafyrei", 7) == 0, "its CID: %s", f.cid);
	ok(!f.absent, "is there");
	ask("none", car->data, car->len, 200);
	is_int(code, STATUS_NOT_FOUND, "%s", message);
	is_str(name, "RecordNotFound", "the protocol's name");
	ok(f.absent, "proved that it isn't there");
	is_str(f.rev, REV, "at this rev");
}

static void
test_keys(const struct buf *car)
{
	f.key = key;
	ask("1", car->data, car->len, 200);
	is_int(code, STATUS_OK, "signed by its key%s", message);
	key[key_format(key, &strange.key)] = '\0';
	ask("1", car->data, car->len, 200);
	is_int(code, STATUS_BAD_SIGNATURE, "%s", message);
	ask("none", car->data, car->len, 200);
	is_int(code, STATUS_BAD_SIGNATURE, "%s", message);
	ok(!f.absent, "a proof of a wrong key proves no absence");
	f.key = "did:key:zz";
	ask("1", car->data, car->len, 200);
	ok(strstr(message, "the job's key: ") != NULL, "%s", message);
	f.key = NULL;
}

/* A host that denies a record must prove it. */
static void
test_unproved(struct buf *car)
{
	static const char says[] =
	    "{\"error\":\"RecordNotFound\",\"message\":\"m\"}";
	uint8_t root[CID_REPO_BYTES];
	size_t i;

	ask("1", says, strlen(says), 400);
	is_int(code, STATUS_UNPROVED, "%s", message);
	ok(!f.absent, "proves nothing");
	is_str(f.rev, "", "of no rev");
	repos_tree(root, records, 2);
	for (i = 0; i < repos_count; i++) {
		repos_blocks[i].gone = true;
		repos_write_blocks(car, root, REPOS_DID, REV, &pair);
		repos_blocks[i].gone = false;
		ask("none", car->data, car->len, 200);
		ok(code == STATUS_UNPROVED || f.absent, "without a block: %s",
		    message);
		ask("1", car->data, car->len, 200);
		ok(code == STATUS_UNPROVED || code == STATUS_OK,
		    "without a block: %s", message);
	}
	repos_write_blocks(car, root, "did:web:example.com", REV, &pair);
	ask("1", car->data, car->len, 200);
	is_int(code, STATUS_WRONG_DID, "%s", message);
	car->data[car->len - 1] ^= 1;
	ask("1", car->data, car->len, 200);
	is_int(code, STATUS_BAD_BLOCK, "%s", message);
	ask("1", "oops", 4, 200);
	ok(code == STATUS_NOT_CAR || code == STATUS_BAD_CAR, "%s", message);
	ask("1", "", 0, 500);
	is_int(code, STATUS_HOST_ERROR, "%s", message);
}

int
main(void)
{
	static const uint8_t secret[KEYPAIR_SECRET_BYTES] = { 7 },
			     other[KEYPAIR_SECRET_BYTES] = { 8 };
	struct buf car = { .len = 0 };
	struct status st;

	keypair_make(&pair, KEY_SECP256K1, secret, &st);
	keypair_make(&strange, KEY_SECP256K1, other, &st);
	key[key_format(key, &pair.key)] = '\0';
	repos_write(&car, REV, &pair, records, 2);
	test_proved(&car);
	test_keys(&car);
	test_unproved(&car);
	record_fetch_free(&f);
	buf_free(&car);
	repos_clear();
	offline_close();
	return done_testing();
}
