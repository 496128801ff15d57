/* Accounts with active jobs, remembered and forgotten. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/cli/turns.h"
#include "t/lib/tap.h"

static struct turns turns;
static struct task *const job =
    (struct task *)&turns; /* any pointer but NULL */

static const char *
did(unsigned i)
{
	static char text[40];

	snprintf(text, sizeof(text), "did:plc:%u", i);
	return text;
}

/* A job that finds this rev, or none. */
static void
work(unsigned i, const char *rev)
{
	struct turns_account *a = turns_get(&turns, did(i));

	a->at = job;
	snprintf(a->rev, sizeof(a->rev), "%s", rev);
	a->at = NULL;
	turns_put(&turns, a);
}

/* Look the account up. It becomes the newest one, unless it is forgotten. */
static const char *
recall(unsigned i)
{
	static char rev[SYNTAX_TID_LEN + 1];
	struct turns_account *a = turns_get(&turns, did(i));

	memcpy(rev, a->rev, sizeof(rev));
	turns_put(&turns, a);
	return rev;
}

static void
test_one(void)
{
	struct turns_account *a = turns_get(&turns, did(0));

	is_str(a->rev, "", "a new account");
	a->at = job;
	ok(turns_get(&turns, did(0)) == a, "is the same as long as it works");
	ok(turns_get(&turns, did(1)) != a, "another one isn't");
	a->at = NULL;
	turns_put(&turns, a);
	turns_put(&turns, turns_get(&turns, did(1)));
	is_int(turns.idle, 0, "those that found nothing are forgotten");
	work(0, "3kaaaaaaaaa22");
	is_str(recall(0), "3kaaaaaaaaa22", "one that found a rev is not");
	is_int(turns.idle, 1, "and is there once");
}

static void
test_limit(void)
{
	struct turns_account *busy = turns_get(&turns, did(0));
	unsigned i;

	busy->at = job;
	for (i = 1; i <= TURNS_REMEMBERED; i++)
		work(i, "3kbbbbbbbbb22");
	is_int(turns.idle, TURNS_REMEMBERED, "so many are remembered");
	is_str(recall(1), "3kbbbbbbbbb22", "all of them");
	work(i, "3kbbbbbbbbb22");
	is_int(turns.idle, TURNS_REMEMBERED, "not more");
	is_str(recall(2), "", "the oldest was forgotten");
	is_str(recall(1), "3kbbbbbbbbb22", "not the one that was asked for");
	is_str(recall(3), "3kbbbbbbbbb22", "nor the next");
	ok(turns_get(&turns, did(0)) == busy, "nor the one that works");
	busy->at = NULL;
	turns_put(&turns, busy);
}

int
main(void)
{
	test_one();
	test_limit();
	turns_free(&turns);
	ok(turns.chains == NULL, "nothing is left");
	return done_testing();
}
