#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "libcar/stream/ndjson.h"
#include "libcar/stream/ndjson_guess.h"

/*
 * One buffer holds the input, and lines are borrowed from it; before reading
 * more, the rest moves to the front. The reader drops a line that is too long
 * while it arrives, so that the limit of a line bounds the memory, too.
 */

#define READ_BYTES (256 << 10)

#define BOM "\xef\xbb\xbf" /* U+FEFF, which some editors write first */
#define BOM_BYTES 3

/*
 * Writers on one pipe lock it in turn, because long writes would split each
 * other's lines: a pipe is atomic only up to 4,096 bytes, and a socket not even
 * then. A flock() wouldn't do: siblings share it. Devices, which the whole
 * machine shares, aren't locked; a terminal writes atomically.
 */
static bool
takes_turns(struct ndjson_out *out)
{
	struct stat s;

	if (!out->looked)
		out->shared = fstat(out->fd, &s) == 0 &&
		    (S_ISFIFO(s.st_mode) || S_ISSOCK(s.st_mode) ||
			S_ISREG(s.st_mode));
	out->looked = true;
	return out->shared;
}

/* If locks don't exist (ENOLCK), continue without. */
static void
lock(struct ndjson_out *out, short type)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET };

	if (!takes_turns(out))
		return;
	while (fcntl(out->fd, F_SETLKW, &l) == -1 && errno == EINTR)
		;
}

static int
write_all(int fd, const char *p, size_t len, struct status *st)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n == -1 && errno != EINTR)
			return status_errno(st, "can't write");
		p += n == -1 ? 0 : n;
		len -= n == -1 ? 0 : n;
	}
	return 0;
}

int
ndjson_out_flush(struct ndjson_out *out, struct status *st)
{
	int rc;

	if (out->buf.failed)
		return status_no_memory(st);
	if (out->buf.len == 0)
		return 0;
	lock(out, F_WRLCK);
	rc = write_all(out->fd, out->buf.data, out->buf.len, st);
	lock(out, F_UNLCK);
	out->buf.len = 0;
	return rc;
}

int
ndjson_out_line(struct ndjson_out *out, struct status *st)
{
	if (out->buf.len < NDJSON_OUT_BYTES && !out->buf.failed)
		return 0;
	return ndjson_out_flush(out, st);
}

/* Move the rest of the input to the front, then read more. */
static int
fill(struct ndjson_in *in, struct status *st)
{
	ssize_t n;
	char *p;

	if (in->out != NULL && ndjson_out_flush(in->out, st) == -1)
		return -1;
	if (in->at > 0) {
		memmove(in->buf.data, in->buf.data + in->at,
		    in->buf.len - in->at);
		in->buf.len -= in->at;
		in->at = 0;
	}
	if ((p = buf_reserve(&in->buf, READ_BYTES)) == NULL)
		return status_no_memory(st);
	while ((n = read(in->fd, p, in->buf.cap - in->buf.len)) == -1)
		if (errno != EINTR) {
			status_errno(st, "can't read");
			st->code = STATUS_UNREADABLE;
			return -1;
		}
	in->buf.len += n;
	in->eof = n == 0;
	return 0;
}

int
ndjson_in_fill(struct ndjson_in *in, struct status *st)
{
	return fill(in, st);
}

/* Drop what has arrived of a line that is too long. */
static void
drop_rest(struct ndjson_in *in)
{
	char *start = in->buf.data + in->at;
	char *lf = memchr(start, '\n', in->buf.len - in->at);

	in->at = lf == NULL ? in->buf.len : (size_t)(lf + 1 - in->buf.data);
	in->passed = lf != NULL || in->eof;
	in->passing = !in->passed;
}

bool
ndjson_in_ready(struct ndjson_in *in)
{
	size_t len;

	if (in->passing)
		drop_rest(in);
	len = in->buf.len - in->at;
	if (in->eof || in->passed)
		return true;
	if (in->passing || len <= in->searched)
		return false;
	if (memchr(in->buf.data + in->at + in->searched, '\n',
		len - in->searched) != NULL)
		return true;
	in->searched = len;
	if (len > NDJSON_MAX_LINE) {
		in->searched = 0;
		drop_rest(in);
	}
	return false;
}

int
ndjson_in_peek(struct ndjson_in *in, size_t n, struct status *st)
{
	while (in->buf.len - in->at < n && !in->eof)
		if (fill(in, st) == -1)
			return -1;
	return 0;
}

static int
too_long(struct status *st)
{
	return status_set(st, STATUS_TOO_LARGE, 0, "line of more than %d bytes",
	    NDJSON_MAX_LINE);
}

/* Skip to the end of a line that is too long. */
static int
pass_over(struct ndjson_in *in, struct status *st)
{
	drop_rest(in);
	while (!in->passed) {
		if (fill(in, st) == -1)
			return -1;
		drop_rest(in);
	}
	in->passed = false;
	return too_long(st);
}

/* Refuse an input that can't be lines, once: the next call finds its end. */
static int
check_kind(struct ndjson_in *in, struct status *st)
{
	const char *what = ndjson_guess(in->buf.data + in->at,
	    in->buf.len - in->at);

	if (what == NULL)
		return 0;
	in->at = in->buf.len;
	in->eof = true;
	return status_set(st, STATUS_UNUSABLE, 0, "%s", what);
}

int
ndjson_in_line(struct ndjson_in *in, const char **line, size_t *len,
    struct status *st)
{
	size_t searched = in->searched;
	char *start, *lf;

	if (in->buf.data == NULL && fill(in, st) == -1)
		return -1;
	in->searched = 0;
	if (in->passed || in->passing) {
		in->lines++;
		return pass_over(in, st);
	}
	for (;;) {
		start = in->buf.data + in->at;
		*len = in->buf.len - in->at;
		lf = NULL;
		if (*len > searched)
			lf = memchr(start + searched, '\n', *len - searched);
		if (lf != NULL || in->eof)
			break;
		searched = *len;
		if (searched > NDJSON_MAX_LINE) {
			in->lines++;
			return pass_over(in, st);
		}
		if (fill(in, st) == -1)
			return -1;
	}
	if (lf == NULL && *len == 0)
		return 0;
	if (in->lines == 0 && check_kind(in, st) == -1)
		return -1;
	if (lf != NULL)
		*len = lf - start;
	in->at += *len + (lf != NULL);
	if (in->lines++ == 0)
		ndjson_skip_bom((const char **)&start, len);
	*line = start;
	if (*len > NDJSON_MAX_LINE)
		return too_long(st);
	return 1;
}

void
ndjson_skip_bom(const char **text, size_t *len)
{
	if (*len < BOM_BYTES || memcmp(*text, BOM, BOM_BYTES) != 0)
		return;
	*text += BOM_BYTES;
	*len -= BOM_BYTES;
}

/* A CAR may begin with a brace as its length, but no ASCII follows there. */
bool
ndjson_is(const char *p, size_t len)
{
	const char *end;

	ndjson_skip_bom(&p, &len);
	end = p + len;
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
		p++;
	return p == end ||
	    (*p == '{' && (p + 1 == end || (unsigned char)p[1] < 0x80));
}
