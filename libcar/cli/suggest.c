#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "libcar/cli/message.h"
#include "libcar/cli/suggest_private.h"

/*
 * Explain an unknown option. It is one of these, in this order: the beginning
 * of several options of this program; an option of another program; a word
 * similar to an option of this program.
 */

#define NAME_BYTES 32 /* of what is compared */
#define LIST_BYTES 256

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The number of letters that are missing, extra, wrong or swapped. */
static size_t
distance(const char *a, const char *b)
{
	size_t d[NAME_BYTES + 1][NAME_BYTES + 1], i, j;
	size_t la = strlen(a), lb = strlen(b);

	if (la > NAME_BYTES || lb > NAME_BYTES)
		return SIZE_MAX;
	for (i = 0; i <= la; i++)
		for (j = 0; j <= lb; j++) {
			d[i][j] = i + j;
			if (i == 0 || j == 0)
				continue;
			d[i][j] = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			d[i][j] = least(d[i][j], d[i - 1][j] + 1);
			d[i][j] = least(d[i][j], d[i][j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	return d[la][lb];
}

/* Is it one of the words of the name, or does it begin with the name: size
 * and max-size, output-file and output? */
static bool
is_near(const char *wrong, const char *name)
{
	const char *p = strstr(name, wrong);
	size_t len = strlen(wrong);

	if (p != NULL && len > 2 && (p == name || p[-1] == '-') &&
	    (p[len] == '-' || p[len] == '\0'))
		return true;
	len = strlen(name);
	return len > 3 && strncmp(wrong, name, len) == 0;
}

static void
lower(char name[NAME_BYTES], const char *text)
{
	size_t i;

	for (i = 0; i < NAME_BYTES - 1 && text[i] != '\0'; i++)
		name[i] = text[i] >= 'A' && text[i] <= 'Z' ?
		    text[i] - 'A' + 'a' :
		    text[i];
	name[i] = '\0';
}

static const char *
nearest(const struct option *longs, const char *wrong)
{
	size_t d, best_d = least(strlen(wrong) / 3, 3) + 1;
	const char *best = NULL;
	char name[NAME_BYTES];

	lower(name, wrong);
	for (; longs->name != NULL; longs++) {
		d = is_near(name, longs->name) ? 0 :
						 distance(name, longs->name);
		if (d < best_d) {
			best_d = d;
			best = longs->name;
		}
	}
	return best;
}

static void
append(char list[LIST_BYTES], const char *before, const char *name)
{
	size_t len = strlen(list);

	snprintf(list + len, LIST_BYTES - len, "%s%s%s", len > 0 ? ", " : "",
	    before, name);
}

/* List the options that begin with this text. */
static bool
list_longer(const struct option *longs, const char *name, char list[LIST_BYTES])
{
	size_t n = 0;

	list[0] = '\0';
	for (; longs->name != NULL; longs++)
		if (strncmp(longs->name, name, strlen(name)) == 0) {
			append(list, "--", longs->name);
			n++;
		}
	return n > 1;
}

/* Find the other programs that have this option: by its name or, if that is
 * NULL, by its letter. Returns the option's name, or NULL. */
static const char *
list_others(const char *name, int letter, char list[LIST_BYTES])
{
	const struct cli_suite *s;
	const char *found = NULL;

	list[0] = '\0';
	for (s = cli_suite; s->program != NULL; s++)
		if (name != NULL ? strcmp(s->name, name) == 0 :
				   s->letter == letter) {
			append(list, "", s->program);
			found = s->name;
		}
	return found;
}

static const struct option *
by_value(const struct option *longs, int value)
{
	while (longs->name != NULL && longs->val != value)
		longs++;
	return longs->name != NULL ? longs : NULL;
}

static void
unknown_letter(const struct option *longs, int letter)
{
	char list[LIST_BYTES];
	const char *name = list_others(NULL, letter, list);

	if (name != NULL)
		cli_warn("unknown option '-%c'; it belongs to %s (--%s)",
		    letter, list, name);
	else if (by_value(longs, letter ^ 0x20) != NULL)
		cli_warn("unknown option '-%c'; did you mean '-%c'?", letter,
		    letter ^ 0x20);
	else
		cli_warn("unknown option '-%c'", letter);
}

static void
unknown_name(const struct option *longs, const char *arg)
{
	char name[NAME_BYTES + 1], list[LIST_BYTES];
	const char *best;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(arg, "="), arg);
	if (name[0] != '\0' && list_longer(longs, name, list))
		cli_warn("option '--%s' may be %s", name, list);
	else if (list_others(name, 0, list) != NULL)
		cli_warn("unknown option '--%s'; it belongs to %s", name, list);
	else if ((best = nearest(longs, name)) != NULL)
		cli_warn("unknown option '--%s'; did you mean '--%s'?", name,
		    best);
	else
		cli_warn("unknown option '--%s'", name);
}

void
cli_wrong_option(const struct option *longs, char **argv, int kind)
{
	const struct option *o = by_value(longs, optopt);
	const char *arg = argv[optind - 1];

	if (kind == ':' && arg[1] != '-')
		cli_warn("option '-%c' needs an argument", optopt);
	else if (kind == ':')
		cli_warn("option '%s' needs an argument", arg);
	else if (optopt == 0)
		unknown_name(longs, arg + 2);
	else if (o != NULL)
		cli_warn("option '%s' takes no argument", arg);
	else
		unknown_letter(longs, optopt);
	cli_try_help();
}

void
cli_check_dashes(const struct option *longs, char **argv)
{
	const struct option *o;

	for (; *argv != NULL && strcmp(*argv, "--") != 0; argv++)
		for (o = longs; o->name != NULL; o++)
			if (**argv == '-' && strcmp(*argv + 1, o->name) == 0) {
				cli_warn("unknown option '%s'; did you mean "
					 "'--%s'?",
				    *argv, o->name);
				cli_try_help();
			}
}
