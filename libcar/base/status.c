#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "libcar/base/status.h"

/*
 * Only this table knows the name of a code in the stream, whether the job may
 * succeed later, whether the program itself can't continue, and how often it
 * retries: temporary failures as often as --retries says; a damaged CAR once,
 * because each retry is a whole download; and states that only time changes
 * (FutureRev, OldRev) not at all.
 */

static const struct {
	const char *name;
	bool retry, fatal;
	enum status_again again;
} codes[] = {
	[STATUS_OK] = { .name = "OK" },
	[STATUS_BAD_CAR] = { .name = "BadCar",
	    .retry = true,
	    .again = STATUS_ONCE_AGAIN },
	[STATUS_BAD_BLOCK] = { .name = "BadBlock",
	    .retry = true,
	    .again = STATUS_ONCE_AGAIN },
	[STATUS_MISSING_BLOCK] = { .name = "MissingBlock",
	    .retry = true,
	    .again = STATUS_ONCE_AGAIN },
	[STATUS_BAD_COMMIT] = { .name = "BadCommit" },
	[STATUS_BAD_SIGNATURE] = { .name = "BadSignature" },
	[STATUS_NO_KEY] = { .name = "NoKey" },
	[STATUS_WRONG_DID] = { .name = "WrongDid" },
	[STATUS_WRONG_HOST] = { .name = "WrongHost" },
	[STATUS_BAD_REV] = { .name = "BadRev" },
	[STATUS_FUTURE_REV] = { .name = "FutureRev", .retry = true },
	[STATUS_OLD_REV] = { .name = "OldRev", .retry = true },
	[STATUS_BAD_TREE] = { .name = "BadTree" },
	[STATUS_BAD_RECORD] = { .name = "BadRecord" },
	[STATUS_BAD_KEY] = { .name = "BadKey" },
	[STATUS_INVALID_RECORD] = { .name = "InvalidRecord" },
	[STATUS_BAD_FRAME] = { .name = "BadFrame" },
	[STATUS_BAD_OPS] = { .name = "BadOps" },
	[STATUS_UNPROVED] = { .name = "Unproved", .retry = true },
	[STATUS_BAD_OPERATION] = { .name = "BadOperation" },
	[STATUS_BAD_CID] = { .name = "BadCid" },
	[STATUS_BAD_DID] = { .name = "BadDid" },
	[STATUS_BAD_PREV] = { .name = "BadPrev" },
	[STATUS_AFTER_TOMBSTONE] = { .name = "AfterTombstone" },
	[STATUS_BAD_TIME] = { .name = "BadTime" },
	[STATUS_EARLY_NULLIFICATION] = { .name = "EarlyNullification" },
	[STATUS_LATE_NULLIFICATION] = { .name = "LateNullification" },
	[STATUS_WEAK_NULLIFICATION] = { .name = "WeakNullification" },
	[STATUS_BAD_LINE] = { .name = "BadLine" },
	[STATUS_BAD_SYNTAX] = { .name = "BadSyntax" },
	[STATUS_TOO_LARGE] = { .name = "TooLarge" },
	[STATUS_UNREADABLE] = { .name = "Unreadable", .retry = true },
	[STATUS_NOT_CAR] = { .name = "BadCar" },
	[STATUS_UNUSABLE] = { .name = "Unreadable" },
	[STATUS_EXCLUDED] = { .name = "Excluded" },
	[STATUS_NOT_FOUND] = { .name = "NotFound" },
	[STATUS_TOMBSTONED] = { .name = "Tombstoned" },
	[STATUS_NO_PDS] = { .name = "NoPds" },
	[STATUS_WRONG_HANDLE] = { .name = "WrongHandle" },
	[STATUS_REFUSED] = { .name = "Refused" },
	[STATUS_UNSUPPORTED] = { .name = "Unsupported" },
	[STATUS_RATE_LIMITED] = { .name = "RateLimited",
	    .retry = true,
	    .again = STATUS_OFTEN_AGAIN },
	[STATUS_HOST_ERROR] = { .name = "HostError",
	    .retry = true,
	    .again = STATUS_OFTEN_AGAIN },
	[STATUS_TIMEOUT] = { .name = "Timeout",
	    .retry = true,
	    .again = STATUS_OFTEN_AGAIN },
	[STATUS_DNS] = { .name = "DnsFailed",
	    .retry = true,
	    .again = STATUS_OFTEN_AGAIN },
	[STATUS_TLS] = { .name = "TlsFailed",
	    .retry = true,
	    .again = STATUS_OFTEN_AGAIN },
	[STATUS_CONNECTION] = { .name = "ConnectionFailed",
	    .retry = true,
	    .again = STATUS_OFTEN_AGAIN },
	[STATUS_OFFLINE] = { .name = "Offline", .retry = true },
	[STATUS_PRIVATE_ADDRESS] = { .name = "PrivateAddress" },
	[STATUS_BAD_ANSWER] = { .name = "BadAnswer" },
	[STATUS_SYSTEM] = { .name = "System", .retry = true, .fatal = true },
	[STATUS_AGAIN] = { .name = "Again", .retry = true, .fatal = true },
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
