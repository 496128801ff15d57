#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/array.h"
#include "libcar/data/syntax.h"
#include "libcar/stream/collections.h"
#include "libcar/stream/fields.h"

/*
 * Collections come from options, from a job and from the host's list, so one
 * may come several times: the set says which are known. The array has their
 * order. It is searched only for the collection at which a listing resumes.
 */

size_t
collections_find(const struct collections *c, const char *nsid, size_t len)
{
	size_t i;

	for (i = 0; i < c->count; i++)
		if (strlen(c->all[i].nsid) == len &&
		    memcmp(c->all[i].nsid, nsid, len) == 0)
			break;
	return i;
}

int
collections_add(struct collections *c, const char *nsid, size_t len, bool begun,
    uint64_t keys, struct status *st)
{
	struct collections_collection one = { NULL, keys, begun };
	int n;

	if ((n = set_add(&c->names, nsid, len)) == 0)
		return 0;
	if (n == 1 && c->count == COLLECTIONS_MAX)
		return status_set(st, STATUS_TOO_LARGE, 0,
		    "more than %d collections", COLLECTIONS_MAX);
	if (n == -1 || !ARRAY_GROW(c->all, c->count, c->room) ||
	    (one.nsid = strndup(nsid, len)) == NULL)
		return status_no_memory(st);
	c->all[c->count++] = one;
	return 0;
}

int
collections_parse(struct collections *c, const char *json, size_t len,
    struct status *st)
{
	enum json_kind kind = JSON_ERROR;
	const char *nsid;
	size_t nsid_len;
	int64_t keys;
	struct json j;

	json_open(&j, json, len);
	if (json_next(&j, st) == JSON_OBJECT)
		while ((kind = json_next(&j, st)) == JSON_KEY) {
			nsid = j.tok;
			nsid_len = j.tok_len;
			if (!syntax_is_nsid(nsid, nsid_len) ||
			    json_next(&j, st) != JSON_NUMBER ||
			    json_integer(&j, &keys) == -1 || keys < 0 ||
			    keys > FIELDS_COUNT_MAX)
				break;
			if (collections_add(c, nsid, nsid_len, true, keys,
				st) == -1)
				return -1;
		}
	return kind == JSON_OBJECT_END ?
	    0 :
	    status_set(st, STATUS_BAD_LINE, 0, "counts are wrong");
}

static int
by_nsid(const void *a, const void *b)
{
	return strcmp(((const struct collections_collection *)a)->nsid,
	    ((const struct collections_collection *)b)->nsid);
}

void
collections_sort(struct collections *c)
{
	if (c->count > 0)
		qsort(c->all, c->count, sizeof(*c->all), by_nsid);
}

void
collections_write(const struct collections *c, struct json_writer *w,
    bool empty)
{
	size_t i;

	json_write_object(w);
	for (i = 0; i < c->count; i++)
		if (c->all[i].begun && (empty || c->all[i].keys > 0)) {
			json_write_key(w, c->all[i].nsid);
			json_write_integer(w, (int64_t)c->all[i].keys);
		}
	json_write_object_end(w);
}

void
collections_write_names(const struct collections *c, struct json_writer *w)
{
	size_t i;

	json_write_array(w);
	for (i = 0; i < c->count; i++)
		if (c->all[i].begun)
			json_write_string(w, c->all[i].nsid,
			    strlen(c->all[i].nsid));
	json_write_array_end(w);
}

void
collections_free(struct collections *c)
{
	size_t i;

	for (i = 0; i < c->count; i++)
		free(c->all[i].nsid);
	free(c->all);
	set_free(&c->names);
	memset(c, 0, sizeof(*c));
}
