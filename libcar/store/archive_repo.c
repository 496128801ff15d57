#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "libcar/store/archive_private.h"
#include "libcar/store/archive_repo.h"

/*
 * archive_find() has read the commit, but another process may replace the CAR
 * before it is opened again. So rev and head are set from what was opened.
 */

static int
open_newest(struct archive_repo *r, struct status *st)
{
	/* It may be anything: opening a FIFO mustn't wait for a writer. */
	r->fd = open(r->car.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (r->fd != -1)
		return 1;
	status_errno(st, "can't open %s", r->car.path);
	st->code = STATUS_UNREADABLE;
	return -1;
}

static int
open_file(struct archive_repo *r, const char *rev, struct status *st)
{
	if (rev == NULL || strcmp(rev, r->car.rev) == 0)
		return open_newest(r, st);
	return archive_open_kept(&r->car, rev, &r->fd, st);
}

static int
read_repo(struct archive_repo *r, const struct archive *a,
    const struct repo_want *want, struct status *st)
{
	r->file = car_file_open(r->fd, NULL, 0, a->tmp, st);
	if (r->file == NULL ||
	    repo_open(&r->repo, car_file_input(r->file), want, st) == -1)
		return status_prefix(st, "%s: ", r->car.path);
	return 1;
}

int
archive_repo_open(struct archive_repo *r, const struct archive *a,
    const char *did, size_t len, const char *rev, uint64_t now,
    struct status *st)
{
	const struct repo_want want = {
		.did = did,
		.did_len = len,
		.now = now,
	};
	struct archive_car car;
	int got;

	memset(r, 0, sizeof(*r));
	r->fd = -1;
	got = archive_find(a, did, len, NULL, &r->car, st);
	if (got != 1)
		r->car.rev[0] = '\0';
	if (got == 1)
		got = open_file(r, rev, st);
	if (got == 1)
		got = read_repo(r, a, &want, st);
	if (got == 1 && rev == NULL)
		archive_set_commit(&r->car, &r->repo.commit, r->repo.cid.bytes,
		    r->repo.cid.len);
	if (got == 1)
		return 1;
	car = r->car;
	archive_repo_close(r);
	r->car = car;
	return got;
}

void
archive_repo_close(struct archive_repo *r)
{
	repo_free(&r->repo);
	car_file_close(r->file);
	if (r->fd != -1)
		close(r->fd);
	memset(r, 0, sizeof(*r));
}
