#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/cli/message.h"
#include "libcar/cli/terminal_private.h"
#include "libcar/data/mention.h"
#include "libcar/data/syntax.h"

/*
 * Print messages on standard error.
 *
 * A message contains names and texts from files and hosts. A terminal obeys
 * control characters, so a message shows them as \xHH: no input can draw on the
 * terminal, set its title or turn the direction of the text.
 */

#define MESSAGE_BYTES 4096

const char *cli_program = "atpipe";
bool cli_quiet, cli_verbose;

/* Bytes of the character at p, 0 if a message must not show it as it is:
 * control characters, also those of C1, which a terminal obeys; invisible ones,
 * with which a name can look like another; and what isn't UTF-8. */
static size_t
harmless(const uint8_t *p, size_t len)
{
	size_t n = syntax_utf8_len(p, len);

	if (mention_invisible_len(p, len) > 0)
		return 0;
	if (n == 1 && (p[0] < 0x20 || p[0] == 0x7f))
		return 0;
	return n == 2 && p[0] == 0xc2 && p[1] < 0xa0 ? 0 : n;
}

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
warn_list(const char *format, va_list ap)
{
	char text[MESSAGE_BYTES], line[2 * MESSAGE_BYTES];
	size_t n;

	vsnprintf(text, sizeof(text), format, ap);
	n = snprintf(line, sizeof(line), "%s: ", cli_program);
	n += escape(line + n, sizeof(line) - n - 1, text);
	line[n++] = '\n';
	terminal_write_line(line, n);
}

void
cli_warn(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	warn_list(format, ap);
	va_end(ap);
}

void
cli_fatal(const struct status *st)
{
	cli_warn("%s", st->msg);
	exit(st->code == STATUS_AGAIN ? CLI_AGAIN : CLI_FATAL);
}

void
cli_try_help(void)
{
	fprintf(stderr, "Try '%s --help'.\n", cli_program);
	exit(CLI_FATAL);
}

void
cli_usage(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	warn_list(format, ap);
	va_end(ap);
	cli_try_help();
}
