#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/cli/help_private.h"
#include "libcar/cli/message.h"
#include "libcar/cli/options.h"
#include "libcar/cli/process_private.h"
#include "libcar/cli/progress.h"
#include "libcar/cli/suggest_private.h"

#define LONG_ONLY 256 /* getopt's values of options without a letter */

/* getopt's tables from ours; the value of a long option is its letter, or
 * LONG_ONLY and its place. */
static void
add_option(const struct cli_option *o, int i, struct option *longs,
    char **shorts)
{
	longs->name = o->name;
	longs->has_arg = o->argument == NULL ? no_argument : required_argument;
	if (cli_is_optional(o))
		longs->has_arg = optional_argument;
	longs->flag = NULL;
	longs->val = o->letter != 0 ? o->letter : LONG_ONLY + i;
	if (o->letter != 0) {
		*(*shorts)++ = o->letter;
		if (o->argument != NULL)
			*(*shorts)++ = ':';
	}
}

static int
find_option(const struct cli *cli, int value)
{
	int i;

	if (value >= LONG_ONLY)
		return value - LONG_ONLY;
	for (i = 0; cli->options[i].name != NULL; i++)
		if (cli->options[i].letter == value)
			return i;
	return -1;
}

static bool
common_option(const struct cli *cli, int value)
{
	switch (value) {
	case 'h':
		cli_print_help(cli);
	case 'V':
		cli_print_version(cli);
	case 'q':
		cli_quiet = true;
		return true;
	case 'v':
		cli_verbose = true;
		return true;
	case 'p':
		cli_progress = true;
		return true;
	}
	return false;
}

/* Once, before the options are read. */
static void
begin(const struct cli *cli, const struct option *longs, char **argv)
{
	static bool begun;

	if (begun)
		return;
	begun = true;
	cli_program = cli->name;
	cli_process_begin();
	cli_progress_prepare();
	if (argv[0] != NULL && argv[1] != NULL &&
	    strcmp(argv[1], "--list-options") == 0)
		cli_print_options(cli);
	cli_check_dashes(longs, argv);
}

int
cli_next(const struct cli *cli, int argc, char **argv)
{
	struct option longs[CLI_MAX_OPTIONS] = { { 0 } }, *end = longs;
	char shorts[2 * CLI_MAX_OPTIONS + 2], *s = shorts;
	const struct cli_option *o;
	int i, value;

	*s++ = ':';
	for (i = 0; cli->options[i].name != NULL; i++)
		add_option(&cli->options[i], i, end++, &s);
	for (o = cli_common + !cli->progress; o->name != NULL; o++)
		add_option(o, 0, end++, &s);
	*s = '\0';
	begin(cli, longs, argv);
	opterr = 0;
	while ((value = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (value == '?' || value == ':')
			cli_wrong_option(longs, argv, value);
		if ((i = find_option(cli, value)) != -1)
			return i;
		common_option(cli, value);
	}
	cli_progress_begin(cli->progress);
	return -1;
}

struct unit {
	const char *name;
	uint64_t factor;
};

static uint64_t
number(const char *text, const struct unit *units, const char *want,
    uint64_t min, uint64_t max)
{
	char *end;
	unsigned long long n;
	uint64_t value;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || errno != 0)
		cli_usage("'%s' isn't %s", text, want);
	while (units->name != NULL && strcasecmp(units->name, end) != 0)
		units++;
	if (units->name == NULL && (n > 0 || *end != '\0'))
		cli_usage("'%s' isn't %s", text, want);
	if (__builtin_mul_overflow(n, units->factor, &value) || value < min ||
	    value > max)
		cli_usage("'%s' is too %s", text, n < min ? "small" : "large");
	return value;
}

uint64_t
cli_size(const struct cli *cli, const char *text, uint64_t min, uint64_t max)
{
	static const struct unit units[] = {
		{ "", 1 },
		{ "k", 1 << 10 },
		{ "m", 1 << 20 },
		{ "g", 1 << 30 },
		{ "t", (uint64_t)1 << 40 },
		{ NULL, 0 },
	};

	(void)cli;
	return number(text, units, "a size such as 64M", min, max);
}

uint64_t
cli_number(const struct cli *cli, const char *text, uint64_t min, uint64_t max)
{
	static const struct unit units[] = { { "", 1 }, { NULL, 0 } };

	(void)cli;
	return number(text, units, "a number", min, max);
}

uint64_t
cli_duration(const struct cli *cli, const char *text, uint64_t min,
    uint64_t max)
{
	static const struct unit units[] = {
		{ "ms", 1 },
		{ "s", 1000 },
		{ "m", 60000 },
		{ "h", 3600000 },
		{ "d", 86400000 },
		{ NULL, 0 },
	};

	(void)cli;
	return number(text, units, "a time such as 30s", min, max);
}
