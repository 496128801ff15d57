#include "config.h"

#include "libcar/data/json.h"
#include "libcar/data/syntax.h"
#include "libcar/db/directory.h"
#include "libcar/plc/content.h"
#include "libcar/plc/document.h"
#include "libcar/serve/plc_routes.h"
#include "libcar/stream/rfc3339.h"

/*
 * Each answer is written while its rows are read, because their texts are
 * borrowed. A DID is any text: one that isn't in the database isn't registered.
 */

#define DOCUMENT "application/did+ld+json; charset=utf-8"
#define LINES "application/jsonlines"

#define EXPORT_MAX 1000
/* A directory accepts 100 operations of a DID a week, for some time now. */
#define LOG_MAX 20000

struct reply {
	struct serve_answer *a;
	struct json_writer w;
	struct slice did; /* of the request */
	size_t count;     /* of operations so far */
	bool by_seq;
};

static void
not_registered(const struct reply *r)
{
	serve_answer_error(r->a, 404, NULL, "DID not registered: %.*s",
	    (int)r->did.len, r->did.at);
}

/* Answer the status of a query that failed, or that there is no row. */
static bool
has_rows(const struct reply *r, int rc, const struct status *st)
{
	if (rc == -1)
		serve_answer_failed(r->a, st);
	else if (r->count == 0)
		not_registered(r);
	return rc == 0 && r->count > 0;
}

/* Documents */

static int
write_last(const struct reply *r, const struct db_directory_entry *e,
    void (
	*write)(struct buf *, const struct slice *, const struct plc_content *),
    struct status *st)
{
	struct plc_content content = { .kind = PLC_NO_KIND };

	if (plc_content_read(&content, e->operation.at, e->operation.len, st) ==
	    -1)
		return -1;
	if (content.kind == PLC_TOMBSTONE)
		serve_answer_error(r->a, 404, NULL, "DID not available: %.*s",
		    (int)r->did.len, r->did.at);
	else if (content.kind == PLC_NO_KIND)
		serve_answer_error(r->a, 500, NULL,
		    "The last operation can't be read");
	else
		write(&r->a->body, &r->did, &content);
	plc_content_free(&content);
	return 0;
}

static int
put_document(void *arg, const struct db_directory_entry *e, struct status *st)
{
	struct reply *r = arg;

	r->count++;
	return write_last(r, e, plc_document_write, st);
}

static int
put_data(void *arg, const struct db_directory_entry *e, struct status *st)
{
	struct reply *r = arg;

	r->count++;
	return write_last(r, e, plc_document_write_data, st);
}

static int
put_operation(void *arg, const struct db_directory_entry *e, struct status *st)
{
	struct reply *r = arg;

	(void)st;
	r->count++;
	json_write_raw(&r->w, e->operation.at, e->operation.len);
	return 0;
}

static void
answer_last(struct serve_context *c, const struct serve_request *request,
    struct serve_answer *a, const char *type,
    int (*fn)(void *, const struct db_directory_entry *, struct status *))
{
	struct reply r = {
		.a = a,
		.w = { .out = &a->body },
		.did = serve_request_segment(request, 0),
	};
	const struct db_directory_use use = { fn, &r };
	struct status st;

	a->type = type;
	has_rows(&r, db_directory_last(c->db, &r.did, &use, &st), &st);
}

static void
document(struct serve_context *c, const struct serve_request *request,
    struct serve_answer *a)
{
	answer_last(c, request, a, DOCUMENT, put_document);
}

static void
data(struct serve_context *c, const struct serve_request *request,
    struct serve_answer *a)
{
	answer_last(c, request, a, SERVE_JSON, put_data);
}

static void
last(struct serve_context *c, const struct serve_request *request,
    struct serve_answer *a)
{
	answer_last(c, request, a, SERVE_JSON, put_operation);
}

/* Logs */

static void
write_operation(struct json_writer *w, const struct db_directory_entry *e)
{
	json_write_key(w, "operation");
	json_write_raw(w, e->operation.at, e->operation.len);
}

static int
put_audited(void *arg, const struct db_directory_entry *e, struct status *st)
{
	struct reply *r = arg;

	(void)st;
	r->count++;
	json_write_object(&r->w);
	json_write_text(&r->w, "did", &e->did);
	write_operation(&r->w, e);
	json_write_text(&r->w, "cid", &e->cid);
	json_write_key(&r->w, "nullified");
	json_write_bool(&r->w, e->is_nullified);
	json_write_text(&r->w, "createdAt", &e->created_at);
	json_write_object_end(&r->w);
	return 0;
}

static void
answer_log(struct serve_context *c, const struct serve_request *request,
    struct serve_answer *a, bool nullified,
    int (*fn)(void *, const struct db_directory_entry *, struct status *))
{
	struct reply r = {
		.a = a,
		.w = { .out = &a->body },
		.did = serve_request_segment(request, 0),
	};
	const struct db_directory_use use = { fn, &r };
	struct status st;

	a->type = SERVE_JSON;
	json_write_array(&r.w);
	if (!has_rows(&r,
		db_directory_log(c->db, &r.did, nullified, LOG_MAX + 1, &use,
		    &st),
		&st))
		return;
	if (r.count > LOG_MAX)
		serve_answer_error(a, 500, NULL,
		    "The log has more than %d operations", LOG_MAX);
	else
		json_write_array_end(&r.w);
}

static void
operations(struct serve_context *c, const struct serve_request *request,
    struct serve_answer *a)
{
	answer_log(c, request, a, false, put_operation);
}

static void
audit(struct serve_context *c, const struct serve_request *request,
    struct serve_answer *a)
{
	answer_log(c, request, a, true, put_audited);
}

/* The export */

static int
put_line(void *arg, const struct db_directory_entry *e, struct status *st)
{
	struct reply *r = arg;
	struct json_writer w = { .out = &r->a->body };

	(void)st;
	if (r->count++ > 0)
		buf_putc(&r->a->body, '\n');
	json_write_object(&w);
	json_write_text(&w, "did", &e->did);
	json_write_text(&w, "cid", &e->cid);
	if (r->by_seq) {
		json_write_key(&w, "seq");
		json_write_integer(&w, e->seq);
	}
	json_write_text(&w, "createdAt", &e->created_at);
	write_operation(&w, e);
	if (r->by_seq)
		json_write_member(&w, "type", "sequenced_op");
	else {
		json_write_key(&w, "nullified");
		json_write_bool(&w, e->is_nullified);
	}
	json_write_object_end(&w);
	return 0;
}

static size_t
count_digits(const struct slice *s)
{
	size_t n = 0;

	while (n < s->len && s->at[n] >= '0' && s->at[n] <= '9')
		n++;
	return n;
}

/* The digits as a number, at most INT64_MAX. */
static int64_t
read_digits(const struct slice *s, size_t n)
{
	int64_t value = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (value > (INT64_MAX - 9) / 10)
			return INT64_MAX;
		value = value * 10 + (s->at[i] - '0');
	}
	return value;
}

/* As parseInt() of JavaScript, with which the reference reads it: what follows
 * the digits is ignored. 0: it isn't valid. */
static int64_t
read_count(const struct serve_request *request)
{
	struct slice s = serve_request_param(request, "count");
	int64_t n;

	if (s.len == 0)
		return EXPORT_MAX;
	n = read_digits(&s, count_digits(&s));
	return n < EXPORT_MAX ? n : EXPORT_MAX;
}

/* A time, or a date, which begins at midnight. */
static bool
read_time(const struct slice *s, int64_t *ms)
{
	static const char midnight[] = "T00:00:00Z";
	char text[SYNTAX_DATETIME_MAX + sizeof(midnight)];
	struct slice full = *s;

	if (s->len == 10) {
		memcpy(text, s->at, s->len);
		memcpy(text + s->len, midnight, sizeof(midnight) - 1);
		full = slice_make(text, s->len + sizeof(midnight) - 1);
	}
	*ms = rfc3339_parse(&full);
	return *ms != 0 || syntax_is_datetime(full.at, full.len);
}

static void export(struct serve_context *c, const struct serve_request *request,
    struct serve_answer *a)
{
	struct reply r = { .a = a };
	const struct db_directory_use use = { put_line, &r };
	struct slice after = serve_request_param(request, "after");
	int64_t count = read_count(request), from = INT64_MIN;
	struct status st;

	r.by_seq = after.len > 0 && count_digits(&after) == after.len;
	a->type = LINES;
	if (count < 1)
		serve_answer_error(a, 400, NULL, "Invalid count parameter");
	else if (r.by_seq)
		from = read_digits(&after, after.len);
	else if (after.len > 0 && !read_time(&after, &from))
		serve_answer_error(a, 400, NULL, "Invalid after parameter");
	if (a->status != 0)
		return;
	if ((r.by_seq ? db_directory_after_seq : db_directory_after_time)(c->db,
		from, count, &use, &st) == -1)
		serve_answer_failed(a, &st);
}

/* Writes. A copy never takes an operation itself. */

static void
submit(struct serve_context *c, const struct serve_request *request,
    struct serve_answer *a)
{
	struct slice did = serve_request_segment(request, 0);
	uint8_t ignored[PLC_DID_BYTES];

	if (c->setup->upstream == NULL)
		serve_answer_error(a, 501, NULL,
		    "This server is a copy of a directory and takes no "
		    "operations");
	else if (!plc_did_parse(ignored, did.at, did.len))
		serve_answer_error(a, 400, NULL, "Not a DID: %.*s",
		    (int)did.len, did.at);
	else
		a->pass_on = true;
}

#define ROUTE(pattern, handler, name) \
	{ \
		pattern, SERVE_GET, handler, name, SERVE_NEEDS_DATABASE, \
		    SERVE_ERRORS_PLC \
	}

static const struct serve_route routes[] = {
	ROUTE("/{did}", document, "plc.document"),
	ROUTE("/{did}/data", data, "plc.data"),
	ROUTE("/{did}/log", operations, "plc.log"),
	ROUTE("/{did}/log/audit", audit, "plc.audit"),
	ROUTE("/{did}/log/last", last, "plc.last"),
	ROUTE("/export", export, "plc.export"),
	{ "/{did}", SERVE_POST, submit, "plc.submit", 0, SERVE_ERRORS_PLC },
};

const struct serve_family serve_plc_routes = SERVE_FAMILY(routes);
