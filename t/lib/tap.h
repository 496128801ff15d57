/*
 * tap: TAP for C. A test program calls ok() and its relatives, which print a
 * line and return whether the test passed. It ends with
 * `return done_testing();`. Names and values may be hostile, so control
 * characters and '#' are escaped.
 */
#ifndef T_TAP_H
#define T_TAP_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAP_UNUSED __attribute__((unused))

/* Built with a sanitizer, which needs address space at any time? gcc defines
 * names for them, clang has features. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TAP_SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TAP_SANITIZED
#endif

static unsigned tap_count, tap_failed;

/* The test of a condition: ok(len == 4, "length of %s", name). */
#define ok(cond, ...) tap_ok((cond), __FILE__, __LINE__, #cond, __VA_ARGS__)

/* Equal integers, C strings, bytes: is_int(got, want, "length"). */
#define is_int(got, want, ...) \
	tap_is_int((got), (want), __FILE__, __LINE__, __VA_ARGS__)
#define is_str(got, want, ...) \
	tap_is_str((got), (want), __FILE__, __LINE__, __VA_ARGS__)
#define is_mem(got, got_len, want, want_len, ...) \
	tap_is_mem((got), (got_len), (want), (want_len), __FILE__, __LINE__, \
	    __VA_ARGS__)

TAP_UNUSED static void
tap_put(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = bytes[i];

		if (c < ' ' || c == 0x7f)
			printf("\\x%02x", c);
		else if (c == '#' || c == '\\')
			printf("\\%c", c);
		else
			putchar(c);
	}
}

/* A line of diagnostics. */
TAP_UNUSED __attribute__((format(printf, 1, 2))) static void
diag(const char *format, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	printf("# ");
	tap_put(text, strlen(text));
	putchar('\n');
}

TAP_UNUSED __attribute__((format(printf, 2, 0))) static bool
tap_line(bool held, const char *format, va_list ap)
{
	char name[512];

	vsnprintf(name, sizeof(name), format, ap);
	printf("%sok %u - ", held ? "" : "not ", ++tap_count);
	tap_put(name, strlen(name));
	putchar('\n');
	if (!held)
		tap_failed++;
	return held;
}

TAP_UNUSED __attribute__((format(printf, 5, 6))) static bool
tap_ok(bool held, const char *file, int line, const char *cond,
    const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	tap_line(held, format, ap);
	va_end(ap);
	if (!held)
		diag("%s:%d: %s", file, line, cond);
	return held;
}

TAP_UNUSED __attribute__((format(printf, 5, 6))) static bool
tap_is_int(int64_t got, int64_t want, const char *file, int line,
    const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	tap_line(got == want, format, ap);
	va_end(ap);
	if (got != want)
		diag("%s:%d: got %" PRId64 ", want %" PRId64, file, line, got,
		    want);
	return got == want;
}

TAP_UNUSED __attribute__((format(printf, 7, 8))) static bool
tap_is_mem(const void *got, size_t got_len, const void *want, size_t want_len,
    const char *file, int line, const char *format, ...)
{
	bool held = got_len == want_len &&
	    (got_len == 0 || memcmp(got, want, got_len) == 0);
	va_list ap;

	va_start(ap, format);
	tap_line(held, format, ap);
	va_end(ap);
	if (!held) {
		diag("%s:%d:", file, line);
		printf("#  got: ");
		tap_put(got, got_len);
		printf("\n# want: ");
		tap_put(want, want_len);
		putchar('\n');
	}
	return held;
}

TAP_UNUSED __attribute__((format(printf, 5, 6))) static bool
tap_is_str(const char *got, const char *want, const char *file, int line,
    const char *format, ...)
{
	bool held = got != NULL && strcmp(got, want) == 0;
	va_list ap;

	va_start(ap, format);
	tap_line(held, format, ap);
	va_end(ap);
	if (!held)
		diag("%s:%d: got %s, want %s", file, line,
		    got != NULL ? got : "NULL", want);
	return held;
}

/* Print the plan. main() returns the result. */
TAP_UNUSED static int
done_testing(void)
{
	printf("1..%u\n", tap_count);
	return fflush(stdout) == EOF || ferror(stdout) || tap_failed > 0;
}

#endif
