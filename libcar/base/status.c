#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "libcar/base/status.h"

/*
 * The table here is the only place that knows what a code is called in the
 * stream, whether the job may succeed later, whether the program itself is in
 * trouble, and how often it asks again: what goes away by itself as often as
 * --retries says; a CAR that is damaged once, since each time costs a whole
 * download; and what a host says of a state that only time changes (FutureRev,
 * OldRev) not at all.
 */

static const struct {
	const char *name;
	bool retry, fatal;
	enum status_again again;
} codes[] = {
	[STATUS_OK] = { "OK", false, false },
	[STATUS_BAD_CAR] = { "BadCar", true, false, STATUS_ONCE_AGAIN },
	[STATUS_BAD_BLOCK] = { "BadBlock", true, false, STATUS_ONCE_AGAIN },
	[STATUS_MISSING_BLOCK] = { "MissingBlock", true, false,
	    STATUS_ONCE_AGAIN },
	[STATUS_BAD_COMMIT] = { "BadCommit", false, false },
	[STATUS_BAD_SIGNATURE] = { "BadSignature", false, false },
	[STATUS_NO_KEY] = { "NoKey", false, false },
	[STATUS_WRONG_DID] = { "WrongDid", false, false },
	[STATUS_BAD_REV] = { "BadRev", false, false },
	[STATUS_FUTURE_REV] = { "FutureRev", true, false },
	[STATUS_OLD_REV] = { "OldRev", true, false },
	[STATUS_BAD_TREE] = { "BadTree", false, false },
	[STATUS_BAD_RECORD] = { "BadRecord", false, false },
	[STATUS_BAD_KEY] = { "BadKey", false, false },
	[STATUS_INVALID_RECORD] = { "InvalidRecord", false, false },
	[STATUS_BAD_FRAME] = { "BadFrame", false, false },
	[STATUS_BAD_OPS] = { "BadOps", false, false },
	[STATUS_BAD_LINE] = { "BadLine", false, false },
	[STATUS_BAD_SYNTAX] = { "BadSyntax", false, false },
	[STATUS_TOO_LARGE] = { "TooLarge", false, false },
	[STATUS_UNREADABLE] = { "Unreadable", true, false },
	[STATUS_NOT_CAR] = { "BadCar", false, false },
	[STATUS_UNUSABLE] = { "Unreadable", false, false },
	[STATUS_EXCLUDED] = { "Excluded", false, false },
	[STATUS_NOT_FOUND] = { "NotFound", false, false },
	[STATUS_TOMBSTONED] = { "Tombstoned", false, false },
	[STATUS_NO_PDS] = { "NoPds", false, false },
	[STATUS_WRONG_HANDLE] = { "WrongHandle", false, false },
	[STATUS_REFUSED] = { "Refused", false, false },
	[STATUS_UNSUPPORTED] = { "Unsupported", false, false },
	[STATUS_RATE_LIMITED] = { "RateLimited", true, false,
	    STATUS_OFTEN_AGAIN },
	[STATUS_HOST_ERROR] = { "HostError", true, false, STATUS_OFTEN_AGAIN },
	[STATUS_TIMEOUT] = { "Timeout", true, false, STATUS_OFTEN_AGAIN },
	[STATUS_DNS] = { "DnsFailed", true, false, STATUS_OFTEN_AGAIN },
	[STATUS_TLS] = { "TlsFailed", true, false, STATUS_OFTEN_AGAIN },
	[STATUS_CONNECTION] = { "ConnectionFailed", true, false,
	    STATUS_OFTEN_AGAIN },
	[STATUS_OFFLINE] = { "Offline", true, false },
	[STATUS_PRIVATE_ADDRESS] = { "PrivateAddress", false, false },
	[STATUS_BAD_ANSWER] = { "BadAnswer", false, false },
	[STATUS_SYSTEM] = { "System", true, true },
	[STATUS_AGAIN] = { "Again", true, true },
};

static int __attribute__((format(printf, 4, 0))) set(struct status *st,
    enum status_code code, uint64_t pos, const char *format, va_list ap)
{
	st->code = code;
	st->pos = pos;
	st->after_ms = 0;
	st->no_files = false;
	st->name[0] = '\0';
	vsnprintf(st->msg, sizeof(st->msg), format, ap);
	return -1;
}

int
status_set(struct status *st, enum status_code code, uint64_t pos,
    const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	set(st, code, pos, format, ap);
	va_end(ap);
	return -1;
}

int
status_prefix(struct status *st, const char *format, ...)
{
	char old[sizeof(st->msg)];
	size_t len;
	va_list ap;

	memcpy(old, st->msg, sizeof(old));
	va_start(ap, format);
	vsnprintf(st->msg, sizeof(st->msg), format, ap);
	va_end(ap);
	len = strlen(st->msg);
	snprintf(st->msg + len, sizeof(st->msg) - len, "%s", old);
	return -1;
}

int
status_errno(struct status *st, const char *format, ...)
{
	int saved = errno;
	size_t len;
	va_list ap;

	va_start(ap, format);
	set(st, STATUS_SYSTEM, 0, format, ap);
	va_end(ap);
	st->no_files = saved == EMFILE || saved == ENFILE;
	len = strlen(st->msg);
	snprintf(st->msg + len, sizeof(st->msg) - len, ": %s", strerror(saved));
	return -1;
}

int
status_no_memory(struct status *st)
{
	return status_set(st, STATUS_SYSTEM, 0, "no memory");
}

void
status_call(struct status *st, const char *name, size_t len)
{
	size_t i;

	if (len == 0 || len >= sizeof(st->name) || name[0] < 'A')
		return;
	for (i = 0; i < len; i++)
		if (!((name[i] >= '0' && name[i] <= '9') ||
			(name[i] >= 'A' && name[i] <= 'Z') ||
			(name[i] >= 'a' && name[i] <= 'z')))
			return;
	memcpy(st->name, name, len);
	st->name[len] = '\0';
}

const char *
status_error(const struct status *st)
{
	return st->name[0] != '\0' ? st->name : status_name(st->code);
}

const char *
status_name(enum status_code code)
{
	return codes[code].name;
}

enum status_code
status_code_of(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(codes[i].name, name) == 0)
			return i;
	return STATUS_OK;
}

bool
status_retry(enum status_code code)
{
	return codes[code].retry;
}

enum status_again
status_again(enum status_code code)
{
	return codes[code].again;
}

bool
status_fatal(enum status_code code)
{
	return codes[code].fatal;
}
