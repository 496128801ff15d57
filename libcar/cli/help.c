#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/cli/help_private.h"
#include "libcar/cli/message.h"
#include "libcar/cli/progress.h"

/*
 * A help screen has at most 23 lines of 79 columns, so that it fits a terminal
 * with its prompt: options that are rarely needed are listed by name alone.
 */

#define COLUMNS 79

const struct cli_option cli_common[] = {
	{ 'p', "progress", NULL, "show progress on standard error",
	    CLI_FLAG(&cli_progress), .group = CLI_SHARED },
	{ 'q', "quiet", NULL, "fewer diagnostics", CLI_FLAG(&cli_quiet),
	    .group = CLI_RARE },
	{ 'v', "verbose", NULL, "more diagnostics", CLI_FLAG(&cli_verbose),
	    .group = CLI_RARE },
	{ 'h', "help", NULL, "print this and exit", CLI_ACTION(cli_print_help),
	    .group = CLI_RARE },
	{ 'V', "version", NULL, "print the version and exit",
	    CLI_ACTION(cli_print_version), .group = CLI_RARE },
	{ 0 },
};

/* All options in the order of the help; the first ones have a line each. */
struct listing {
	const struct cli_option *options[CLI_MAX_OPTIONS];
	size_t count, described;
};

static void
add(struct listing *l, const struct cli_option *from, enum cli_group group)
{
	for (; from->name != NULL; from++)
		if (from->group == group)
			l->options[l->count++] = from;
}

/* Does the program's own table describe this common option? */
static bool
is_own(const struct cli *cli, const struct cli_option *common)
{
	const struct cli_option *o = cli->options;

	while (o->name != NULL && strcmp(o->name, common->name) != 0)
		o++;
	return o->name != NULL;
}

static void
add_group(struct listing *l, const struct cli *cli, enum cli_group group)
{
	const struct cli_option *o;

	add(l, cli->options, group);
	for (o = cli_common + !cli->progress; o->name != NULL; o++)
		if (o->group == group && !is_own(cli, o))
			l->options[l->count++] = o;
}

static void
list(const struct cli *cli, struct listing *l)
{
	l->count = 0;
	add_group(l, cli, CLI_OWN);
	add_group(l, cli, CLI_SHARED);
	l->described = l->count;
	add_group(l, cli, CLI_RARE);
}

bool
cli_is_optional(const struct cli_option *o)
{
	return o->argument != NULL && o->argument[0] == '[';
}

/* "-j, --jobs n", "--zstd[=level]" */
static int
signature(const struct cli_option *o, char text[64])
{
	int n = 0;

	if (o->letter != 0)
		n = snprintf(text, 64, "-%c, ", o->letter);
	n += snprintf(text + n, 64 - n, "--%s", o->name);
	if (cli_is_optional(o))
		n += snprintf(text + n, 64 - n, "[=%s", o->argument + 1);
	else if (o->argument != NULL)
		n += snprintf(text + n, 64 - n, " %s", o->argument);
	return n;
}

/* What it does and, in brackets, its default. */
static void
print_text(const struct cli_option *o)
{
	printf("%s", o->help);
	if (o->initial != NULL)
		printf(" (%s)", o->initial);
	printf("\n");
}

static void
print_brief(const struct listing *l)
{
	int column = printf("\nAlso:"), n;
	char text[64];
	size_t i;

	for (i = l->described; i < l->count; i++) {
		n = signature(l->options[i], text);
		if (column - 1 + 2 + n > COLUMNS)
			column = printf("\n     ");
		column += printf("  %s", text);
	}
	printf("\n");
}

void
cli_print_usage(const struct cli *cli, FILE *out)
{
	fprintf(out, "usage: %s [option ...]%s%s\n", cli->name,
	    cli->operands[0] == '\0' ? "" : " ", cli->operands);
}

static void __attribute__((noreturn)) end_output(void)
{
	if (fflush(stdout) == 0)
		exit(CLI_DONE);
	cli_warn("can't write: %s", strerror(errno));
	exit(CLI_FATAL);
}

/* Options without a letter are as far right as the names of the others. */
static int
indent(const struct cli_option *o)
{
	return o->letter != 0 ? 2 : 6;
}

static void
print_described(const struct listing *l)
{
	const struct cli_option *o;
	int n, width = 0;
	char text[64];
	size_t i;

	for (i = 0; i < l->described; i++) {
		n = indent(l->options[i]) + signature(l->options[i], text);
		if (n > width)
			width = n;
	}
	for (i = 0; i < l->described; i++) {
		o = l->options[i];
		signature(o, text);
		printf("%*s%-*s  ", indent(o), "", width - indent(o), text);
		print_text(o);
	}
}

void
cli_print_help(const struct cli *cli)
{
	struct listing l;

	list(cli, &l);
	cli_print_usage(cli, stdout);
	printf("%s\n\n", cli->summary);
	print_described(&l);
	print_brief(&l);
	printf("More in %s(1), at-ndjson(5), %satpipe(7).\n", cli->name,
	    cli->network ? "at-network(7), " : "");
	end_output();
}

void
cli_print_options(const struct cli *cli)
{
	const struct cli_option *o;
	struct listing l;
	size_t i;

	list(cli, &l);
	printf("%s\t%s\t%s\n", cli->name, cli->operands, cli->summary);
	for (i = 0; i < l.count; i++) {
		o = l.options[i];
		printf("%c\t%s\t%s\t", o->letter != 0 ? o->letter : '-',
		    o->name, o->argument != NULL ? o->argument : "");
		print_text(o);
	}
	end_output();
}

void
cli_print_version(const struct cli *cli)
{
	printf("%s %s\n", cli->name, PACKAGE_VERSION);
	end_output();
}
