#include "config.h"

#include <stdlib.h>

#include "libcar/load/plan_private.h"

/* A text that stays where it is: its part of the batch, or a copy, for which
 * there is room. */
static struct slice
keep(struct load *load, struct slice t)
{
	const char *start = load->text.data;
	size_t at = load->planned.len;

	if (t.at == NULL || (t.at >= start && t.at < start + load->text.len))
		return t;
	buf_put(&load->planned, t.at, t.len);
	return (struct slice){ load->planned.data + at, t.len };
}

static bool
has_key(const struct line *l)
{
	return l->type == LINE_RECORD ||
	    (l->type == LINE_ERROR && l->collection.len > 0 &&
		(l->rkey.at != NULL || l->key.at != NULL));
}

static struct db_plan
plan_line(struct load *load, const struct line *l, const struct db_plan *last)
{
	bool is_error = l->type == LINE_ERROR;
	struct db_plan p = { 0 };

	if (l->type == LINE_RECORD && l->same && last != NULL)
		p = *last;
	else {
		p.did = keep(load, l->did);
		if (has_key(l))
			p.nsid = keep(load, l->collection);
	}
	if (has_key(l))
		p.rkey = keep(load,
		    is_error && l->key.at != NULL ? l->key : l->rkey);
	return p;
}

/* The texts of a line are no longer than the line. */
static int
make_room(struct load *load, struct status *st)
{
	size_t n = load->ntexts - load->at;
	struct db_plan *p = realloc(load->plan, n * sizeof(*p));

	load->planned.len = 0;
	if (p == NULL || buf_reserve(&load->planned, load->text.len) == NULL)
		return load_no_memory(st);
	load->plan = p;
	return 0;
}

int
load_plan(struct load *load, size_t *n, struct status *st)
{
	struct line line = { 0 };
	const struct load_text *t;
	const struct db_plan *last = NULL;
	struct status ignored;
	size_t i;

	if (make_room(load, st) == -1)
		return -1;
	for (*n = 0, i = load->at; i < load->ntexts; i++) {
		t = &load->texts[i];
		if (t->code != STATUS_OK ||
		    line_parse(&line, load->text.data + t->at, t->len,
			&ignored) == -1 ||
		    line.did.at == NULL)
			continue;
		load->plan[*n] = plan_line(load, &line, last);
		if (line.type == LINE_RECORD)
			last = &load->plan[*n];
		++*n;
	}
	line_free(&line);
	return 0;
}
