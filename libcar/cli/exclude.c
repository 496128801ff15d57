#include "config.h"

#include <unistd.h>

#include "libcar/cli/exclude.h"
#include "libcar/cli/input.h"
#include "libcar/cli/message.h"
#include "libcar/stream/ndjson.h"

/*
 * Read the list of --exclude, before the program does anything else.
 */

static int
add_lines(struct excluded *e, struct ndjson_in *in, struct status *st)
{
	const char *line;
	size_t len;
	int n;

	while ((n = ndjson_in_line(in, &line, &len, st)) == 1)
		if ((n = excluded_add_line(e, line, len, st)) == -1)
			break;
	if (n == -1 && in->lines == 0)
		return -1;
	if (n == -1)
		return status_prefix(st,
		    "line %llu: ", (unsigned long long)in->lines);
	return 0;
}

int
cli_exclude_add(struct excluded *e, const char *path, struct status *st)
{
	struct ndjson_in in = { .out = NULL };
	int rc;

	if ((in.fd = cli_open(path, false, st)) == -1)
		return -1;
	rc = add_lines(e, &in, st);
	close(in.fd);
	buf_free(&in.buf);
	return rc;
}

void
cli_exclude_read(struct excluded *e, const char *path)
{
	struct status st;

	if (path != NULL && cli_exclude_add(e, path, &st) == -1)
		cli_usage("--exclude %s: %s", path, st.msg);
}
