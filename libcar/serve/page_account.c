#include "config.h"

#include <string.h>

#include "libcar/db/failure.h"
#include "libcar/db/plc.h"
#include "libcar/db/record.h"
#include "libcar/db/standing.h"
#include "libcar/serve/html.h"
#include "libcar/serve/page.h"
#include "libcar/serve/page_account.h"
#include "libcar/stream/rfc3339.h"

/*
 * Each box is one or two look-ups by key with a bound on their rows, so that
 * the page of an account with millions of records costs little more than that
 * of any other.
 */

#define COLLECTIONS 50
#define COUNTED 10000 /* records of a collection; more are "10,000+" */
#define LATEST 3      /* records of each collection */
#define RECORD_BYTES 280
#define RKEY_BYTES 40
#define FAILURES 20
#define OPERATIONS 50

struct writer {
	struct buf *out;
	struct db *db;
	struct db_profile profile;
	bool is_known; /* the profile is there */
	int64_t now_ms;
	size_t rows;                   /* of the current table */
	struct buf nsids;              /* of the collections, with NULs */
	struct slice nsid;             /* the current one */
	const char *const *columns;    /* of a table that is not begun yet */
	const char *heading, *caption; /* of its box */
};

/* Pairs of a name and a text */

static void
put_pair(struct buf *out, const char *name, const struct slice *text)
{
	if (text->at != NULL)
		html_put(out, "<dt>$s</dt><dd><bdi>$t</bdi></dd>\n", name,
		    text);
}

static void
put_rev(struct writer *w, const char *name, const struct slice *rev)
{
	if (rev->at == NULL)
		return;
	html_put(w->out, "<dt>$s</dt><dd><code>$t</code>", name, rev);
	if (syntax_is_tid(rev->at, rev->len)) {
		buf_putc(w->out, ' ');
		page_time(w->out, (int64_t)(syntax_tid_micros(rev->at) / 1000),
		    w->now_ms);
	}
	buf_puts(w->out, "</dd>\n");
}

/* Boxes that are left out if they have no rows: the first row begins them. */
static void
begin_row(struct writer *w)
{
	if (w->rows++ == 0) {
		page_box(w->out, w->heading);
		page_table(w->out, w->caption, w->columns);
	}
}

static void
end_rows(struct writer *w, size_t limit)
{
	if (w->rows == 0)
		return;
	page_table_end(w->out);
	if (w->rows >= limit)
		html_put(w->out, "<p class=\"soft\">Only the first $n.</p>",
		    (int64_t)limit);
	page_box_end(w->out);
	w->rows = 0;
}

static void
set_box(struct writer *w, const char *heading, const char *caption,
    const char *const *columns)
{
	w->rows = 0;
	w->heading = heading;
	w->caption = caption;
	w->columns = columns;
}

/* Identity */

static void
put_status(struct writer *w)
{
	const struct db_profile *p = &w->profile;
	const struct slice *s = &p->status;
	const struct slice active = slice_of("active"),
			   tombstone = slice_of("tombstone");

	if (s->at == NULL)
		s = &active;
	if (p->tombstoned)
		s = &tombstone;
	html_put(w->out,
	    "<dt>Status</dt><dd><span class=\"mark $s\">$t"
	    "</span></dd>\n",
	    p->state == DB_PROFILE_ACTIVE ? "good" : "bad", s);
}

static void
put_identity(struct writer *w)
{
	const struct db_profile *p = &w->profile;

	page_box(w->out, "Identity");
	buf_puts(w->out, "<dl class=\"pairs\">\n");
	put_status(w);
	if (p->handle.at != NULL)
		html_put(w->out,
		    "<dt>Handle</dt><dd><bdi>$t</bdi> "
		    "<span class=\"soft\">$t</span></dd>\n",
		    &p->handle, &p->handle_status);
	put_pair(w->out, "Host", &p->pds);
	if (p->key.at != NULL)
		html_put(w->out, "<dt>Key</dt><dd><code>$t</code></dd>\n",
		    &p->key);
	buf_puts(w->out, "<dt>Resolved</dt><dd>");
	page_time(w->out, p->resolved_ms, w->now_ms);
	buf_puts(w->out, "</dd>\n</dl>\n");
	page_box_end(w->out);
}

/* Import */

static int
put_standing(void *arg, const struct db_standing *s, struct status *st)
{
	struct writer *w = arg;

	(void)st;
	html_put(w->out,
	    "<dt>Import</dt><dd><span class=\"mark $s\">$t</span>"
	    "</dd>\n",
	    s->attempts > 0 ? "bad" : "plain", &s->state);
	if (s->error.at == NULL)
		return 0;
	html_put(w->out,
	    "<dt>Last error</dt><dd><bdi>$t</bdi> "
	    "<span class=\"soft\"><bdi>",
	    &s->error);
	html_clip(w->out, &s->message, RECORD_BYTES);
	html_put(w->out, "</bdi></span></dd>\n<dt>Attempts</dt><dd>$n</dd>\n",
	    s->attempts);
	if (s->retry_ms > 0) {
		buf_puts(w->out, "<dt>Retry</dt><dd>");
		page_time(w->out, s->retry_ms, w->now_ms);
		buf_puts(w->out, "</dd>\n");
	}
	return 0;
}

static int
put_import(struct writer *w, const char *did, struct status *st)
{
	const struct db_profile *p = &w->profile;
	const struct db_wanted wanted = { .dids = &did, .ndids = 1 };

	page_box(w->out, "Repository");
	buf_puts(w->out, "<dl class=\"pairs\">\n");
	if (db_standings(w->db, &wanted, put_standing, w, st) == -1)
		return -1;
	put_rev(w, "Latest rev", &p->rev);
	put_rev(w, "Loaded", &p->loaded_rev);
	put_rev(w, "Synced", &p->synced_rev);
	if (p->unsynced.at != NULL)
		html_put(w->out,
		    "<dt>Not synced</dt><dd>$t "
		    "<span class=\"soft\">$s</span></dd>\n",
		    &p->unsynced, page_reason(&p->unsynced));
	if (p->records >= 0)
		html_put(w->out, "<dt>Records</dt><dd>$n</dd>\n", p->records);
	buf_puts(w->out, "</dl>\n");
	page_box_end(w->out);
	return 0;
}

/* Collections */

static int
note_collection(void *arg, const struct slice *nsid, struct status *st)
{
	struct writer *w = arg;

	if (w->rows++ >= COLLECTIONS)
		return 0;
	buf_put(&w->nsids, nsid->at, nsid->len);
	buf_putc(&w->nsids, '\0');
	return w->nsids.failed ? status_no_memory(st) : 0;
}

/* The next collection of w->nsids from *at on. */
static bool
next_collection(struct writer *w, size_t *at)
{
	if (*at >= w->nsids.len)
		return false;
	w->nsid = slice_of(w->nsids.data + *at);
	*at += w->nsid.len + 1;
	return true;
}

static int
put_collections(struct writer *w, struct status *st)
{
	static const char *const columns[] = { "Collection", "#Records", NULL };
	int64_t n;
	size_t at = 0;

	set_box(w, "Collections", "Collections, with their records", columns);
	if (db_record_collections(w->db, w->profile.id, note_collection, w,
		st) == -1)
		return -1;
	w->rows = 0;
	while (next_collection(w, &at)) {
		if (db_record_count(w->db, w->profile.id, &w->nsid, COUNTED + 1,
			&n, st) == -1)
			return -1;
		begin_row(w);
		html_put(w->out,
		    "<tr><th scope=\"row\"><a href=\"/xrpc/com.atproto.repo."
		    "listRecords?repo=$u&amp;collection=$u\">$t</a></th>"
		    "<td class=\"n\">$n$s</td></tr>\n",
		    &w->profile.did, &w->nsid, &w->nsid,
		    n > COUNTED ? (int64_t)COUNTED : n, n > COUNTED ? "+" : "");
	}
	end_rows(w, COLLECTIONS);
	return 0;
}

/* Records */

static int
put_record(void *arg, const struct db_record *r, struct status *st)
{
	struct writer *w = arg;

	(void)st;
	begin_row(w);
	html_put(w->out,
	    "<tr><th scope=\"row\"><span class=\"soft\">$t</span><br>"
	    "<a class=\"code\" href=\"/xrpc/com.atproto.repo.getRecord?repo=$u"
	    "&amp;collection=$u&amp;rkey=$u\"><bdi>",
	    &w->nsid, &w->profile.did, &w->nsid, &r->rkey);
	html_clip(w->out, &r->rkey, RKEY_BYTES);
	buf_puts(w->out, "</bdi></a>");
	if (syntax_is_tid(r->rkey.at, r->rkey.len)) {
		buf_puts(w->out, "<br>");
		page_time(w->out,
		    (int64_t)(syntax_tid_micros(r->rkey.at) / 1000), w->now_ms);
	}
	buf_puts(w->out, "</th><td class=\"code\"><bdi>");
	html_clip(w->out, &r->record, RECORD_BYTES);
	buf_puts(w->out, "</bdi></td></tr>\n");
	return 0;
}

static int
put_records(struct writer *w, struct status *st)
{
	static const char *const columns[] = { "Record", "Value", NULL };
	struct db_record_page page = {
		.account = w->profile.id,
		.limit = LATEST,
	};
	size_t at = 0;

	set_box(w, "Latest records",
	    "The records of each collection with the greatest keys", columns);
	while (next_collection(w, &at)) {
		page.nsid = w->nsid;
		if (db_record_page(w->db, &page, put_record, w, st) == -1)
			return -1;
	}
	end_rows(w, SIZE_MAX);
	return 0;
}

/* Errors */

static int
put_failure(void *arg, const struct db_failure *f, struct status *st)
{
	struct writer *w = arg;

	(void)st;
	begin_row(w);
	html_put(w->out,
	    "<tr><th scope=\"row\"><bdi>$t</bdi><br><span class=\"soft\">$t "
	    "</span></th><td class=\"any\"><bdi>",
	    &f->error, &f->program);
	html_clip(w->out, &f->message, RECORD_BYTES);
	buf_puts(w->out, "</bdi>");
	if (f->collection.at != NULL)
		html_put(w->out, "<br><bdi class=\"code\">$t/$t</bdi>",
		    &f->collection, &f->rkey);
	buf_puts(w->out, "</td><td>");
	page_time(w->out, f->ms, w->now_ms);
	buf_puts(w->out, "</td></tr>\n");
	return 0;
}

static int
put_failures(struct writer *w, struct status *st)
{
	static const char *const columns[] = { "Error", "Message", "Time",
		NULL };

	set_box(w, "Errors", "Errors of this account and of its records",
	    columns);
	if (db_failures_of(w->db, w->profile.id, FAILURES, put_failure, w,
		st) == -1)
		return -1;
	end_rows(w, FAILURES);
	return 0;
}

/* Operations */

static const char *
verdict(const struct db_plc_verdict *v, const char **class)
{
	*class = v->is_nullified ? "bad" : v->is_audited ? "good" : "plain";
	if (v->is_nullified)
		return v->is_audited ? "valid, nullified" : "nullified";
	return v->is_audited ? "valid" : "not audited";
}

static int
put_operation(void *arg, const struct db_plc_verdict *v, struct status *st)
{
	struct writer *w = arg;
	const char *class, *text = verdict(v, &class);

	(void)st;
	begin_row(w);
	buf_puts(w->out, "<tr><th scope=\"row\">");
	page_time(w->out, rfc3339_parse(&v->created_at), w->now_ms);
	html_put(w->out,
	    "</th><td><span class=\"mark $s\">$s</span></td><td class=\"any\">",
	    class, text);
	if (v->is_tombstone)
		buf_puts(w->out, "the DID ends");
	if (v->handle.at != NULL)
		html_put(w->out, "<bdi>$t</bdi>", &v->handle);
	if (v->pds.at != NULL)
		html_put(w->out, " <bdi class=\"soft\">at $t</bdi>", &v->pds);
	html_put(w->out, "<br><code class=\"soft\">$t</code></td></tr>\n",
	    &v->cid);
	return 0;
}

static int
put_operations(struct writer *w, const struct slice *did, struct status *st)
{
	static const char *const columns[] = { "Created", "Verdict",
		"Operation", NULL };

	set_box(w, "Operations of the DID",
	    "Operations of the PLC directory, the latest first", columns);
	if (db_plc_verdicts(w->db, did, OPERATIONS, put_operation, w, st) == -1)
		return -1;
	end_rows(w, OPERATIONS);
	return 0;
}

/* The page */

static int
put_account(struct writer *w, const char *did, struct status *st)
{
	put_identity(w);
	if (put_import(w, did, st) == -1)
		return -1;
	if (w->profile.state != DB_PROFILE_ACTIVE) {
		page_box(w->out, "Records");
		buf_puts(w->out,
		    "<p>This account is not active, so its records are not "
		    "shown.</p>\n");
		page_box_end(w->out);
	} else if (put_collections(w, st) == -1)
		return -1;
	return put_failures(w, st);
}

/* Both are in the body before it is known whether there is anything to show:
 * without a profile, the operations decide. */
static int
put_page(struct writer *w, struct serve_answer *a, const struct slice *did,
    bool *found, struct status *st)
{
	struct slice name = w->profile.handle.at != NULL ? w->profile.handle :
							   *did;
	const struct page page = { .title = "", .about = name, .query = *did };
	size_t before;
	char text[SYNTAX_DID_MAX + 1];

	page_begin(a, &page);
	html_put(w->out, "<h1><bdi>$t</bdi></h1>\n<p class=\"lead\">", &name);
	if (w->profile.handle.at != NULL)
		html_put(w->out, "<code>$t</code>", did);
	buf_puts(w->out, "</p>\n<div class=\"two\"><div>\n");
	memcpy(text, did->at, did->len);
	text[did->len] = '\0';
	if (w->is_known && put_account(w, text, st) == -1)
		return -1;
	*found = w->is_known;
	buf_puts(w->out, "</div><div>\n");
	before = a->body.len;
	if (put_records(w, st) == -1 || put_operations(w, did, st) == -1)
		return -1;
	*found |= a->body.len > before;
	buf_puts(w->out, "</div></div>\n");
	return 0;
}

int
page_account(struct serve_answer *a, struct db *db, const struct slice *did,
    const char *version, int64_t now_ms, bool *found, struct status *st)
{
	struct writer w = { .out = &a->body, .db = db, .now_ms = now_ms };
	int rc = db_profile_get(db, did, &w.profile, st);

	*found = false;
	w.is_known = rc == 1;
	if (rc != -1)
		rc = put_page(&w, a, did, found, st);
	if (rc == 0)
		page_end(a, version);
	db_profile_free(&w.profile);
	buf_free(&w.nsids);
	return rc;
}
