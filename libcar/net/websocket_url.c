#include "config.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "libcar/base/buf.h"
#include "libcar/net/http.h"
#include "libcar/net/websocket_url_private.h"

/*
 * libcurl parses URLs. Debian 12's libcurl doesn't know the schemes ws and
 * wss, so it gets the same URL as http or https.
 */

static int
check_scheme(const char *text, const char *scheme, bool allow_plain, bool *tls,
    struct status *st)
{
	*tls = strcasecmp(scheme, "wss") == 0 ||
	    strcasecmp(scheme, "https") == 0;
	if (*tls)
		return 0;
	if (strcasecmp(scheme, "ws") != 0 && strcasecmp(scheme, "http") != 0)
		return status_set(st, STATUS_BAD_ANSWER, 0, "%s: not wss",
		    text);
	if (!allow_plain)
		return status_set(st, STATUS_PRIVATE_ADDRESS, 0, "%s: plain ws",
		    text);
	return 0;
}

static int
check(CURLU *u, const char *text, bool allow_plain, bool *tls,
    struct status *st)
{
	char *scheme = NULL, *user = NULL;
	int rc;

	if (curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
		return status_no_memory(st);
	rc = check_scheme(text, scheme, allow_plain, tls, st);
	if (rc == 0 && curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK)
		rc = status_set(st, STATUS_BAD_ANSWER, 0, "%s: names a user",
		    text);
	curl_free(scheme);
	curl_free(user);
	return rc;
}

static int
take_parts(struct websocket_url *url, CURLU *u, bool tls, struct status *st)
{
	static const unsigned flags = CURLU_NON_SUPPORT_SCHEME;

	curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
	curl_url_set(u, CURLUPART_SCHEME, tls ? "wss" : "ws", flags);
	curl_url_get(u, CURLUPART_URL, &url->shown, 0);
	curl_url_set(u, CURLUPART_SCHEME, tls ? "https" : "http", 0);
	curl_url_get(u, CURLUPART_URL, &url->http, 0);
	curl_url_get(u, CURLUPART_HOST, &url->host, 0);
	curl_url_get(u, CURLUPART_PORT, &url->port, CURLU_NO_DEFAULT_PORT);
	curl_url_get(u, CURLUPART_PATH, &url->path, 0);
	curl_url_get(u, CURLUPART_QUERY, &url->query, 0);
	if (url->shown != NULL && url->http != NULL && url->host != NULL &&
	    url->path != NULL)
		return 0;
	websocket_url_free(url);
	return status_no_memory(st);
}

/* libcurl refuses control characters in some versions, and encodes them in
 * others. */
static bool
has_control(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

/* `before` is what a relative URL is relative to, or NULL. */
static int
parse(struct websocket_url *url, const char *before, const char *text,
    bool allow_plain, struct status *st)
{
	static const unsigned flags = CURLU_NON_SUPPORT_SCHEME;
	struct websocket_url new = { .shown = NULL };
	CURLU *u = curl_url();
	bool tls = true;
	int rc;

	if (u == NULL)
		return status_no_memory(st);
	if (before != NULL)
		curl_url_set(u, CURLUPART_URL, before, flags);
	if (strlen(text) > HTTP_MAX_URL || has_control(text) ||
	    curl_url_set(u, CURLUPART_URL, text, flags) != CURLUE_OK)
		rc = status_set(st, STATUS_BAD_ANSWER, 0, "%s: not a URL",
		    text);
	else
		rc = check(u, text, allow_plain, &tls, st);
	if (rc == 0)
		rc = take_parts(&new, u, tls, st);
	curl_url_cleanup(u);
	if (rc == 0) {
		websocket_url_free(url);
		*url = new;
	}
	return rc;
}

int
websocket_url_parse(struct websocket_url *url, const char *text,
    bool allow_plain, struct status *st)
{
	struct buf whole = { .len = 0 };
	int rc;

	if (strstr(text, "://") == NULL)
		buf_puts(&whole, "wss://");
	buf_put(&whole, text, strlen(text) + 1);
	if (whole.failed)
		rc = status_no_memory(st);
	else
		rc = parse(url, NULL, whole.data, allow_plain, st);
	buf_free(&whole);
	return rc;
}

int
websocket_url_follow(struct websocket_url *url, const char *location,
    bool allow_plain, struct status *st)
{
	return parse(url, url->http, location, allow_plain, st);
}

void
websocket_url_free(struct websocket_url *url)
{
	curl_free(url->shown);
	curl_free(url->http);
	curl_free(url->host);
	curl_free(url->port);
	curl_free(url->path);
	curl_free(url->query);
	*url = (struct websocket_url){ .shown = NULL };
}
