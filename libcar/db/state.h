/*
 * state: what lines say about an account as a whole.
 *
 * Of two lines from equally trusted sources, the later one wins: word_private.h
 * has that rule.
 */
#ifndef LIBCAR_DB_STATE_H
#define LIBCAR_DB_STATE_H

#include "libcar/db/account.h"
#include "libcar/db/coverage.h"
#include "libcar/stream/line.h"

/* Store an `identity`, a `repo` or an `account` line. If the identity names
 * another host than before, note the latest rev that is loaded. */
int db_put_identity(struct db *, struct db_account *, const struct line *,
    const char *loaded, struct status *);
int db_put_repo(struct db *, struct db_account *, const struct line *,
    struct status *);
int db_put_event(struct db *, struct db_account *, const struct line *,
    struct status *);
/* Store an error that tells the account's status and isn't a fault. */
int db_put_stated(struct db *, struct db_account *, const struct line *,
    struct status *);
/* Call this before the commit, for each account of these lines. */
int db_settle_state(struct db *, struct db_account *, struct status *);
/* Does a `commit` line say more than the stored one? And store it. */
bool db_is_news(const struct db_commit *, const struct line *);
void db_note_commit(struct db_commit *, const struct line *);

/* Store, for accounts that are each named once, their `commit` lines; or that
 * they are loaded, as of now. */
struct db_committed {
	int64_t account;
	const struct line *line;
};
int db_put_commits(struct db *, const struct db_committed *, size_t n,
    struct status *);
/* The rev at which an account is synced, or why it isn't; the latest rev that
 * is known of, and that of the latest live commit (empty: as before). */
struct db_synced {
	int64_t account;
	char synced[DB_REV_BYTES], head[DB_REV_BYTES], live[DB_REV_BYTES];
	enum db_cause cause;
};
int db_put_synced(struct db *, const struct db_synced *, size_t n,
    struct status *);
int db_put_loaded(struct db *, const int64_t *accounts, size_t n,
    struct status *);

#endif
