/* CIDs: binary, as text, and the CIDs of the vectors on standard input. */
#include "config.h"

#include "libcar/base/basen.h"
#include "libcar/base/hash.h"
#include "libcar/data/cid.h"
#include "t/lib/copy.h"
#include "t/lib/tap.h"

/* The text of the CID in a text; empty if there is none. */
static const char *
reread(const char *text, size_t len)
{
	static char out[CID_MAX_TEXT + 1];
	uint8_t bytes[CID_MAX_BYTES];
	struct status st;
	int n = cid_from_text(bytes, text, len, &st);

	out[n == -1 ? 0 : cid_format(out, bytes, n)] = '\0';
	return out;
}

/* Lines of standard input. */
static int
test_lines(bool valid)
{
	char line[1000];
	size_t len;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		len = strcspn(line, "\n");
		line[len] = '\0';
		if (!valid)
			is_str(reread(line, len), "", "refused: %s", line);
		else if (line[0] == 'b' || line[0] == 'Q')
			is_str(reread(line, len), line, "read: %s", line);
		else
			ok(reread(line, len)[0] == 'b', "read: %s", line);
	}
	return done_testing();
}

static void
parses(const char *what, const char *bytes, size_t len, int want)
{
	uint8_t *p = copy(bytes, len);
	struct status st = { .code = STATUS_OK };
	struct cid cid;
	int n = cid_parse(&cid, p, len, &st);

	is_int(n, want, "%s", what);
	if (want == -1)
		is_int(st.code, STATUS_BAD_SYNTAX, "%s: code", what);
	else
		ok(cid.bytes == p && cid.len == (size_t)want &&
			cid.digest + cid.digest_len == p + want,
		    "%s: its parts", what);
	free(p);
}

#define PARSES(what, bytes, want) parses(what, bytes, sizeof(bytes) - 1, want)

static void
test_parse(void)
{
	PARSES("shortest", "\x01\x71\x00\x00", 4);
	PARSES("bytes after it", "\x01\x71\x00\x00zzz", 4);
	PARSES("identity", "\x01\x55\x00\x02hi", 6);
	PARSES("unknown hash", "\x01\x71\x16\x01z", 5);
	PARSES("long codec", "\x01\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x12\x00",
	    12);
	PARSES("nothing", "", -1);
	PARSES("version alone", "\x01", -1);
	PARSES("no hash", "\x01\x71", -1);
	PARSES("no length", "\x01\x71\x12", -1);
	PARSES("digest cut", "\x01\x71\x12\x02z", -1);
	PARSES("version 0 with a codec", "\x00\x71\x12\x01z", -1);
	PARSES("version 2", "\x02\x71\x12\x01z", -1);
	PARSES("version not the shortest", "\x81\x00\x71\x12\x01z", -1);
	PARSES("codec not the shortest", "\x01\xf1\x00\x12\x01z", -1);
	PARSES("length not the shortest", "\x01\x71\x12\x81\x00z", -1);
	PARSES("codec without end",
	    "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", -1);
	PARSES("length of 2^63",
	    "\x01\x71\x12\xff\xff\xff\xff\xff\xff\xff\xff\x7f", -1);
	PARSES("v0 cut", "\x12\x20zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", -1);
	PARSES("v0", "\x12\x20zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", 34);
	PARSES("v0 of 31 bytes", "\x12\x1fzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", -1);
}

/* A digest of n bytes, so that the CID has n + 4. */
static void
test_limit(void)
{
	char bytes[CID_MAX_BYTES + 28] = "\x01\x55\x00";

	bytes[3] = CID_MAX_BYTES - 4;
	parses("as long as allowed", bytes, sizeof(bytes), CID_MAX_BYTES);
	bytes[3]++;
	parses("one byte longer", bytes, sizeof(bytes), -1);
}

static void
test_form(void)
{
	uint8_t bytes[CID_REPO_BYTES], other[CID_REPO_BYTES];
	static const uint8_t digest[32] = {
		/* of nothing */
		0xe3,
		0xb0,
		0xc4,
		0x42,
		0x98,
		0xfc,
		0x1c,
		0x14,
		0x9a,
		0xfb,
		0xf4,
		0xc8,
		0x99,
		0x6f,
		0xb9,
		0x24,
		0x27,
		0xae,
		0x41,
		0xe4,
		0x64,
		0x9b,
		0x93,
		0x4c,
		0xa4,
		0x95,
		0x99,
		0x1b,
		0x78,
		0x52,
		0xb8,
		0x55,
	};
	struct status st;
	struct cid cid;
	size_t i;

	cid_of_block(bytes, "", 0);
	is_mem(bytes + 4, 32, digest, 32, "CID of an empty block: digest");
	ok(cid_parse(&cid, bytes, sizeof(bytes), &st) == CID_REPO_BYTES &&
		cid.version == 1 && cid.codec == CID_DAG_CBOR &&
		cid.hash == HASH_SHA2_256,
	    "and its form");
	ok(cid_is_repo(bytes, sizeof(bytes)), "the repo's own form");
	ok(!cid_is_repo(bytes, sizeof(bytes) - 1), "not shorter");
	ok(!cid_is_repo(bytes, sizeof(bytes) + 1), "not longer");
	ok(!cid_is_blob(bytes, sizeof(bytes)), "a block is not a blob");
	bytes[1] = CID_RAW;
	ok(cid_is_blob(bytes, sizeof(bytes)), "the form of a blob");
	ok(!cid_is_blob(bytes, sizeof(bytes) - 1), "not shorter");
	bytes[1] = CID_DAG_CBOR;
	for (i = 0; i < 4; i++) {
		memcpy(other, bytes, sizeof(other));
		other[i] ^= 1;
		ok(!cid_is_repo(other, sizeof(other)), "not other in byte %zu",
		    i);
	}
}

/* Each text is the text of its bytes: the reader takes no second spelling. */
static void
test_texts(void)
{
	static const char *const bad[] = { "", "b", "z", "Q", "Qm",
		"bafyreihldkhcwijkde7gx4rpkkuw7pl6lbyu5gieunyc7ihactn5bkd2n",
		"bafyreihldkhcwijkde7gx4rpkkuw7pl6lbyu5gieunyc7ihactn5bkd2nn",
		"bafyreihldkhcwijkde7gx4rpkkuw7pl6lbyu5gieunyc7ihactn5bkd2nma",
		"bafyreihldkhcwijkde7gx4rpkkuw7pl6lbyu5gieunyc7ihactn5bkd2nm=",
		"BAFYREIHLDKHCWIJKDE7GX4RPKKUW7PL6LBYU5GIEUNYC7IHACTN5BKD2NM",
		"bAFYREIHLDKHCWIJKDE7GX4RPKKUW7PL6LBYU5GIEUNYC7IHACTN5BKD2NM",
		"afyreihldkhcwijkde7gx4rpkkuw7pl6lbyu5gieunyc7ihactn5bkd2nm",
		"QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMn",
		"QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnRR",
		"zQmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR",
		"QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMn0" };
	static const char *const good[] = {
		"bafyreihldkhcwijkde7gx4rpkkuw7pl6lbyu5gieunyc7ihactn5bkd2nm",
		"bafkqaalb", "QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR"
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_str(reread(bad[i], strlen(bad[i])), "", "no CID: '%s'",
		    bad[i]);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		is_str(reread(good[i], strlen(good[i])), good[i], "%s",
		    good[i]);
}

/* A text whose bytes are a CID and more bytes. */
static void
test_more(void)
{
	char text[20] = "b";
	size_t n = 1 +
	    base32_format(text + 1, (const uint8_t *)"\x01\x71\x00\x00\x00", 5);

	is_str(reread(text, n), "", "no CID: %s", text);
	n = 1 +
	    base32_format(text + 1, (const uint8_t *)"\x01\x71\x00\x01\x00", 5);
	is_str(reread(text, n), text, "%s", text);
}

/* Arbitrary bytes: if they parse, they have a text, and it gives the same
 * bytes. */
static void
test_random(void)
{
	uint8_t bytes[CID_MAX_BYTES + 10], back[CID_MAX_BYTES];
	char text[CID_MAX_TEXT];
	uint32_t state = 1;
	struct status st;
	struct cid cid;
	bool held = true;
	size_t len, i, parsed = 0;
	int round, n;

	for (round = 0; round < 100000; round++) {
		for (i = 0; i < sizeof(bytes); i++) {
			state = state * 1103515245 + 12345;
			bytes[i] = state >> 16;
		}
		bytes[0] = 1;
		bytes[1] &= 0x7f;
		bytes[2] &= 0x7f;
		bytes[3] &= 0x7f;
		n = cid_parse(&cid, bytes, 1 + round % sizeof(bytes), &st);
		if (n == -1)
			continue;
		parsed++;
		len = cid_format(text, bytes, n);
		held = held && n <= CID_MAX_BYTES && len <= sizeof(text) &&
		    cid_from_text(back, text, len, &st) == n &&
		    memcmp(back, bytes, n) == 0;
	}
	ok(held, "bytes to text and back");
	ok(parsed > 1000, "%zu of them parsed", parsed);
}

int
main(int argc, char **argv)
{
	if (argc == 2)
		return test_lines(strcmp(argv[1], "valid") == 0);
	test_parse();
	test_limit();
	test_form();
	test_texts();
	test_more();
	test_random();
	return done_testing();
}
