#include "config.h"

#include <string.h>
#include <strings.h>

#include "libcar/net/http_method_private.h"

/*
 * libcurl sends a GET by default. For all other methods it gets the content as
 * that of a POST, because it doesn't copy that, and then the method's name.
 */

static const char *
get_method(const struct http_request *r)
{
	return r->method == NULL || r->as_get ? "GET" : r->method;
}

static bool
is(const struct http_request *r, const char *method)
{
	return strcmp(get_method(r), method) == 0;
}

/* A control character could end the header and begin another one; libcurl
 * leaves out a header without a value. */
static bool
is_header(const char *header)
{
	const char *colon = header + strcspn(header, " \t:"), *p;

	for (p = header; *p != '\0'; p++)
		if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f)
			return false;
	return colon > header && *colon == ':' &&
	    colon[1 + strspn(colon + 1, " \t")] != '\0';
}

int
http_method_check(const struct http_request *r, struct status *st)
{
	static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char *const *header;

	if (r->method != NULL &&
	    (*r->method == '\0' || r->method[strspn(r->method, upper)] != '\0'))
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "'%s' isn't a method of HTTP", r->method);
	for (header = r->headers; header != NULL && *header != NULL; header++)
		if (!is_header(*header))
			return status_set(st, STATUS_BAD_SYNTAX, 0,
			    "'%s' isn't a header with a value", *header);
	return 0;
}

/* An idempotent request may be sent twice, 9.2.2. */
bool
http_method_may_repeat(const struct http_request *r)
{
	static const char *const idempotent[] = { "GET", "HEAD", "OPTIONS",
		"TRACE", "PUT", "DELETE" };
	size_t i;

	for (i = 0; i < sizeof(idempotent) / sizeof(idempotent[0]); i++)
		if (is(r, idempotent[i]))
			return true;
	return r->repeatable;
}

/* 15.4: 303 makes it a GET; so do 301 and 302 with a POST, for historical
 * reasons; 307 and 308 repeat the same request. */
void
http_method_redirect(struct http_request *r, long code, bool other)
{
	r->elsewhere |= other;
	if ((code == 303 && !is(r, "HEAD")) ||
	    ((code == 301 || code == 302) && is(r, "POST")))
		r->as_get = true;
}

static bool
starts(const char *text, const char *with)
{
	return strncasecmp(text, with, strlen(with)) == 0;
}

/* Don't send to another origin what may be a secret. */
static bool
is_sent(const struct http_request *r, const char *header)
{
	if (starts(header, "Content-"))
		return !r->as_get;
	return !r->elsewhere || starts(header, "Accept");
}

static int
append(struct curl_slist **list, const char *header, struct status *st)
{
	struct curl_slist *longer = curl_slist_append(*list, header);

	if (longer == NULL)
		return status_no_memory(st);
	*list = longer;
	return 0;
}

/* The caller's headers. Those without a value keep libcurl from adding its own:
 * a content type, and Expect, which would wait for a "100 Continue". */
static int
make_headers(const struct http_request *r, struct curl_slist **list,
    struct status *st)
{
	const char *const *header = r->headers;
	bool typed = false;

	for (; header != NULL && *header != NULL; header++) {
		typed |= starts(*header, "Content-Type:");
		if (is_sent(r, *header) && append(list, *header, st) == -1)
			return -1;
	}
	if (!typed && append(list, "Content-Type:", st) == -1)
		return -1;
	return append(list, "Expect:", st);
}

/* Methods that usually have content send a length even if it is empty. */
static bool
has_content(const struct http_request *r)
{
	if (r->as_get || is(r, "HEAD"))
		return false;
	return r->content_len > 0 || is(r, "POST") || is(r, "PUT") ||
	    is(r, "PATCH");
}

bool
http_method_is_plain(const struct http_request *r)
{
	return r->method == NULL && r->headers == NULL && r->content_len == 0;
}

int
http_method_set(const struct http_request *r, CURL *c,
    struct curl_slist **headers, struct status *st)
{
	*headers = NULL;
	if (http_method_is_plain(r))
		return 0;
	if (make_headers(r, headers, st) == -1)
		return -1;
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, *headers);
	if (is(r, "HEAD"))
		curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	if (has_content(r)) {
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)r->content_len);
		curl_easy_setopt(c, CURLOPT_POSTFIELDS,
		    r->content_len > 0 ? r->content : "");
	}
	if (!is(r, "HEAD"))
		curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, get_method(r));
	/* When a connection that was kept turns out to be closed, libcurl
	 * sends the request again by itself. */
	if (!http_method_may_repeat(r))
		curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L);
	return 0;
}
