/*
 * u-archive-read stream DIR DID: write the bytes of the archived CAR.
 * u-archive-read repo DIR DID [REV]: open it as a repo, and print its rev and
 * the number of its blocks, and the newest rev.
 * Exit status: 0, 1 if there is none, 2 after a failure.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libcar/base/clock.h"
#include "libcar/store/archive_repo.h"
#include "libcar/store/archive_stream.h"

static const char tmp[] = "/tmp";

static int
fail(const struct status *st)
{
	fprintf(stderr, "%s: %s\n", status_name(st->code), st->msg);
	return 2;
}

/* In pieces of different sizes. */
static int
stream(const struct archive *a, const char *did)
{
	struct archive_stream *s;
	struct archive_car car;
	char bytes[10000];
	struct status st = { 0 };
	size_t max = 1;
	ssize_t n;
	int got = archive_stream_open(&s, a, did, strlen(did), &car, &st);

	if (got != 1)
		return got == 0 ? 1 : fail(&st);
	while ((n = archive_stream_read(s, bytes, max, &st)) > 0) {
		if (write(1, bytes, (size_t)n) != n)
			return 3;
		max = max * 7 % 10007 % sizeof(bytes) + 1;
	}
	archive_stream_close(s);
	return n == 0 ? 0 : fail(&st);
}

static int
repo(const struct archive *a, const char *did, const char *rev)
{
	struct archive_repo r;
	struct status st = { 0 };
	int got = archive_repo_open(&r, a, did, strlen(did), rev,
	    clock_wall_ms() * 1000, &st);

	if (got == 1)
		printf("%.*s %zu ", SYNTAX_TID_LEN, r.repo.commit.rev,
		    r.repo.blocks.count);
	if (got != -1)
		printf("%s\n", r.car.rev);
	if (got == 1)
		archive_repo_close(&r);
	return got == 1 ? 0 : got == 0 ? 1 : fail(&st);
}

int
main(int argc, char **argv)
{
	const struct archive a = { .dir = argc > 2 ? argv[2] : "", .tmp = tmp };

	if (argc == 4 && strcmp(argv[1], "stream") == 0)
		return stream(&a, argv[3]);
	if (argc >= 4 && strcmp(argv[1], "repo") == 0)
		return repo(&a, argv[3], argv[4]);
	return 9;
}
