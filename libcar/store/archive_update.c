#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "libcar/data/cid.h"
#include "libcar/repo/car_file.h"
#include "libcar/repo/merge.h"
#include "libcar/store/archive_private.h"
#include "libcar/store/archive_update.h"

/*
 * The answer is looked at first, then the archived CAR, so an answer with the
 * whole repo needs nothing of the archive. Another process may replace the
 * archived CAR meanwhile. That changes nothing here: the open file stays as it
 * is, and archive_commit() compares the revs under its lock.
 */

struct update {
	const struct archive *archive;
	const struct repo_want *want;
	struct merge merge;
	struct archive_written answer;
	struct archive_car had;
	int had_fd;
	struct car_file *had_file;
	struct aside to; /* the new CAR */
	uint64_t size, max_size;
};

static int
add_answer(struct update *u, struct aside *answer, struct slice *root,
    uint8_t bytes[CID_MAX_BYTES], struct status *st)
{
	struct car_input *in;
	size_t len;

	if (archive_check_plain(answer, st) == -1 ||
	    (in = archive_open_written(&u->answer, answer, u->archive->tmp,
		 st)) == NULL ||
	    merge_add(&u->merge, in, bytes, &len, st) == -1)
		return -1;
	*root = slice_make(bytes, len);
	return 0;
}

static int
find_archived(struct update *u, struct status *st)
{
	int got = archive_find(u->archive, u->want->did, u->want->did_len,
	    u->want->signer, &u->had, st);

	if (got == 0)
		return status_set(st, STATUS_UNREADABLE, 0,
		    "the archived CAR is gone");
	return got == 1 ? 0 : -1;
}

/* The path is the archive's own, but somebody may have put anything there since
 * archive_find(). */
static int
add_archived(struct update *u, struct status *st)
{
	uint8_t root[CID_MAX_BYTES];
	size_t len;

	u->had_fd = open(u->had.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (u->had_fd == -1)
		return status_set(st, STATUS_UNREADABLE, 0, "can't open %s",
		    u->had.path);
	u->had_file = car_file_open(u->had_fd, NULL, 0, u->archive->tmp, st);
	if (u->had_file == NULL)
		return -1;
	return merge_add(&u->merge, car_file_input(u->had_file), root, &len,
	    st);
}

static bool
is_same(const struct update *u, const struct slice *root)
{
	char text[CID_MAX_TEXT];
	size_t len;

	if (!cid_is_repo(slice_bytes(root), root->len) || u->had.other_key)
		return false;
	len = cid_format(text, slice_bytes(root), root->len);
	return len == strlen(u->had.head) &&
	    memcmp(text, u->had.head, len) == 0;
}

static int
check_order(const struct update *u, struct status *st)
{
	const struct commit *c = &u->merge.repo.commit;

	if (u->archive->rollback ||
	    memcmp(c->rev, u->had.rev, SYNTAX_TID_LEN) >= 0)
		return 0;
	return status_set(st, STATUS_OLD_REV, 0,
	    "rev %.*s is older than the archive's, %s", SYNTAX_TID_LEN, c->rev,
	    u->had.rev);
}

static int
put(void *ctx, const void *bytes, size_t len, struct status *st)
{
	struct update *u = ctx;

	u->size += len;
	if (u->size > u->max_size)
		return status_set(st, STATUS_TOO_LARGE, 0,
		    "CAR of more than %llu bytes",
		    (unsigned long long)u->max_size);
	return aside_write(&u->to, bytes, len, st);
}

static int
write_repo(struct update *u, struct status *st)
{
	if (archive_create(&u->to, u->archive->dir, u->want->did,
		u->want->did_len, st) == -1 ||
	    merge_write(&u->merge, put, u, st) == -1)
		return -1;
	return 0;
}

static enum archive_update
update(struct update *u, struct aside *answer, struct archive_car *car,
    struct status *st)
{
	uint8_t bytes[CID_MAX_BYTES];
	struct slice root;

	if (add_answer(u, answer, &root, bytes, st) == -1 ||
	    find_archived(u, st) == -1)
		return ARCHIVE_UPDATE_FAILED;
	if (is_same(u, &root)) {
		*car = u->had;
		return ARCHIVE_UPDATE_SAME;
	}
	if (add_archived(u, st) == -1 ||
	    merge_open(&u->merge, &root, u->want, st) == -1 ||
	    check_order(u, st) == -1 || write_repo(u, st) == -1)
		return ARCHIVE_UPDATE_FAILED;
	archive_set_commit(car, &u->merge.repo.commit, u->merge.repo.cid.bytes,
	    u->merge.repo.cid.len);
	return u->merge.parts[1].used > 0 ? ARCHIVE_UPDATE_SINCE :
					    ARCHIVE_UPDATE_WHOLE;
}

/* The new CAR takes the place of the answer. */
static void
replace(struct aside *answer, struct aside *by)
{
	aside_close(answer);
	*answer = *by;
	*by = (struct aside){ .fd = -1 };
}

enum archive_update
archive_update(struct aside *answer, const struct archive *archive,
    const struct repo_want *want, uint64_t max_size, struct archive_car *car,
    struct status *st)
{
	struct update u = {
		.archive = archive,
		.want = want,
		.had_fd = -1,
		.to = { .fd = -1 },
		.max_size = max_size,
	};
	enum archive_update done = update(&u, answer, car, st);

	merge_free(&u.merge);
	car_file_close(u.answer.file);
	car_file_close(u.had_file);
	if (u.had_fd != -1)
		close(u.had_fd);
	if (done == ARCHIVE_UPDATE_WHOLE || done == ARCHIVE_UPDATE_SINCE)
		replace(answer, &u.to);
	aside_close(&u.to);
	return done;
}
