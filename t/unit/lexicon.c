/*
 * u-lexicon lint <LEXICONS: a line for each line, `ok ID` or what is wrong.
 * u-lexicon check [-l] LEXICONS <LINES: a line for each line `COLLECTION TAB
 * RKEY TAB RECORD`: valid, unknown, or `RULE PATH` of each problem, with `...`
 * after the last if there are more, and `(incomplete)` at the end; -l is
 * lenient.
 * u-lexicon bench LEXICONS SECONDS <LINES: how fast that goes.
 * Without arguments: what takes more than a line to say.
 */
#include "config.h"

#include <time.h>

#include "libcar/lexicon/lexicon.h"
#include "t/lib/tap.h"

static const struct lexicon_lenience strict;
static const struct lexicon_lenience lenient = { true, true };

/* Lines without their LF; NULL at the end. */
static char *
next_line(FILE *f, size_t *len)
{
	static char *line;
	static size_t cap;
	ssize_t n = getline(&line, &cap, f);

	if (n == -1) {
		free(line);
		line = NULL;
		cap = 0;
		return NULL;
	}
	if (line[n - 1] == '\n')
		line[--n] = '\0';
	*len = n;
	return line;
}

static int
lint(void)
{
	struct lexicons *set = lexicons_new();
	struct status st;
	const char *id;
	char *line;
	size_t len;
	int rc;

	while ((line = next_line(stdin, &len)) != NULL) {
		rc = lexicons_add(set, line, len, &id, &st);
		if (rc == -1)
			printf("%s: %s\n", status_name(st.code), st.msg);
		else
			printf("%s %s\n", rc == 0 ? "ok" : "again", id);
	}
	while (lexicons_link(set, &st) == -1) {
		printf("link: %s\n", st.msg);
		id = lexicons_blamed(set);
		lexicons_remove(set, id, strlen(id));
	}
	lexicons_free(set);
	return 0;
}

static struct lexicons *
load(const char *path)
{
	struct lexicons *set = lexicons_new();
	FILE *f = fopen(path, "r");
	struct status st;
	char *line;
	size_t len;

	if (f == NULL) {
		perror(path);
		exit(2);
	}
	while ((line = next_line(f, &len)) != NULL)
		if (lexicons_add(set, line, len, NULL, &st) == -1) {
			fprintf(stderr, "%s\n", st.msg);
			exit(2);
		}
	fclose(f);
	if (lexicons_link(set, &st) == -1) {
		fprintf(stderr, "%s\n", st.msg);
		exit(2);
	}
	return set;
}

static void
print_report(const struct lexicon_report *r)
{
	const struct lexicon_problem *p;
	size_t i;

	for (i = 0; i < r->count; i++) {
		p = &r->problems[i];
		printf("%s%s %.*s", i > 0 ? ", " : "",
		    lexicon_rule_name(p->rule), (int)p->path_len,
		    r->text.data + p->path);
	}
	if (r->more > 0)
		printf(" ...");
}

static int
check_line(const struct lexicons *set, char *line,
    const struct lexicon_lenience *lenience, struct lexicon_report *r)
{
	const char *collection = strtok(line, "\t");
	const char *rkey = strtok(NULL, "\t"), *record = strtok(NULL, "");
	struct status st;

	if (record == NULL)
		record = "";
	return lexicons_check(set, collection, strlen(collection), rkey,
	    strlen(rkey), record, strlen(record), lenience, r, &st);
}

static int
check(const char *path, const struct lexicon_lenience *lenience)
{
	static struct lexicon_report r;
	struct lexicons *set = load(path);
	char *line;
	size_t len;
	int rc;

	while ((line = next_line(stdin, &len)) != NULL) {
		rc = check_line(set, line, lenience, &r);
		if (rc == LEXICON_INVALID)
			print_report(&r);
		else
			printf("%s", rc == LEXICON_VALID ? "valid" : "unknown");
		printf("%s\n", r.incomplete ? " (incomplete)" : "");
	}
	lexicon_report_free(&r);
	lexicons_free(set);
	return 0;
}

struct line {
	char *collection, *rkey, *record;
	size_t len;
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void
bench_lines(const struct lexicons *set, const struct line *lines, size_t n,
    double seconds)
{
	static struct lexicon_report r;
	double bytes = 0, start = now();
	size_t i, rounds, valid = 0;
	struct status st;

	for (rounds = 0; now() - start < seconds; rounds++)
		for (i = 0; i < n; i++) {
			valid += lexicons_check(set, lines[i].collection,
				     strlen(lines[i].collection), lines[i].rkey,
				     strlen(lines[i].rkey), lines[i].record,
				     lines[i].len, &strict, &r,
				     &st) == LEXICON_VALID;
			bytes += lines[i].len;
		}
	printf("%zu records, %zu valid, %.0f MB/s\n", n, valid / rounds,
	    bytes / 1e6 / (now() - start));
	lexicon_report_free(&r);
}

static int
bench(const char *path, double seconds)
{
	struct lexicons *set = load(path);
	struct line *lines = NULL;
	size_t n = 0, len;
	char *text;

	while ((text = next_line(stdin, &len)) != NULL) {
		lines = realloc(lines, (n + 1) * sizeof(*lines));
		text = strdup(text);
		lines[n].collection = strtok(text, "\t");
		lines[n].rkey = strtok(NULL, "\t");
		lines[n].record = strtok(NULL, "");
		lines[n].len = strlen(lines[n].record);
		n++;
	}
	bench_lines(set, lines, n, seconds);
	while (n > 0)
		free(lines[--n].collection);
	free(lines);
	lexicons_free(set);
	return 0;
}

/* Tests without arguments */

static const char record_head[] = "{\"lexicon\":1,\"id\":\"%s\",\"defs\":{"
				  "\"main\":{\"type\":\"record\","
				  "\"key\":\"any\",\"record\":"
				  "{\"type\":\"object\",\"properties\":{";
static const char record_tail[] = "}}}}}";

static __attribute__((format(printf, 2, 3))) void
put(struct buf *b, const char *format, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	buf_puts(b, text);
}

static void
repeat(struct buf *b, const char *text, size_t n)
{
	while (n-- > 0)
		buf_puts(b, text);
}

/* A document of one record with these properties. */
static void
begin_record(struct buf *b, const char *id)
{
	b->len = 0;
	put(b, record_head, id);
}

static int
add(struct lexicons *set, struct buf *b, struct status *st)
{
	return lexicons_add(set, b->data, b->len, NULL, st);
}

static void
must_add(struct lexicons *set, struct buf *b)
{
	struct status st = { 0 };

	if (!ok(add(set, b, &st) == 0, "a document is added"))
		diag("%s", st.msg);
}

static void
add_record(struct lexicons *set, struct buf *b)
{
	buf_puts(b, record_tail);
	must_add(set, b);
}

static void
must_link(struct lexicons *set)
{
	struct status st = { 0 };

	if (!ok(lexicons_link(set, &st) == 0, "they are linked"))
		diag("%s", st.msg);
}

static int
check_record(const struct lexicons *set, const char *id, const char *record,
    size_t len, struct lexicon_report *r)
{
	struct status st;
	char *copy = malloc(len); /* a sanitizer guards its end */
	int rc;

	memcpy(copy, record, len);
	rc = lexicons_check(set, id, strlen(id), NULL, 0, copy, len, &strict, r,
	    &st);
	free(copy);
	return rc;
}

/* The report, as `check` prints it. */
static void
is_report(const struct lexicon_report *r, const char *want, const char *name)
{
	struct buf said = { 0 };
	size_t i;

	for (i = 0; i < r->count; i++) {
		put(&said, "%s%s ", i > 0 ? ", " : "",
		    lexicon_rule_name(r->problems[i].rule));
		buf_put(&said, r->text.data + r->problems[i].path,
		    r->problems[i].path_len);
	}
	buf_putc(&said, '\0');
	is_str(said.data, want, "%s", name);
	buf_free(&said);
}

static void
is_verdict(const struct lexicons *set, const char *id, const char *record,
    const char *want)
{
	static struct lexicon_report r;
	int rc = check_record(set, id, record, strlen(record), &r);

	is_int(rc, *want == '\0', "%s: %s", record,
	    *want == '\0' ? "valid" : "not valid");
	is_report(&r, want, record);
	lexicon_report_free(&r);
}

static const char simple[] = "{\"lexicon\":1,\"id\":\"com.example.simple\","
			     "\"defs\":{\"main\":{\"type\":\"record\","
			     "\"key\":\"tid\",\"record\":"
			     "{\"type\":\"object\",\"properties\":"
			     "{\"a\":{\"type\":\"integer\"}}}}}}";

static void
test_adding(void)
{
	struct lexicons *set = lexicons_new();
	struct lexicon_report r = { 0 };
	const char *id = "x", *again;
	struct status st;

	is_int(lexicons_count(set), 0, "an empty set");
	must_link(set);
	ok(!lexicons_has_record(set, "com.example.simple", 18), "no record");
	is_int(check_record(set, "com.example.simple", "{}", 2, &r),
	    LEXICON_MISSING, "which is said of one");
	is_int(lexicons_add(set, simple, sizeof(simple) - 2, &id, &st), -1,
	    "half a document");
	ok(id == NULL, "has no id");
	is_int(lexicons_add(set, simple, sizeof(simple) - 1, &id, &st), 0,
	    "a document");
	is_str(id, "com.example.simple", "its id");
	is_int(lexicons_add(set, simple, sizeof(simple) - 1, &again, &st), 1,
	    "the same again");
	ok(again == id, "has the same id");
	is_int(lexicons_count(set), 1, "one document");
	must_link(set);
	ok(lexicons_has_record(set, "com.example.simple", 18), "a record");
	ok(!lexicons_has_record(set, "com.example.simple2", 19), "no other");
	ok(!lexicons_has_record(set, "com.example.simpl", 17), "nor this");
	is_int(lexicons_check(set, "com.example.simple", 18, NULL, 0,
		   "{\"$type\":\"com.example.simple\"}", 30, &strict, &r, &st),
	    LEXICON_VALID, "without rkey none is asked for");
	lexicons_remove(set, "com.example.simple", 18);
	lexicons_remove(set, "com.example.simple", 18);
	lexicons_remove(set, "com.example.other", 17);
	is_int(lexicons_count(set), 0, "it is removed, once");
	must_link(set);
	ok(!lexicons_has_record(set, "com.example.simple", 18), "and gone");
	is_int(lexicons_add(set, simple, sizeof(simple) - 1, NULL, &st), 0,
	    "it may come back");
	is_int(lexicons_count(set), 1, "and is there");
	must_link(set);
	ok(lexicons_has_record(set, "com.example.simple", 18), "as it was");
	lexicon_report_free(&r);
	lexicons_free(set);
	lexicons_free(NULL);
}

/* 200 documents; every third one refers to a token. */
static void
test_linking(void)
{
	struct lexicons *set = lexicons_new();
	struct buf b = { 0 };
	struct status st;
	const char *id;
	size_t i, refused = 0;

	put(&b,
	    "{\"lexicon\":1,\"id\":\"com.example.t\",\"defs\":"
	    "{\"t\":{\"type\":\"token\"},"
	    "\"o\":{\"type\":\"object\",\"properties\":{}}}}");
	must_add(set, &b);
	for (i = 0; i < 200; i++) {
		b.len = 0;
		put(&b,
		    "{\"lexicon\":1,\"id\":\"com.example.x%zu\",\"defs\":"
		    "{\"a\":{\"type\":\"array\",\"items\":{\"type\":"
		    "\"ref\",\"ref\":\"com.example.t#%s\"}}}}",
		    i, i % 3 == 0 ? "t" : "o");
		if (add(set, &b, &st) != 0)
			ok(false, "document %zu: %s", i, st.msg);
	}
	while (lexicons_link(set, &st) == -1 && refused++ < 200)
		if ((id = lexicons_blamed(set)) != NULL)
			lexicons_remove(set, id, strlen(id));
	is_int(refused, 67, "every third is refused");
	ok(lexicons_blamed(set) == NULL, "and none in the end");
	is_int(lexicons_count(set), 201 - 67, "the others stay");

	/* A document that replaces another one is looked up again. */
	lexicons_remove(set, "com.example.x1", 14);
	b.len = 0;
	put(&b,
	    "{\"lexicon\":1,\"id\":\"com.example.x1\",\"defs\":"
	    "{\"a\":{\"type\":\"array\",\"items\":{\"type\":"
	    "\"ref\",\"ref\":\"#b\"}}}}");
	must_add(set, &b);
	is_int(lexicons_link(set, &st), -1, "%s", "another x1");
	is_str(lexicons_blamed(set), "com.example.x1", "%s", st.msg);
	buf_free(&b);
	lexicons_free(set);
}

/* More problems than a report holds, longer paths, and another record. */
static void
test_report(void)
{
	struct lexicons *set = lexicons_new();
	struct lexicon_report r = { 0 };
	struct buf b = { 0 };
	size_t i;

	begin_record(&b, "com.example.r");
	put(&b, "\"a\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}");
	add_record(set, &b);
	must_link(set);

	b.len = 0;
	put(&b, "{\"$type\":\"com.example.r\",\"a\":[");
	for (i = 0; i < LEXICON_MAX_PROBLEMS + 20; i++)
		put(&b, "%s\"\"", i > 0 ? "," : "");
	put(&b, "]}");
	is_int(check_record(set, "com.example.r", b.data, b.len, &r), 0,
	    "many problems");
	is_int(r.count, LEXICON_MAX_PROBLEMS, "the report's full");
	is_int(r.more, 20, "and counts what doesn't fit");

	b.len = 0;
	put(&b, "{\"$type\":\"com.example.r\",\"x\":{\"");
	repeat(&b, "k", 1000);
	put(&b, "\":{\"");
	repeat(&b, "~", 600);
	put(&b, "\":1.5}}}");
	is_int(check_record(set, "com.example.r", b.data, b.len, &r), 0,
	    "a long path");
	is_int(r.count, 1, "one problem");
	is_int(r.more, 0, "no more of the last record");
	is_int(r.problems[0].path_len, 2 + 1 + 1000,
	    "the path ends where the next step doesn't fit");

	is_int(check_record(set, "com.example.r",
		   "{\"$type\":\"com.example.r\"}", 25, &r),
	    1, "the next record is valid");
	is_int(r.count, 0, "and has no problem");
	lexicon_report_free(&r);
	buf_free(&b);
	lexicons_free(set);
}

static void
test_limits(void)
{
	struct lexicons *set = lexicons_new();
	struct buf b = { 0 };
	struct status st;
	size_t depth;
	int rc;

	put(&b,
	    "{\"lexicon\":1,\"id\":\"com.example.l\",\"defs\":{},"
	    "\"x\":\"");
	repeat(&b, "x", LEXICON_MAX_BYTES - b.len - 2);
	put(&b, "\"}");
	is_int(b.len, LEXICON_MAX_BYTES, "a document of the largest size");
	must_add(set, &b);
	buf_putc(&b, ' ');
	is_int(add(set, &b, &st), -1, "a larger one");
	is_str(status_name(st.code), "TooLarge", "%s", st.msg);

	for (depth = LEXICON_MAX_DEPTH - 1; depth <= LEXICON_MAX_DEPTH;
	     depth++) {
		b.len = 0;
		put(&b,
		    "{\"lexicon\":1,\"id\":\"com.example.d%zu\","
		    "\"defs\":{\"a\":",
		    depth);
		repeat(&b, "{\"type\":\"array\",\"items\":", depth);
		put(&b, "{\"type\":\"unknown\"}");
		repeat(&b, "}", depth + 2);
		rc = add(set, &b, &st);
		is_int(rc, depth < LEXICON_MAX_DEPTH ? 0 : -1,
		    "%zu arrays in each other", depth);
	}
	is_str(status_name(st.code), "BadSyntax", "%s", st.msg);
	for (depth = 128; depth <= 129; depth++) {
		b.len = 0;
		put(&b,
		    "{\"lexicon\":1,\"id\":\"com.example.n%zu\","
		    "\"defs\":{\"",
		    depth);
		repeat(&b, "n", depth);
		put(&b, "\":{\"type\":\"token\"}}}");
		is_int(add(set, &b, &st), depth == 128 ? 0 : -1,
		    "a name of %zu bytes", depth);
	}
	b.len = 0;
	repeat(&b, "[", 300);
	is_int(add(set, &b, &st), -1, "%s", "300 arrays");
	is_str(st.msg, "JSON: nested too deeply", "no JSON");
	buf_free(&b);
	lexicons_free(set);
}

#define MEMBERS 10000

static void
test_big_union(void)
{
	struct lexicons *set = lexicons_new();
	struct buf b = { 0 };
	size_t i;

	begin_record(&b, "com.example.u");
	put(&b, "\"u\":{\"type\":\"union\",\"closed\":true,\"refs\":[");
	for (i = 0; i < MEMBERS; i++)
		put(&b, "\"com.example.m%zu#%s\",", i % 100,
		    i % 2 == 0 ? "main" : "x");
	for (i = 0; i < MEMBERS; i++)
		put(&b, "\"com.example.u%zu\",", i);
	put(&b, "\"com.example.m7\"]}");
	add_record(set, &b);
	b.len = 0;
	put(&b,
	    "{\"lexicon\":1,\"id\":\"com.example.u9999\",\"defs\":"
	    "{\"main\":{\"type\":\"object\",\"properties\":"
	    "{\"a\":{\"type\":\"null\"}}}}}");
	must_add(set, &b);
	must_link(set);
	is_verdict(set, "com.example.u",
	    "{\"$type\":\"com.example.u\",\"u\":"
	    "{\"$type\":\"com.example.u9999\",\"a\":1}}",
	    "type /u/a");
	is_verdict(set, "com.example.u",
	    "{\"$type\":\"com.example.u\",\"u\":"
	    "{\"$type\":\"com.example.u0\",\"a\":1}}",
	    "");
	is_verdict(set, "com.example.u",
	    "{\"$type\":\"com.example.u\",\"u\":"
	    "{\"$type\":\"com.example.m99#x\"}}",
	    "");
	is_verdict(set, "com.example.u",
	    "{\"$type\":\"com.example.u\",\"u\":"
	    "{\"$type\":\"com.example.u10000\"}}",
	    "union /u/$type");
	buf_free(&b);
	lexicons_free(set);
}

/* The maximum number of properties, all required; each one is looked up. */
static void
test_many_properties(void)
{
	struct lexicons *set = lexicons_new();
	struct lexicon_report r = { 0 };
	struct buf b = { 0 };
	struct status st;
	size_t i, n;

	for (n = 1024; n <= 1025; n++) {
		b.len = 0;
		put(&b,
		    "{\"lexicon\":1,\"id\":\"com.example.p%zu\",\"defs\":"
		    "{\"main\":{\"type\":\"record\",\"key\":\"any\","
		    "\"record\":{\"type\":\"object\",\"required\":[\"p0\"",
		    n);
		for (i = 1; i < n; i++)
			put(&b, ",\"p%zu\"", i);
		put(&b, "],\"properties\":{\"p0\":{\"type\":\"null\"}");
		for (i = 1; i < n; i++)
			put(&b, ",\"p%zu\":{\"type\":\"null\"}", i);
		put(&b, "}}}}}");
		is_int(add(set, &b, &st), n == 1024 ? 0 : -1, "%zu properties",
		    n);
	}
	must_link(set);
	b.len = 0;
	put(&b, "{\"$type\":\"com.example.p1024\"");
	for (i = 0; i < 1024; i++)
		if (i != 700)
			put(&b, ",\"p%zu\":null", 1023 - i);
	put(&b, "}");
	is_int(check_record(set, "com.example.p1024", b.data, b.len, &r), 0,
	    "all but one");
	is_report(&r, "required /p323", "which is missing");
	lexicon_report_free(&r);
	buf_free(&b);
	lexicons_free(set);
}

static const char tree[] = "{\"lexicon\":1,\"id\":\"com.example.tree\","
			   "\"defs\":{\"main\":{\"type\":\"record\","
			   "\"key\":\"any\",\"record\":{\"type\":\"object\","
			   "\"properties\":{"
			   "\"u\":{\"type\":\"union\",\"refs\":"
			   "[\"#main\",\"com.example.back#back\"]},"
			   "\"r\":{\"type\":\"ref\",\"ref\":\"#main\"},"
			   "\"any\":{\"type\":\"unknown\"},"
			   "\"l\":{\"type\":\"array\",\"items\":"
			   "{\"type\":\"ref\",\"ref\":\"#list\"}},"
			   "\"n\":{\"type\":\"integer\"}}}},"
			   "\"list\":{\"type\":\"array\",\"items\":"
			   "{\"type\":\"ref\",\"ref\":\"#list\"}}}}";
static const char back[] = "{\"lexicon\":1,\"id\":\"com.example.back\","
			   "\"defs\":{\"back\":{\"type\":\"object\","
			   "\"properties\":{\"t\":{\"type\":\"ref\","
			   "\"ref\":\"com.example.tree\"}}}}}";

/* A record with a value `depth` levels down, and its report. */
static void
must_descend(const struct lexicons *set, const char *open, const char *close,
    size_t depth, int want)
{
	static struct lexicon_report r;
	struct buf b = { 0 };

	put(&b, "{\"$type\":\"com.example.tree\",");
	repeat(&b, open, depth - 1);
	put(&b, "\"n\":7");
	repeat(&b, close, depth - 1);
	put(&b, "}");
	is_int(check_record(set, "com.example.tree", b.data, b.len, &r), want,
	    "%zu levels of %s", depth, open);
	if (want == 0)
		is_str(lexicon_rule_name(r.problems[0].rule), "json",
		    "are too many");
	lexicon_report_free(&r);
	buf_free(&b);
}

static void
test_depth(void)
{
	static const char *const levels[][2] = {
		{ "\"r\":{", "}" },
		{ "\"u\":{\"$type\":\"com.example.tree\",", "}" },
		{ "\"u\":{\"x\":1,\"$type\":\"com.example.other\",", "}" },
		{ "\"any\":{", "}" },
		{ "\"x\":{", "}" },
	};
	struct lexicons *set = lexicons_new();
	struct status st;
	size_t i;

	lexicons_add(set, tree, sizeof(tree) - 1, NULL, &st);
	must_link(set);
	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		must_descend(set, levels[i][0], levels[i][1], 256, 1);
		must_descend(set, levels[i][0], levels[i][1], 257, 0);
		must_descend(set, levels[i][0], levels[i][1], 100000, 0);
	}
	lexicons_free(set);
}

static void
test_cycles(void)
{
	struct lexicons *set = lexicons_new();
	struct lexicon_report r = { 0 };
	struct status st;
	const char *record = "{\"$type\":\"com.example.tree\",\"u\":"
			     "{\"$type\":\"com.example.back#back\"}}";

	lexicons_add(set, tree, sizeof(tree) - 1, NULL, &st);
	must_link(set);
	is_int(check_record(set, "com.example.tree", record, strlen(record),
		   &r),
	    LEXICON_VALID, "without the other document");
	ok(r.incomplete, "incomplete");
	lexicons_add(set, back, sizeof(back) - 1, NULL, &st);
	must_link(set);
	is_int(check_record(set, "com.example.tree", record, strlen(record),
		   &r),
	    LEXICON_VALID, "with the other document");
	ok(!r.incomplete, "complete");
	is_verdict(set, "com.example.tree",
	    "{\"$type\":\"com.example.tree\",\"u\":"
	    "{\"$type\":\"com.example.back#back\",\"t\":{\"u\":"
	    "{\"$type\":\"com.example.tree\",\"r\":{\"n\":\"\"}}}}}",
	    "type /u/t/u/r/n");
	is_verdict(set, "com.example.tree",
	    "{\"$type\":\"com.example.tree\",\"l\":[[],[[[7]]]]}",
	    "type /l/1/0/0/0");
	lexicons_remove(set, "com.example.back", 16);
	must_link(set);
	is_int(check_record(set, "com.example.tree", record, strlen(record),
		   &r),
	    LEXICON_VALID, "it is taken out again");
	ok(r.incomplete, "incomplete");
	lexicon_report_free(&r);
	lexicons_free(set);
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "lint") == 0)
		return lint();
	if (argc == 3 && strcmp(argv[1], "check") == 0)
		return check(argv[2], &strict);
	if (argc == 4 && strcmp(argv[1], "check") == 0)
		return check(argv[3], &lenient);
	if (argc == 4 && strcmp(argv[1], "bench") == 0)
		return bench(argv[2], atof(argv[3]));
	test_adding();
	test_linking();
	test_report();
	test_limits();
	test_big_union();
	test_many_properties();
	test_depth();
	test_cycles();
	return done_testing();
}
