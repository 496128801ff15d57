#include "config.h"

#include <string.h>

#include "libcar/stream/jetstream_url.h"

/*
 * The network code parses and checks the URL. Here it is only text, whose path
 * begins at the first slash after the host.
 */

#define PATH_V1 "/subscribe"
#define XRPC "/xrpc/"

/* The URL's path and query, or the end of the URL. */
static const char *
find_path(const char *url)
{
	const char *host = strstr(url, "://");

	host = host != NULL ? host + 3 : url;
	return host + strcspn(host, "/?#");
}

static bool
has_path(const char *path)
{
	return path[0] != '\0' && path[0] != '#' && strcmp(path, "/") != 0;
}

void
jetstream_url_stream(struct buf *out, const char *url)
{
	const char *path = find_path(url);
	size_t len;

	if (!has_path(path))
		path = PATH_V1;
	len = strcspn(path, "?#");
	if (len > strlen(XRPC) && strncmp(path, XRPC, strlen(XRPC)) == 0) {
		path += strlen(XRPC);
		len -= strlen(XRPC);
	}
	buf_put(out, len > 0 ? path : "/", len > 0 ? len : 1);
	buf_putc(out, '\0');
}

static bool
is_v2(const char *url)
{
	struct buf name = { .len = 0 };
	bool is;

	jetstream_url_stream(&name, url);
	is = !name.failed && strcmp(name.data, JETSTREAM_URL_V2) == 0;
	buf_free(&name);
	return is;
}

static void
put_collections(struct buf *out, const struct filter *f, const char *name,
    char *separator)
{
	size_t i;

	for (i = 0; i < f->count; i++) {
		buf_putc(out, *separator);
		buf_puts(out, name);
		buf_putc(out, '=');
		buf_puts(out, f->patterns[i]);
		*separator = '&';
	}
}

void
jetstream_url(struct buf *out, const char *url, const struct filter *wanted,
    const struct filter *signals)
{
	const char *path = find_path(url);
	const char *name = is_v2(url) ? "collections" : "wantedCollections";
	char separator = strchr(path, '?') != NULL ? '&' : '?';

	if (has_path(path))
		buf_put(out, url, strcspn(url, "#"));
	else {
		buf_put(out, url, (size_t)(path - url));
		buf_puts(out, PATH_V1);
	}
	if (wanted->count > 0 &&
	    wanted->count + signals->count <= JETSTREAM_URL_COLLECTIONS) {
		put_collections(out, wanted, name, &separator);
		put_collections(out, signals, name, &separator);
	}
	buf_putc(out, '\0');
}
