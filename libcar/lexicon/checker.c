#include "config.h"

#include <string.h>

#include "libcar/data/json.h"
#include "libcar/lexicon/checker.h"

/*
 * A valid record is read once: line_parse() stops at `record`, and the walk
 * over the record reads to the end of the line. A line that doesn't pass that
 * way, or whose record nobody walks over, is read as a whole.
 */

/* Find the row of the record's collection. A new row looks up once whether the
 * collection is wanted and known. */
static int
find_row(struct lexicon_checker *c, struct status *st)
{
	const struct slice *nsid = &c->line.collection;
	bool fresh;

	if (c->line.same && c->row != NULL)
		return 0;
	c->row = lexicon_summary_find(&c->summary, nsid->at, nsid->len, &fresh,
	    st);
	if (c->row == NULL)
		return -1;
	if (fresh) {
		c->row->wanted = filter_covers(c->filter, nsid->at, nsid->len);
		c->row->known = lexicons_has_record(c->set, nsid->at,
		    nsid->len);
	}
	return 0;
}

/* Report one problem, of the whole record. */
static void
refuse(struct lexicon_report *r, const char *message)
{
	struct lexicon_problem *p = &r->problems[0];

	r->count = 1;
	r->more = 0;
	r->text.len = 0;
	buf_puts(&r->text, message);
	*p = (struct lexicon_problem){ LEXICON_UNKNOWN, 0, 0, 0, r->text.len };
}

static enum lexicon_result
check_record(struct lexicon_checker *c, struct status *st)
{
	const struct line *l = &c->line;
	enum lexicon_result result;

	if (!c->row->known)
		return LEXICON_MISSING;
	result = lexicons_check(c->set, l->collection.at, l->collection.len,
	    l->rkey.at, l->rkey.len, l->record.at, l->record.len, &c->lenience,
	    &c->report, st);
	if (result == LEXICON_VALID && c->report.incomplete && c->required) {
		refuse(&c->report,
		    "a lexicon that its lexicon refers to is missing");
		result = LEXICON_INVALID;
	}
	return result;
}

/*
 * Read the whole line of a record that didn't pass the fast way. This costs
 * twice the time: the line may have fields behind its record, or not be JSON.
 */
static enum lexicon_result
check_again(struct lexicon_checker *c, enum lexicon_result first,
    struct status *st)
{
	size_t len = c->line.record.len;
	struct json j;

	if (line_check(&c->line, st) == -1)
		return LEXICON_ERROR;
	/* The line may be nested too deeply although the record isn't. */
	json_open(&j, c->line.text.at, c->line.text.len);
	if (json_skip(&j, st) != JSON_OBJECT) {
		st->code = STATUS_BAD_LINE;
		return LEXICON_ERROR;
	}
	return c->line.record.len == len ? first : check_record(c, st);
}

static bool
is_refused(const struct lexicon_checker *c, enum lexicon_result result)
{
	return result == LEXICON_INVALID ||
	    (result == LEXICON_MISSING && c->required);
}

static void
count(struct lexicon_checker *c, enum lexicon_result result)
{
	if (result == LEXICON_VALID) {
		c->row->valid++;
		c->row->partly += c->report.incomplete;
	} else if (result == LEXICON_INVALID)
		lexicon_summary_invalid(c->row, &c->report);
	else
		c->row->unknown++;
}

static int
check_line(struct lexicon_checker *c, bool *invalid, struct status *st)
{
	enum lexicon_result result = check_record(c, st);

	if (is_refused(c, result))
		result = check_again(c, result, st);
	else if (result == LEXICON_MISSING && line_check(&c->line, st) == -1)
		return -1;
	if (result == LEXICON_ERROR ||
	    (result == LEXICON_VALID && line_check_cid(&c->line, st) == -1))
		return -1;
	count(c, result);
	*invalid = is_refused(c, result);
	if (*invalid && result == LEXICON_MISSING)
		refuse(&c->report, "no lexicon for this collection");
	return 0;
}

int
lexicon_checker_line(struct lexicon_checker *c, const char *text, size_t len,
    bool *invalid, struct status *st)
{
	*invalid = false;
	if (line_parse(&c->line, text, len, st) == -1)
		return -1;
	if (c->line.type != LINE_RECORD || c->line.is_delete)
		return 0;
	if (find_row(c, st) == -1)
		return -1;
	return c->row->wanted ? check_line(c, invalid, st) :
				line_check(&c->line, st);
}

void
lexicon_checker_free(struct lexicon_checker *c)
{
	line_free(&c->line);
	lexicon_report_free(&c->report);
	lexicon_summary_free(&c->summary);
	memset(c, 0, sizeof(*c));
}
