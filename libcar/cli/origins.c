#include "config.h"

#include <string.h>
#include <unistd.h>

#include "libcar/cli/input.h"
#include "libcar/cli/origins.h"
#include "libcar/plc/diddoc.h"
#include "libcar/stream/ndjson.h"

/*
 * A line that isn't an origin is an error, because otherwise a host with a
 * misspelt name would silently not be in the list.
 */

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct slice
trim(const char *line, size_t len)
{
	const char *comment = memchr(line, '#', len);

	if (comment != NULL)
		len = (size_t)(comment - line);
	for (; len > 0 && is_space(line[len - 1]); len--)
		;
	for (; len > 0 && is_space(*line); line++)
		len--;
	return slice_make(line, len);
}

static int
add_line(struct set *set, const char *line, size_t len, struct status *st)
{
	struct slice text = trim(line, len);
	char origin[DIDDOC_ORIGIN_BYTES];

	if (text.len == 0)
		return 0;
	if (!diddoc_origin(origin, text.at, text.len, true))
		return status_set(st, STATUS_BAD_LINE, 0,
		    "'%.*s' isn't an origin such as https://pds.example.com",
		    (int)(text.len < 100 ? text.len : 100), text.at);
	if (set_add(set, origin, strlen(origin)) == -1)
		return status_no_memory(st);
	return 0;
}

static int
add_lines(struct set *set, struct ndjson_in *in, struct status *st)
{
	const char *line;
	size_t len;
	int n;

	while ((n = ndjson_in_line(in, &line, &len, st)) == 1)
		if ((n = add_line(set, line, len, st)) == -1)
			break;
	if (n == -1 && in->lines > 0)
		status_prefix(st, "line %llu: ", (unsigned long long)in->lines);
	return n;
}

int
cli_origins_add(struct set *set, const char *path, struct status *st)
{
	struct ndjson_in in = { .out = NULL };
	int rc;

	if ((in.fd = cli_open(path, false, st)) == -1)
		return -1;
	rc = add_lines(set, &in, st);
	close(in.fd);
	buf_free(&in.buf);
	return rc;
}
