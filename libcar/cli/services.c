#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/cli/message.h"
#include "libcar/cli/services.h"
#include "libcar/cli/value.h"
#include "libcar/stream/jetstream_url.h"
#include "libcar/stream/job.h"
#include "libcar/stream/signer.h"

/*
 * Turn the URLs of -u into services, and find where each of them starts.
 */

/* wss and ws are the streams of https and http. A path only says where the
 * stream is. */
static void
set_origin(struct cli_service *s)
{
	const char *host = strstr(s->url, "://");
	char url[DIDDOC_ORIGIN_BYTES + 8];
	bool plain = strncmp(s->url, "ws://", 5) == 0 ||
	    strncmp(s->url, "http://", 7) == 0;

	host = host == NULL ? s->url : host + 3;
	snprintf(url, sizeof(url), "%s%.*s", plain ? "http://" : "https://",
	    (int)strcspn(host, "/?#"), host);
	if (!diddoc_origin(s->origin, url, strlen(url), true))
		cli_usage("-u: '%s' isn't an origin such as wss://host",
		    s->url);
}

static void
set_stream(struct cli_service *s)
{
	struct status st;

	jetstream_url_stream(&s->stream, s->url);
	if (s->stream.failed) {
		status_no_memory(&st);
		cli_fatal(&st);
	}
	s->cursor.stream = s->stream.data;
	s->by_time = strcmp(s->stream.data, JETSTREAM_URL_V2) != 0;
}

static void
add(struct cli_services *all, const char *url)
{
	struct cli_service *s = &all->items[all->count];
	size_t i;

	s->url = url;
	if (url != NULL)
		set_origin(s);
	for (i = 0; i < all->count; i++)
		if (strcmp(all->items[i].origin, s->origin) == 0)
			cli_usage("-u: %s is given twice", s->origin);
	s->cursor.service = s->origin;
	s->cursor.stream = all->stream;
	if (all->are_jetstream && url != NULL)
		set_stream(s);
	if (url != NULL)
		s->source.origin = slice_of(s->origin);
	all->count++;
	cli_cursor_begin(&s->cursor);
}

void
cli_services_begin(struct cli_services *all)
{
	size_t n = all->urls.count, i;
	struct status st;

	all->items = calloc(n > 0 ? n : 1, sizeof(*all->items));
	if (all->items == NULL) {
		status_no_memory(&st);
		cli_fatal(&st);
	}
	for (i = 0; i < n; i++)
		add(all, all->urls.items[i]);
	if (n == 0)
		add(all, all->otherwise);
}

static int
take_cursor(void *arg, struct job *job, struct status *st)
{
	struct cli_services *all = arg;
	size_t i;

	for (i = 0; i < all->count; i++)
		if (cli_cursor_take(&all->items[i].cursor, job, st) == -1)
			return -1;
	return 0;
}

void
cli_services_read_cursors(struct cli_services *all)
{
	cli_cursor_read(take_cursor, all);
}

void
cli_service_is_host(struct cli_service *s, const struct slice *name)
{
	struct slice origin = slice_of(s->origin);

	s->source.hosts[0] = signer_host(&origin);
	s->source.hosts[1] = signer_host(name);
}

void
cli_services_free(struct cli_services *all)
{
	size_t i;

	for (i = 0; i < all->count; i++)
		buf_free(&all->items[i].stream);
	free(all->items);
	all->items = NULL;
	all->count = 0;
	cli_list_free(&all->urls);
}
