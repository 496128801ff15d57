#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcar/base/array.h"
#include "libcar/cli/car_merge.h"
#include "libcar/cli/environment.h"
#include "libcar/store/aside.h"

/*
 * The blocks stay in the files, which are mapped; merge.h finds them. So the
 * files stay open, and one that somebody changes in the meantime is an error.
 * What was decompressed stays in memory, or in an unlinked file.
 */

/* The first root is the commit; other files have the same one, or none. */
static int
check_root(struct car_merge *m, const uint8_t *root, size_t len,
    struct status *st)
{
	char have[CID_MAX_TEXT], want[CID_MAX_TEXT];

	if (len == 0)
		return 0;
	if (m->root_len == 0) {
		memcpy(m->root_bytes, root, len);
		m->root_len = len;
	}
	if (m->root_len == len && memcmp(m->root_bytes, root, len) == 0)
		return 0;
	return status_set(st, STATUS_BAD_COMMIT, 0,
	    "CAR of another commit: %.*s, want %.*s",
	    (int)cid_format(have, root, len), have,
	    (int)cid_format(want, m->root_bytes, m->root_len), want);
}

static int
open_file(struct car_merge *m, int fd, const char *name, struct status *st)
{
	struct car_merge_file *f;

	if (!ARRAY_GROW(m->files, m->count, m->room))
		return status_no_memory(st);
	f = &m->files[m->count++];
	*f = (struct car_merge_file){ .name = name };
	if ((f->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0)) == -1)
		return status_errno(st, "can't keep %s open", name);
	f->file = car_file_open(f->fd, NULL, 0, cli_tmpdir(), st);
	return f->file == NULL ? -1 : 0;
}

/* A file was read to its end, or to a damage. */
static int
finish_file(struct car_merge *m, struct status *st)
{
	ssize_t n = car_file_finish(m->files[m->count - 1].file,
	    CAR_MERGE_MEMORY - m->memory, st);

	if (n == -1)
		return -1;
	m->memory += n;
	return 0;
}

static int
add(struct car_merge *m, int fd, const char *name, const struct status **damage,
    struct status *st)
{
	uint8_t root[CID_MAX_BYTES];
	const struct merge_part *part;
	struct car_input *in;
	size_t len;

	if (open_file(m, fd, name, st) == -1)
		return -1;
	in = car_file_input(m->files[m->count - 1].file);
	if (merge_add(&m->merge, in, root, &len, st) == -1 ||
	    finish_file(m, st) == -1 || check_root(m, root, len, st) == -1)
		return -1;
	m->bytes += in->len;
	part = &m->merge.parts[m->merge.count - 1];
	if (part->damaged)
		*damage = &part->why;
	return 0;
}

static void
close_last(struct car_merge *m)
{
	struct car_merge_file *f = &m->files[--m->count];

	car_file_close(f->file);
	if (f->fd != -1)
		close(f->fd);
}

/* There may be any number of files that aren't CARs, so keep none of them. */
int
car_merge_add(struct car_merge *m, int fd, const char *name,
    const struct status **damage, struct status *st)
{
	int rc;

	*damage = NULL;
	rc = add(m, fd, name, damage, st);
	if (m->count > m->merge.count)
		close_last(m);
	return rc;
}

static int
put(void *ctx, const void *bytes, size_t len, struct status *st)
{
	return aside_write(ctx, bytes, len, st);
}

static int
check_unchanged(const struct car_merge *m, struct status *st)
{
	size_t i;

	for (i = 0; i < m->count; i++)
		if (car_file_changed(m->files[i].file))
			return status_set(st, STATUS_UNREADABLE, 0,
			    "%s changed while it was read", m->files[i].name);
	return 0;
}

static int
write_repo(struct car_merge *m, struct aside *to, struct status *st)
{
	const struct repo_want want = { .now = cli_now() };
	const struct slice root = slice_make(m->root_bytes, m->root_len);

	return merge_open(&m->merge, &root, &want, st) == -1 ||
		merge_write(&m->merge, put, to, st) == -1 ?
	    -1 :
	    check_unchanged(m, st);
}

/* The size is known when all is on the disk. */
static int
keep(struct aside *f, const char *path, uint64_t *size, struct status *st)
{
	if (aside_sync(f, path, size, st) == -1)
		return -1;
	return strcmp(path, "-") == 0 ? aside_copy(f, STDOUT_FILENO, st) :
					aside_name(f, -1, path, st);
}

int
car_merge_write(struct car_merge *m, const char *path, uint64_t *size,
    struct status *st)
{
	struct aside f = { .fd = -1 };
	int rc;

	rc = strcmp(path, "-") == 0 ?
	    aside_open_temporary(&f, cli_tmpdir(), st) :
	    aside_open(&f, path, st);
	if (rc == 0 && (rc = write_repo(m, &f, st)) == 0)
		rc = keep(&f, path, size, st);
	aside_close(&f);
	return rc;
}

void
car_merge_free(struct car_merge *m)
{
	merge_free(&m->merge);
	while (m->count > 0)
		close_last(m);
	free(m->files);
	memset(m, 0, sizeof(*m));
}
