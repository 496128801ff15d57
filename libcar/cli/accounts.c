#include "config.h"

#include <signal.h>

#include "libcar/cli/accounts.h"
#include "libcar/cli/exclude.h"
#include "libcar/cli/message.h"

/*
 * Read the list of --accounts, at the start and after SIGHUP.
 *
 * The signal only sets a flag, because a list may change only between two
 * events.
 */

static volatile sig_atomic_t hung_up;

static void
on_hangup(int sig)
{
	(void)sig;
	hung_up = 1;
}

/* Replace the list only if all of the new one can be read. */
static int
replace(struct cli_accounts *a, struct status *st)
{
	struct excluded list = { .dids = { .len = 0 } };

	if (cli_exclude_add(&list, a->path, st) == -1) {
		excluded_free(&list);
		return -1;
	}
	excluded_free(&a->list);
	a->list = list;
	return 0;
}

void
cli_accounts_read(struct cli_accounts *a)
{
	struct sigaction act = { .sa_handler = on_hangup };
	struct status st;

	if (a->path == NULL)
		return;
	if (replace(a, &st) == -1)
		cli_usage("--accounts %s: %s", a->path, st.msg);
	sigaction(SIGHUP, &act, NULL);
}

void
cli_accounts_refresh(struct cli_accounts *a)
{
	struct status st;

	if (hung_up == 0)
		return;
	hung_up = 0;
	if (replace(a, &st) == -1)
		cli_warn("--accounts %s: %s; the previous list stays", a->path,
		    st.msg);
}

const struct set *
cli_accounts_set(const struct cli_accounts *a)
{
	return a->path == NULL ? NULL : &a->list.set;
}

void
cli_accounts_free(struct cli_accounts *a)
{
	excluded_free(&a->list);
	*a = (struct cli_accounts){ .path = NULL };
}
