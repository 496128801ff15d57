/* Keys of accounts, and messages that wait for them. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/stream/held.h"
#include "libcar/stream/signer.h"
#include "t/lib/tap.h"

/*
 * The table forgets accounts only to make room, and held messages keep the
 * order of their account.
 */

static struct slice
did(unsigned i)
{
	static char texts[4][40];
	char *text = texts[i % 4];

	snprintf(text, sizeof(texts[0]), "did:plc:%u", i);
	return slice_of(text);
}

static uint64_t
host(const char *origin)
{
	struct slice text = slice_of(origin);

	return signer_host(&text);
}

static void
test_hosts(void)
{
	ok(host("") == 0, "no origin, no host");
	ok(host("https://a.test") != 0, "a host");
	ok(host("https://a.test") == host("http://a.test:80"),
	    "scheme and port don't matter");
	ok(host("https://a.test") == host("a.test"), "nor does a bare name");
	ok(host("https://a.test") != host("https://b.test"), "another host");
	ok(host("http://[::1]:80") == host("https://[::1]"), "IPv6");
	ok(host("http://[::1]:80") != host("https://[::2]"), "another address");
}

static void
learn(struct signer_table *table, unsigned i, uint64_t asked)
{
	struct signer s = { .host = i + 1, .asked = asked };
	struct slice name = did(i);

	signer_learn(table, &name, &s);
}

static uint64_t
found(const struct signer_table *table, unsigned i)
{
	struct slice name = did(i);

	return signer_find(table, &name).host;
}

static void
test_table(void)
{
	static const char line[] =
	    "{\"type\":\"identity\",\"did\":\"did:plc:7\","
	    "\"pds\":\"https://ring.test\"}";
	struct keyring ring = { .sorted = 0 };
	struct signer_table table = { .keys = &ring };
	unsigned i, known = 0, n = 2 * SIGNER_MAX;
	struct status st;

	is_int(keyring_add_line(&ring, line, strlen(line), &st), 0, "a line");
	ok(found(&table, 7) == host("https://ring.test"),
	    "the keyring's host, before anything is learnt");
	is_int(signer_open(&table, &st), 0, "a table");
	ok(found(&table, 7) == host("https://ring.test"), "and after");
	learn(&table, 7, 1);
	is_int(found(&table, 7), 8, "what is learnt goes before the keyring");
	learn(&table, 7, 2);
	is_int(found(&table, 7), 8, "learnt again");
	for (i = 0; i < n; i++)
		learn(&table, i, i + 1);
	for (i = 0; i < n; i++)
		known += found(&table, i) == i + 1;
	ok(known > SIGNER_MAX / 2 && known <= SIGNER_MAX,
	    "the table keeps its size: %u accounts", known);
	is_int(found(&table, n - 1), n, "the last one is there");
	signer_free(&table);
	keyring_free(&ring);
}

static void
put(struct held *h, unsigned account, unsigned service, uint64_t seq)
{
	const struct held_message m = { .service = service,
		.seq = seq,
		.len = sizeof(seq) };
	struct slice name = did(account);
	struct status st;

	if (held_put(h, &name, &m, &seq, &st) == -1)
		abort();
}

static void
test_held(void)
{
	struct held h = { .services = 2 };
	struct slice name = did(1);
	struct held_account *a;

	ok(held_find(&h, &name) == NULL, "nothing waits");
	is_int(held_first(&h, 0), 0, "so no seq does");
	put(&h, 1, 0, 5);
	put(&h, 2, 0, 3);
	put(&h, 1, 0, 7);
	put(&h, 3, 1, 2);
	is_int(h.count, 3, "accounts");
	is_int(held_first(&h, 0), 3, "the first seq of a service");
	is_int(held_first(&h, 1), 2, "and of another one");
	name = did(1);
	a = held_find(&h, &name);
	is_int(a->first->seq, 5, "its first message");
	ok(held_drop(&h, a), "there is another one");
	is_int(a->first->seq, 7, "the next one");
	ok(!held_drop(&h, a), "it was the last");
	ok(held_find(&h, &name) == NULL, "the account is gone");
	while (!held_is_full(&h, 0))
		put(&h, 9, 0, 9);
	ok(h.bytes[0] < HELD_FULL / 2 + 200, "a service is full at its share");
	ok(!held_is_full(&h, 1), "the other one isn't");
	held_free(&h);
	ok(h.bytes == NULL, "nothing is left");
}

int
main(void)
{
	test_hosts();
	test_table();
	test_held();
	return done_testing();
}
