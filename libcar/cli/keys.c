#include "config.h"

#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "libcar/cli/input.h"
#include "libcar/cli/keys.h"
#include "libcar/cli/message.h"
#include "libcar/stream/ndjson.h"

/*
 * Read the keys of -k: a did:key, or a file of identity lines.
 *
 * A file without identity lines is refused unless it is empty. It is probably
 * the wrong file, and the program would check no signature.
 */

#define PRIVATE_BYTES 256 /* maximum of a private key's file */

static int
add_lines(struct keyring *keys, struct ndjson_in *in, struct status *st)
{
	const char *line;
	size_t len;
	int n;

	while ((n = ndjson_in_line(in, &line, &len, st)) == 1)
		if ((n = keyring_add_line(keys, line, len, st)) == -1)
			break;
	if (n == -1 && in->lines == 0)
		return -1;
	if (n == -1)
		return status_prefix(st,
		    "line %llu: ", (unsigned long long)in->lines);
	if (in->lines > 0 && keys->identities == 0)
		return status_set(st, STATUS_BAD_LINE, 0, "no identity lines");
	return 0;
}

static int
add_file(struct keyring *keys, const char *path, struct status *st)
{
	struct ndjson_in in = { .out = NULL };
	int rc;

	if ((in.fd = cli_open(path, false, st)) == -1)
		return strncmp(path, "did:", 4) != 0 ?
		    -1 :
		    status_set(st, STATUS_BAD_SYNTAX, 0,
			"a DID isn't a key; use did:key:..., or a file of "
			"at-resolve's lines");
	rc = add_lines(keys, &in, st);
	close(in.fd);
	buf_free(&in.buf);
	return rc;
}

static int
add(struct keyring *keys, const char *text, struct status *st)
{
	if (strncmp(text, "did:key:", 8) != 0)
		return add_file(keys, text, st);
	keys->has_any = true;
	return key_parse(&keys->any, text, strlen(text), st);
}

void
cli_keys_read(struct keyring *keys, const struct cli_list *given)
{
	struct status st;
	size_t i;

	for (i = 0; i < given->count; i++)
		if (add(keys, given->items[i], &st) == -1)
			cli_usage("-k %s: %s", given->items[i], st.msg);
}

void
cli_keys_read_private(struct keypair *pair, const char *path)
{
	char text[PRIVATE_BYTES];
	struct status st;
	ssize_t len;
	int fd;

	if ((fd = cli_open(path, false, &st)) == -1)
		cli_usage("-k: %s: %s", path, st.msg);
	len = read(fd, text, sizeof(text));
	close(fd);
	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		len--;
	if (keypair_parse(pair, text, len > 0 ? len : 0, &st) == -1)
		cli_usage("-k: %s: %s", path, st.msg);
	sodium_memzero(text, sizeof(text));
}
