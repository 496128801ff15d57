/*
 * html: the text of pages, and of the SVG in them.
 * https://html.spec.whatwg.org/multipage/syntax.html
 *
 * Pages show what accounts and requests say, which may be anything. Only this
 * module appends such text to a page, and it escapes everything, so that a text
 * is valid between tags and between quotes: & < > " ' become references, and
 * what HTML doesn't allow (bytes that aren't UTF-8, control characters but tab
 * and line feed) becomes U+FFFD.
 *
 * Only memory can fail: buf->failed.
 */
#ifndef LIBCAR_SERVE_HTML_H
#define LIBCAR_SERVE_HTML_H

#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"

/* Append a text. */
void html_text(struct buf *, const struct slice *);

/* Append the first characters of a text, at most `max` bytes of it, and a mark
 * if that isn't all. */
void html_clip(struct buf *, const struct slice *, size_t max);

/* Append a text as a part of a path or of a query: what isn't a letter, a digit
 * or one of -._~: becomes %XX. Such a text needs no further escapes. */
void html_path(struct buf *, const struct slice *);

/*
 * Append the format, which is a literal, with its values:
 *
 *	$t	a const struct slice *, by html_text()
 *	$u	a const struct slice *, by html_path()
 *	$s	a string, by html_text(); NULL is empty
 *	$n	an int64_t for people: 1,234,567
 *	$i	an int64_t for programs: 1234567
 *	$$	a dollar sign
 */
void html_put(struct buf *, const char *format, ...);

#endif
