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

#include "libcar/base/clock.h"
#include "t/lib/random.h"
#include "t/tool/mkplc_operation.h"

#define NAMES_MAX 1000
#define BASE_MS UINT64_C(1767225600000)

struct named {
	char name[32];
	struct mkplc_made made;
};

static struct named *names;
static size_t name_count;

/* Words */

static const struct mkplc_made *
find(const char *name)
{
	size_t i;

	for (i = 0; i < name_count; i++)
		if (strcmp(names[i].name, name) == 0)
			return &names[i].made;
	mkplc_die("no such operation");
}

static void
take_option(struct mkplc_wanted *want, char *word)
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
		want->did = find(value)->did;
	else if (strcmp(word, "cid") == 0)
		want->cid = find(value)->cid;
	else
		mkplc_die("unknown option");
}

static char *
next_word(char *line)
{
	char *word = strtok(line, " \n");

	if (word == NULL)
		mkplc_die("a word is missing");
	return word;
}

static void
take_line(char *line)
{
	struct mkplc_wanted want = {
		.type = "plc_operation",
		.handle = "a.test",
		.pds = "https://pds.test",
		.sig = "",
		.seq = (int64_t)name_count + 1,
	};
	struct named *m = &names[name_count];
	char *words[1000], *word;
	size_t n = 0, i;

	snprintf(m->name, sizeof(m->name), "%s", next_word(line));
	word = next_word(NULL);
	if (*word != '-')
		want.prev = find(word);
	want.ms = BASE_MS + strtoull(next_word(NULL), NULL, 10);
	want.signer = next_word(NULL);
	want.keys = next_word(NULL);
	while ((word = strtok(NULL, " \n")) != NULL)
		words[n++] = word;
	for (i = 0; i < n; i++)
		take_option(&want, words[i]);
	mkplc_operation(&want, &m->made);
	name_count++;
}

static void
take_words(void)
{
	char line[4000];

	names = calloc(NAMES_MAX, sizeof(*names));
	while (fgets(line, sizeof(line), stdin) != NULL)
		if (name_count < NAMES_MAX && line[0] != '\n')
			take_line(line);
	free(names);
}

/* Measurements */

static void
make_many(size_t n)
{
	size_t dids = n * 2 / 5 + 1, i, did;
	char keys[100], handle[40];
	uint64_t *times = calloc(dids, sizeof(*times));
	struct mkplc_made *made = calloc(dids, sizeof(*made));
	struct mkplc_wanted want;

	for (i = 0; i < n; i++) {
		/* Nearly all accounts share their host's keys. */
		did = i < dids ? i : rnd() % dids;
		times[did] += i < dids ? i : n + 1000 * (rnd() % 1000000);
		snprintf(handle, sizeof(handle), "user%zu.example.com", did);
		snprintf(keys, sizeof(keys), "k1,k2");
		if (did % 20 == 0)
			snprintf(keys, sizeof(keys), "p%zu,k1,k2", did + 1000);
		want = (struct mkplc_wanted){
			.type = "plc_operation",
			.handle = handle,
			.pds = "https://host.example.com",
			.sig = "",
			.keys = did % 100 < 15 ? "p1,p2" : keys,
			.signer = did % 100 < 15 ? "p2" : "k2",
			.seq = (int64_t)i + 1,
			.ms = BASE_MS + times[did],
			.prev = i < dids ? NULL : &made[did],
		};
		mkplc_operation(&want, &made[did]);
	}
	free(times);
	free(made);
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
		mkplc_keypair(&pairs[i], i == 0 ? "k1" : "p1");
		keypair_sign(&pairs[i], message, sizeof(message), signatures[i],
		    &st);
	}
	start = clock_monotonic_ms();
	for (i = 0; i < n; i++)
		if (key_verify(&pairs[i % 100 < 15].key, message,
			sizeof(message), signatures[i % 100 < 15],
			KEY_SIGNATURE_BYTES, &st) == -1)
			mkplc_die(st.msg);
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
		mkplc_die("usage: mkplc [-n number | -b number]");
	mkplc_operation_end();
	return 0;
}
