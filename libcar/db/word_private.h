/*
 * db_word: what each host says of an account, and whose word counts.
 *
 * Of each host its latest word of the account's state is kept, and its latest
 * rev; those that count stand with the account. Of two words the greater one
 * counts: by rank, then by time, then by text. So the order in which lines come
 * makes no difference, neither of words nor of identities.
 *
 * A state has rank 1 if the host that the latest identity names said it, or an
 * event; anybody else's has rank 0, and counts only while there is no other.
 * Where there is no identity, the host that the latest line names as the one of
 * the account and that said the line is in its place.
 *
 * A rev has rank 1 unless a former host said it: one that an earlier identity
 * named and the latest does not.
 *
 * While one host alone has spoken, its words stand in the account's row and
 * nowhere else: so a list of accounts costs a row an account. How many hosts
 * there are words of is not limited, because a limit would let forged lines
 * shut out true ones: a word takes one row, for its line. Only a change of the
 * account's host reads all of its words.
 */
#ifndef LIBCAR_DB_WORD_PRIVATE_H
#define LIBCAR_DB_WORD_PRIVATE_H

#include "libcar/db/account.h"
#include "libcar/plc/diddoc.h"

/* In place of a host: what an event said, or the directory of DIDs. No origin
 * is like that. A word of nobody in particular has an empty host. */
#define DB_WORD_EVENT "account"

/* The rank that the state in the account's row has if this is its own host. */
#define DB_WORD_RANK_ALONE(own) \
	"CASE WHEN host = '" DB_HEARD_SEVERAL "' THEN status_rank " \
	"WHEN host IN (" own ", '" DB_WORD_EVENT "') THEN 1 ELSE 0 END"

/* The host of a line, as an origin; all that isn't one is empty. */
struct db_word_host {
	char origin[DIDDOC_ORIGIN_BYTES];
};
struct db_word_host db_word_host(const struct slice *);

/* A host says, at ms: this state (at is NULL: nothing of it), this rev and its
 * head (likewise). */
struct db_word {
	const char *host;
	struct slice status, rev, head;
	int64_t ms;
};
int db_word_put(struct db *, struct db_account *, const struct db_word *,
    struct status *);

/* A host says something, at ms, as the account's own. Before db_word_put(). */
int db_word_claim(struct db *, struct db_account *, const char *host,
    int64_t ms, struct status *);

/* An identity is about to be put that names this host: of it and the one stored
 * the earlier one's is a former host, if they differ. */
int db_word_moves(struct db *, struct db_account *, const char *own, int64_t ms,
    struct status *);
/* And it was: which of the words of several hosts count now is to be settled,
 * before the commit. */
void db_word_open(struct db_account *);
int db_word_settle(struct db *, struct db_account *, struct status *);

/* Only that the account is gone stays, as an event. */
int db_word_forget(struct db *, int64_t account, struct status *);

#endif
