#include "config.h"

#include "libcar/repo/frame_span.h"

/*
 * The scan counts the missing items instead of recursing: an array adds its
 * members, a map adds keys and values, a tag adds one.
 */

enum { MAJOR_BYTES = 2, MAJOR_TEXT, MAJOR_ARRAY, MAJOR_MAP, MAJOR_TAG };

static int
bad(const struct frame_span *s, const char *what, struct status *st)
{
	return status_set(st, STATUS_BAD_FRAME, s->at,
	    "byte %zu of the frame: %s", s->at, what);
}

/* The number of bytes that hold the argument of a head. */
static size_t
argument_bytes(uint8_t head)
{
	return (head & 31) < 24 ? 0 : (size_t)1 << ((head & 31) - 24);
}

static uint64_t
argument(const uint8_t *head, size_t bytes)
{
	uint64_t n = 0;
	size_t i;

	if (bytes == 0)
		return head[0] & 31;
	for (i = 1; i <= bytes; i++)
		n = n << 8 | head[i];
	return n;
}

/* Apply the meaning of the head; at is behind it. */
static int
take_head(struct frame_span *s, unsigned major, uint64_t n, struct status *st)
{
	s->left--;
	switch (major) {
	case MAJOR_BYTES:
	case MAJOR_TEXT:
		if (n > SIZE_MAX / 4)
			return bad(s, "a string that is too long", st);
		s->at += n;
		return 0;
	case MAJOR_ARRAY:
	case MAJOR_MAP:
		if (n > UINT32_MAX)
			return bad(s, "too many members", st);
		s->left += major == MAJOR_MAP ? 2 * n : n;
		return 0;
	case MAJOR_TAG:
		s->left++;
		return 0;
	default:
		return 0;
	}
}

int
frame_span(struct frame_span *s, const void *bytes, size_t len,
    struct status *st)
{
	const uint8_t *p = bytes;
	size_t extra;
	uint64_t n;
	uint8_t head;

	for (; s->done < 2; s->done += s->left == 0) {
		if (s->at >= len)
			return 0;
		head = p[s->at];
		if ((head & 31) > 27)
			return bad(s, "not CBOR of a definite length", st);
		extra = argument_bytes(head);
		if (len - s->at <= extra)
			return 0;
		if (s->left == 0)
			s->left = 1;
		n = argument(p + s->at, extra);
		s->at += 1 + extra;
		if (take_head(s, head >> 5, n, st) == -1)
			return -1;
	}
	return s->at <= len;
}
