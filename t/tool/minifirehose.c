/*
 * minifirehose: what at-firehose can't do without, alone, for contrib/bench.
 * It prints how many nanoseconds that takes for a file of recorded commits.
 *
 *	minifirehose hash file		SHA-256 of every block
 *	minifirehose verify file keys	libsecp256k1's parse and verify of every
 *					signature, with keys that stay parsed
 *	minifirehose count file		not the time: commits, blocks, bytes
 */
#include "config.h"

#include <secp256k1.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/base/buf.h"
#include "libcar/base/clock.h"
#include "libcar/base/hash.h"
#include "libcar/repo/car_slice.h"
#include "libcar/repo/commit.h"
#include "libcar/repo/frame.h"
#include "libcar/repo/frame_span.h"
#include "libcar/stream/keyring.h"

/* A commit: what was signed, by whom. */
struct signing {
	secp256k1_pubkey key;
	uint8_t hash[32], signature[KEY_SIGNATURE_BYTES];
};

static struct buf blocks, signings; /* of struct slice, struct signing */
static struct keyring keys;
static size_t commits, bytes;

static void
check(int rc, const struct status *st)
{
	if (rc != -1)
		return;
	fprintf(stderr, "minifirehose: %s\n", st->msg);
	exit(2);
}

static void
read_all(struct buf *to, const char *path)
{
	FILE *f = fopen(path, "re");
	size_t n = 0;
	char *p;

	if (f == NULL)
		exit(2);
	while ((p = buf_reserve(to, 1 << 20)) != NULL &&
	    (n = fread(p, 1, 1 << 20, f)) > 0)
		to->len += n;
	fclose(f);
}

static void
add_signing(const secp256k1_context *ctx, const struct commit *c)
{
	const struct key *key = keyring_find(&keys, c->did, c->did_len);
	struct buf message = { .len = 0 };
	struct signing s;

	if (key == NULL)
		return;
	commit_unsigned(c, &message);
	hash_sha256(s.hash, message.data, message.len);
	memcpy(s.signature, c->sig, sizeof(s.signature));
	if (secp256k1_ec_pubkey_parse(ctx, &s.key, key->point, 33) != 1)
		exit(2);
	buf_put(&signings, &s, sizeof(s));
	buf_free(&message);
}

static void
add_frame(const secp256k1_context *ctx, const void *at, size_t len)
{
	static struct car_slice slice;
	static struct frame f;
	struct commit c;
	struct status st;
	const uint8_t *block;
	size_t i, n;

	check(frame_parse(&f, at, len, &st), &st);
	if (f.type != FRAME_COMMIT)
		return;
	check(car_slice_open(&slice, f.blocks.at, f.blocks.len, &st), &st);
	for (i = 0; i < slice.count; i++) {
		buf_put(&blocks, &slice.blocks[i].data, sizeof(struct slice));
		bytes += slice.blocks[i].data.len;
	}
	if (car_slice_get(&slice, &f.commit, &block, &n, &st) != 1)
		exit(2);
	check(commit_parse(&c, block, n, &st), &st);
	add_signing(ctx, &c);
	commits++;
}

static void
read_frames(const secp256k1_context *ctx, const struct buf *file)
{
	struct frame_span span;
	struct status st;
	size_t at;

	for (at = 0; at < file->len; at += span.at) {
		span = (struct frame_span){ .at = 0 };
		if (frame_span(&span, file->data + at, file->len - at, &st) !=
		    1)
			exit(2);
		add_frame(ctx, file->data + at, span.at);
	}
}

static void
read_keys(const char *path)
{
	struct buf text = { .len = 0 };
	struct status st;
	char *line, *rest;

	read_all(&text, path);
	buf_putc(&text, '\0');
	for (line = strtok_r(text.data, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		check(keyring_add_line(&keys, line, strlen(line), &st), &st);
	buf_free(&text);
}

static void
hash_blocks(void)
{
	const struct slice *b = (const struct slice *)(void *)blocks.data;
	size_t i, n = blocks.len / sizeof(*b);
	uint8_t hash[32];

	for (i = 0; i < n; i++)
		hash_sha256(hash, b[i].at, b[i].len);
}

static void
verify_all(const secp256k1_context *ctx)
{
	const struct signing *s = (const struct signing *)(void *)signings.data;
	size_t i, n = signings.len / sizeof(*s);
	secp256k1_ecdsa_signature sig;

	for (i = 0; i < n; i++)
		if (secp256k1_ecdsa_signature_parse_compact(ctx, &sig,
			s[i].signature) != 1 ||
		    secp256k1_ecdsa_verify(ctx, &sig, s[i].hash, &s[i].key) !=
			1)
			exit(2);
}

int
main(int argc, char **argv)
{
	secp256k1_context *ctx = secp256k1_context_create(
	    SECP256K1_CONTEXT_NONE);
	struct buf file = { .len = 0 };
	double start;

	if (argc < 3)
		return 2;
	if (argc > 3)
		read_keys(argv[3]);
	read_all(&file, argv[2]);
	read_frames(ctx, &file);
	start = clock_monotonic();
	if (strcmp(argv[1], "hash") == 0)
		hash_blocks();
	else if (strcmp(argv[1], "verify") == 0)
		verify_all(ctx);
	else {
		printf("%zu %zu %zu\n", commits,
		    blocks.len / sizeof(struct slice), bytes);
		return 0;
	}
	printf("%.0f\n", (clock_monotonic() - start) * 1e9);
	return 0;
}
