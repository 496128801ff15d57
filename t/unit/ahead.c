/* Signatures verified ahead: what is known of them, which frames are looked at,
 * and that messages use what is known. */
#include "config.h"

#include "libcar/base/hash.h"
#include "libcar/repo/frame_span.h"
#include "libcar/repo/keypair.h"
#include "libcar/stream/live_ahead.h"
#include "t/lib/tap.h"

#define NOW 1800000000000000u /* after the frames */
#define SIGNERS 3

/*
 *	ahead frames keys many
 *
 * mkframes made the files. frames: see test_frames(); keys: of both; many: of
 * more than AHEAD_MOST commits.
 */

static struct status st;

/* The list */

static struct {
	struct keypair pair;
	struct key_prepared ready;
	uint8_t hash[32], signature[KEY_SIGNATURE_BYTES];
} signers[SIGNERS]; /* the last one of P-256 */

static void
make_signers(void)
{
	uint8_t secret[32] = { 0 };
	int i, rc = 0;

	for (i = 0; i < SIGNERS; i++) {
		secret[0] = i + 1;
		rc |= keypair_make(&signers[i].pair,
		    i == SIGNERS - 1 ? KEY_P256 : KEY_SECP256K1, secret, &st);
		rc |= key_prepare(&signers[i].ready, &signers[i].pair.key, &st);
		rc |= keypair_sign(&signers[i].pair, secret, sizeof(secret),
		    signers[i].signature, &st);
		hash_sha256(signers[i].hash, secret, sizeof(secret));
	}
	is_int(rc, 0, "signers");
}

static void
free_signers(void)
{
	int i;

	for (i = 0; i < SIGNERS; i++) {
		key_prepared_free(&signers[i].ready);
		keypair_free(&signers[i].pair);
	}
}

/* Use the key of one, the hash of another and the signature of a third. */
static void
add(struct ahead *a, int key, int hash, int signature)
{
	ahead_add(a, &signers[key].pair.key, &signers[key].ready,
	    signers[hash].hash, signers[signature].signature);
}

static bool
has(const struct ahead *a, int key, int hash, int signature)
{
	return ahead_has(a, &signers[key].pair.key, signers[hash].hash,
	    signers[signature].signature);
}

/* The number of combinations that are known. */
static int
count_known(const struct ahead *a)
{
	int i, n = 0;

	for (i = 0; i < SIGNERS * SIGNERS * SIGNERS; i++)
		n += has(a, i % 3, i / 3 % 3, i / 9);
	return n;
}

static void
test_list(unsigned threads)
{
	struct ahead a = { .parallel = { .threads = threads } };
	int i;

	ok(ahead_helps(&a) == (threads > 1), "%u threads", threads);
	for (i = 0; i < SIGNERS * SIGNERS * SIGNERS; i++)
		add(&a, i % 3, i / 3 % 3, i / 9);
	is_int(count_known(&a), 0, "nothing is known before");
	ahead_verify(&a);
	ok(has(&a, 0, 0, 0) && has(&a, 1, 1, 1), "both are known");
	is_int(count_known(&a), 2, "nothing that is swapped, no P-256");
	ahead_clear(&a);
	is_int(count_known(&a), 0, "and nothing after");
	ahead_free(&a);
}

/* Change each byte of what is asked. */
static void
test_exact(void)
{
	struct ahead a = { .count = 0 };
	struct key key = signers[0].pair.key;
	uint8_t *parts[] = { key.point, signers[0].hash, signers[0].signature };
	size_t lens[] = { sizeof(key.point), 32, KEY_SIGNATURE_BYTES }, i, k;
	unsigned wrong = 0;

	add(&a, 0, 0, 0);
	ahead_verify(&a);
	for (k = 0; k < 3; k++)
		for (i = 0; i < lens[k]; i++) {
			parts[k][i] ^= 1;
			wrong += ahead_has(&a, &key, signers[0].hash,
			    signers[0].signature);
			parts[k][i] ^= 1;
		}
	is_int(wrong, 0, "no byte may differ");
	ok(has(&a, 0, 0, 0), "all alike");
	ahead_free(&a);
}

static void
test_full(void)
{
	struct ahead a = { .count = 0 };
	unsigned n = 0;

	for (; !ahead_is_full(&a); n++)
		add(&a, n % 2, n % 2, n % 2);
	is_int(n, AHEAD_MOST, "a limit");
	ahead_verify(&a);
	is_int(count_known(&a), 2, "some are the same");
	ahead_free(&a);
}

/* Frames */

static struct ahead ahead = { .parallel = { .threads = 3 } };
static struct keyring keys;
static struct signer_table table = { .keys = &keys };
static struct live_source source;
static struct filter filter, signals;
static struct ndjson_out out = { .fd = -1 };
static struct live live = { .program = "test",
	.filter = &filter,
	.signals = &signals,
	.signers = &table,
	.ahead = &ahead,
	.out = &out };

static struct buf
read_file(const char *path)
{
	FILE *in = fopen(path, "r");
	struct buf b = { .len = 0 };
	int c;

	while (in != NULL && (c = getc(in)) != EOF)
		buf_putc(&b, (char)c);
	ok(in != NULL && fclose(in) == 0, "%s", path);
	return b;
}

static void
read_keys(const char *path)
{
	struct buf b = read_file(path);
	char *line = b.data, *lf;

	for (; (lf = memchr(line, '\n', b.data + b.len - line)) != NULL;
	     line = lf + 1)
		keyring_add_line(&keys, line, lf - line, &st);
	buf_free(&b);
}

static size_t
count_valid(void)
{
	size_t i, n = 0;

	for (i = 0; i < ahead.count; i++)
		n += ahead.guesses[i].valid;
	return n;
}

/* Take the frames; return a text with the result of each. */
static const char *
take_all(const struct buf *b)
{
	static const char names[] = "-wik?bf";
	static char text[16];
	struct frame_span span;
	struct live_message m = { .source = &source, .bytes = b->data };
	const char *end = b->data + b->len;
	size_t n = 0;

	for (; (const char *)m.bytes < end;
	     m.bytes = (const char *)m.bytes + m.len) {
		span = (struct frame_span){ .at = 0 };
		frame_span(&span, m.bytes, end - (const char *)m.bytes, &st);
		m.len = span.at;
		text[n++] = names[live_take(&live, &m, NOW, &st)];
		live_end(&live);
	}
	text[n] = '\0';
	return text;
}

/* A commit, an account, one with a wrong signature, a commit, one with a block
 * that is wrong, a sync. */
static void
test_frames(const char *path)
{
	struct buf b = read_file(path);

	is_int(live_ahead_look(&live, b.data, b.len), 6, "frames");
	is_int(ahead.count, 5, "those with a signature");
	is_int(count_valid(), 4, "one of which is wrong");
	ok(live.frame.did.at == NULL, "no frame is left");
	is_str(take_all(&b), "wwfwfw", "their results");
	is_int(live_ahead_look(&live, b.data, b.len - 1), 5, "one is cut");
	is_int(live_ahead_look(&live, b.data, 1), 0, "the first one is cut");
	is_int(live_ahead_look(&live, "\xff", 1), 0, "no frame at all");

	/* What is known wrongly shows that messages use it. */
	live_ahead_look(&live, b.data, b.len);
	ahead.guesses[1].valid = true;
	is_str(take_all(&b), "wwwwfw", "what is known isn't verified again");
	buf_free(&b);
}

static void
test_many(const char *path)
{
	struct buf b = read_file(path);

	is_int(live_ahead_look(&live, b.data, b.len), AHEAD_MOST,
	    "at most so many");
	is_int(count_valid(), AHEAD_MOST, "all are right");
	buf_free(&b);
}

static void
test_others(const char *path)
{
	struct set none = { .count = 0 };
	struct buf b = read_file(path);

	live.accounts = &none;
	ok(live_ahead_look(&live, b.data, b.len) > 6, "look less often at");
	is_int(ahead.count, 0, "accounts that aren't chosen");
	live.accounts = NULL;
	table.keys = NULL;
	ok(live_ahead_look(&live, b.data, b.len) > 6, "look less often at");
	is_int(ahead.count, 0, "accounts without a key");
	buf_free(&b);
}

int
main(int argc, char **argv)
{
	make_signers();
	test_list(1);
	test_list(4);
	test_exact();
	test_full();
	if (argc == 4) {
		read_keys(argv[2]);
		test_frames(argv[1]);
		test_many(argv[3]);
		test_others(argv[1]);
	}
	ahead_free(&ahead);
	live_free(&live);
	keyring_free(&keys);
	buf_free(&out.buf);
	free_signers();
	return done_testing();
}
