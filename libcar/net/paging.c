#include "config.h"

#include <string.h>

#include "libcar/data/outline.h"
#include "libcar/net/paging.h"

/*
 * A page's entries are returned before its cursor is checked, so a listing that
 * ends with an error has lost none of the entries that came. Page and entries
 * are read loosely: the callback checks what is inside an entry.
 */

const char *
paging_cursor(const struct paging *p)
{
	return p->cursor.len > 0 ? p->cursor.data : NULL;
}

int
paging_resume(struct paging *p, const char *cursor, size_t len,
    struct status *st)
{
	if (memchr(cursor, '\0', len) != NULL)
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "cursor with a NUL");
	if (len > PAGING_MAX_CURSOR)
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "cursor of more than %d bytes", PAGING_MAX_CURSOR);
	p->cursor.len = 0;
	buf_put(&p->cursor, cursor, len);
	buf_putc(&p->cursor, '\0');
	return p->cursor.failed ? status_no_memory(st) : 0;
}

int
paging_is_new(struct paging *p, const char *key, size_t len, struct status *st)
{
	int n = set_add(&p->seen, key, len);

	if (n == -1)
		return status_no_memory(st);
	p->fresh += n;
	return n;
}

/* Some languages write an empty list as null. */
static int
take_entries(const struct http_request *r, const struct slice *list,
    int (*fn)(void *, struct object *, const struct slice *, struct status *),
    void *ctx, struct status *st)
{
	struct object entry = { .text = NULL };
	struct slice none, json;
	struct status ignored;
	struct outline o;
	int rc = -1, n = -1;

	if (slice_is(list, "null"))
		return 0;
	if (outline_open(&o, list->at, list->len) == '[')
		for (rc = 0;
		     rc == 0 && (n = outline_next(&o, &none, &json)) == 1;) {
			object_open_loose(&entry, json.at, json.len, &ignored);
			rc = fn(ctx, &entry, &json, st);
		}
	object_free(&entry);
	if (n == -1)
		rc = status_set(st, STATUS_BAD_ANSWER, 0,
		    "%s: not a list of objects", r->url.data);
	return rc;
}

static bool
is_digits(const struct slice *text)
{
	size_t i;

	for (i = 0; i < text->len; i++)
		if (text->at[i] < '0' || text->at[i] > '9')
			return false;
	return text->len > 0;
}

/* A cursor that is neither a string nor a number is an error, not the last
 * page. Some hosts number their pages, and want the digits back. */
static int
get_cursor(struct slice *cursor, struct object *answer,
    const struct http_request *r, struct status *st)
{
	struct slice json = object_get_json(answer, "cursor");

	*cursor = object_get(answer, "cursor");
	if (cursor->at != NULL || json.at == NULL || slice_is(&json, "null"))
		return 0;
	if (is_digits(&json)) {
		*cursor = json;
		return 0;
	}
	return status_set(st, STATUS_BAD_ANSWER, 0,
	    "%s: the cursor is not a string", r->url.data);
}

/* Count the page, and fail if the listing makes no progress. */
static int
check_progress(struct paging *p, const struct http_request *r,
    struct status *st)
{
	if (p->fresh == 0) {
		p->stale++;
		p->idle++;
	} else {
		p->stale = 0;
		p->idle -= p->fresh < p->idle ? p->fresh : p->idle;
	}
	if (p->stale > PAGING_MAX_STALE)
		return status_set(st, STATUS_BAD_ANSWER, 0,
		    "%s: %d pages brought nothing new", r->url.data,
		    PAGING_MAX_STALE);
	if (p->idle > PAGING_MAX_IDLE)
		return status_set(st, STATUS_BAD_ANSWER, 0,
		    "%s: too many of its pages bring nothing new", r->url.data);
	return 0;
}

static int
take_cursor(struct paging *p, const struct http_request *r,
    const struct slice *cursor, struct status *st)
{
	const char *last = paging_cursor(p);

	p->ended = cursor->at == NULL || cursor->len == 0;
	if (p->ended) {
		p->cursor.len = 0;
		return 0;
	}
	if (last != NULL && strlen(last) == cursor->len &&
	    memcmp(last, cursor->at, cursor->len) == 0)
		return status_set(st, STATUS_BAD_ANSWER, 0,
		    "%s: the cursor stays the same", r->url.data);
	if (check_progress(p, r, st) == -1)
		return -1;
	if (paging_resume(p, cursor->at, cursor->len, st) == 0)
		return 0;
	if (st->code == STATUS_BAD_SYNTAX)
		st->code = STATUS_BAD_ANSWER;
	return status_prefix(st, "%s: ", r->url.data);
}

/* If a member comes twice, the meaning is unclear. Entries of the other list
 * would be missing, although the listing looks complete. */
static int
check_members(const struct object *answer, const struct http_request *r,
    const char *list, struct status *st)
{
	if (!object_is_repeated(answer, list) &&
	    !object_is_repeated(answer, "cursor"))
		return 0;
	return status_set(st, STATUS_BAD_ANSWER, 0,
	    "%s: %s or cursor comes twice", r->url.data, list);
}

int
paging_take(struct paging *p, const struct http_request *r, const char *list,
    int (*fn)(void *, struct object *, const struct slice *, struct status *),
    void *ctx, struct status *st)
{
	struct object answer = { .text = NULL };
	struct slice entries, cursor;
	int rc = object_open_loose(&answer, r->body.data, r->body.len, st);

	p->fresh = 0;
	if (rc == -1)
		status_set(st, STATUS_BAD_ANSWER, 0, "%s: not a JSON object",
		    r->url.data);
	else {
		entries = object_get_json(&answer, list);
		rc = check_members(&answer, r, list, st);
		if (rc == 0)
			rc = take_entries(r, &entries, fn, ctx, st);
		if (rc == 0)
			rc = get_cursor(&cursor, &answer, r, st);
		if (rc == 0)
			rc = take_cursor(p, r, &cursor, st);
	}
	object_free(&answer);
	return rc;
}

void
paging_free(struct paging *p)
{
	buf_free(&p->cursor);
	set_free(&p->seen);
	memset(p, 0, sizeof(*p));
}
