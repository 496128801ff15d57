/*
 * state: what lines say of an account as a whole.
 *
 * Of two lines the later one wins, if both are of sources that count as much:
 * word_private.h has that rule.
 */
#ifndef LIBCAR_DB_STATE_H
#define LIBCAR_DB_STATE_H

#include "libcar/db/account.h"
#include "libcar/stream/line.h"

/* An `identity`; a `repo`; an `account`. */
int db_put_identity(struct db *, struct db_account *, const struct line *,
    struct status *);
int db_put_repo(struct db *, struct db_account *, const struct line *,
    struct status *);
int db_put_event(struct db *, struct db_account *, const struct line *,
    struct status *);
/* Errors that tell of the account's state and not of a fault. */
int db_put_stated(struct db *, struct db_account *, const struct line *,
    struct status *);
/* Before the commit, of every account that one of these was put of. */
int db_settle_state(struct db *, struct db_account *, struct status *);
/* Does a `commit` say more than what is stored? And note that it is. */
bool db_is_news(const struct db_commit *, const struct line *);
void db_note_commit(struct db_commit *, const struct line *);

/* What came of accounts, each once: a `commit`; that they are loaded, as of
 * now. */
struct db_committed {
	int64_t account;
	const struct line *line;
};
int db_put_commits(struct db *, const struct db_committed *, size_t n,
    struct status *);
int db_put_loaded(struct db *, const int64_t *accounts, size_t n,
    struct status *);

#endif
