#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <strings.h>

#include "libcar/net/address.h"
#include "libcar/net/http_guard_private.h"

/*
 * There are two checks: http_guard_origin() checks each URL, also those of
 * redirects, before a request; open_socket() checks each address before libcurl
 * connects to it.
 */

static int
check_scheme(const struct http_options *o, const char *url, const char *scheme,
    struct status *st)
{
	bool https = strcasecmp(scheme, "https") == 0;

	if (!https && strcasecmp(scheme, "http") != 0)
		return status_set(st, STATUS_BAD_ANSWER, 0, "%s: not https",
		    url);
	if (!https && !o->allow_private)
		return status_set(st, STATUS_PRIVATE_ADDRESS, 0,
		    "%s: plain http", url);
	return 0;
}

int
http_guard_origin(const struct http_options *o, const char *url, char *origin,
    size_t cap, struct status *st)
{
	char *scheme = NULL, *host = NULL, *port = NULL, *user = NULL;
	CURLU *u = curl_url();
	int rc = -1;
	char *p;

	if (u == NULL)
		return status_no_memory(st);
	if (curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) ||
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) ||
	    curl_url_get(u, CURLUPART_HOST, &host, 0) ||
	    curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT))
		status_set(st, STATUS_BAD_ANSWER, 0, "%s: not a URL", url);
	else if (curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK)
		status_set(st, STATUS_BAD_ANSWER, 0, "%s: names a user", url);
	else
		rc = check_scheme(o, url, scheme, st);
	if (rc == 0) {
		snprintf(origin, cap, "%s://%s:%s", scheme, host, port);
		for (p = origin; *p != '\0'; p++)
			*p = (char)tolower((unsigned char)*p);
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_free(user);
	curl_url_cleanup(u);
	return rc;
}

/* Never open an address where a cloud keeps credentials: no PDS is there. A
 * proxy that the user names is the user's choice. */
static bool
may_open(struct http_guard *g, const struct curl_sockaddr *a)
{
	const struct http_options *o = g->options;
	char text[ADDRESS_MAX_TEXT];

	if (o->proxy != NULL || address_is_public(&a->addr, a->addrlen) ||
	    (o->allow_private && !address_is_secret(&a->addr, a->addrlen)))
		return true;
	address_format(text, &a->addr, a->addrlen);
	status_set(&g->st, STATUS_PRIVATE_ADDRESS, 0,
	    "%s: address %s isn't public", g->url, text);
	return false;
}

static curl_socket_t
open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct http_guard *g = ctx;
	int fd;

	(void)purpose;
	if (!may_open(g, a))
		return CURL_SOCKET_BAD;
	fd = socket(a->family, a->socktype, a->protocol);
	if (fd != -1)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	else if (errno == EMFILE || errno == ENFILE)
		status_errno(&g->st, "can't open a socket");
	g->opened |= fd != -1;
	return fd;
}

void
http_guard_set(struct http_guard *g, CURL *c)
{
	const struct http_options *o = g->options;

	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR,
	    o->allow_private ? "http,https" : "https");
	/* Ignore the environment's *_proxy and no_proxy. */
	curl_easy_setopt(c, CURLOPT_PROXY, o->proxy != NULL ? o->proxy : "");
	curl_easy_setopt(c, CURLOPT_NOPROXY, "");
	curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, g);
}

/* A host that has a public address as well isn't refused. */
bool
http_guard_refused(const struct http_guard *g)
{
	return g->st.code != STATUS_OK &&
	    (g->st.code != STATUS_PRIVATE_ADDRESS || !g->opened);
}
