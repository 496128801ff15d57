#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "libcar/store/recording.h"

/*
 * Frames are collected, so that a write costs little for each. What is killed
 * leaves the last frame cut, as frame_file says of it.
 */

#define BUFFER_BYTES ((size_t)128 << 10)

int
recording_open(struct recording *r, const char *path, struct status *st)
{
	r->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (r->fd != -1)
		return 0;
	status_errno(st, "%s", path);
	st->code = STATUS_UNUSABLE;
	return -1;
}

int
recording_put(struct recording *r, const void *frame, size_t len,
    struct status *st)
{
	buf_put(&r->buf, frame, len);
	if (r->buf.failed)
		return status_no_memory(st);
	return r->buf.len < BUFFER_BYTES ? 0 : recording_flush(r, st);
}

int
recording_flush(struct recording *r, struct status *st)
{
	size_t at = 0;
	ssize_t n;

	while (at < r->buf.len) {
		n = write(r->fd, r->buf.data + at, r->buf.len - at);
		if (n == -1 && errno != EINTR)
			return status_errno(st, "write");
		at += n == -1 ? 0 : (size_t)n;
	}
	r->buf.len = 0;
	return 0;
}

void
recording_free(struct recording *r)
{
	if (r->fd > 0)
		close(r->fd);
	buf_free(&r->buf);
	r->fd = 0;
}
