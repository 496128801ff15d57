#include "config.h"

#include <getopt.h>
#include <string.h>

#include "libcar/cli/environment.h"
#include "libcar/cli/help_private.h"
#include "libcar/cli/message.h"
#include "libcar/cli/options.h"
#include "libcar/cli/process_private.h"
#include "libcar/cli/progress.h"
#include "libcar/cli/suggest_private.h"
#include "libcar/cli/value.h"

/*
 * getopt_long() splits the command line. It returns an option's letter or, if
 * that has none, LONG_ONLY and its place among all options.
 */

#define LONG_ONLY 256

/* All options, and getopt's tables of them. */
struct parser {
	size_t count;
	const struct cli_option *options[CLI_MAX_OPTIONS];
	struct option longs[CLI_MAX_OPTIONS + 1]; /* zero ends them */
	char shorts[2 * CLI_MAX_OPTIONS + 2];
};

static int
takes_argument(const struct cli_option *o)
{
	if (o->argument == NULL)
		return no_argument;
	return cli_is_optional(o) ? optional_argument : required_argument;
}

static void
add_options(struct parser *p, const struct cli_option *o)
{
	char *shorts = p->shorts + strlen(p->shorts);
	size_t i;

	for (; o->name != NULL; o++) {
		i = p->count++;
		p->options[i] = o;
		p->longs[i].name = o->name;
		p->longs[i].has_arg = takes_argument(o);
		p->longs[i].val = o->letter != 0 ? o->letter :
						   LONG_ONLY + (int)i;
		if (o->letter == 0)
			continue;
		*shorts++ = (char)o->letter;
		if (o->argument != NULL)
			*shorts++ = ':';
		if (takes_argument(o) == optional_argument)
			*shorts++ = ':';
	}
}

static const struct cli_option *
find(const struct parser *p, int value)
{
	size_t i = 0;

	while (p->longs[i].val != value)
		i++;
	return p->options[i];
}

/* A bad value's message names the option as it was written. */
static void
set(const struct cli_option *o, const char *text, bool long_form)
{
	struct status st;

	if (cli_value_set(o, text, &st) == 0)
		return;
	if (status_fatal(st.code))
		cli_fatal(&st);
	if (long_form)
		cli_usage("--%s: %s", o->name, st.msg);
	cli_usage("-%c: %s", o->letter, st.msg);
}

static void
set_defaults(const struct parser *p)
{
	const struct cli_option *o;
	const char *text;
	size_t i;

	for (i = 0; i < p->count; i++) {
		o = p->options[i];
		text = o->initial;
		if (o->variable != NULL)
			text = cli_env(o->variable, text);
		if (text != NULL)
			set(o, text, true);
	}
}

static void
take(const struct cli *cli, const struct cli_option *o, bool long_form)
{
	if (o->kind == CLI_KIND_ACTION)
		o->to.action(cli);
	set(o, optarg != NULL ? optarg : o->bare, long_form);
}

static void
read_options(const struct cli *cli, const struct parser *p, int argc,
    char **argv)
{
	int value, at = -1; /* the index, if it is a long option */

	opterr = 0;
	while (
	    (value = getopt_long(argc, argv, p->shorts, p->longs, &at)) != -1) {
		if (value == '?' || value == ':')
			cli_wrong_option(p->longs, argv, value);
		take(cli, find(p, value), at != -1);
		at = -1;
	}
}

char **
cli_begin(const struct cli *cli, int argc, char **argv)
{
	struct parser p = { .count = 0, .shorts = ":" };

	cli_program = cli->name;
	cli_process_begin();
	cli_progress_prepare();
	if (argc > 1 && strcmp(argv[1], "--list-options") == 0)
		cli_print_options(cli);
	add_options(&p, cli->options);
	add_options(&p, cli_common + !cli->progress);
	cli_check_dashes(p.longs, argv);
	set_defaults(&p);
	read_options(cli, &p, argc, argv);
	cli_progress_begin(cli->progress);
	return argv + optind;
}
