#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "libcar/data/json.h"
#include "libcar/db/repo_page.h"
#include "libcar/serve/account.h"
#include "libcar/serve/car.h"
#include "libcar/serve/params.h"
#include "libcar/serve/repo_routes.h"

/*
 * What is known of repos comes from the database, their bytes come from the
 * archive. The archive may be behind: then getRepo sends an earlier commit than
 * getRepoStatus names.
 */

static void
get_repo(struct serve_context *c, const struct serve_request *r,
    struct serve_answer *a)
{
	struct db_profile p = { .id = 0 };
	struct slice did, since;

	if (!serve_params_get(r, a, "did", SERVE_FORM_DID, &did) ||
	    !serve_params_optional(r, a, "since", SERVE_FORM_TID, &since))
		return;
	if (serve_account_open(c, a, &did, &p))
		serve_car_repo(c, a, &did, &since);
	db_profile_free(&p);
}

static void
get_record(struct serve_context *c, const struct serve_request *r,
    struct serve_answer *a)
{
	struct slice did, collection, rkey, path;
	struct db_profile p = { .id = 0 };
	struct buf key = { .len = 0 };

	if (!serve_params_get(r, a, "did", SERVE_FORM_DID, &did) ||
	    !serve_params_get(r, a, "collection", SERVE_FORM_NSID,
		&collection) ||
	    !serve_params_get(r, a, "rkey", SERVE_FORM_RKEY, &rkey))
		return;
	buf_put(&key, collection.at, collection.len);
	buf_putc(&key, '/');
	buf_put(&key, rkey.at, rkey.len);
	path = slice_make(key.data, key.len);
	if (key.failed)
		a->body.failed = true;
	else if (serve_account_open(c, a, &did, &p))
		serve_car_record(c, a, &did, &path);
	db_profile_free(&p);
	buf_free(&key);
}

/* The commit as of which all records are there, so that whoever lists them
 * knows of what. */
static void
get_latest_commit(struct serve_context *c, const struct serve_request *r,
    struct serve_answer *a)
{
	struct json_writer w = { .out = &a->body };
	struct db_profile p = { .id = 0 };
	struct slice did;

	if (!serve_params_get(r, a, "did", SERVE_FORM_DID, &did))
		return;
	if (!serve_account_open(c, a, &did, &p))
		;
	else if (p.whole_rev.at == NULL)
		serve_answer_error(a, 400, "RepoUnavailable",
		    "The database has no complete repo of %.*s", (int)did.len,
		    did.at);
	else {
		a->type = SERVE_JSON;
		json_write_object(&w);
		json_write_text(&w, "cid", &p.whole_head);
		json_write_text(&w, "rev", &p.whole_rev);
		json_write_object_end(&w);
	}
	db_profile_free(&p);
}

static void
write_state(struct json_writer *w, enum db_profile_state state)
{
	const char *status = serve_account_status(state);

	json_write_key(w, "active");
	json_write_bool(w, status == NULL);
	if (status != NULL)
		json_write_member(w, "status", status);
}

static void
get_repo_status(struct serve_context *c, const struct serve_request *r,
    struct serve_answer *a)
{
	struct json_writer w = { .out = &a->body };
	struct db_profile p = { .id = 0 };
	struct slice did;

	if (!serve_params_get(r, a, "did", SERVE_FORM_DID, &did))
		return;
	if (serve_account_find(c, a, &did, &p)) {
		a->type = SERVE_JSON;
		json_write_object(&w);
		json_write_text(&w, "did", &p.did);
		write_state(&w, p.state);
		if (p.state == DB_PROFILE_ACTIVE && p.rev.at != NULL)
			json_write_text(&w, "rev", &p.rev);
		json_write_object_end(&w);
	}
	db_profile_free(&p);
}

/* Lists */

#define MAX_REPOS 1000
#define REPOS 500
#define MAX_REPOS_OF 2000
#define REPOS_OF 500

/* A page of a list. */
struct page {
	struct json_writer w;
	int64_t last; /* of the last row, or 0 */
	int64_t next; /* where the next page begins, or 0 */
};

/* A cursor is the id of the last account, as a number. */
static bool
read_cursor(const struct serve_request *r, struct serve_answer *a,
    int64_t *after)
{
	struct status st;

	if (serve_request_number(r, "cursor", 0, INT64_MAX, 0, after, &st) == 0)
		return true;
	serve_answer_error(a, 400, "InvalidRequest", "Malformed cursor");
	return false;
}

static void
begin_page(struct page *p, struct serve_answer *a)
{
	*p = (struct page){ .w = { .out = &a->body } };
	a->type = SERVE_JSON;
	json_write_object(&p->w);
	json_write_key(&p->w, "repos");
	json_write_array(&p->w);
}

/* The last page has a cursor, too, as the reference's: with it a later request
 * finds the accounts that came meanwhile. Only an empty page has none. */
static void
end_page(struct page *p)
{
	const int64_t next = p->next != 0 ? p->next : p->last;
	char cursor[24];

	json_write_array_end(&p->w);
	if (next != 0) {
		snprintf(cursor, sizeof(cursor), "%" PRId64, next);
		json_write_member(&p->w, "cursor", cursor);
	}
	json_write_object_end(&p->w);
}

static int
write_repo(void *arg, const struct db_repo_page_row *row, struct status *st)
{
	struct page *p = arg;

	(void)st;
	p->last = row->id;
	json_write_object(&p->w);
	json_write_text(&p->w, "did", &row->did);
	if (row->head.at != NULL)
		json_write_text(&p->w, "head", &row->head);
	json_write_text(&p->w, "rev", &row->rev);
	write_state(&p->w, row->state);
	json_write_object_end(&p->w);
	return 0;
}

static void
list_repos(struct serve_context *c, const struct serve_request *r,
    struct serve_answer *a)
{
	struct status st;
	struct page page;
	int64_t after;
	int limit;

	if (!serve_params_limit(r, a, MAX_REPOS, REPOS, &limit) ||
	    !read_cursor(r, a, &after))
		return;
	begin_page(&page, a);
	if (db_repo_page(c->db, after, limit, write_repo, &page, &page.next,
		&st) == -1)
		serve_answer_failed(a, &st);
	else
		end_page(&page);
}

static int
write_did(void *arg, const struct db_repo_page_row *row, struct status *st)
{
	struct page *p = arg;

	(void)st;
	p->last = row->id;
	json_write_object(&p->w);
	json_write_text(&p->w, "did", &row->did);
	json_write_object_end(&p->w);
	return 0;
}

static void
list_repos_by_collection(struct serve_context *c, const struct serve_request *r,
    struct serve_answer *a)
{
	struct slice collection;
	struct status st;
	struct page page;
	int64_t after;
	int limit;

	if (!serve_params_get(r, a, "collection", SERVE_FORM_NSID,
		&collection) ||
	    !serve_params_limit(r, a, MAX_REPOS_OF, REPOS_OF, &limit) ||
	    !read_cursor(r, a, &after))
		return;
	begin_page(&page, a);
	if (db_repo_page_of(c->db, &collection, after, limit, write_did, &page,
		&page.next, &st) == -1)
		serve_answer_failed(a, &st);
	else
		end_page(&page);
}

static const struct serve_route routes[] = {
	{ "/xrpc/com.atproto.sync.getRepo", SERVE_GET, get_repo, "getRepo",
	    SERVE_NEEDS_DATABASE | SERVE_NEEDS_ARCHIVE, SERVE_ERRORS_XRPC },
	{ "/xrpc/com.atproto.sync.getRecord", SERVE_GET, get_record,
	    "sync.getRecord", SERVE_NEEDS_DATABASE | SERVE_NEEDS_ARCHIVE,
	    SERVE_ERRORS_XRPC },
	{ "/xrpc/com.atproto.sync.getLatestCommit", SERVE_GET,
	    get_latest_commit, "getLatestCommit", SERVE_NEEDS_DATABASE,
	    SERVE_ERRORS_XRPC },
	{ "/xrpc/com.atproto.sync.getRepoStatus", SERVE_GET, get_repo_status,
	    "getRepoStatus", SERVE_NEEDS_DATABASE, SERVE_ERRORS_XRPC },
	{ "/xrpc/com.atproto.sync.listRepos", SERVE_GET, list_repos,
	    "listRepos", SERVE_NEEDS_DATABASE, SERVE_ERRORS_XRPC },
	{ "/xrpc/com.atproto.sync.listReposByCollection", SERVE_GET,
	    list_repos_by_collection, "listReposByCollection",
	    SERVE_NEEDS_DATABASE, SERVE_ERRORS_XRPC },
};

const struct serve_family serve_repo_routes = SERVE_FAMILY(routes);
