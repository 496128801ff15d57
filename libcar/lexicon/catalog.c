#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/data/json.h"
#include "libcar/data/syntax.h"
#include "libcar/lexicon/catalog_private.h"

/*
 * The catalog copies each document with its id and its place, and a record
 * with its account and rev. It reads no more of a document than the id:
 * catalog_link.c checks the documents when all are there.
 */

#define COLLECTION "com.atproto.lexicon.schema"
#define PLACE_BYTES 3072 /* at://, a DID, a collection, a record key */
#define ID_SHOWN 100     /* bytes of an id in a message */

static int
no_memory(struct status *st)
{
	return status_no_memory(st);
}

void
lexicon_catalog_tell(const struct lexicon_catalog *c,
    const struct lexicon_finding *finding)
{
	if (c->tell != NULL)
		c->tell(c->ctx, finding);
}

int
lexicon_catalog_add_authority(struct lexicon_catalog *c, const char *did,
    struct status *st)
{
	const char **dids;

	if (!syntax_is_did(did, strlen(did)))
		return status_set(st, STATUS_BAD_SYNTAX, 0, "'%s' is not a DID",
		    did);
	dids = realloc(c->authorities,
	    (c->authority_count + 1) * sizeof(*dids));
	if (dids == NULL)
		return no_memory(st);
	dids[c->authority_count++] = did;
	c->authorities = dids;
	return 0;
}

/* Make room for one more document of this length. */
static int
grow(struct lexicon_catalog *c, size_t len, struct status *st)
{
	size_t cap = c->cap == 0 ? 64 : 2 * c->cap;
	struct lexicon_document *documents;

	if (c->count == LEXICON_CATALOG_MAX ||
	    len > LEXICON_CATALOG_MAX_BYTES - c->bytes)
		return status_set(st, STATUS_TOO_LARGE, 0,
		    "more than %d lexicons, or %u bytes of them",
		    LEXICON_CATALOG_MAX, LEXICON_CATALOG_MAX_BYTES);
	c->bytes += len;
	if (c->count < c->cap)
		return 0;
	documents = realloc(c->documents, cap * sizeof(*documents));
	if (documents == NULL)
		return no_memory(st);
	c->documents = documents;
	c->cap = cap;
	return 0;
}

/* Copy all texts. json NULL: the record was deleted. */
static int
keep(struct lexicon_catalog *c, const struct slice *id, const char *place,
    const char *json, size_t len, struct status *st)
{
	struct lexicon_document *d;

	if (grow(c, len, st) == -1)
		return -1;
	d = &c->documents[c->count++];
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

/* The next token's string, in scratch; empty: not a string. */
static struct slice
take_string(struct lexicon_catalog *c, struct json *j)
{
	struct status ignored;

	c->scratch.len = 0;
	if (json_next(j, &ignored) == JSON_STRING)
		json_text(j, &c->scratch);
	if (c->scratch.len == 0 || c->scratch.failed)
		return slice_of("");
	return slice_make(c->scratch.data, c->scratch.len);
}

/* Find the document's `id`. If it is missing, lexicons_add() will report
 * that, or another flaw. */
static struct slice
find_id(struct lexicon_catalog *c, const char *json, size_t len)
{
	struct status ignored;
	struct json j;

	json_open(&j, json, len);
	if (json_next(&j, &ignored) != JSON_OBJECT)
		return slice_of("");
	while (json_next(&j, &ignored) == JSON_KEY) {
		if (json_is(&j, "id"))
			return take_string(c, &j);
		if (json_skip(&j, &ignored) == JSON_ERROR)
			break;
	}
	return slice_of("");
}

int
lexicon_catalog_add_file(struct lexicon_catalog *c, const char *path,
    const char *json, size_t len, struct status *st)
{
	struct slice id = find_id(c, json, len);

	return keep(c, &id, path, json, len, st);
}

void
lexicon_catalog_add_bad(struct lexicon_catalog *c, const char *place,
    const struct status *why)
{
	struct lexicon_finding bad = { LEXICON_BAD, place, NULL, why };

	lexicon_catalog_tell(c, &bad);
	c->bad++;
}

static void
format_place(char place[PLACE_BYTES], const struct line *l)
{
	snprintf(place, PLACE_BYTES, "at://%.*s/" COLLECTION "/%.*s",
	    (int)l->did.len, l->did.at, (int)l->rkey.len, l->rkey.at);
}

/* Keep a record, or the fact that it was deleted. */
static int
keep_record(struct lexicon_catalog *c, const struct line *l, const char *place,
    struct status *st)
{
	struct lexicon_document *d;

	if (keep(c, &l->rkey, place, l->record.at, l->record.len, st) == -1)
		return -1;
	d = &c->documents[c->count - 1];
	memcpy(d->rev, l->rev.at, SYNTAX_TID_LEN);
	if ((d->did = strndup(l->did.at, l->did.len)) == NULL)
		return no_memory(st);
	return 0;
}

/* The record key of a lexicon must be its id. */
static bool
has_its_id(struct lexicon_catalog *c, const struct line *l, const char *place)
{
	struct slice id = find_id(c, l->record.at, l->record.len);
	struct status why;

	if (id.len == l->rkey.len && memcmp(id.at, l->rkey.at, id.len) == 0)
		return true;
	status_set(&why, STATUS_BAD_KEY, 0,
	    "its id '%.*s' is not its record key",
	    id.len > ID_SHOWN ? ID_SHOWN : (int)id.len, id.at);
	lexicon_catalog_add_bad(c, place, &why);
	return false;
}

int
lexicon_catalog_add_line(struct lexicon_catalog *c, struct line *l,
    struct status *st)
{
	char place[PLACE_BYTES];

	if (l->type != LINE_RECORD || !slice_is(&l->collection, COLLECTION))
		return 0;
	if (line_check(l, st) == -1)
		return -1;
	format_place(place, l);
	if (!l->is_delete && !has_its_id(c, l, place))
		return 0;
	return keep_record(c, l, place, st);
}

static void
free_document(struct lexicon_document *d)
{
	free(d->id);
	free(d->place);
	free(d->did);
	free(d->text);
}

void
lexicon_catalog_free(struct lexicon_catalog *c)
{
	size_t i;

	for (i = 0; i < c->count; i++)
		free_document(&c->documents[i]);
	free(c->documents);
	free(c->authorities);
	lexicons_free(c->set);
	buf_free(&c->scratch);
	memset(c, 0, sizeof(*c));
}
