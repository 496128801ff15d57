/* u-line: the fields that a line is parsed into, and which lines are
 * refused. */
#include "config.h"

#include "libcar/stream/line.h"
#include "t/lib/tap.h"

#define DID "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
#define REV "3kaaaaaaaaaa2"
#define HEAD \
	"{\"type\":\"record\",\"did\":\"" DID "\",\"rev\":\"" REV "\"," \
	"\"collection\":\"com.example.a\",\"rkey\":\"self\","
#define RECORD(rest) HEAD "\"action\":\"create\",\"source\":\"car\"," rest "}"
#define PLC \
	"{\"type\":\"plc\",\"did\":\"" DID "\",\"cid\":\"bafyreiabc\"," \
	"\"createdAt\":\"2026-01-31T12:00:00.000Z\""
#define CURSOR "{\"type\":\"cursor\",\"did\":\"" DID "\",\"cursor\":\"1\""
#define GOOD "\"cid\":\"bafyreiabc\",\"record\":{\"a\":[1,{}]}"

static struct line l;
static struct status st;

static int
parse(const char *text)
{
	int got = line_parse(&l, text, strlen(text), &st);

	return got == -1 ? -1 : line_check(&l, &st);
}

/* Is the line accepted, and is this the text of one of its fields? */
static void
good(const char *name, const char *text, const struct slice *field,
    const char *want)
{
	int got = parse(text);

	if (!ok(got == 0, "%s: accepted", name))
		diag("%s", st.msg);
	else if (want == NULL)
		ok(field->at == NULL, "%s: absent", name);
	else
		is_mem(field->at, field->len, want, strlen(want), "%s", name);
}

static void
bad(const char *text, const char *message)
{
	if (!ok(parse(text) == -1, "refused: %s", text))
		return;
	is_int(st.code, STATUS_BAD_LINE, "as a bad line");
	is_str(st.msg, message, "and said so");
}

static void
test_records(void)
{
	good("did", RECORD(GOOD), &l.did, DID);
	ok(l.type == LINE_RECORD && l.source == LINE_CAR && !l.is_delete,
	    "a record of a CAR");
	good("record", RECORD(GOOD), &l.record, "{\"a\":[1,{}]}");
	ok(l.same, "it begins as the one before");
	good("record with spaces",
	    RECORD("\"cid\":\"bafyreiabc\" , "
		   "\"record\" : {\"a\":[1,{}]} "),
	    &l.record, "{\"a\":[1,{}]}");
	ok(!l.same, "which isn't looked at");
	good("fields after the record", RECORD(GOOD ",\"more\":[]"), &l.record,
	    "{\"a\":[1,{}]}");
	good("a brace in a string",
	    RECORD("\"cid\":\"bafyreiabc\","
		   "\"record\":{\"a\":\"}\"}"),
	    &l.record, "{\"a\":\"}\"}");
	good("escapes",
	    "{\"type\":\"record\",\"did\":\"did\\u003aplc:"
	    "aaaaaaaaaaaaaaaaaaaaaaaa\",\"rev\":\"" REV "\",\"collection\":"
	    "\"com.example.\\u0061\",\"rkey\":\"s\\u0065lf\"," GOOD "}",
	    &l.did, DID);
	is_mem(l.rkey.at, l.rkey.len, "self", 4, "rkey unescaped");
	is_mem(l.collection.at, l.collection.len, "com.example.a", 13,
	    "collection unescaped");
	good("a delete",
	    HEAD "\"action\":\"delete\",\"source\":\"live\","
		 "\"cid\":null,\"record\":null}",
	    &l.cid, NULL);
	ok(l.is_delete && l.source == LINE_LIVE, "live");
	good("another order",
	    "{\"record\":{},\"cid\":\"bafyreiabc\","
	    "\"source\":\"list\",\"rkey\":\"a\",\"rev\":\"" REV "\","
	    "\"collection\":\"com.example.b\",\"did\":\"" DID "\","
	    "\"type\":\"record\"}",
	    &l.collection, "com.example.b");
	ok(l.source == LINE_LIST, "a listing's");
	good("after it", RECORD(GOOD), &l.collection, "com.example.a");
	ok(!l.same, "which isn't the same");
}

/* What the reader keeps of one line for the next doesn't point into that
 * line. */
static void
test_kept(void)
{
	char first[] = RECORD(GOOD), second[] = RECORD(GOOD);

	good("the first", first, &l.source_name, "car");
	memset(first, 'x', sizeof(first) - 1);
	is_int(line_parse(&l, second, sizeof(second) - 1, &st), 0, "the next");
	ok(l.same, "is the same");
	is_mem(l.source_name.at, l.source_name.len, "car", 3, "source");
	is_mem(l.action.at, l.action.len, "create", 6, "action");
	is_mem(l.collection.at, l.collection.len, "com.example.a", 13,
	    "collection");
}

static void
test_bad_records(void)
{
	bad("{\"type\":\"record\"}", "no did");
	bad("{\"type\":\"record\",\"did\":\"x\"}", "did is not a DID: x");
	bad(RECORD("\"cid\":\"bafyreiabc\""), "no record");
	bad(RECORD("\"cid\":\"bafyreiabc\",\"record\":[]"),
	    "record is not an object");
	bad(RECORD("\"record\":{}"), "no cid");
	bad(RECORD("\"cid\":\"x\",\"record\":{}"), "cid is not a CID: x");
	bad(RECORD(GOOD ",\"cid\":\"bafyreiabc\""), "cid twice");
	bad(RECORD(GOOD ",\"did\":\"did:web:b.example\""), "did twice");
	bad(RECORD("\"cid\":\"bafyreiabc\",\"record\":{\"a\":\"\xff\"}"),
	    "JSON: not UTF-8");
	bad(RECORD("\"cid\":\"bafyreiabc\",\"record\":{\"a\":01}"),
	    "JSON: bad number");
	bad(RECORD("\"cid\":\"bafyreiabc\",\"record\":{\"a\":1}}"),
	    "JSON: more than one value");
	bad(HEAD "\"action\":\"drop\"," GOOD "}",
	    "action is not create, update or delete: drop");
	bad(HEAD "\"action\":\"create\",\"source\":\"x\"," GOOD "}",
	    "source is not car, list, part or live: x");
	bad(HEAD "\"action\":\"delete\",\"source\":\"car\"}",
	    "a delete whose source isn't live");
	bad("{\"type\":\"record\",\"did\":\"" DID "\",\"rev\":\"now\"}",
	    "rev is not a TID: now");
	bad("{\"type\":\"record\",\"did\":\"" DID "\",\"rev\":\"" REV "\","
	    "\"collection\":\"a\"}",
	    "collection is not an NSID: a");
	bad("{\"type\":\"record\",\"did\":\"" DID "\",\"rev\":\"" REV "\","
	    "\"collection\":\"com.example.a\",\"rkey\":\"a/b\"," GOOD "}",
	    "rkey is not a record key: a/b");
}

static void
test_others(void)
{
	good("commit",
	    "{\"type\":\"commit\",\"did\":\"" DID "\",\"rev\":\"" REV
	    "\",\"records\":95,\"signature\":\"verified\"}",
	    &l.signature, "verified");
	is_int(l.records, 95, "records");
	good("end",
	    "{\"type\":\"end\",\"did\":\"" DID "\",\"rev\":\"" REV
	    "\",\"collections\":{\"com.example.a\":1},\"partial\":3,"
	    "\"filter\":[\"com.example.*\",\"*\"]}",
	    &l.filter, "[\"com.example.*\",\"*\"]");
	ok(l.is_partial && l.type == LINE_END, "partial");
	good("error",
	    "{\"type\":\"error\",\"error\":\"Timeout\","
	    "\"input\":\"x\",\"handle\":{\"a\":[]},\"at\":"
	    "\"1970-01-01T00:00:01.5Z\"}",
	    &l.input, "x");
	ok(l.did.at == NULL && l.handle.at == NULL, "of no account");
	is_int(l.at_ms, 1500, "its time");
	good("NUL", "{\"type\":\"error\",\"error\":\"a\\u0000b\"}", &l.error,
	    "a?b");
	good("key",
	    "{\"type\":\"error\",\"error\":\"BadKey\",\"did\":\"" DID
	    "\",\"rev\":\"" REV "\",\"collection\":\"\",\"key\":"
	    "{\"$bytes\":\"AA\"}}",
	    &l.key, "{\"$bytes\":\"AA\"}");
	good("cursor",
	    CURSOR ",\"rev\":\"" REV "\",\"collection\":\"com.example.a\","
		   "\"counts\":{\"com.example.a\":2}}",
	    &l.counts, "{\"com.example.a\":2}");
	good("cursor of a service",
	    "{\"type\":\"cursor\",\"service\":\"https://x\",\"cursor\":\"1\"}",
	    &l.collection, NULL);
	good("unknown", "{\"type\":\"leaf\",\"size\":1e9}", &l.name, "leaf");
	ok(l.type == LINE_UNKNOWN, "an unknown type");
	good("blank", " \t\r", &l.name, NULL);
	ok(l.type == LINE_BLANK, "a blank line");
	good("account",
	    "{\"type\":\"account\",\"did\":\"" DID "\","
	    "\"active\":false}",
	    &l.did, DID);
	is_int(l.active, 0, "not active");
	good("plc", PLC ",\"operation\":{ },\"nullified\":true,\"seq\":7}",
	    &l.operation, "{ }");
	is_int(l.nullified, 1, "nullified");
	is_int(l.seq, 7, "its number");
	good("plc without more", PLC ",\"operation\":{}}", &l.created_at,
	    "2026-01-31T12:00:00.000Z");
	is_int(l.nullified, -1, "nothing is known of nullified");
	is_int(l.seq, -1, "nor of its number");
	ok(!l.has_others, "it has no other fields");
	good("plc with more", PLC ",\"more\":1,\"operation\":{}}", &l.operation,
	    "{}");
	ok(l.has_others, "it has other fields");
}

static void
test_bad_others(void)
{
	bad("x", "not a JSON object");
	bad("[]", "not a JSON object");
	bad("{}", "no type");
	bad("{\"type\":\"record\"", "JSON: text without end");
	bad("{\"type\":\"end\",\"did\":\"" DID "\",\"rev\":\"" REV "\"}",
	    "no collections");
	bad("{\"type\":\"end\",\"did\":\"" DID "\",\"rev\":\"" REV "\","
	    "\"collections\":{\"x\":1}}",
	    "collections is not an object of NSIDs and counts");
	bad("{\"type\":\"end\",\"did\":\"" DID "\",\"rev\":\"" REV "\","
	    "\"collections\":{\"com.example.a\":-1}}",
	    "collections is not an object of NSIDs and counts");
	bad("{\"type\":\"commit\",\"did\":\"" DID "\",\"rev\":\"" REV "\","
	    "\"filter\":[]}",
	    "filter is empty");
	bad("{\"type\":\"commit\",\"did\":\"" DID "\",\"rev\":\"" REV "\","
	    "\"filter\":[\"*.a\"]}",
	    "filter is not an array of collections");
	bad("{\"type\":\"error\",\"did\":\"" DID "\"}", "no error");
	bad(PLC "}", "no operation");
	bad(PLC ",\"operation\":[]}", "operation is not an object");
	bad(PLC ",\"operation\":{},\"nullified\":1}",
	    "nullified is not a boolean");
	bad(PLC ",\"operation\":{},\"audit\":\"good\"}",
	    "audit is not valid: good");
	bad("{\"type\":\"error\",\"error\":\"x\",\"did\":\"" DID "\","
	    "\"rev\":\"" REV "\",\"collection\":\"\",\"rkey\":\"a\"}",
	    "no key");
	bad("{\"type\":\"cursor\",\"cursor\":\"1\"}", "no did or service");
	bad(CURSOR "}", "no rev");
	bad(CURSOR ",\"rev\":\"x\"}", "rev is not a TID: x");
	bad(CURSOR ",\"rev\":\"" REV "\",\"collection\":\"a\"}",
	    "collection is not an NSID: a");
	bad(CURSOR ",\"rev\":\"" REV "\",\"counts\":7}",
	    "counts is not an object of NSIDs and counts");
	bad(CURSOR ",\"rev\":\"" REV "\",\"counts\":{\"a\":1}}",
	    "counts is not an object of NSIDs and counts");
	bad("{\"type\":\"cursor\",\"cursor\":\"1\",\"service\":\"https://x\","
	    "\"collection\":\"a\"}",
	    "collection is not an NSID: a");
}

int
main(void)
{
	test_records();
	test_kept();
	test_bad_records();
	test_others();
	test_bad_others();
	line_free(&l);
	return done_testing();
}
