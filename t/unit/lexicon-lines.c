/*
 * Lexicons from bytes and lines, and lines checked by them: the reports of
 * unused documents, and the result for each line.
 */
#include "config.h"

#include "libcar/lexicon/catalog.h"
#include "libcar/lexicon/checker.h"
#include "t/lib/tap.h"

#define ALICE "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
#define BOB "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb"
#define OLD "3jzfcijpj2z2a"
#define NEW "3kzfcijpj2z2a"
#define CID "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a"

/* A record of one property, which may have a limit or a reference. */
#define LEXICON(id, property) \
	"{\"$type\":\"com.atproto.lexicon.schema\",\"lexicon\":1,\"id\":\"" id \
	"\",\"defs\":{\"main\":{\"type\":\"record\",\"key\":\"any\"," \
	"\"record\":{\"type\":\"object\",\"properties\":{\"a\":" property \
	"}}}}}"
#define INTEGER "{\"type\":\"integer\"}"
#define SMALL "{\"type\":\"integer\",\"maximum\":9}"
#define ABSENT "{\"type\":\"ref\",\"ref\":\"com.example.absent\"}"

#define RECORD(did, rev, collection, rkey, record) \
	"{\"type\":\"record\",\"did\":\"" did "\",\"rev\":\"" rev \
	"\",\"collection\":\"" collection "\",\"rkey\":\"" rkey \
	"\",\"action\":\"create\",\"source\":\"car\",\"cid\":\"" CID \
	"\",\"record\":" record "}"
#define SCHEMA(did, rev, id, property) \
	RECORD(did, rev, "com.atproto.lexicon.schema", id, \
	    LEXICON(id, property))
#define POST(collection, record) \
	RECORD(ALICE, NEW, collection, "x", \
	    "{\"$type\":\"" collection "\"," record "}")

/* What was reported, a line each. */
static char told[2048];

static void
note(void *ctx, const struct lexicon_finding *f)
{
	static const char *const flaws[] = {
		[LEXICON_BAD] = "bad",
		[LEXICON_DIFFERS] = "differs",
		[LEXICON_OVERRULED] = "overruled",
	};
	size_t len = strlen(told);

	is_str(ctx, "context", "the context is handed on");
	snprintf(told + len, sizeof(told) - len, "%s %s%s%s%s%s\n",
	    flaws[f->flaw], f->place, f->other != NULL ? " from " : "",
	    f->other != NULL ? f->other : "", f->why != NULL ? ": " : "",
	    f->why != NULL ? f->why->msg : "");
}

static void
begin(struct lexicon_catalog *c)
{
	static char context[] = "context";

	*c = (struct lexicon_catalog){ .tell = note, .ctx = context };
	told[0] = '\0';
}

static void
add_file(struct lexicon_catalog *c, const char *path, const char *json)
{
	struct status st;

	is_int(lexicon_catalog_add_file(c, path, json, strlen(json), &st), 0,
	    "%s is taken", path);
}

static int
add_line(struct lexicon_catalog *c, const char *text)
{
	struct line l = { .type = LINE_UNKNOWN };
	struct status st;
	int rc;

	is_int(line_parse(&l, text, strlen(text), &st), 0, "a line");
	rc = lexicon_catalog_add_line(c, &l, &st);
	line_free(&l);
	return rc;
}

static void
ends(struct lexicon_catalog *c, const char *message, const char *findings)
{
	struct status st = { 0 };
	int rc = lexicon_catalog_link(c, &st);

	is_str(rc == 0 ? "" : st.msg, message, "what linking says");
	is_str(told, findings, "what is told");
}

/* Each document that is replaced by another, or removed. */
static void
test_ranks(void)
{
	struct lexicon_catalog c;
	struct status st;

	begin(&c);
	is_int(lexicon_catalog_add_authority(&c, BOB, &st), 0, "an authority");
	is_int(lexicon_catalog_add_authority(&c, "bob", &st), -1, "%s", st.msg);
	add_file(&c, "a.json", LEXICON("com.example.a", INTEGER));
	add_line(&c, SCHEMA(BOB, OLD, "com.example.a", INTEGER));
	add_line(&c, SCHEMA(BOB, NEW, "com.example.a", SMALL));
	add_line(&c, SCHEMA(ALICE, NEW, "com.example.b", SMALL));
	ends(&c, "",
	    "overruled a.json from at://" BOB
	    "/com.atproto.lexicon.schema/com.example.a\n");
	is_int(lexicons_count(c.set), 2, "two are in the set");
	lexicon_catalog_free(&c);
	is_int(c.count, 0, "and none is left");
}

static void
test_conflict(bool strict)
{
	struct lexicon_catalog c;

	begin(&c);
	add_file(&c, "b.json", LEXICON("com.example.a", INTEGER));
	add_file(&c, "a.json", LEXICON("com.example.a", INTEGER));
	add_line(&c, SCHEMA(ALICE, NEW, "com.example.a", SMALL));
	c.strict = strict;
	ends(&c, strict ? "lexicons differ; --authority says whose counts" : "",
	    "differs at://" ALICE
	    "/com.atproto.lexicon.schema/com.example.a from b.json\n");
	lexicon_catalog_free(&c);
}

/* A document with a bad reference is replaced by the next one, which is not
 * reported then. */
static void
test_bad_reference(void)
{
	struct lexicon_catalog c;
	struct status st;

	begin(&c);
	lexicon_catalog_add_authority(&c, BOB, &st);
	add_line(&c,
	    SCHEMA(BOB, NEW, "com.example.a",
		"{\"type\":\"ref\",\"ref\":\"#none\"}"));
	add_file(&c, "a.json", LEXICON("com.example.a", INTEGER));
	ends(&c, "",
	    "bad at://" BOB
	    "/com.atproto.lexicon.schema/com.example.a: com.example.a: "
	    "reference to com.example.a#none: no such definition\n");
	is_int(lexicons_count(c.set), 1, "the file is in the set");
	lexicon_catalog_free(&c);
}

static void
test_bad_documents(bool strict)
{
	struct lexicon_catalog c;
	struct status why;

	begin(&c);
	add_file(&c, "a.json", "{\"id\":1}");
	status_set(&why, STATUS_UNREADABLE, 0, "can't read");
	lexicon_catalog_add_bad(&c, "b.json", &why);
	is_int(add_line(&c, "{\"type\":\"other\"}"), 0, "another line");
	is_int(add_line(&c,
		   RECORD(ALICE, NEW, "com.atproto.lexicon.schema",
		       "com.example.x", LEXICON("com.example.y", INTEGER))),
	    0, "another id");
	c.strict = strict;
	ends(&c, strict ? "3 bad lexicons" : "no lexicons",
	    "bad b.json: can't read\n"
	    "bad at://" ALICE
	    "/com.atproto.lexicon.schema/com.example.x: its id "
	    "'com.example.y' is not its record key\n"
	    "bad a.json: not a lexicon: "
	    "want an object with \"lexicon\": 1\n");
	lexicon_catalog_free(&c);
	begin(&c);
	ends(&c, "no lexicons", "");
	c.tell = NULL;
	lexicon_catalog_add_bad(&c, "b.json", &why);
	lexicon_catalog_free(&c);
}

/* After a record is deleted, no earlier document has its id. */
static void
test_deleted(void)
{
	struct lexicon_catalog c;

	begin(&c);
	add_line(&c, SCHEMA(ALICE, OLD, "com.example.a", INTEGER));
	add_line(&c,
	    "{\"type\":\"record\",\"did\":\"" ALICE "\",\"rev\":\"" NEW
	    "\",\"collection\":\"com.atproto.lexicon.schema\",\"rkey\":"
	    "\"com.example.a\",\"action\":\"delete\",\"source\":\"live\"}");
	ends(&c, "no lexicons", "");
	lexicon_catalog_free(&c);
}

static struct lexicons *
make_set(void)
{
	static const char *const documents[] = {
		LEXICON("com.example.small", SMALL),
		LEXICON("com.example.part", ABSENT),
	};
	struct lexicons *set = lexicons_new();
	struct status st;
	size_t i;

	for (i = 0; i < 2; i++)
		is_int(lexicons_add(set, documents[i], strlen(documents[i]),
			   NULL, &st),
		    0, "a document");
	is_int(lexicons_link(set, &st), 0, "linked");
	return set;
}

/* want: the problem, "" for none, NULL for the line itself. */
static void
is_checked(struct lexicon_checker *c, const char *text, const char *want)
{
	const struct lexicon_report *r = &c->report;
	struct status st;
	bool invalid;
	int rc = lexicon_checker_line(c, text, strlen(text), &invalid, &st);

	is_int(rc, want == NULL ? -1 : 0, "%.60s: %s", text,
	    rc == -1 ? st.msg : "read");
	if (want == NULL || rc == -1)
		return;
	is_int(invalid, *want != '\0', "is it valid?");
	if (invalid)
		ok(r->problems[0].message_len == strlen(want) &&
			memcmp(r->text.data + r->problems[0].message, want,
			    strlen(want)) == 0,
		    "%s", want);
}

static void
test_lines(bool required)
{
	static const struct filter all;
	struct lexicon_checker c = { .filter = &all, .required = required };
	struct lexicons *set = make_set();
	const struct lexicon_summary_row *row;
	bool fresh;
	struct status st;

	c.set = set;
	is_checked(&c, POST("com.example.small", "\"a\":9"), "");
	is_checked(&c, POST("com.example.small", "\"a\":10"),
	    "have 10, want 9 or less");
	is_checked(&c, POST("com.example.part", "\"a\":1"),
	    required ? "a lexicon that its lexicon refers to is missing" : "");
	is_checked(&c, POST("com.example.none", "\"a\":1"),
	    required ? "no lexicon for this collection" : "");
	is_checked(&c, "{\"type\":\"commit\"", NULL);
	is_checked(&c, "", "");
	is_checked(&c, "{\"type\":\"other\",\"record\":[]}", "");
	row = lexicon_summary_find(&c.summary, "com.example.small", 17, &fresh,
	    &st);
	is_int(row->valid, 1, "a valid one is counted");
	is_int(row->invalid, 1, "and an invalid one");
	is_int(row->rules[LEXICON_MAXIMUM], 1, "for its reason");
	lexicon_checker_free(&c);
	lexicons_free(set);
}

/* The fields behind a record aren't part of it. */
static void
test_more_fields(void)
{
	static const char *patterns[] = { "com.example.small" };
	struct filter filter = { .patterns = patterns, .count = 1 };
	struct lexicon_checker c = { .filter = &filter };
	struct lexicons *set = make_set();
	char line[1024];

	c.set = set;
	strcpy(line, POST("com.example.small", "\"a\":9"));
	strcpy(strrchr(line, '}'), ",\"more\":{}}");
	is_checked(&c, line, "");
	strcpy(strrchr(line, ','), ",\"more\":{}");
	is_checked(&c, line, NULL);
	is_checked(&c, POST("com.example.part", "\"a\":1.5"), "");
	lexicon_checker_free(&c);
	lexicons_free(set);
}

int
main(void)
{
	test_ranks();
	test_conflict(false);
	test_conflict(true);
	test_bad_reference();
	test_bad_documents(false);
	test_bad_documents(true);
	test_deleted();
	test_lines(false);
	test_lines(true);
	test_more_fields();
	return done_testing();
}
