/*
 * db_word: what each host says about an account, and which host counts.
 *
 * For each host the database keeps its latest statement of the account's status
 * and its latest rev. The account's row has the ones that count. Of two
 * statements the greater one counts, by rank, then time, then text, so that the
 * order of lines doesn't matter, neither of statements nor of identities.
 *
 * A status has rank 1 if it comes from an event or from the host that the
 * latest identity names. Statuses from other hosts have rank 0 and count only
 * while there is no other. Without an identity, the host counts as the
 * account's own if the latest line names it as such and came from it.
 *
 * A rev has rank 1 unless it comes from a former host, which an earlier
 * identity named and the latest one doesn't.
 *
 * While only one host has spoken, its statements are only in the account's row,
 * so that a list of accounts costs one row an account. The number of hosts is
 * not limited, because a limit would let forged lines shut out true ones: each
 * line adds at most one row. Only a change of the account's own host reads all
 * statements.
 */
#ifndef LIBCAR_DB_WORD_PRIVATE_H
#define LIBCAR_DB_WORD_PRIVATE_H

#include "libcar/db/account.h"
#include "libcar/plc/diddoc.h"

/* Used instead of a host, for what an event or the DID directory said. No
 * origin has this form. If the host is unknown, it is empty. */
#define DB_WORD_EVENT "account"

/* The rank of the status in the account's row if this is its own host. */
#define DB_WORD_RANK_ALONE(own) \
	"CASE WHEN host = '" DB_HEARD_SEVERAL "' THEN status_rank " \
	"WHEN host IN (" own ", '" DB_WORD_EVENT "') THEN 1 ELSE 0 END"

/* The host of a line, as an origin; empty if it isn't a valid origin. */
struct db_word_host {
	char origin[DIDDOC_ORIGIN_BYTES];
};
struct db_word_host db_word_host(const struct slice *);

/* What a host says, at ms: a status, and a rev with its head. NULL at:
 * unknown. */
struct db_word {
	const char *host;
	struct slice status, rev, head;
	int64_t ms;
};
int db_word_put(struct db *, struct db_account *, const struct db_word *,
    struct status *);

/* Note that a host speaks as the account's own, at ms. Before db_word_put(). */
int db_word_claim(struct db *, struct db_account *, const char *host,
    int64_t ms, struct status *);

/* Call this before storing an identity that names this host: if it differs from
 * the stored identity's, the host of the earlier identity is a former host. */
int db_word_moves(struct db *, struct db_account *, const char *own, int64_t ms,
    struct status *);
/* Call this after storing it: before the commit, db_word_settle() decides which
 * host's statements count now. */
void db_word_open(struct db_account *);
int db_word_settle(struct db *, struct db_account *, struct status *);

/* Remove all but an event that the account is deleted. */
int db_word_forget(struct db *, int64_t account, struct status *);

#endif
