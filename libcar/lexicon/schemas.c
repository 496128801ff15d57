#include "config.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcar/cli/cli.h"
#include "libcar/data/json.h"
#include "libcar/data/syntax.h"
#include "libcar/lexicon/schemas.h"
#include "libcar/stream/line.h"
#include "libcar/stream/ndjson.h"

#define COLLECTION "com.atproto.lexicon.schema"
#define SUFFIX ".json"
#define SNIFF_BYTES 16
#define PLACE_BYTES 3072 /* a DID, a record key, and a message */

static int
no_memory(struct status *st)
{
	return status_set(st, STATUS_SYSTEM, 0, "no memory for lexicons");
}

int
schemas_add_authority(struct schemas *s, const char *did, struct status *st)
{
	const char **dids;

	if (!syntax_is_did(did, strlen(did)))
		return status_set(st, STATUS_BAD_SYNTAX, 0, "'%s' is no DID",
		    did);
	dids = realloc(s->authorities, (s->nauthorities + 1) * sizeof(*dids));
	if (dids == NULL)
		return no_memory(st);
	dids[s->nauthorities++] = did;
	s->authorities = dids;
	return 0;
}

/* ---- collecting ---- */

static void
free_document(struct schemas_document *d)
{
	free(d->id);
	free(d->place);
	free(d->did);
	free(d->text);
}

static int
grow(struct schemas *s, size_t len, struct status *st)
{
	size_t cap = s->cap == 0 ? 64 : 2 * s->cap;
	struct schemas_document *documents;

	if (s->count == SCHEMAS_MAX || len > SCHEMAS_MAX_BYTES - s->bytes)
		return status_set(st, STATUS_TOO_LARGE, 0,
		    "more than %d lexicons, or %u bytes of them", SCHEMAS_MAX,
		    SCHEMAS_MAX_BYTES);
	s->bytes += len;
	if (s->count < s->cap)
		return 0;
	documents = realloc(s->documents, cap * sizeof(*documents));
	if (documents == NULL)
		return no_memory(st);
	s->documents = documents;
	s->cap = cap;
	return 0;
}

/* Copies are made of all texts; json NULL: there is none. */
static int
keep(struct schemas *s, const struct slice *id, const char *place,
    const char *json, size_t len, struct status *st)
{
	struct schemas_document *d;

	if (grow(s, len, st) == -1)
		return -1;
	d = &s->documents[s->count++];
	memset(d, 0, sizeof(*d));
	d->id = strndup(id->at, id->len);
	d->place = strdup(place);
	d->len = len;
	if (json != NULL && (d->text = malloc(len + 1)) != NULL)
		memcpy(d->text, json, len);
	if (d->id == NULL || d->place == NULL ||
	    (json != NULL && d->text == NULL))
		return no_memory(st);
	return 0;
}

/* Find the document's `id`; where there is none, lexicons_add() will say so,
 * or what else is wrong. */
static struct slice
find_id(struct schemas *s, const char *json, size_t len)
{
	struct slice id = { "", 0 };
	struct status ignored;
	struct json j;

	json_open(&j, json, len);
	if (json_next(&j, &ignored) != JSON_OBJECT)
		return id;
	while (json_next(&j, &ignored) == JSON_KEY) {
		if (!json_is(&j, "id")) {
			if (json_skip(&j, &ignored) == JSON_ERROR)
				return id;
			continue;
		}
		if (json_next(&j, &ignored) != JSON_STRING)
			return id;
		s->scratch.len = 0;
		json_text(&j, &s->scratch);
		if (s->scratch.len > 0 && !s->scratch.failed)
			id = (struct slice){ s->scratch.data, s->scratch.len };
		return id;
	}
	return id;
}

static void
bad_file(struct schemas *s, const char *path, const struct status *why)
{
	cli_warn("%s: %s", path, why->msg);
	s->bad++;
}

static void
bad_record(struct schemas *s, const char *place, const struct status *why)
{
	if (!cli_quiet)
		cli_warn("%s: left out: %s", place, why->msg);
	s->ignored++;
}

/* The whole of a file, at most LEXICON_MAX_BYTES. */
static int
read_all(int fd, struct buf *b, struct status *st)
{
	ssize_t n = 1;
	char *p;

	for (b->len = 0; n != 0 && b->len <= LEXICON_MAX_BYTES;) {
		if ((p = buf_reserve(b, 65536)) == NULL)
			return no_memory(st);
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

/* A file's trouble is said at once, and the next one is looked at. */
static int
add_file(struct schemas *s, const char *path, struct status *st)
{
	struct buf text = { .len = 0 };
	struct slice id;
	int fd, rc;

	if ((fd = cli_open(path, false, st)) == -1)
		rc = -1;
	else {
		rc = read_all(fd, &text, st);
		close(fd);
	}
	if (rc == 0) {
		id = find_id(s, text.data, text.len);
		rc = keep(s, &id, path, text.data, text.len, st);
	} else if (!status_fatal(st->code)) {
		bad_file(s, path, st);
		rc = 0;
	}
	buf_free(&text);
	return rc;
}

/* ---- directories ---- */

static bool
has_suffix(const char *name)
{
	size_t len = strlen(name), n = sizeof(SUFFIX) - 1;

	return len > n && strcmp(name + len - n, SUFFIX) == 0;
}

static int
by_name(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* The paths of what is in a directory, but for hidden files, sorted. -1: as
 * readdir() says. */
static ssize_t
list(const char *path, char ***paths)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	ssize_t n = 0;
	char **more;

	*paths = NULL;
	if (dir == NULL)
		return -1;
	while (errno = 0, (e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		if ((more = realloc(*paths, (n + 1) * sizeof(char *))) == NULL)
			break;
		*paths = more;
		if (asprintf(&more[n], "%s/%s", path, e->d_name) == -1)
			break;
		n++;
	}
	if (errno != 0 || e != NULL) {
		while (n > 0)
			free((*paths)[--n]);
		n = -1;
	}
	closedir(dir);
	if (n > 0)
		qsort(*paths, n, sizeof(char *), by_name);
	return n;
}

/* Links to directories aren't followed, so that this ends. */
static int
add_directory(struct schemas *s, const char *path, unsigned depth,
    struct status *st)
{
	ssize_t n, i;
	struct stat sb;
	char **paths;
	int rc = 0;

	if (depth > SCHEMAS_MAX_DEPTH)
		return status_set(st, STATUS_TOO_LARGE, 0,
		    "%s: directories more than %d deep", path,
		    SCHEMAS_MAX_DEPTH);
	if ((n = list(path, &paths)) == -1) {
		status_errno(st, "%s: can't read", path);
		st->code = STATUS_UNREADABLE;
	}
	for (i = 0; i < n; i++) {
		if (rc == 0 && lstat(paths[i], &sb) == 0 && S_ISDIR(sb.st_mode))
			rc = add_directory(s, paths[i], depth + 1, st);
		else if (rc == 0 && has_suffix(paths[i]))
			rc = add_file(s, paths[i], st);
		free(paths[i]);
	}
	free(paths);
	return n == -1 ? -1 : rc;
}

/* ---- records ---- */

static void
set_place(char place[PLACE_BYTES], const struct line *l)
{
	snprintf(place, PLACE_BYTES, "at://%.*s/" COLLECTION "/%.*s",
	    (int)l->did.len, l->did.at, (int)l->rkey.len, l->rkey.at);
}

/* Keep a record, or that it was deleted. */
static int
keep_record(struct schemas *s, const struct line *l, struct status *st)
{
	struct schemas_document *d;
	char place[PLACE_BYTES];

	set_place(place, l);
	if (keep(s, &l->rkey, place, l->record.at, l->record.len, st) == -1)
		return -1;
	d = &s->documents[s->count - 1];
	memcpy(d->rev, l->rev.at, SYNTAX_TID_LEN);
	if ((d->did = strndup(l->did.at, l->did.len)) == NULL)
		return no_memory(st);
	return 0;
}

/* Its id is its record key. */
static bool
check_id(struct schemas *s, const struct line *l)
{
	struct slice id = find_id(s, l->record.at, l->record.len);
	char place[PLACE_BYTES];
	struct status why;

	if (id.len == l->rkey.len && memcmp(id.at, l->rkey.at, id.len) == 0)
		return true;
	set_place(place, l);
	status_set(&why, STATUS_BAD_KEY, 0,
	    "its id '%.*s' is not its record key",
	    id.len > 100 ? 100 : (int)id.len, id.at);
	bad_record(s, place, &why);
	return false;
}

static int
add_line(struct schemas *s, struct line *l, const char *text, size_t len,
    struct status *st)
{
	if (line_parse(l, text, len, st) == -1)
		return -1;
	if (l->type != LINE_RECORD || !slice_is(&l->collection, COLLECTION))
		return 0;
	if (line_check(l, st) == -1)
		return -1;
	if (!l->is_delete && !check_id(s, l))
		return 0;
	return keep_record(s, l, st);
}

static int
add_lines(struct schemas *s, struct ndjson_in *in, const char *path,
    struct status *st)
{
	struct line l = { .type = LINE_UNKNOWN };
	const char *text;
	bool full;
	size_t len;
	int n;

	if (ndjson_in_peek(in, SNIFF_BYTES, st) == -1)
		return -1;
	if (!ndjson_is(in->buf.data, in->buf.len))
		return status_set(st, STATUS_BAD_LINE, 0,
		    "neither a directory, nor named *.json, nor NDJSON");
	while ((n = ndjson_in_line(in, &text, &len, st)) != 0) {
		full = n == 1;
		if (n == 1)
			n = add_line(s, &l, text, len, st);
		if (n != -1)
			continue;
		if (st->code != STATUS_BAD_LINE &&
		    (st->code != STATUS_TOO_LARGE || full))
			break;
		if (!cli_quiet)
			cli_warn("%s: line %llu: left out: %s", path,
			    (unsigned long long)in->lines, st->msg);
		s->ignored++;
	}
	line_free(&l);
	return n;
}

static int
add_stream(struct schemas *s, const char *path, struct status *st)
{
	struct ndjson_in in = { .out = NULL };
	int rc;

	if ((in.fd = cli_open(path, false, st)) == -1)
		return -1;
	rc = add_lines(s, &in, path, st);
	close(in.fd);
	buf_free(&in.buf);
	return rc;
}

int
schemas_add(struct schemas *s, const char *path, struct status *st)
{
	size_t count = s->count;
	uint64_t bad = s->bad;
	struct stat sb;
	int rc;

	if (stat(path, &sb) == -1) {
		status_errno(st, "can't open");
		st->code = STATUS_UNREADABLE;
		return -1;
	}
	if (S_ISDIR(sb.st_mode))
		rc = add_directory(s, path, 1, st);
	else if (has_suffix(path))
		rc = add_file(s, path, st);
	else
		rc = add_stream(s, path, st);
	if (rc == 0 && s->count == count && s->bad == bad)
		return status_set(st, STATUS_BAD_LINE, 0, "no lexicons there");
	return rc;
}

/* ---- making one set ---- */

/* Whose document counts: an authority's, then a file, then a stranger's. */
static int
rank(const struct schemas *s, const struct schemas_document *d)
{
	size_t i;

	if (d->did == NULL)
		return 1;
	for (i = 0; i < s->nauthorities; i++)
		if (strcmp(s->authorities[i], d->did) == 0)
			return 0;
	return 2;
}

static int
ascending(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

/* By id and rank; what an account said last comes first. */
static int
in_order(const void *left, const void *right)
{
	const struct schemas_document *a = left, *b = right;
	int order = strcmp(a->id, b->id);

	if (order == 0)
		order = a->rank - b->rank;
	if (order != 0 || a->did == NULL)
		return order != 0 ? order : ascending(a->number, b->number);
	if ((order = strcmp(a->did, b->did)) == 0)
		order = strcmp(b->rev, a->rev);
	return order != 0 ? order : ascending(b->number, a->number);
}

static void
sort(struct schemas *s)
{
	size_t i;

	for (i = 0; i < s->count; i++) {
		s->documents[i].number = i;
		s->documents[i].rank = rank(s, &s->documents[i]);
	}
	if (s->count > 0)
		qsort(s->documents, s->count, sizeof(*s->documents), in_order);
}

/* Is b what the account of a said of it earlier? */
static bool
is_older(const struct schemas_document *a, const struct schemas_document *b)
{
	return a != NULL && a->did != NULL && b->did != NULL &&
	    strcmp(a->did, b->did) == 0;
}

/* Two documents that differ under one id; a is in the set. */
static void
differ(struct schemas *s, const struct schemas_document *a,
    const struct schemas_document *b)
{
	if (a->rank == 0 && b->rank > 0) {
		if (cli_verbose)
			cli_warn("%s: left out: differs from %s", b->place,
			    a->place);
		return;
	}
	cli_warn("%s differs from %s", b->place, a->place);
	s->conflicts++;
}

/* Add the documents of one id, from the one that counts most: how many there
 * are, or -1: STATUS_SYSTEM. */
static ssize_t
add_documents(struct schemas *s, size_t from, struct status *st)
{
	struct schemas_document *d = s->documents + from, *first = NULL,
				*last = NULL, *end = s->documents + s->count;

	for (; d < end && strcmp(d->id, s->documents[from].id) == 0; d++) {
		if (is_older(last, d))
			continue;
		last = d;
		if (d->text == NULL || d->bad)
			continue;
		if (lexicons_add(s->set, d->text, d->len, NULL, st) != -1) {
			first = first == NULL ? d : first;
			first->used = true;
		} else if (status_fatal(st->code))
			return -1;
		else if (st->code == STATUS_BAD_RECORD && first != NULL)
			differ(s, first, d);
		else if (d->did == NULL)
			bad_file(s, d->place, st);
		else
			bad_record(s, d->place, st);
	}
	return d - (s->documents + from);
}

/* The place of the first document of this id. */
static size_t
find_first(const struct schemas *s, const char *id)
{
	size_t low = 0, high = s->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(s->documents[middle].id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The document of this id that is in the set. */
static struct schemas_document *
find_used(struct schemas *s, const char *id)
{
	size_t low = find_first(s, id);
	while (!s->documents[low].used)
		low++;
	return &s->documents[low];
}

/* Take out what has a bad reference: how many there were. -1: STATUS_SYSTEM. */
static ssize_t
remove_bad(struct schemas *s, struct status *st)
{
	struct schemas_document *d;
	const char *id;
	ssize_t n;

	for (n = 0; lexicons_link(s->set, st) == -1; n++) {
		if ((id = lexicons_blamed(s->set)) == NULL)
			return -1;
		d = find_used(s, id);
		if (d->did == NULL)
			bad_file(s, d->place, st);
		else
			bad_record(s, d->place, st);
		d->bad = true;
		d->used = false;
		lexicons_remove(s->set, id, strlen(id));
	}
	return n;
}

/* What had to give way to it counts then. */
static int
put_others(struct schemas *s, struct status *st)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->documents[i].bad && !s->documents[i].replaced) {
			s->documents[i].replaced = true;
			if (add_documents(s, find_first(s, s->documents[i].id),
				st) == -1)
				return -1;
		}
	return 0;
}

/* Resolve references; what has a bad one is no good, either. */
static int
link_all(struct schemas *s, struct status *st)
{
	ssize_t n;

	while ((n = remove_bad(s, st)) > 0)
		if (put_others(s, st) == -1)
			return -1;
	return n;
}

int
schemas_link(struct schemas *s, struct status *st)
{
	ssize_t n;
	size_t i;

	sort(s);
	if ((s->set = lexicons_new()) == NULL)
		return no_memory(st);
	for (i = 0; i < s->count; i += n)
		if ((n = add_documents(s, i, st)) == -1)
			return -1;
	if (link_all(s, st) == -1)
		return -1;
	if (s->bad > 0)
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "%llu bad lexicon%s", (unsigned long long)s->bad,
		    s->bad == 1 ? "" : "s");
	if (s->conflicts > 0)
		return status_set(st, STATUS_BAD_RECORD, 0,
		    "lexicons differ; --authority says whose counts");
	if (lexicons_count(s->set) == 0)
		return status_set(st, STATUS_BAD_SYNTAX, 0, "no lexicons");
	return 0;
}

void
schemas_free(struct schemas *s)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		free_document(&s->documents[i]);
	free(s->documents);
	free(s->authorities);
	lexicons_free(s->set);
	buf_free(&s->scratch);
	memset(s, 0, sizeof(*s));
}
