#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/data/json.h"
#include "libcar/lexicon/verdict.h"

/*
 * The line that says what is wrong with a record contains the whole record
 * line, so it may exceed the maximum length of a line. Then the last problems
 * are left out and, from an error line, the record.
 */

#define PATH_SHOWN 100 /* bytes of it in a message */

static struct slice
text_of(const struct slice *t)
{
	struct slice text = { t->at, t->len };

	return text;
}

/* Bytes of a text that are shown, so that no character is cut. */
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

static void
write_member(struct json_writer *w, const char *key,
    const struct lexicon_report *r, size_t at, size_t len)
{
	json_write_key(w, key);
	json_write_string(w, r->text.data + at, len);
}

/* The list of problems, of at most so many bytes. */
static void
write_problems(struct buf *out, const struct lexicon_report *r, size_t max)
{
	struct json_writer w = { out, false };
	size_t i, whole;

	out->len = 0;
	json_write_array(&w);
	for (i = 0; i < r->count; i++) {
		whole = out->len;
		json_write_object(&w);
		write_member(&w, "path", r, r->problems[i].path,
		    r->problems[i].path_len);
		json_write_member(&w, "rule",
		    lexicon_rule_name(r->problems[i].rule));
		write_member(&w, "message", r, r->problems[i].message,
		    r->problems[i].message_len);
		json_write_object_end(&w);
		if (out->len + 1 <= max)
			continue;
		out->len = whole;
		break;
	}
	json_write_array_end(&w);
}

static void
write_error(struct verdict *v, struct buf *out, const struct line *l,
    const struct status *why, bool with_record)
{
	struct job_error e = {
		.program = v->program,
		.did = text_of(&l->did),
		.rev = text_of(&l->rev),
		.collection = text_of(&l->collection),
		.rkey = text_of(&l->rkey),
		.cid = text_of(&l->cid),
		.status = why,
		.now = v->now,
		.source = text_of(&l->source_name),
		.problems = { v->problems.data, v->problems.len },
		.job = &v->job,
	};

	if (with_record)
		e.record = text_of(&l->record);
	job_write_error(out, &e);
}

static int
check_memory(const struct verdict *v, const struct buf *out, struct status *st)
{
	if (v->problems.failed || out->failed)
		return status_set(st, STATUS_SYSTEM, 0, "no memory for a line");
	return 0;
}

int
verdict_write_error(struct verdict *v, struct buf *out, const struct line *l,
    const struct lexicon_report *r, struct status *st)
{
	size_t start = out->len;
	struct status why;

	if (job_parse(&v->job, l->text.at, l->text.len, st) == -1)
		return -1;
	verdict_status(r, &why);
	write_problems(&v->problems, r, VERDICT_MAX_LINE / 4);
	write_error(v, out, l, &why, true);
	if (out->len - start > VERDICT_MAX_LINE) {
		out->len = start;
		object_clear(&v->job.object);
		write_error(v, out, l, &why, false);
	}
	return check_memory(v, out, st);
}

/* The members of the line but `problems`, without a bracket at the end. */
static void
copy_members(struct json_writer *w, const struct line *l)
{
	struct status ignored;
	struct json j;
	bool ours;

	json_open(&j, l->text.at, l->text.len);
	json_next(&j, &ignored);
	json_write_object(w);
	while (json_next(&j, &ignored) == JSON_KEY) {
		ours = json_is(&j, "problems");
		if (!ours) {
			json_write_raw(w, j.tok - 1, j.tok_len + 2);
			buf_putc(w->out, ':');
			w->comma = false;
		}
		if (json_skip(&j, &ignored) == JSON_ERROR)
			return;
		if (!ours)
			json_write_raw(w, j.tok, j.tok_len);
	}
}

/* The line without the bracket that ends it. */
static void
copy_line(struct json_writer *w, const struct line *l)
{
	const char *end = l->text.at + l->text.len;

	while (*--end != '}')
		;
	buf_put(w->out, l->text.at, end - l->text.at);
	w->comma = true;
}

int
verdict_write_record(struct verdict *v, struct buf *out, const struct line *l,
    const struct lexicon_report *r, struct status *st)
{
	struct json_writer w = { out, false };
	size_t start = out->len;

	if (job_parse(&v->job, l->text.at, l->text.len, st) == -1)
		return -1;
	write_problems(&v->problems, r, VERDICT_MAX_LINE / 4);
	if (job_get_json(&v->job, "problems").at != NULL)
		copy_members(&w, l);
	else
		copy_line(&w, l);
	json_write_key(&w, "problems");
	json_write_raw(&w, v->problems.data, v->problems.len);
	json_write_object_end(&w);
	if (out->len - start > VERDICT_MAX_LINE) {
		out->len = start;
		return verdict_write_error(v, out, l, r, st);
	}
	buf_putc(out, '\n');
	return check_memory(v, out, st);
}

void
verdict_free(struct verdict *v)
{
	job_free(&v->job);
	buf_free(&v->problems);
}
