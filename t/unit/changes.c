/* The lines of the difference of two repos, and what is refused. */
#include "config.h"

#include <stdio.h>
#include <unistd.h>

#include "libcar/stream/changes.h"
#include "t/lib/repos.h"

#define OLD "3m4xqkxkcac2a"
#define NEW "3m5xqkxkcac2a"
#define OTHER "did:plc:vath6jhrzqdqegcoffdgrxma"

static struct keypair pair;
static struct filter filter;
static struct keyring keys;
static struct ndjson_out out = { .fd = -1 };
static struct status st;
static unsigned told;

static void
tell(void *ctx)
{
	(void)ctx;
	told++;
}

static struct changes c = { .program = "at-test",
	.filter = &filter,
	.keys = &keys,
	.out = &out,
	.change = tell };

/* A file of this CAR, which is read from its beginning. */
static struct car_file *
file_of(const struct buf *car, int *fd)
{
	FILE *f = tmpfile();
	struct car_file *file;

	fwrite(car->data, 1, car->len, f);
	rewind(f);
	*fd = dup(fileno(f));
	fclose(f);
	file = car_file_open(*fd, NULL, 0, "/tmp", &st);
	ok(file != NULL, "a file");
	return file;
}

static const struct repos_record before[] = { { "a.b.c/changed", 1 },
	{ "a.b.c/gone", 2 }, { "a.b.c/same", 3 } };
static const struct repos_record after[] = { { "a.b.c/changed", 4 },
	{ "a.b.c/new", 5 }, { "a.b.c/same", 3 } };

/* Compare two repos; `known` sets what the caller knows before. */
static int
compare(const struct buf *old, const struct buf *new, void (*known)(void))
{
	struct car_file *files[CHANGES_SIDES] = { NULL, NULL };
	int fd[CHANGES_SIDES] = { -1, -1 }, rc;

	out.buf.len = told = 0;
	changes_begin(&c, REPOS_NOW);
	if (known != NULL)
		known();
	if (old != NULL)
		files[CHANGES_OLD] = file_of(old, &fd[CHANGES_OLD]);
	files[CHANGES_NEW] = file_of(new, &fd[CHANGES_NEW]);
	rc = old != NULL ?
	    changes_open(&c, CHANGES_OLD, files[CHANGES_OLD], &st) :
	    0;
	if (rc == 0)
		rc = changes_open(&c, CHANGES_NEW, files[CHANGES_NEW], &st);
	if (rc == 0)
		rc = changes_write(&c, &st);
	if (rc == -1)
		changes_error(&c, "x.car", &st);
	changes_end(&c);
	car_file_close(files[CHANGES_OLD]);
	car_file_close(files[CHANGES_NEW]);
	close(fd[CHANGES_OLD]);
	close(fd[CHANGES_NEW]);
	buf_putc(&out.buf, '\0');
	return rc;
}

static unsigned
count(const char *text)
{
	const char *p = out.buf.data;
	unsigned n = 0;

	for (; (p = strstr(p, text)) != NULL; p++)
		n++;
	return n;
}

static void
has(unsigned n, const char *text)
{
	is_int(count(text), n, "%u of %s", n, text);
}

static void
test_lines(const struct buf *old, const struct buf *new)
{
	is_int(compare(old, new, NULL), 0, "two repos");
	has(4, "\n");
	has(1, "\"rkey\":\"changed\",\"action\":\"update\"");
	has(1, "\"rkey\":\"gone\",\"action\":\"delete\"");
	has(1, "\"rkey\":\"new\",\"action\":\"create\"");
	has(0, "same");
	has(2, "\"prev\":\"bafyrei");
	has(4, "\"rev\":\"" NEW "\"");
	has(1, "\"since\":\"" OLD "\",\"prevData\":\"bafyrei");
	has(1, "\"ops\":3");
	is_int(told, 3, "each change is told");
	is_int(compare(NULL, new, NULL), 0, "only a new one");
	has(3, "\"action\":\"create\"");
	has(1, "\"whole\":true,\"ops\":3");
	has(0, "since");
	is_int(compare(new, new, NULL), 0, "the same commit");
	is_str(out.buf.data,
	    "{\"type\":\"end\",\"did\":\"" REPOS_DID "\",\"rev\":\"" NEW "\","
	    "\"unchanged\":true}\n",
	    "is unchanged");
	filter_add(&filter, "x.y.*", &st);
	is_int(compare(old, new, NULL), 0, "another collection");
	has(1, "\"filter\":[\"x.y.*\"],\"source\":\"live\"");
	has(1, "\"ops\":0");
	filter_free(&filter);
}

static void
refused(enum status_code code, const char *did, enum changes_side side)
{
	is_int(st.code, code, "%s", st.msg);
	is_int(c.failed, side, "the side that is at fault");
	has(1, "\n");
	has(1, "{\"type\":\"error\",\"program\":\"at-test\"");
	has(1, did);
	has(1, "\"input\":\"x.car\"");
}

#define DID "\"did\":\"" REPOS_DID "\""

static void
know_account(void)
{
	c.did = OTHER;
}

static void
know_revs(void)
{
	c.did = REPOS_DID;
	c.revs[CHANGES_OLD] = c.revs[CHANGES_NEW] = OLD;
}

static void
test_refused(const struct buf *old, const struct buf *new)
{
	struct buf again = { .len = 0 }, other = { .len = 0 };
	uint8_t root[CID_REPO_BYTES];

	repos_write(&again, NEW, &pair, before, 3);
	repos_tree(root, after, 3);
	repos_write_blocks(&other, root, OTHER, NEW, &pair);
	is_int(compare(new, old, NULL), -1, "an earlier rev");
	refused(STATUS_BAD_REV, DID, CHANGES_NEW);
	is_int(compare(&again, new, NULL), -1, "two commits of a rev");
	refused(STATUS_BAD_REV, DID, CHANGES_NEW);
	is_int(compare(old, &other, NULL), -1, "two accounts");
	refused(STATUS_WRONG_DID, DID, CHANGES_NEW);
	has(0, "\"rev\"");
	is_int(compare(old, new, know_account), -1, "not the account");
	refused(STATUS_WRONG_DID, "\"did\":\"" OTHER "\"", CHANGES_OLD);
	is_int(compare(old, new, know_revs), -1, "not the rev");
	refused(STATUS_BAD_REV, DID, CHANGES_NEW);
	is_int(compare(old, new, NULL), 0, "nothing is known of the next");
	repos_blocks[1].gone = true;
	repos_write_blocks(&other, root, REPOS_DID, NEW, &pair);
	is_int(compare(old, &other, NULL), -1, "a block is missing");
	refused(STATUS_MISSING_BLOCK, DID, CHANGES_NEW);
	is_int(told, 0, "no change is told");
	c.require_signature = true;
	is_int(compare(old, new, NULL), -1, "no key");
	refused(STATUS_NO_KEY, DID, CHANGES_NEW);
	buf_free(&again);
	buf_free(&other);
}

int
main(void)
{
	static const uint8_t secret[KEYPAIR_SECRET_BYTES] = { 7 };
	struct buf old = { .len = 0 }, new = { .len = 0 };

	keypair_make(&pair, KEY_SECP256K1, secret, &st);
	repos_write(&old, OLD, &pair, before, 3);
	repos_write(&new, NEW, &pair, after, 3);
	test_lines(&old, &new);
	test_refused(&old, &new);
	changes_free(&c);
	buf_free(&old);
	buf_free(&new);
	buf_free(&out.buf);
	repos_clear();
	return done_testing();
}
