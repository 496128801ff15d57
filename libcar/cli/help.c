#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/cli/help_private.h"
#include "libcar/cli/message.h"

/*
 * A help screen has at most 23 lines of 79 columns, so that it fits a terminal
 * with its prompt: options that are rarely needed are listed by name alone.
 */

#define COLUMNS 79

const struct cli_option cli_common[] = {
	{ 'p', "progress", NULL, "say on standard error how far it is" },
	{ 'q', "quiet", NULL, "fewer diagnostics" },
	{ 'v', "verbose", NULL, "more diagnostics" },
	{ 'h', "help", NULL, "print this and exit" },
	{ 'V', "version", NULL, "print the version and exit" },
	{ 0, NULL, NULL, NULL },
};

/* All options in the order of the help, of which the first have a line each. */
struct listing {
	const struct cli_option *options[CLI_MAX_OPTIONS];
	size_t count, described;
};

static void
add(struct listing *l, const struct cli_option *from, size_t n)
{
	for (; n > 0 && from->name != NULL; n--)
		l->options[l->count++] = from++;
}

static void
list(const struct cli *cli, struct listing *l)
{
	const struct cli_option *common = cli_common + 1;

	l->count = 0;
	add(l, cli->options + cli->own, SIZE_MAX);
	add(l, cli->options + cli->brief, cli->own - cli->brief);
	if (cli->progress)
		add(l, cli_common, 1);
	l->described = l->count;
	add(l, cli->options, cli->brief);
	add(l, common, SIZE_MAX);
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

void
cli_print_help(const struct cli *cli)
{
	struct listing l;
	char text[64];
	int indent, width = 0;
	size_t i;

	list(cli, &l);
	cli_print_usage(cli, stdout);
	printf("%s\n\n", cli->summary);
	for (i = 0; i < l.described; i++) {
		indent = l.options[i]->letter != 0 ? 2 : 6;
		if (indent + signature(l.options[i], text) > width)
			width = indent + signature(l.options[i], text);
	}
	for (i = 0; i < l.described; i++) {
		indent = l.options[i]->letter != 0 ? 2 : 6;
		signature(l.options[i], text);
		printf("%*s%-*s  %s\n", indent, "", width - indent, text,
		    l.options[i]->help);
	}
	print_brief(&l);
	printf("More in %s(1), at-ndjson(5), atpipe(7).\n", cli->name);
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
		printf("%c\t%s\t%s\t%s\n", o->letter != 0 ? o->letter : '-',
		    o->name, o->argument != NULL ? o->argument : "", o->help);
	}
	end_output();
}

void
cli_print_version(const struct cli *cli)
{
	printf("%s %s\n", cli->name, PACKAGE_VERSION);
	end_output();
}
