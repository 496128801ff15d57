#include "config.h"

#include <string.h>
#include <unistd.h>

#include "libcar/cli/cli.h"
#include "libcar/cli/keys.h"
#include "libcar/stream/ndjson.h"

/*
 * A file without any identity line is an error, because its user would take
 * unchecked signatures for checked ones. So is a line that is broken.
 */

static int
read_lines(struct keyring *keys, struct ndjson_in *in, struct status *st)
{
	const char *line;
	size_t len;
	int n;

	while ((n = ndjson_in_line(in, &line, &len, st)) == 1)
		if ((n = keyring_add_line(keys, line, len, st)) == -1)
			break;
	if (n == -1)
		return status_prefix(st,
		    "line %llu: ", (unsigned long long)in->lines);
	if (in->lines > 0 && keys->identities == 0)
		return status_set(st, STATUS_BAD_LINE, 0, "no identity lines");
	return 0;
}

int
keys_add(struct keyring *keys, const char *argument, struct status *st)
{
	struct ndjson_in in = { .out = NULL };
	int rc;

	if (strncmp(argument, "did:key:", 8) == 0) {
		keys->has_any = true;
		return key_parse(&keys->any, argument, strlen(argument), st);
	}
	if ((in.fd = cli_open(argument, false, st)) == -1)
		return -1;
	rc = read_lines(keys, &in, st);
	close(in.fd);
	buf_free(&in.buf);
	return rc;
}
