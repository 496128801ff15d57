/* Commits: their fields, the bytes that are signed, and signatures. */
#include "config.h"

#include "libcar/data/dagcbor.h"
#include "libcar/data/syntax.h"
#include "libcar/repo/commit.h"
#include "t/lib/copy.h"
#include "t/lib/tap.h"

#define DID "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
#define REV "3m4xqkxkcac2a"

static const uint8_t data_cid[CID_REPO_BYTES] = { 1, 0x71, 0x12, 32, 9 };
static const uint8_t sig[KEY_SIGNATURE_BYTES] = { 1, 2, 3 };

static void
text(struct buf *b, const char *s)
{
	dagcbor_write_text(b, s, strlen(s));
}

static void
test_round_trip(void)
{
	struct buf b = { .len = 0 }, want = { .len = 0 }, got = { .len = 0 };
	struct commit c;
	struct status st;

	commit_write(&b, DID, REV, data_cid, sig);
	commit_write(&want, DID, REV, data_cid, NULL);
	ok(commit_parse(&c, b.data, b.len, &st) == 0, "a commit");
	is_mem(c.did, c.did_len, DID, strlen(DID), "did");
	is_mem(c.rev, c.rev_len, REV, strlen(REV), "rev");
	is_mem(c.data.bytes, c.data.len, data_cid, sizeof(data_cid), "data");
	is_mem(c.sig, c.sig_len, sig, sizeof(sig), "sig");
	is_int(c.version, 3, "version");
	commit_unsigned(&c, &got);
	is_mem(got.data, got.len, want.data, want.len, "what was signed");
	buf_free(&b);
	buf_free(&want);
	buf_free(&got);
}

/* A commit with this number of unknown fields before sig, and as many after it.
 * Without sig, its map may have a shorter head. */
static void
write_unknown(struct buf *b, unsigned n, bool with_sig)
{
	unsigned i;
	char key[16];

	dagcbor_write_map(b, 5 + 2 * n + with_sig);
	for (i = 0; i < n; i++) {
		snprintf(key, sizeof(key), "%02u", i);
		text(b, key);
		dagcbor_write_uint(b, i);
	}
	text(b, "did");
	text(b, DID);
	text(b, "rev");
	text(b, REV);
	if (with_sig) {
		text(b, "sig");
		dagcbor_write_bytes(b, sig, sizeof(sig));
	}
	text(b, "data");
	dagcbor_write_link(b, data_cid, sizeof(data_cid));
	text(b, "prev");
	dagcbor_write_null(b);
	for (i = 0; i < n; i++) {
		snprintf(key, sizeof(key), "x%04u", i);
		text(b, key);
		dagcbor_write_array(b, 1);
		dagcbor_write_bytes(b, "sig", 3);
	}
	text(b, "version");
	dagcbor_write_uint(b, 3);
}

static void
test_unknown_fields(void)
{
	struct buf b = { .len = 0 }, want = { .len = 0 }, got = { .len = 0 };
	struct commit c;
	struct status st;
	bool held = true;
	unsigned n;

	for (n = 0; n < 200; n++) {
		b.len = want.len = got.len = 0;
		write_unknown(&b, n, true);
		write_unknown(&want, n, false);
		if ((held = held && commit_parse(&c, b.data, b.len, &st) == 0))
			commit_unsigned(&c, &got);
		held = held && got.len == want.len &&
		    memcmp(got.data, want.data, want.len) == 0;
	}
	ok(held, "unknown fields are part of what was signed");
	buf_free(&b);
	buf_free(&want);
	buf_free(&got);
}

/* An unknown field: only its form is checked. */
static bool
takes_field(const char *bytes, size_t len)
{
	struct buf b = { .len = 0 }, c = { .len = 0 };
	struct commit commit;
	struct status st;
	int rc;

	commit_write(&b, DID, REV, data_cid, sig);
	buf_putc(&c, b.data[0] + 1);
	buf_put(&c, bytes, len);
	buf_put(&c, b.data + 1, b.len - 1);
	rc = commit_parse(&commit, c.data, c.len, &st);
	buf_free(&b);
	buf_free(&c);
	return rc == 0;
}

static void
test_strictness(void)
{
	ok(takes_field("\x61k\x81\xf6", 4), "an unknown field");
	ok(!takes_field("\x61\xff\x01", 3), "a key that isn't UTF-8");
	ok(!takes_field("\x01\x01", 2), "a key that isn't text");
	ok(!takes_field("\x61k\xf9\x3c\x00", 5), "a float");
	ok(!takes_field("\x61k\x61\xff", 4), "text that isn't UTF-8");
	ok(!takes_field("\x61k\x18\x01", 4), "a head that is too long");
	ok(!takes_field("\x61k\xa1\x01\x01", 5), "a bad map inside");
}

/* A commit that is cut or has one bit changed is refused, or all texts are
 * within it. did and rev are always valid. */
static bool
is_consistent(const struct commit *c, const uint8_t *p, size_t len, int rc)
{
	const uint8_t *end = p + len;

	if (c->did != NULL && !syntax_is_did(c->did, c->did_len))
		return false;
	if (c->rev != NULL && !syntax_is_tid(c->rev, c->rev_len))
		return false;
	if (rc == -1)
		return true;
	return c->did != NULL && c->rev != NULL && c->sig > p &&
	    c->sig + c->sig_len <= end && c->sig_len == KEY_SIGNATURE_BYTES &&
	    c->data.bytes > p && c->data.bytes + c->data.len <= end &&
	    cid_is_repo(c->data.bytes, c->data.len) &&
	    (c->version == 2 || c->version == 3) && c->sig_at < c->sig_end &&
	    c->sig_end <= len;
}

static bool
parses(const uint8_t *bytes, size_t len, bool *consistent)
{
	uint8_t *p = copy(bytes, len);
	struct buf message = { .len = 0 };
	struct commit c;
	struct status st = { .code = STATUS_OK };
	int rc = commit_parse(&c, p, len, &st);

	*consistent = *consistent && is_consistent(&c, p, len, rc) &&
	    (rc == 0 || st.code == STATUS_BAD_COMMIT ||
		st.code == STATUS_BAD_REV);
	if (rc == 0)
		commit_unsigned(&c, &message);
	buf_free(&message);
	free(p);
	return rc == 0;
}

static void
test_damage(void)
{
	struct buf b = { .len = 0 };
	bool consistent = true, refused = true;
	size_t i, bit, parsed = 0;

	commit_write(&b, DID, REV, data_cid, sig);
	for (i = 0; i < b.len; i++)
		refused = refused && !parses((uint8_t *)b.data, i, &consistent);
	ok(refused, "cut commits are refused");
	for (i = 0; i < b.len; i++)
		for (bit = 0; bit < 8; bit++) {
			b.data[i] ^= 1 << bit;
			parsed += parses((uint8_t *)b.data, b.len, &consistent);
			b.data[i] ^= 1 << bit;
		}
	ok(consistent, "damaged commits are refused, or consistent");
	ok(parsed > 0 && parsed < b.len * 8, "%zu of %zu are still commits",
	    parsed, b.len * 8);
	buf_free(&b);
}

static void
test_rev(void)
{
	const uint64_t minutes = UINT64_C(5 * 60 * 1000000);
	struct buf b = { .len = 0 };
	char rev[14] = "";
	struct status st = { .code = STATUS_OK };
	struct commit c;
	uint64_t now = UINT64_C(1700000000123456);

	syntax_tid_format(rev, now + minutes, 1023);
	commit_write(&b, DID, rev, data_cid, sig);
	ok(commit_parse(&c, b.data, b.len, &st) == 0, "a commit");
	ok(commit_check_rev(&c, now, &st) == 0, "five minutes ahead");
	ok(commit_check_rev(&c, now - 1, &st) == -1 &&
		st.code == STATUS_FUTURE_REV,
	    "a microsecond more");
	ok(commit_check_rev(&c, now + 1, &st) == 0, "a microsecond less");
	buf_free(&b);
}

/* A signed commit verifies, with either curve. If it is changed, or the key is
 * another one, it doesn't. */
static void
test_signed(enum key_curve curve)
{
	static const uint8_t secret[32] = { 1 }, other_secret[32] = { 2 };
	struct buf b = { .len = 0 };
	struct status st = { .code = STATUS_OK };
	struct keypair pair, other;
	struct commit c;

	keypair_make(&pair, curve, secret, &st);
	keypair_make(&other, curve, other_secret, &st);
	is_int(commit_sign(&b, DID, REV, data_cid, &pair, &st), 0,
	    "curve 0x%x: signed", curve);
	is_int(commit_parse(&c, b.data, b.len, &st), 0, "it is a commit");
	ok(c.version == 3 && c.did_len == strlen(DID) &&
		memcmp(c.did, DID, c.did_len) == 0 &&
		memcmp(c.rev, REV, c.rev_len) == 0 &&
		memcmp(c.data.bytes, data_cid, c.data.len) == 0,
	    "of what was given");
	is_int(commit_verify(&c, &pair.key, &st), 0, "it verifies");
	is_int(commit_verify(&c, &other.key, &st), -1, "by its key alone");
	is_str(status_name(st.code), "BadSignature", "%s", st.msg);
	b.data[c.data.bytes - c.block + 20] ^= 1;
	is_int(commit_verify(&c, &pair.key, &st), -1, "and unchanged alone");
	buf_free(&b);
}

int
main(void)
{
	test_round_trip();
	test_unknown_fields();
	test_strictness();
	test_damage();
	test_rev();
	test_signed(KEY_SECP256K1);
	test_signed(KEY_P256);
	return done_testing();
}
