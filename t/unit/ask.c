/*
 * u-ask DATABASE profile DID | holder HANDLE | checked HANDLE |
 *     search PREFIX LIMIT | repos AFTER LIMIT | repos-of NSID AFTER LIMIT |
 *     record DID NSID RKEY | records DID NSID LIMIT [AFTER] |
 *     records-up DID NSID LIMIT [AFTER] | collections DID | blob DID CID |
 *     blobs DID AFTER LIMIT: ask the database, and print what it says.
 * u-ask DATABASE TIMES ...: ask so often, print nothing but the microseconds.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/base/clock.h"
#include "libcar/db/blob.h"
#include "libcar/db/handle.h"
#include "libcar/db/profile.h"
#include "libcar/db/record.h"
#include "libcar/db/repo_page.h"

static struct db *db;
static bool quiet;

static void
say(const char *name, const struct slice *t)
{
	if (!quiet && t->at != NULL)
		printf("%s%s%.*s", name, name[0] != '\0' ? "=" : "",
		    (int)t->len, t->at);
}

static void
say_next(const char *name, const struct slice *t)
{
	if (!quiet && t->at != NULL)
		putchar(' ');
	say(name, t);
}

static void
end_line(void)
{
	if (!quiet)
		putchar('\n');
}

static int
profile(char **argv, struct status *st)
{
	static const char *const states[] = { "active", "takendown",
		"suspended", "deactivated", "deleted", "inactive" };
	const struct slice did = slice_of(argv[0]);
	struct db_profile p = { .id = 0 };
	struct slice state;
	int got = db_profile_get(db, &did, &p, st);

	if (got == 1) {
		state = slice_of(states[p.state]);
		say("", &p.did);
		say_next("", &state);
		say_next("handle", &p.handle);
		say_next("check", &p.handle_status);
		say_next("pds", &p.pds);
		say_next("rev", &p.rev);
		say_next("head", &p.head);
		say_next("whole", &p.whole_rev);
		say_next("of", &p.whole_head);
		say_next("unsynced", &p.unsynced);
		end_line();
	}
	db_profile_free(&p);
	return got == -1 ? -1 : 0;
}

static int
say_handle(void *arg, const struct db_handle *h, struct status *st)
{
	(void)arg;
	(void)st;
	say("", &h->handle);
	say_next("", &h->did);
	say_next("", &h->handle_status);
	end_line();
	return 0;
}

static int
holder(char **argv, struct status *st)
{
	const struct slice handle = slice_of(argv[0]);

	return db_handle_holder(db, &handle, false, say_handle, NULL, st);
}

static int
checked(char **argv, struct status *st)
{
	const struct slice handle = slice_of(argv[0]);

	return db_handle_holder(db, &handle, true, say_handle, NULL, st);
}

static int
search(char **argv, struct status *st)
{
	const struct slice prefix = slice_of(argv[0]);

	return db_handle_search(db, &prefix, atoi(argv[1]), say_handle, NULL,
	    st);
}

static int
say_repo(void *arg, const struct db_repo_page_row *r, struct status *st)
{
	(void)arg;
	(void)st;
	say("", &r->did);
	say_next("rev", &r->rev);
	say_next("head", &r->head);
	say_next("", &r->status);
	end_line();
	return 0;
}

static int
repos(char **argv, struct status *st)
{
	int64_t next;

	return db_repo_page(db, atoll(argv[0]), atoi(argv[1]), say_repo, NULL,
	    &next, st);
}

static int
repos_of(char **argv, struct status *st)
{
	const struct slice nsid = slice_of(argv[0]);
	int64_t last;
	int rc = db_repo_page_of(db, &nsid, atoll(argv[1]), atoi(argv[2]),
	    say_repo, NULL, &last, st);

	if (rc == 0 && last != 0 && !quiet)
		puts("more");
	return rc;
}

/* The id of an account that the database has. */
static int64_t
account(const char *text, struct status *st)
{
	const struct slice did = slice_of(text);
	struct db_profile p = { .id = 0 };
	int64_t id = db_profile_get(db, &did, &p, st) == 1 ? p.id : 0;

	db_profile_free(&p);
	return id;
}

static int
say_record(void *arg, const struct db_record *r, struct status *st)
{
	(void)arg;
	(void)st;
	say("", &r->rkey);
	say_next("", &r->cid);
	say_next("", &r->record);
	end_line();
	return 0;
}

static int
record(char **argv, struct status *st)
{
	const struct slice nsid = slice_of(argv[1]), rkey = slice_of(argv[2]);

	return db_record_get(db, account(argv[0], st), &nsid, &rkey, say_record,
	    NULL, st);
}

static int
page(char **argv, bool ascending, struct status *st)
{
	const struct db_record_page p = {
		.account = account(argv[0], st),
		.nsid = slice_of(argv[1]),
		.limit = atoi(argv[2]),
		.after = slice_of(argv[3]),
		.ascending = ascending,
	};

	return db_record_page(db, &p, say_record, NULL, st);
}

static int
records(char **argv, struct status *st)
{
	return page(argv, false, st);
}

static int
records_up(char **argv, struct status *st)
{
	return page(argv, true, st);
}

static int
say_text(void *arg, const struct slice *t, struct status *st)
{
	(void)arg;
	(void)st;
	say("", t);
	end_line();
	return 0;
}

static int
collections(char **argv, struct status *st)
{
	return db_record_collections(db, account(argv[0], st), say_text, NULL,
	    st);
}

static int
say_blob(void *arg, const struct db_blob *b, struct status *st)
{
	(void)arg;
	(void)st;
	say("", &b->cid);
	say_next("", &b->mime_type);
	end_line();
	return 0;
}

static int
blob(char **argv, struct status *st)
{
	const struct slice did = slice_of(argv[0]), cid = slice_of(argv[1]);

	return db_blob_get(db, &did, &cid, say_blob, NULL, st);
}

static int
blobs(char **argv, struct status *st)
{
	const struct slice did = slice_of(argv[0]), after = slice_of(argv[1]);

	return db_blob_page(db, &did, &after, atoi(argv[2]), say_blob, NULL,
	    st);
}

static const struct question {
	const char *name;
	int words;
	int (*ask)(char **, struct status *);
} questions[] = {
	{ "profile", 1, profile },
	{ "holder", 1, holder },
	{ "checked", 1, checked },
	{ "search", 2, search },
	{ "repos", 2, repos },
	{ "repos-of", 3, repos_of },
	{ "record", 3, record },
	{ "records", 3, records },
	{ "records-up", 3, records_up },
	{ "collections", 1, collections },
	{ "blob", 2, blob },
	{ "blobs", 3, blobs },
};

static int
ask(int argc, char **argv, int64_t times, struct status *st)
{
	const struct question *q = questions;
	const double began = clock_monotonic();
	int64_t i;
	int rc = 0;

	while (strcmp(q->name, argv[0]) != 0 || argc <= q->words)
		if (++q == questions + sizeof(questions) / sizeof(*q))
			return status_set(st, STATUS_SYSTEM, 0, "usage");
	for (i = 0; i < times && rc == 0; i++)
		rc = q->ask(argv + 1, st);
	if (quiet)
		printf("%.0f\n", (clock_monotonic() - began) * 1e6);
	return rc;
}

int
main(int argc, char **argv)
{
	struct status st = { 0 };
	int64_t times = argc > 3 ? atoll(argv[2]) : 0;
	int at = times > 0 ? 3 : 2, rc = -1;

	quiet = times > 0;
	if (argc > at && db_open_read(&db, argv[1], 1000, &st) == 0) {
		rc = ask(argc - at, argv + at, quiet ? times : 1, &st);
		db_close(db);
	}
	if (rc == -1)
		fprintf(stderr, "%s: %s\n", status_name(st.code), st.msg);
	return rc == -1 ? 2 : 0;
}
