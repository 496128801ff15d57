#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcar/cli/cli.h"
#include "libcar/cli/directory.h"
#include "libcar/cli/lexicon_files.h"
#include "libcar/stream/ndjson.h"

/*
 * A path of the user must be readable and contain lexicons. A bad file in a
 * directory is reported and skipped; the other files are read nevertheless.
 */

#define SUFFIX ".json"
#define SNIFF_BYTES 16
#define READ_BYTES (64 << 10)

static void
say(void *ctx, const struct lexicon_finding *f)
{
	(void)ctx;
	if (cli_quiet || (f->flaw == LEXICON_OVERRULED && !cli_verbose))
		return;
	if (f->flaw == LEXICON_BAD)
		cli_warn("%s: left out: %s", f->place, f->why->msg);
	else
		cli_warn("%s: left out: differs from %s", f->place, f->other);
}

/* The whole of a file, at most LEXICON_MAX_BYTES. */
static int
read_all(int fd, struct buf *b, struct status *st)
{
	ssize_t n = 1;
	char *p;

	for (b->len = 0; n != 0 && b->len <= LEXICON_MAX_BYTES;) {
		if ((p = buf_reserve(b, READ_BYTES)) == NULL)
			return status_no_memory(st);
		if ((n = read(fd, p, b->cap - b->len)) == -1) {
			if (errno == EINTR)
				continue;
			status_errno(st, "can't read");
			st->code = STATUS_UNREADABLE;
			return -1;
		}
		b->len += n;
	}
	if (b->len > LEXICON_MAX_BYTES)
		return status_set(st, STATUS_TOO_LARGE, 0, "more than %d bytes",
		    LEXICON_MAX_BYTES);
	return 0;
}

static int
add_text(struct lexicon_catalog *c, const char *path, const char *text,
    size_t len, struct status *st)
{
	ndjson_skip_bom(&text, &len);
	return lexicon_catalog_add_file(c, path, text, len, st);
}

static int
add_file(struct lexicon_catalog *c, const char *path, struct status *st)
{
	struct buf text = { .len = 0 };
	int fd, rc = -1;

	if ((fd = cli_open(path, false, st)) != -1) {
		rc = read_all(fd, &text, st);
		close(fd);
	}
	if (rc == 0)
		rc = add_text(c, path, text.data, text.len, st);
	else if (!status_fatal(st->code)) {
		lexicon_catalog_add_bad(c, path, st);
		rc = 0;
	}
	buf_free(&text);
	return rc;
}

static bool
has_suffix(const char *name)
{
	size_t len = strlen(name), n = sizeof(SUFFIX) - 1;

	return len > n && strcmp(name + len - n, SUFFIX) == 0;
}

/* Add a file of a directory. Never open a FIFO: nobody may ever write to it. */
static int
add_found(struct lexicon_catalog *c, const char *path,
    enum cli_directory_found found, struct status *st)
{
	switch (found) {
	case CLI_DIRECTORY_FILE:
		return add_file(c, path, st);
	case CLI_DIRECTORY_OTHER:
		status_set(st, STATUS_UNREADABLE, 0, "not a regular file");
		lexicon_catalog_add_bad(c, path, st);
		return 0;
	case CLI_DIRECTORY_CLOSED:
		return status_prefix(st, "%s: ", path);
	default:
		return -1;
	}
}

static int
add_directory(struct lexicon_catalog *c, const char *path, struct status *st)
{
	static const char *const endings[] = { SUFFIX, NULL };
	struct cli_directory dir = {
		.endings = endings,
		.max_depth = LEXICON_FILES_MAX_DEPTH,
	};
	enum cli_directory_found found;
	int rc = cli_directory_begin(&dir, path, st);

	while (rc == 0 &&
	    (found = cli_directory_next(&dir, st)) != CLI_DIRECTORY_END)
		rc = add_found(c, dir.path, found, st);
	cli_directory_free(&dir);
	return rc;
}

static int
add_line(struct lexicon_catalog *c, struct line *l, const char *text,
    size_t len, struct status *st)
{
	if (line_parse(l, text, len, st) == -1)
		return -1;
	return lexicon_catalog_add_line(c, l, st);
}

static void
add_bad_line(struct lexicon_catalog *c, const char *path, uint64_t line,
    const struct status *why)
{
	char place[PATH_MAX + 32];

	snprintf(place, sizeof(place), "%s: line %llu", path,
	    (unsigned long long)line);
	lexicon_catalog_add_bad(c, place, why);
}

static int
add_lines(struct lexicon_catalog *c, struct ndjson_in *in, const char *path,
    struct status *st)
{
	struct line l = { .type = LINE_UNKNOWN };
	const char *text;
	bool full;
	size_t len;
	int n;

	while ((n = ndjson_in_line(in, &text, &len, st)) != 0) {
		full = n == 1;
		if (n == 1)
			n = add_line(c, &l, text, len, st);
		if (n != -1)
			continue;
		/* The line is too large or, if it was read, the catalog. */
		if (st->code != STATUS_BAD_LINE &&
		    (st->code != STATUS_TOO_LARGE || full))
			break;
		add_bad_line(c, path, in->lines, st);
	}
	line_free(&l);
	return n;
}

static int
add_stream(struct lexicon_catalog *c, const char *path, struct status *st)
{
	struct ndjson_in in = { .out = NULL };
	int rc;

	if ((in.fd = cli_open(path, false, st)) == -1)
		return -1;
	rc = ndjson_in_peek(&in, SNIFF_BYTES, st);
	if (rc == 0 && !ndjson_is(in.buf.data, in.buf.len))
		rc = status_set(st, STATUS_BAD_LINE, 0,
		    "neither a directory, nor named *.json, nor NDJSON");
	if (rc == 0)
		rc = add_lines(c, &in, path, st);
	close(in.fd);
	buf_free(&in.buf);
	return rc;
}

static int
add_path(struct lexicon_catalog *c, const char *path, struct status *st)
{
	size_t count = c->count;
	uint64_t bad = c->bad;
	struct stat sb;
	int rc;

	if (stat(path, &sb) == -1) {
		status_errno(st, "can't open");
		st->code = STATUS_UNREADABLE;
		return -1;
	}
	if (S_ISDIR(sb.st_mode))
		rc = add_directory(c, path, st);
	else if (has_suffix(path))
		rc = add_file(c, path, st);
	else
		rc = add_stream(c, path, st);
	if (rc == 0 && c->count == count && c->bad == bad)
		return status_set(st, STATUS_BAD_LINE, 0, "no lexicons there");
	return rc;
}

int
lexicon_files_load(struct lexicon_catalog *c, const char *const *paths,
    size_t count, struct status *st)
{
	size_t i;

	c->tell = say;
	for (i = 0; i < count; i++)
		if (add_path(c, paths[i], st) == -1)
			return status_prefix(st, "-l %s: ", paths[i]);
	return lexicon_catalog_link(c, st);
}
