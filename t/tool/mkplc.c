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
 *	key=NAME		the account's key
 *	alias=TEXT		instead of the handle, without at://
 *	did=NAME, cid=NAME	those of another operation
 *	sig=WHAT		a signature that is `pad`ded, of `high` S, with
 *				`bits` after its end, in `der`, of `other` bytes
 *
 * mkplc -n N [-d DIDS] [-s SEED] [-t] [-x K] [-v FILE] [-l FILE]
 *
 * writes an export of N operations of DIDS accounts (N * 2 / 5): first
 * operations of both forms, changes of handles, hosts and keys, and
 * tombstones. 15 of 100 accounts have keys of P-256. -t: also thefts, which are
 * nullified within 72 hours. -x: K of 1000 operations are invalid, each in one
 * of many ways, and some thefts are nullified too late. The same numbers give
 * the same lines. It writes two files in the form of mkplc_history.h:
 *
 *	-v FILE		the verdicts of an audit
 *	-l FILE		what the last valid operation of each account says
 *
 * mkplc -b N: print how many nanoseconds it takes to parse N keys of the same
 * mix, and to verify a signature with each.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcar/base/clock.h"
#include "t/tool/mkplc_history.h"
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
	else if (strcmp(word, "key") == 0)
		want->signing_key = value;
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

/* Options */

static FILE *
file_of(const char *name)
{
	FILE *f = fopen(name, "w");

	if (f == NULL)
		mkplc_die("can't make a file");
	return f;
}

static void
take_options(int argc, char **argv, struct mkplc_history *h, size_t *bench)
{
	int c;

	while ((c = getopt(argc, argv, "b:n:d:s:tx:v:l:")) != -1)
		switch (c) {
		case 'b':
			*bench = strtoul(optarg, NULL, 10);
			break;
		case 'n':
			h->operations = strtoul(optarg, NULL, 10);
			break;
		case 'd':
			h->dids = strtoul(optarg, NULL, 10);
			break;
		case 's':
			h->seed = strtoul(optarg, NULL, 10);
			break;
		case 't':
			h->has_thefts = true;
			break;
		case 'x':
			h->invalid = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'v':
			h->verdicts = file_of(optarg);
			break;
		case 'l':
			h->latest = file_of(optarg);
			break;
		default:
			mkplc_die("the top of mkplc.c says how to use it");
		}
}

static void
close_file(FILE *f)
{
	if (f != NULL && fclose(f) != 0)
		mkplc_die("can't write");
}

int
main(int argc, char **argv)
{
	struct mkplc_history history = { 0 };
	size_t bench = 0;

	take_options(argc, argv, &history, &bench);
	if (bench > 0)
		measure(bench);
	else if (history.operations > 0)
		mkplc_history(&history);
	else
		take_words();
	close_file(history.verdicts);
	close_file(history.latest);
	close_file(stdout);
	mkplc_operation_end();
	return 0;
}
