#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/store/archive_private.h"
#include "libcar/store/archive_revs.h"

/*
 * The newest CAR and the earlier ones are one sequence: place 0 is the newest,
 * place n the earlier one n - 1. After --allow-rollback, an "earlier" CAR may
 * have a later rev, so no search depends on the order of the places.
 *
 * A rev may be at two places: a CAR gets its second name before the new one
 * takes the first, and a kept one may be plain and compressed. Then the first
 * place counts.
 */

#define TOLD 5 /* revs that a message names */

int
archive_revs_read(struct archive_revs *revs, const struct archive *a,
    const char *did, size_t len, struct status *st)
{
	char path[PATH_MAX];
	int got;

	memset(revs, 0, sizeof(*revs));
	if (archive_path(path, a->dir, did, len, st) == -1 ||
	    archive_check_shard(path, st) == -1 ||
	    (got = archive_find(a, did, len, NULL, &revs->newest, st)) == -1)
		return -1;
	if (got == 0) {
		strcpy(revs->newest.path, path);
		revs->newest.rev[0] = '\0';
	}
	return archive_kept(path, &revs->kept, &revs->count, st);
}

/* The rev of a place, as a text of SYNTAX_TID_LEN bytes; empty: none. */
static const char *
rev_at(const struct archive_revs *revs, size_t i)
{
	return i == 0 ? revs->newest.rev : revs->kept[i - 1].name;
}

static int
compare(const struct archive_revs *revs, size_t i, const char *rev)
{
	return strncmp(rev_at(revs, i), rev, SYNTAX_TID_LEN);
}

/* Is there a rev at this place that is at none before it? */
static bool
has_rev(const struct archive_revs *revs, size_t i)
{
	if (i == 0)
		return revs->newest.rev[0] != '\0';
	return compare(revs, i, revs->newest.rev) != 0 &&
	    (i == 1 || compare(revs, i, rev_at(revs, i - 1)) != 0);
}

static int
give(const struct archive_revs *revs, size_t i, struct archive_revs_car *out,
    struct status *st)
{
	memcpy(out->rev, rev_at(revs, i), SYNTAX_TID_LEN);
	out->rev[SYNTAX_TID_LEN] = '\0';
	strcpy(out->path, revs->newest.path);
	return i == 0 ? 0 :
			archive_kept_path(out->path, &revs->kept[i - 1], st);
}

/* Append the revs to a message, the latest first. */
static void
tell(const struct archive_revs *revs, char *text, size_t size)
{
	size_t i, count = 0, n = 0;

	for (i = 0; i <= revs->count; i++)
		if (has_rev(revs, i) && count++ < TOLD)
			n += snprintf(text + n, size - n, "%s%.*s",
			    n == 0 ? "" : ", ", SYNTAX_TID_LEN,
			    rev_at(revs, i));
	if (count > TOLD)
		snprintf(text + n, size - n, " and %zu more", count - TOLD);
}

/* what: with the rev; or rev is empty. The rev may be that of a newest CAR that
 * is damaged, so say it. */
static int
miss(const struct archive_revs *revs, const char *what, const char *rev,
    struct status *st)
{
	char text[TOLD * (SYNTAX_TID_LEN + 2) + 40] = "";

	tell(revs, text, sizeof(text));
	if (text[0] == '\0')
		return status_set(st, STATUS_UNREADABLE, 0,
		    "the archive has no readable CAR of this account");
	return status_set(st, STATUS_UNREADABLE, 0,
	    "the archive has no %s%s of this account, only %s%s", what, rev,
	    text,
	    rev[0] != '\0' && !has_rev(revs, 0) ?
		"; the newest CAR is missing or damaged" :
		"");
}

int
archive_revs_find(const struct archive_revs *revs, const char *rev,
    struct archive_revs_car *out, struct status *st)
{
	size_t i;

	for (i = 0; i <= revs->count; i++)
		if (has_rev(revs, i) && compare(revs, i, rev) == 0)
			return give(revs, i, out, st);
	return miss(revs, "rev ", rev, st);
}

int
archive_revs_newest(const struct archive_revs *revs,
    struct archive_revs_car *out, struct status *st)
{
	return has_rev(revs, 0) ? give(revs, 0, out, st) :
				  miss(revs, "readable newest CAR", "", st);
}

int
archive_revs_before(const struct archive_revs *revs, const char *rev,
    struct archive_revs_car *out, struct status *st)
{
	size_t i, found = 0;
	bool any = false;

	for (i = 0; i <= revs->count; i++)
		if (has_rev(revs, i) && compare(revs, i, rev) < 0 &&
		    (!any || compare(revs, i, rev_at(revs, found)) > 0)) {
			found = i;
			any = true;
		}
	return any ? give(revs, found, out, st) :
		     miss(revs, "rev before ", rev, st);
}

void
archive_revs_free(struct archive_revs *revs)
{
	free(revs->kept);
	memset(revs, 0, sizeof(*revs));
}
