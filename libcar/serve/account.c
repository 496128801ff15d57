#include "config.h"

#include "libcar/data/syntax.h"
#include "libcar/db/handle.h"
#include "libcar/serve/account.h"

/*
 * The table has the error and the status of each state. A deleted account is
 * RepoNotFound, because that is what its host says.
 */

static const struct {
	const char *status, *error, *what;
} states[] = {
	[DB_PROFILE_ACTIVE] = { NULL, NULL, NULL },
	[DB_PROFILE_TAKENDOWN] = { "takendown", "RepoTakendown",
	    "Repo has been takendown" },
	[DB_PROFILE_SUSPENDED] = { "suspended", "RepoSuspended",
	    "Repo has been suspended" },
	[DB_PROFILE_DEACTIVATED] = { "deactivated", "RepoDeactivated",
	    "Repo has been deactivated" },
	[DB_PROFILE_DELETED] = { "deleted", "RepoNotFound",
	    "Repo has been deleted" },
	[DB_PROFILE_INACTIVE] = { "deactivated", "RepoDeactivated",
	    "Repo is not active" },
};

const char *
serve_account_status(enum db_profile_state state)
{
	return states[state].status;
}

static int
take_did(void *arg, const struct db_handle *h, struct status *st)
{
	struct buf *did = arg;

	(void)st;
	buf_put(did, h->did.at, h->did.len);
	return 0;
}

int
serve_account_holder(struct serve_context *c, const struct slice *handle,
    struct buf *did, struct status *st)
{
	char lower[SYNTAX_HANDLE_MAX];
	const struct slice name = { lower, handle->len };
	size_t i;

	did->len = 0;
	if (handle->len > sizeof(lower))
		return 0;
	for (i = 0; i < handle->len; i++)
		lower[i] = handle->at[i] >= 'A' && handle->at[i] <= 'Z' ?
		    (char)(handle->at[i] + 'a' - 'A') :
		    handle->at[i];
	if (db_handle_holder(c->db, &name, true, take_did, did, st) == -1)
		return -1;
	return did->failed ? status_no_memory(st) : 0;
}

/* 1, 0 or -1. */
static int
find(struct serve_context *c, const struct slice *name, struct db_profile *p,
    struct status *st)
{
	struct buf did = { .len = 0 };
	struct slice found = *name;
	int got = 1;

	if (!syntax_is_did(name->at, name->len)) {
		got = serve_account_holder(c, name, &did, st);
		found = slice_make(did.data, did.len);
		if (got == 0)
			got = did.len > 0;
	}
	if (got == 1)
		got = db_profile_get(c->db, &found, p, st);
	buf_free(&did);
	return got;
}

bool
serve_account_find(struct serve_context *c, struct serve_answer *a,
    const struct slice *name, struct db_profile *p)
{
	struct status st = { 0 };
	int got;

	*p = (struct db_profile){ .id = 0 };
	got = find(c, name, p, &st);
	if (got == -1)
		serve_answer_failed(a, &st);
	else if (got == 0)
		serve_answer_error(a, 400, "RepoNotFound",
		    "Could not find repo for DID: %.*s", (int)name->len,
		    name->at);
	return got == 1;
}

bool
serve_account_open(struct serve_context *c, struct serve_answer *a,
    const struct slice *name, struct db_profile *p)
{
	if (!serve_account_find(c, a, name, p))
		return false;
	if (p->state == DB_PROFILE_ACTIVE)
		return true;
	serve_answer_error(a, 400, states[p->state].error, "%s: %.*s",
	    states[p->state].what, (int)name->len, name->at);
	return false;
}
