#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "libcar/store/backlog.h"

/*
 * Each text comes after its length. Texts are rarely read, so that a read needs
 * no cache.
 */

#define HEAD 4 /* bytes of a length */

uint64_t
backlog_next(const struct backlog *b)
{
	return b->written + b->tail.len;
}

static int
write_tail(struct backlog *b, struct status *st)
{
	if (!b->is_open && aside_open_temporary(&b->file, b->dir, st) == -1)
		return -1;
	b->is_open = true;
	if (aside_write(&b->file, b->tail.data, b->tail.len, st) == -1 ||
	    aside_flush(&b->file, st) == -1)
		return -1;
	b->written += b->tail.len;
	b->tail.len = 0;
	return 0;
}

int
backlog_add(struct backlog *b, const struct slice *text, struct status *st)
{
	uint32_t len = (uint32_t)text->len;

	buf_put(&b->tail, &len, HEAD);
	buf_put(&b->tail, text->at, text->len);
	if (b->tail.failed)
		return status_no_memory(st);
	return b->tail.len < BACKLOG_MEMORY ? 0 : write_tail(b, st);
}

/* Read from the file; -1: STATUS_SYSTEM. */
static int
read_at(struct backlog *b, uint64_t at, char *to, size_t n, struct status *st)
{
	ssize_t got;

	while (n > 0) {
		got = pread(b->file.fd, to, n, (off_t)at);
		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1)
			return status_errno(st, "can't read a temporary file");
		if (got == 0)
			return status_set(st, STATUS_SYSTEM, 0,
			    "a temporary file is cut");
		to += got;
		at += (uint64_t)got;
		n -= (size_t)got;
	}
	return 0;
}

int
backlog_get(struct backlog *b, uint64_t place, struct slice *text,
    struct status *st)
{
	uint32_t len;
	char *p;

	if (place >= b->written) {
		p = b->tail.data + (place - b->written);
		memcpy(&len, p, HEAD);
		*text = slice_make(p + HEAD, len);
		return 0;
	}
	if (read_at(b, place, (char *)&len, HEAD, st) == -1)
		return -1;
	b->got.len = 0;
	if (buf_reserve(&b->got, len) == NULL)
		return status_no_memory(st);
	*text = slice_make(b->got.data, len);
	return read_at(b, place + HEAD, b->got.data, len, st);
}

void
backlog_free(struct backlog *b)
{
	if (b->is_open)
		aside_close(&b->file);
	buf_free(&b->tail);
	buf_free(&b->got);
	memset(b, 0, sizeof(*b));
}
