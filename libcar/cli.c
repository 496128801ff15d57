#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libcar/cli_own.h"
#include "libcar/syntax.h"

#define MAX_OPTIONS 48
#define LONG_ONLY 256 /* getopt's values of options without a letter */
#define MESSAGE_BYTES 4096

bool cli_quiet, cli_verbose;
const char *cli_program = "atpipe";

static const struct cli_option common[] = {
	{ 'q', "quiet", NULL, "fewer diagnostics" },
	{ 'v', "verbose", NULL, "more diagnostics" },
	{ 'h', "help", NULL, "print this and exit" },
	{ 'V', "version", NULL, "print the version and exit" },
	{ 'p', "progress", NULL, "say on standard error how far it is" },
	{ 0, NULL, NULL, NULL },
};

/* Bytes of the character at p, 0 if a terminal might obey it: control
 * characters, those of C1 too, and what isn't UTF-8. */
static size_t
harmless(const uint8_t *p, size_t len)
{
	size_t n = syntax_utf8_len(p, len);

	if (n == 1 && (p[0] < 0x20 || p[0] == 0x7f))
		return 0;
	return n == 2 && p[0] == 0xc2 && p[1] < 0xa0 ? 0 : n;
}

/* Copy with what isn't harmless as \xHH, so that no input can draw on the
 * terminal. */
static size_t
escape(char *out, size_t cap, const char *text)
{
	const uint8_t *p = (const uint8_t *)text;
	size_t left = strlen(text), at = 0, n;

	for (; left > 0 && at + 5 < cap; p += n, left -= n) {
		if ((n = harmless(p, left)) > 0) {
			memcpy(out + at, p, n);
			at += n;
		} else {
			at += snprintf(out + at, cap - at, "\\x%02x", *p);
			n = 1;
		}
	}
	return at;
}

static void __attribute__((format(printf, 1, 0)))
vwarn(const char *format, va_list ap)
{
	char text[MESSAGE_BYTES], line[2 * MESSAGE_BYTES];
	size_t n;

	vsnprintf(text, sizeof(text), format, ap);
	n = snprintf(line, sizeof(line), "%s: ", cli_program);
	n += escape(line + n, sizeof(line) - n - 1, text);
	line[n++] = '\n';
	cli_write_line(line, n);
}

void
cli_warn(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vwarn(format, ap);
	va_end(ap);
}

void
cli_fatal(const struct status *st)
{
	cli_warn("%s", st->msg);
	exit(st->code == STATUS_AGAIN ? CLI_AGAIN : CLI_FATAL);
}

static void
try_help(void)
{
	fprintf(stderr, "Try '%s --help'.\n", cli_program);
	exit(CLI_FATAL);
}

void
cli_usage(const struct cli *cli, const char *format, ...)
{
	va_list ap;

	cli_program = cli->name;
	va_start(ap, format);
	vwarn(format, ap);
	va_end(ap);
	try_help();
	abort();
}

static bool
is_optional(const struct cli_option *o)
{
	return o->argument != NULL && o->argument[0] == '[';
}

static void
print_option(const struct cli_option *o)
{
	char left[64];
	int n;

	if (o->letter != 0)
		n = snprintf(left, sizeof(left), "-%c, --%s", o->letter,
		    o->name);
	else
		n = snprintf(left, sizeof(left), "    --%s", o->name);
	if (is_optional(o))
		snprintf(left + n, sizeof(left) - n, "[=%s", o->argument + 1);
	else if (o->argument != NULL)
		snprintf(left + n, sizeof(left) - n, " %s", o->argument);
	printf("  %-28s %s\n", left, o->help);
}

/* -p is the common table's last. */
static bool
is_common(const struct cli *cli, const struct cli_option *o)
{
	return o->letter != 'p' || cli->progress;
}

static void __attribute__((noreturn)) end_output(void)
{
	if (fflush(stdout) == 0)
		exit(CLI_DONE);
	cli_warn("can't write: %s", strerror(errno));
	exit(CLI_FATAL);
}

static void
print_help(const struct cli *cli)
{
	const struct cli_option *o;
	size_t i;

	printf("usage: %s [option ...]%s%s\n%s\n\n", cli->name,
	    cli->operands[0] == '\0' ? "" : " ", cli->operands, cli->summary);
	for (o = cli->options + cli->own; o->name != NULL; o++)
		print_option(o);
	for (i = 0; i < cli->own; i++)
		print_option(&cli->options[i]);
	for (o = common; o->name != NULL; o++)
		if (is_common(cli, o))
			print_option(o);
	printf("\nMore in %s(1), at-ndjson(5), atpipe(7).\n", cli->name);
	end_output();
}

static size_t
min3(size_t a, size_t b, size_t c)
{
	a = a < b ? a : b;
	return a < c ? a : c;
}

/* Levenshtein's distance of two option names. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[64], i, j, diagonal, above, lb = strlen(b);

	if (lb >= 64)
		return lb;
	for (j = 0; j <= lb; j++)
		row[j] = j;
	for (i = 0; a[i] != '\0'; i++) {
		diagonal = row[0];
		row[0] = i + 1;
		for (j = 1; j <= lb; j++) {
			above = row[j];
			row[j] = min3(above + 1, row[j - 1] + 1,
			    diagonal + (a[i] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[lb];
}

static const char *
nearest(const struct option *longs, const char *wrong)
{
	const char *best = NULL;
	size_t d, least = strlen(wrong) / 3 + 2;

	for (; longs->name != NULL; longs++)
		if ((d = distance(wrong, longs->name)) < least) {
			least = d;
			best = longs->name;
		}
	return best;
}

static void
wrong_option(const struct option *longs, char **argv, int kind)
{
	const char *arg = argv[optind - 1], *best;
	char name[64];

	if (kind == ':')
		cli_warn("option '%s' needs an argument", arg);
	else if (optopt != 0 && optopt < LONG_ONLY && arg[1] != '-')
		cli_warn("unknown option '-%c'", optopt);
	else if (optopt != 0)
		cli_warn("option '%s' takes no argument", arg);
	else {
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(arg + 2, "="),
		    arg + 2);
		best = nearest(longs, name);
		if (best != NULL)
			cli_warn("unknown option '--%s'; did you mean '--%s'?",
			    name, best);
		else
			cli_warn("unknown option '--%s'", name);
	}
	try_help();
}

static void
on_sigbus(int sig)
{
	static const char text[] =
	    ": an input file became shorter while it was read\n";

	(void)sig;
	cli_end_line();
	cli_write(cli_program, strlen(cli_program));
	cli_write(text, sizeof(text) - 1);
	_exit(CLI_FATAL);
}

/* getopt's tables from ours; the value of a long option is its letter, or
 * LONG_ONLY and its place. */
static void
add_option(const struct cli_option *o, int i, struct option *longs,
    char **shorts)
{
	longs->name = o->name;
	longs->has_arg = o->argument == NULL ? no_argument : required_argument;
	if (is_optional(o))
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
		print_help(cli);
		break;
	case 'V':
		printf("%s %s\n", cli->name, PACKAGE_VERSION);
		end_output();
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

/* A descriptor of a standard stream that is closed must not become that of a
 * socket or a database: reads from it and writes to it are to fail. */
static void
keep_closed(void)
{
	int fd, flags[] = { O_WRONLY, O_RDONLY, O_WRONLY };

	for (fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) == -1 && errno == EBADF)
			open("/dev/null", flags[fd]);
}

int
cli_next(const struct cli *cli, int argc, char **argv)
{
	struct option longs[MAX_OPTIONS] = { { 0 } }, *end = longs;
	char shorts[2 * MAX_OPTIONS + 2], *s = shorts;
	const struct cli_option *o;
	int i, value;

	cli_program = cli->name;
	keep_closed();
	cli_progress_prepare();
	signal(SIGPIPE, SIG_DFL);
	signal(SIGBUS, on_sigbus);
	*s++ = ':';
	for (i = 0; cli->options[i].name != NULL; i++)
		add_option(&cli->options[i], i, end++, &s);
	for (o = common; o->name != NULL; o++)
		if (is_common(cli, o))
			add_option(o, 0, end++, &s);
	*s = '\0';
	opterr = 0;
	while ((value = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (value == '?' || value == ':')
			wrong_option(longs, argv, value);
		if ((i = find_option(cli, value)) != -1)
			return i;
		common_option(cli, value);
	}
	cli_progress_begin(cli);
	return -1;
}

const char *
cli_env(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : otherwise;
}

uint64_t
cli_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * (uint64_t)1000000 + ts.tv_nsec / 1000;
}

/* Is the file where standard output or error go, too? Reading it would never
 * end. */
static bool
is_output(const struct stat *s)
{
	struct stat out;
	int fd;

	for (fd = 1; fd <= 2; fd++)
		if (S_ISREG(s->st_mode) && fstat(fd, &out) == 0 &&
		    out.st_dev == s->st_dev && out.st_ino == s->st_ino)
			return true;
	return false;
}

int
cli_open(const char *path, bool regular, struct status *st)
{
	int fd, flags = O_RDONLY | O_CLOEXEC | (regular ? O_NONBLOCK : 0);
	struct stat s;

	if ((fd = open(path, flags)) == -1 || fstat(fd, &s) == -1)
		status_errno(st, "can't open");
	else if (S_ISDIR(s.st_mode) || (regular && !S_ISREG(s.st_mode)))
		status_set(st, STATUS_UNREADABLE, 0, "not a regular file");
	else if (is_output(&s))
		status_set(st, STATUS_UNREADABLE, 0, "it is the output, too");
	else
		return fd;
	st->code = STATUS_UNREADABLE;
	if (fd != -1)
		close(fd);
	return -1;
}

struct unit {
	const char *name;
	uint64_t factor;
};

static uint64_t
number(const struct cli *cli, const char *text, const struct unit *units,
    const char *want, uint64_t min, uint64_t max)
{
	char *end;
	unsigned long long n;
	uint64_t value;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || errno != 0)
		cli_usage(cli, "'%s' isn't %s", text, want);
	while (units->name != NULL && strcasecmp(units->name, end) != 0)
		units++;
	if (units->name == NULL && (n > 0 || *end != '\0'))
		cli_usage(cli, "'%s' isn't %s", text, want);
	if (__builtin_mul_overflow(n, units->factor, &value) || value < min ||
	    value > max)
		cli_usage(cli, "'%s' is too %s", text,
		    n < min ? "small" : "large");
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

	return number(cli, text, units, "a size such as 64M", min, max);
}

uint64_t
cli_number(const struct cli *cli, const char *text, uint64_t min, uint64_t max)
{
	static const struct unit units[] = { { "", 1 }, { NULL, 0 } };

	return number(cli, text, units, "a number", min, max);
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

	return number(cli, text, units, "a time such as 30s", min, max);
}
