#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/data/json.h"
#include "libcar/lexicon/verdict.h"
#include "libcar/stream/ndjson.h"
#include "libcar/stream/write.h"

/*
 * The problems of a record become the `problems` of a line. The stream's
 * writers then write an error line, or the record with its problems.
 */

#define PATH_SHOWN 100                     /* bytes of it in a message */
#define MAX_PROBLEMS (NDJSON_MAX_LINE / 4) /* bytes */

/* The number of bytes to show, without cutting a character. */
static int
shown(const char *text, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
		max--;
	return max;
}

void
verdict_status(const struct lexicon_report *r, struct status *st)
{
	const struct lexicon_problem *p = r->problems;
	const char *path = r->text.data + p->path;
	int len = shown(path, p->path_len, PATH_SHOWN);
	size_t more = r->count + r->more - 1;
	char rest[40] = "";

	if (more > 0)
		snprintf(rest, sizeof(rest), ", and %zu more", more);
	status_set(st, STATUS_INVALID_RECORD, 0, "%.*s%s%s%.*s%s", len, path,
	    (size_t)len < p->path_len ? "..." : "", len > 0 ? ": " : "",
	    shown(r->text.data + p->message, p->message_len, PATH_SHOWN),
	    r->text.data + p->message, rest);
}

/* Write as many problems as fit, as JSON. */
static void
format_problems(struct buf *out, const struct lexicon_report *r)
{
	const char *text = r->text.data;
	const struct lexicon_problem *p;
	struct json_writer w = { out, false };
	struct stream_problem problem;
	size_t whole;

	out->len = 0;
	json_write_array(&w);
	for (p = r->problems; p < r->problems + r->count; p++) {
		problem.path = slice_make(text + p->path, p->path_len);
		problem.rule = slice_of(lexicon_rule_name(p->rule));
		problem.message = slice_make(text + p->message, p->message_len);
		whole = out->len;
		stream_write_problem(&w, &problem);
		if (out->len < MAX_PROBLEMS)
			continue;
		out->len = whole;
		break;
	}
	json_write_array_end(&w);
}

static void
write_error(struct verdict *v, struct buf *out, const struct line *l,
    const struct lexicon_report *r)
{
	struct stream_error e = {
		.program = slice_of(v->program),
		.did = l->did,
		.rev = l->rev,
		.collection = l->collection,
		.rkey = l->rkey,
		.action = l->action,
		.cid = l->cid,
		.at = v->now,
		.source = l->source_name,
		.record = l->record,
		.problems = slice_make(v->problems.data, v->problems.len),
	};
	struct status why;

	verdict_status(r, &why);
	stream_write_error(out, &e, &why, &v->job);
}

int
verdict_write(struct verdict *v, struct buf *out, const struct line *l,
    const struct lexicon_report *r, struct status *st)
{
	if (job_parse(&v->job, l->text.at, l->text.len, st) == -1)
		return -1;
	format_problems(&v->problems, r);
	if (v->problems.failed)
		return status_no_memory(st);
	if (!v->pass ||
	    stream_copy_record(out, &v->job.object,
		slice_make(v->problems.data, v->problems.len), st) == -1)
		write_error(v, out, l, r);
	return 0;
}

void
verdict_free(struct verdict *v)
{
	job_free(&v->job);
	buf_free(&v->problems);
}
