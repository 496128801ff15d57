#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "libcar/data/json.h"
#include "libcar/serve/answer.h"

/*
 * Answers and their errors. Nothing of an answer that failed is sent: an error
 * replaces body, source, ETag and headers.
 */

#define MESSAGE_BYTES 9216 /* a whole URL has room in it */

static bool
has_control(const struct slice *s)
{
	size_t i;

	for (i = 0; i < s->len; i++)
		if ((unsigned char)s->at[i] < ' ' || s->at[i] == 0x7f)
			return true;
	return false;
}

void
serve_answer_header(struct serve_answer *a, const char *name,
    const struct slice *value)
{
	struct serve_header *h = &a->headers[a->nheaders];

	if (a->nheaders == SERVE_MAX_HEADERS || has_control(value)) {
		serve_answer_error(a, 500, NULL, "Internal Server Error");
		return;
	}
	*h = (struct serve_header){ name, a->header_text.len };
	buf_put(&a->header_text, value->at, value->len);
	buf_putc(&a->header_text, '\0');
	a->nheaders++;
}

void
serve_answer_etag(struct serve_answer *a, const struct slice *text)
{
	a->etag[0] = '\0';
	if (text->len > sizeof(a->etag) - 3 || has_control(text) ||
	    memchr(text->at, '"', text->len) != NULL)
		return;
	snprintf(a->etag, sizeof(a->etag), "\"%.*s\"", (int)text->len,
	    text->at);
}

/* The name that an XRPC server gives to a status. */
static const char *
usual_name(unsigned status)
{
	switch (status) {
	case 404:
		return "NotFound";
	case 405:
	case 501:
		return "MethodNotImplemented";
	case 429:
		return "RateLimitExceeded";
	case 502:
		return "UpstreamFailure";
	case 503:
		return "NotEnoughResources";
	case 504:
		return "UpstreamTimeout";
	default:
		return status < 500 ? "InvalidRequest" : "InternalServerError";
	}
}

static void
write_error(struct serve_answer *a, const char *name, const char *message)
{
	struct json_writer w = { .out = &a->body };

	if (a->errors == SERVE_ERRORS_TEXT) {
		a->type = SERVE_TEXT;
		buf_puts(&a->body, message);
		buf_putc(&a->body, '\n');
		return;
	}
	a->type = SERVE_JSON;
	json_write_object(&w);
	if (a->errors == SERVE_ERRORS_XRPC)
		json_write_member(&w, "error", name);
	json_write_member(&w, "message", message);
	json_write_object_end(&w);
}

void
serve_answer_error(struct serve_answer *a, unsigned status, const char *name,
    const char *format, ...)
{
	char message[MESSAGE_BYTES];
	enum serve_errors errors = a->errors;
	struct status why = a->why;
	va_list ap;

	/* An argument may be borrowed from the answer. */
	va_start(ap, format);
	vsnprintf(message, sizeof(message), format, ap);
	va_end(ap);
	serve_answer_free(a);
	a->errors = errors;
	a->why = why;
	a->status = status;
	write_error(a, name != NULL ? name : usual_name(status), message);
}

void
serve_answer_bad(struct serve_answer *a, const struct status *st)
{
	if (st->code == STATUS_SYSTEM || st->code == STATUS_AGAIN ||
	    st->code == STATUS_TIMEOUT)
		serve_answer_failed(a, st);
	else
		serve_answer_error(a, 400, "InvalidRequest", "%s", st->msg);
}

void
serve_answer_failed(struct serve_answer *a, const struct status *st)
{
	a->why = *st;
	if (st->code == STATUS_TIMEOUT)
		serve_answer_error(a, 503, NULL, "The query takes too long");
	else if (st->code == STATUS_AGAIN)
		serve_answer_error(a, 503, NULL, "Service Unavailable");
	else
		serve_answer_error(a, 500, NULL, "Internal Server Error");
}

void
serve_answer_unreadable(struct serve_answer *a, const struct status *st)
{
	struct status why = *st;

	if (why.code == STATUS_SYSTEM)
		why.code = STATUS_UNREADABLE;
	serve_answer_failed(a, &why);
}

void
serve_answer_free(struct serve_answer *a)
{
	buf_free(&a->body);
	buf_free(&a->header_text);
	if (a->source.free != NULL)
		a->source.free(a->source.arg);
	memset(a, 0, sizeof(*a));
}
