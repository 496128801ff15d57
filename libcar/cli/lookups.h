/*
 * lookups: the accounts of a live stream, looked up beside it.
 *
 * An identity event asks for a look-up whose result becomes a line. A commit
 * asks for the key of its account: either for later commits, or because it
 * can't be verified without; then its message waits, and so do later messages
 * of this account.
 *
 * Without `identities` nothing is looked up and nothing waits.
 */
#ifndef LIBCAR_CLI_LOOKUPS_H
#define LIBCAR_CLI_LOOKUPS_H

#include <stdbool.h>
#include <stdint.h>

#include "libcar/base/slice.h"
#include "libcar/net/identities.h"
#include "libcar/stream/held.h"
#include "libcar/stream/signer.h"

/* Look-ups for later commits leave room for the others. */
#define LOOKUPS_LATER (IDENTITIES_FULL / 4 * 3)

#define LOOKUPS_NO_KEY_MS 600000 /* until the next attempt */
#define LOOKUPS_FAILED_MS 30000

/* All zero, but for the caller's fields, before it begins. The services that
 * `identities` and `held` share are as many as those of the run. */
struct cli_lookups {
	struct identities *identities; /* the caller's; NULL: none */
	struct signer_table signers;
	struct held held;
};

/* Look up the account of an identity event. */
enum identities_result cli_lookups_event(struct cli_lookups *,
    const struct slice *did, unsigned service, uint64_t seq);

/* Look up an account whose key is unknown, if the service has room. */
void cli_lookups_want(struct cli_lookups *, const struct slice *did,
    unsigned service);

/* Begin the look-ups that held messages wait for, if there is room. Returns an
 * account that can't be looked up, after it has noted that as a failure: its
 * messages can be taken; or NULL. */
struct held_account *cli_lookups_need(struct cli_lookups *);

/* Remember what a look-up found, or why it failed. */
void cli_lookups_learn(struct cli_lookups *, const struct stream_identity *,
    const struct identities_ask *, const struct status *why);

/* Should the caller stop reading this service? */
bool cli_lookups_full(const struct cli_lookups *, unsigned service);

/* Does a message or an identity event wait for a look-up? */
bool cli_lookups_busy(const struct cli_lookups *);

/* seq, or the last event of this service before those that wait. */
uint64_t cli_lookups_before(const struct cli_lookups *, unsigned service,
    uint64_t seq);

void cli_lookups_free(struct cli_lookups *);

#endif
