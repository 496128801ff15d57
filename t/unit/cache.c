/*
 * u-cache open FILE: open the cache, put a value and get it.
 * u-cache: the tests, in an empty directory.
 * u-cache busy: tests in which a process waits for another.
 * u-cache speed: measure.
 */
#include "config.h"

#include <sys/wait.h>

#include <sqlite3.h>
#include <time.h>
#include <unistd.h>

#include "libcar/net/cache.h"
#include "t/lib/tap.h"

#define PROCESSES 8
#define PUTS 200 /* by each process */
#define LARGE (256 << 10)

static const char did[] = "did:plc:h2qnjxmcrp5pdohnb2y5psjt";

static struct cache *
must_open(const char *path)
{
	struct status st = { 0 };
	struct cache *c = cache_open(path, &st);

	if (!ok(c != NULL, "opens %s", path)) {
		diag("%s: %s", status_name(st.code), st.msg);
		exit(1);
	}
	return c;
}

static void
put(struct cache *c, const char *name, const void *value, size_t len,
    uint64_t now)
{
	struct status st = { 0 };

	if (!ok(cache_put(c, name, strlen(name), value, len, now, &st) == 0,
		"puts %zu bytes", len))
		diag("%s", st.msg);
}

static void
put_fault(struct cache *c, const char *name, enum status_code code,
    const char *host_error, uint64_t now)
{
	struct status fault, st = { 0 };

	status_set(&fault, code, 7, "message of %s", status_name(code));
	status_call(&fault, host_error, strlen(host_error));
	fault.after_ms = 1500;
	if (!ok(cache_put_fault(c, name, strlen(name), &fault, now, &st) == 0,
		"puts %s", status_name(code)))
		diag("%s", st.msg);
}

/* If the call doesn't set something, the test sees it. */
static struct cache_entry
get(struct cache *c, const char *name, int want)
{
	struct cache_entry e;
	struct status st = { 0 };

	memset(&e, 0xa5, sizeof(e));
	if (!ok(cache_get(c, name, strlen(name), &e, &st) == want, "gets %d",
		want))
		diag("%s", st.msg);
	return e;
}

static void
is_value(const struct cache_entry *e, const void *want, size_t len, uint64_t ms)
{
	ok(e->value != NULL, "has a value");
	is_mem(e->value, e->len, want, len, "this one");
	is_int(e->value_ms, ms, "of that time");
}

static void
is_fault(const struct cache_entry *e, enum status_code code,
    const char *host_error, uint64_t ms)
{
	char want[64];

	snprintf(want, sizeof(want), "message of %s", status_name(code));
	is_int(e->fault.code, code, "met %s", status_name(code));
	is_str(e->fault.name, host_error, "the host's word");
	is_str(e->fault.msg, want, "the message");
	is_int(e->fault.after_ms, 1500, "how long to wait");
	is_int(e->fault.pos, 0, "no position");
	is_int(e->fault_ms, ms, "when");
}

static void
no_fault(const struct cache_entry *e)
{
	is_int(e->fault.code, STATUS_OK, "no fault");
	is_int(e->fault_ms, 0, "at no time");
}

static void
test_entry(void)
{
	struct cache *c = must_open("entry");
	struct cache_entry e = get(c, did, 0);

	ok(e.value == NULL && e.len == 0, "there is no value");
	no_fault(&e);
	put(c, did, "one", 3, 1000);
	e = get(c, did, 1);
	is_value(&e, "one", 3, 1000);
	no_fault(&e);
	put_fault(c, did, STATUS_HOST_ERROR, "UpstreamFailure", 2000);
	e = get(c, did, 1);
	is_value(&e, "one", 3, 1000);
	is_fault(&e, STATUS_HOST_ERROR, "UpstreamFailure", 2000);
	put_fault(c, did, STATUS_TIMEOUT, "", 3000);
	e = get(c, did, 1);
	is_value(&e, "one", 3, 1000);
	is_fault(&e, STATUS_TIMEOUT, "", 3000);
	put(c, did, "two", 3, 4000);
	e = get(c, did, 1);
	is_value(&e, "two", 3, 4000);
	no_fault(&e);
	cache_close(c);
}

static void
test_final_fault(void)
{
	struct cache *c = must_open("entry");
	struct cache_entry e;

	put_fault(c, did, STATUS_TOMBSTONED, "", 5000);
	e = get(c, did, 1);
	ok(e.value == NULL && e.len == 0, "the value is gone");
	is_int(e.value_ms, 0, "with its time");
	is_fault(&e, STATUS_TOMBSTONED, "", 5000);
	put_fault(c, did, STATUS_DNS, "", 6000);
	e = get(c, did, 1);
	ok(e.value == NULL, "it doesn't come back");
	is_fault(&e, STATUS_DNS, "", 6000);
	put_fault(c, "alice.test", STATUS_NOT_FOUND, "HandleNotFound", 7000);
	e = get(c, "alice.test", 1);
	ok(e.value == NULL, "a fault alone");
	is_fault(&e, STATUS_NOT_FOUND, "HandleNotFound", 7000);
	put(c, "alice.test", did, strlen(did), 8000);
	cache_close(c);
	c = must_open("entry");
	e = get(c, "alice.test", 1);
	is_value(&e, did, strlen(did), 8000);
	no_fault(&e);
	cache_close(c);
}

static void
test_bytes(void)
{
	struct cache *c = must_open("bytes");
	struct cache_entry e;
	struct status st = { 0 };
	char *large = malloc(LARGE);

	for (int i = 0; i < LARGE; i++)
		large[i] = i * 2654435761u >> 24;
	put(c, "", "of nobody", 9, 1);
	put(c, "nul", "a\0b\0", 4, UINT64_C(1) << 60);
	put(c, "empty", NULL, 0, 3);
	e = get(c, "empty", 1);
	is_value(&e, "", 0, 3);
	put(c, "large", large, LARGE, 4);
	is_int(cache_put(c, "a\0b", 3, "1", 1, 5, &st), 0, "a name with NUL");
	is_int(cache_put(c, "a\xff", 2, "2", 1, 5, &st), 0, "no UTF-8");
	e = get(c, "", 1);
	is_value(&e, "of nobody", 9, 1);
	e = get(c, "nul", 1);
	is_value(&e, "a\0b\0", 4, UINT64_C(1) << 60);
	e = get(c, "large", 1);
	is_value(&e, large, LARGE, 4);
	get(c, "a", 0);
	is_int(cache_get(c, "a\0b", 3, &e, &st), 1, "a name with NUL");
	is_value(&e, "1", 1, 5);
	is_int(cache_get(c, "a\xff", 2, &e, &st), 1, "no UTF-8");
	is_value(&e, "2", 1, 5);
	is_int(cache_get(c, NULL, 0, &e, &st), 1, "no name at all");
	is_value(&e, "of nobody", 9, 1);
	cache_close(c);
	free(large);
}

/* Every code is the same after it was stored and read. */
static void
test_codes(void)
{
	struct cache *c = must_open("codes");
	struct cache_entry e;
	unsigned code;

	for (code = STATUS_OK + 1; code <= STATUS_AGAIN; code++) {
		/* These have names of other codes, and aren't cached. */
		if (code == STATUS_NOT_CAR || code == STATUS_UNUSABLE)
			continue;
		is_int(status_code_of(status_name(code)), code, "%s",
		    status_name(code));
		put_fault(c, did, code, "Word", code);
		e = get(c, did, 1);
		is_fault(&e, code, "Word", code);
	}
	is_int(status_code_of("Timeou"), STATUS_OK, "a part of a name");
	is_int(status_code_of("timeout"), STATUS_OK, "lower case");
	is_int(status_code_of(""), STATUS_OK, "no name");
	cache_close(c);
}

/* The longest message and host name, and longer ones. */
static void
test_long_fault(void)
{
	struct cache *c = must_open("codes");
	struct cache_entry e;
	struct status fault = { .code = STATUS_REFUSED, .after_ms = 0 };
	struct status st = { 0 };

	memset(fault.name, 'N', sizeof(fault.name) - 1);
	memset(fault.msg, 'm', sizeof(fault.msg) - 1);
	cache_put_fault(c, did, strlen(did), &fault, 1, &st);
	e = get(c, did, 1);
	is_str(e.fault.name, fault.name, "the longest name");
	is_str(e.fault.msg, fault.msg, "the longest message");
	is_int(e.fault.after_ms, 0, "no wait");
	cache_close(c);
}

static int
put_many(unsigned process)
{
	char name[64], value[4096];
	struct status st = { 0 };
	struct cache *c = cache_open("shared", &st);
	struct cache_entry e;
	int i, rc = c == NULL ? -1 : 0;

	memset(value, '0' + process, sizeof(value));
	for (i = 0; i < PUTS && rc == 0; i++) {
		snprintf(name, sizeof(name), "did:plc:%u.%d", process, i);
		rc = cache_get(c, did, strlen(did), &e, &st);
		if (rc == 1 &&
		    (e.len != sizeof(value) ||
			e.value[0] != e.value[e.len - 1]))
			rc = -1;
		if (rc != -1)
			rc = cache_put(c, name, strlen(name), value,
			    sizeof(value), i, &st);
		if (rc == 0)
			rc = cache_put(c, did, strlen(did), value,
			    sizeof(value), i, &st);
	}
	if (rc == -1)
		diag("process %u: %s", process, st.msg);
	cache_close(c);
	return rc == -1 ? fflush(stdout), 1 : 0;
}

/* They also create it together. */
static void
test_processes(void)
{
	char name[64];
	struct cache *c;
	struct cache_entry e;
	struct status st = { 0 };
	unsigned i, bad = 0, there = 0;
	int code;

	fflush(stdout);
	for (i = 0; i < PROCESSES; i++)
		if (fork() == 0)
			_exit(put_many(i));
	while (wait(&code) != -1)
		bad += code != 0;
	is_int(bad, 0, "%d processes that put at once", PROCESSES);
	c = must_open("shared");
	for (i = 0; i < PROCESSES * PUTS; i++) {
		snprintf(name, sizeof(name), "did:plc:%u.%u", i / PUTS,
		    i % PUTS);
		there += cache_get(c, name, strlen(name), &e, &st) == 1 &&
		    e.len == 4096 && e.value[4095] == '0' + (char)(i / PUTS);
	}
	is_int(there, PROCESSES * PUTS, "all is there");
	cache_close(c);
}

/* A value that was read holds no lock: another process may write, and so may
 * this one. */
static void
test_no_hold(void)
{
	struct cache *a = must_open("entry"), *b = must_open("entry");
	struct cache_entry e = get(a, "alice.test", 1);

	put(b, "alice.test", "b", 1, 9000);
	is_value(&e, did, strlen(did), 8000);
	put(a, "alice.test", "a", 1, 9001);
	e = get(b, "alice.test", 1);
	is_value(&e, "a", 1, 9001);
	cache_close(a);
	cache_close(b);
}

static void
test_refused(void)
{
	struct status st = { 0 };

	ok(cache_open("", &st) == NULL, "no name");
	is_str(status_name(st.code), "System", "%s", st.msg);
	ok(cache_open("gone/cache", &st) == NULL, "no directory");
	is_str(status_name(st.code), "System", "its code");
	is_str(st.msg,
	    "gone/cache: unable to open database file: "
	    "No such file or directory",
	    "its message");
	ok(cache_open(".", &st) == NULL, "a directory");
	is_str(status_name(st.code), "System", "%s", st.msg);
	cache_close(NULL);
}

/* Another process writes and doesn't finish: reading still works. */
static int
busy(void)
{
	struct cache *c = must_open("busy");
	struct cache_entry e;
	struct status st = { 0 };
	sqlite3 *other;

	put(c, did, "one", 3, 1);
	sqlite3_open("busy", &other);
	is_int(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL),
	    SQLITE_OK, "another begins");
	e = get(c, did, 1);
	is_value(&e, "one", 3, 1);
	is_int(cache_put(c, did, strlen(did), "two", 3, 2, &st), -1,
	    "can't write");
	is_str(status_name(st.code), "Again", "%s", st.msg);
	sqlite3_close(other);
	put(c, did, "two", 3, 3);
	e = get(c, did, 1);
	is_value(&e, "two", 3, 3);
	cache_close(c);
	return done_testing();
}

static int
try(const char *path)
{
	struct status st = { 0 };
	struct cache *c = cache_open(path, &st);
	struct cache_entry e = { NULL, 0, 0, { 0 }, 0 };
	int rc = 0;

	if (c == NULL || (rc = cache_get(c, did, strlen(did), &e, &st)) == -1 ||
	    cache_put(c, did, strlen(did), "new", 3, 1, &st) == -1) {
		fprintf(stderr, "%s: %s\n", status_name(st.code), st.msg);
		rc = -1;
	} else
		printf("%.*s%s\n", (int)e.len, e.value != NULL ? e.value : "",
		    e.fault.msg);
	cache_close(c);
	return rc == -1 ? 2 : 0;
}

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* The size of an identity: 1,500 bytes of DID document. */
static int
speed(void)
{
	struct cache *c = must_open("speed");
	struct cache_entry e;
	struct status st = { 0 };
	char name[64], value[1500];
	double begin, middle;
	int i, n = 10000, bad = 0;

	memset(value, 'v', sizeof(value));
	begin = seconds();
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "did:plc:%024d", i * 7919 % 10007);
		bad += cache_put(c, name, strlen(name), value, sizeof(value), i,
			   &st) != 0;
	}
	middle = seconds();
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "did:plc:%024d", i * 7919 % 10007);
		bad += cache_get(c, name, strlen(name), &e, &st) != 1;
	}
	is_int(bad, 0, "%d puts and gets", n);
	diag("%.0f puts/s, %.0f gets/s", n / (middle - begin),
	    n / (seconds() - middle));
	cache_close(c);
	return done_testing();
}

int
main(int argc, char **argv)
{
	if (argc == 3)
		return try(argv[2]);
	if (argc == 2 && strcmp(argv[1], "busy") == 0)
		return busy();
	if (argc == 2)
		return speed();
	test_entry();
	test_final_fault();
	test_bytes();
	test_codes();
	test_long_fault();
	test_no_hold();
	test_processes();
	test_refused();
	return done_testing();
}
