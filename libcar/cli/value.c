#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "libcar/cli/value.h"
#include "libcar/data/mention.h"
#include "libcar/data/syntax.h"
#include "libcar/stream/filter.h"

/*
 * There is one function for each kind of value. It stores only a valid value.
 */

#define SHOWN 99 /* bytes of a bad value in a message */

struct unit {
	const char *name; /* NULL ends them */
	uint64_t factor;
};

static const struct unit no_unit[] = { { "", 1 }, { NULL, 0 } };

static const struct unit bytes[] = {
	{ "", 1 },
	{ "K", 1 << 10 },
	{ "M", 1 << 20 },
	{ "G", 1 << 30 },
	{ "T", (uint64_t)1 << 40 },
	{ NULL, 0 },
};

static const struct unit milliseconds[] = {
	{ "", 1000 },
	{ "ms", 1 },
	{ "s", 1000 },
	{ "m", 60000 },
	{ "h", 3600000 },
	{ "d", 86400000 },
	{ NULL, 0 },
};

static const struct {
	const struct unit *units;
	const char *want;
} numbers[CLI_KINDS] = {
	[CLI_KIND_COUNT] = { no_unit, "a number such as 10" },
	[CLI_KIND_NUMBER] = { no_unit, "a number such as 10" },
	[CLI_KIND_SIZE] = { bytes, "a size such as 64M" },
	[CLI_KIND_TIME] = { milliseconds, "a time such as 30s" },
};

static const struct unit *
find_unit(const struct unit *units, const char *name)
{
	while (units->name != NULL && strcasecmp(units->name, name) != 0)
		units++;
	return units->name != NULL ? units : NULL;
}

/* Multiply digits by their unit. *over: the product doesn't fit 64 bits. False
 * if the text is something else. */
static bool
multiply(const struct unit *units, const char *text, uint64_t *product,
    bool *over)
{
	const struct unit *unit;
	unsigned long long n;
	char *end;

	/* strtoull() also accepts white space and signs. */
	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	n = strtoull(text, &end, 10);
	*over = errno == ERANGE;
	if ((unit = find_unit(units, end)) == NULL)
		return false;
	*over |= __builtin_mul_overflow(n, unit->factor, product);
	return true;
}

/* Write a limit as a user would, with the largest unit that divides it. */
static int
fail_limit(const struct cli_option *o, const char *text, bool over,
    struct status *st)
{
	const struct unit *u = numbers[o->kind].units, *best = NULL;
	uint64_t limit = over ? o->max : o->min;

	for (; u->name != NULL; u++)
		if (limit % u->factor == 0 && limit >= u->factor &&
		    (best == NULL || u->factor >= best->factor))
			best = u;
	return status_set(st, STATUS_BAD_SYNTAX, 0,
	    "'%.*s' is too %s, the %s is %llu%s", SHOWN, text,
	    over ? "large" : "small", over ? "maximum" : "minimum",
	    (unsigned long long)(best != NULL ? limit / best->factor : limit),
	    best != NULL ? best->name : "");
}

static int
parse_number(const struct cli_option *o, const char *text, uint64_t *value,
    struct status *st)
{
	uint64_t product;
	bool over;

	if (!multiply(numbers[o->kind].units, text, &product, &over))
		return status_set(st, STATUS_BAD_SYNTAX, 0, "'%.*s' isn't %s",
		    SHOWN, text, numbers[o->kind].want);
	over |= product > o->max;
	if (over || product < o->min)
		return fail_limit(o, text, over, st);
	*value = product;
	return 0;
}

static int
set_number(const struct cli_option *o, const char *text, struct status *st)
{
	return parse_number(o, text, o->to.number, st);
}

static int
set_count(const struct cli_option *o, const char *text, struct status *st)
{
	uint64_t n;

	if (parse_number(o, text, &n, st) == -1)
		return -1;
	*o->to.count = (unsigned)n;
	return 0;
}

static int
set_flag(const struct cli_option *o, const char *text, struct status *st)
{
	(void)text;
	(void)st;
	*o->to.flag = true;
	return 0;
}

static int
set_text(const struct cli_option *o, const char *text, struct status *st)
{
	(void)st;
	*o->to.text = text;
	return 0;
}

static int
add_to_list(const struct cli_option *o, const char *text, struct status *st)
{
	struct cli_list *list = o->to.list;
	const char **items;

	items = realloc(list->items, (list->count + 1) * sizeof(*items));
	if (items == NULL)
		return status_no_memory(st);
	list->items = items;
	list->items[list->count++] = text;
	return 0;
}

/* Reduce what people type to a DID. That makes it shorter, so there is room for
 * it in argv, which a program may change. */
static int
add_did(const struct cli_option *o, const char *text, struct status *st)
{
	char *did = (char *)text;
	size_t len = mention_reduce(did, strlen(did));

	did[len] = '\0';
	if (syntax_is_did(did, len))
		return add_to_list(o, did, st);
	return status_set(st, STATUS_BAD_SYNTAX, 0, "'%.*s' %s", SHOWN, did,
	    syntax_is_handle(did, len) ?
		"is a handle; use its DID, which at-resolve prints" :
		"isn't a DID");
}

static int
add_to_filter(const struct cli_option *o, const char *text, struct status *st)
{
	return filter_add(o->to.filter, text, st);
}

/* "neither a, b nor c" */
static int
fail_choice(const char *const *choices, const char *text, struct status *st)
{
	char names[STATUS_MSG_BYTES] = "";
	size_t i, len = 0;

	for (i = 0; choices[i] != NULL && len < sizeof(names); i++)
		len += snprintf(names + len, sizeof(names) - len, "%s%s",
		    i == 0                     ? "" :
			choices[i + 1] == NULL ? " nor " :
						 ", ",
		    choices[i]);
	return status_set(st, STATUS_BAD_SYNTAX, 0, "'%.*s' is neither %s",
	    SHOWN, text, names);
}

static int
set_choice(const struct cli_option *o, const char *text, struct status *st)
{
	unsigned i;

	for (i = 0; o->choices[i] != NULL; i++)
		if (strcmp(o->choices[i], text) == 0) {
			*o->to.count = i;
			return 0;
		}
	return fail_choice(o->choices, text, st);
}

static int
ignore(const struct cli_option *o, const char *text, struct status *st)
{
	(void)o;
	(void)text;
	(void)st;
	return 0;
}

int
cli_value_set(const struct cli_option *o, const char *text, struct status *st)
{
	static int (*const setters[CLI_KINDS])(const struct cli_option *,
	    const char *, struct status *) = {
		[CLI_KIND_FLAG] = set_flag,
		[CLI_KIND_COUNT] = set_count,
		[CLI_KIND_NUMBER] = set_number,
		[CLI_KIND_SIZE] = set_number,
		[CLI_KIND_TIME] = set_number,
		[CLI_KIND_TEXT] = set_text,
		[CLI_KIND_LIST] = add_to_list,
		[CLI_KIND_DIDS] = add_did,
		[CLI_KIND_CHOICE] = set_choice,
		[CLI_KIND_FILTER] = add_to_filter,
		[CLI_KIND_ACTION] = ignore,
	};

	return setters[o->kind](o, text, st);
}

void
cli_list_free(struct cli_list *list)
{
	free(list->items);
	*list = (struct cli_list){ .count = 0 };
}
