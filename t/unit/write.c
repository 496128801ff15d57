/* u-write: lines of every type, compared with literal ones, and read again. */
#include "config.h"

#include "libcar/data/cid.h"
#include "libcar/data/syntax.h"
#include "libcar/stream/line.h"
#include "libcar/stream/ndjson.h"
#include "libcar/stream/write.h"
#include "t/lib/tap.h"

#define S(text) \
	{ \
		text, sizeof(text) - 1 \
	}
#define DID "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
#define REV "3kaaaaaaaaaa2"
#define NSID "com.example.a"
#define CID "bafyreicelctyn3rrhtidwzwqgs6t34sdax2togklj6mmxceaag7o5uwiua"
#define AT_MICROS UINT64_C(1769860800000000)
#define AT "2026-01-31T12:00:00.000Z"

static struct buf out;
static struct status st;

static void
is_line(int rc, const char *want, const char *name)
{
	is_int(rc, 0, "%s: written", name);
	is_mem(out.data, out.len, want, strlen(want), "%s", name);
	out.len = 0;
}

/* Lines with every field */

static void
test_identity(void)
{
	static const struct stream_identity all = {
		.did = S(DID),
		.handle = S("a.test"),
		.handle_status = S("valid"),
		.pds = S("https://pds.test"),
		.key = S("did:key:z1"),
		.at = AT_MICROS,
		.stale = STREAM_TRUE,
	};
	static const struct stream_identity none;

	is_line(stream_write_identity(&out, &all, NULL, &st),
	    "{\"type\":\"identity\",\"did\":\"" DID "\",\"handle\":\"a.test\","
	    "\"handleStatus\":\"valid\",\"pds\":\"https://pds.test\","
	    "\"key\":\"did:key:z1\",\"at\":\"" AT "\",\"stale\":true}\n",
	    "identity");
	is_line(stream_write_identity(&out, &none, NULL, &st),
	    "{\"type\":\"identity\",\"handle\":null,\"pds\":null,\"key\":null}"
	    "\n",
	    "identity of nothing");
}

static void
test_repo(void)
{
	static const struct stream_repo all = {
		.did = S(DID),
		.rev = S(REV),
		.head = S(CID),
		.active = STREAM_FALSE,
		.status = S("takendown"),
		.host = S("https://host.test"),
		.collections = S("[\"" NSID "\"]"),
		.car = S("a/b.car"),
		.size = { true, 0 },
		.handle = S("a.test"),
		.pds = S("https://pds.test"),
		.key = S("did:key:z1"),
		.collection = S(NSID),
		.cursor = S("c"),
		.counts = S("{\"" NSID "\":1}"),
		.state = S("failed"),
		.loaded_rev = S(REV),
		.loaded_filter = S("[\"" NSID "\"]"),
		.program = S("at-x"),
		.error = S("Timeout"),
		.message = S("m"),
		.retry = STREAM_TRUE,
		.retry_after = AT_MICROS + 1000,
		.attempts = { true, 3 },
		.blobs = { true, 7 },
		.blob_errors = { true, 1 },
		.at = AT_MICROS,
	};
	static const struct stream_repo said = { .at_text = S("yesterday") },
					none;

	is_line(stream_write_repo(&out, &all, NULL, &st),
	    "{\"type\":\"repo\",\"did\":\"" DID "\",\"rev\":\"" REV "\","
	    "\"head\":\"" CID "\",\"active\":false,\"status\":\"takendown\","
	    "\"host\":\"https://host.test\","
	    "\"collections\":[\"" NSID "\"],\"car\":\"a/b.car\",\"size\":0,"
	    "\"handle\":\"a.test\",\"pds\":\"https://pds.test\","
	    "\"key\":\"did:key:z1\",\"collection\":\"" NSID "\","
	    "\"cursor\":\"c\",\"counts\":{\"" NSID "\":1},\"state\":\"failed\","
	    "\"loadedRev\":\"" REV "\",\"loadedFilter\":[\"" NSID "\"],"
	    "\"program\":\"at-x\","
	    "\"error\":\"Timeout\",\"message\":\"m\",\"retry\":true,"
	    "\"retryAfter\":\"2026-01-31T12:00:00.001Z\",\"attempts\":3,"
	    "\"blobs\":7,\"blobErrors\":1,\"at\":\"" AT "\"}\n",
	    "repo");
	is_line(stream_write_repo(&out, &said, NULL, &st),
	    "{\"type\":\"repo\",\"at\":\"yesterday\"}\n", "its time as a text");
	is_line(stream_write_repo(&out, &none, NULL, &st),
	    "{\"type\":\"repo\"}\n", "repo of nothing");
}

static void
test_account(void)
{
	static const struct stream_account all = {
		.did = S(DID),
		.active = STREAM_TRUE,
		.status = S("deleted"),
		.service = S("wss://relay.test"),
		.at = AT_MICROS,
	};
	static const struct stream_account none;

	is_line(stream_write_account(&out, &all, &st),
	    "{\"type\":\"account\",\"did\":\"" DID "\",\"active\":true,"
	    "\"status\":\"deleted\",\"service\":\"wss://relay.test\","
	    "\"at\":\"" AT "\"}\n",
	    "account");
	is_line(stream_write_account(&out, &none, &st),
	    "{\"type\":\"account\"}\n", "account of nothing");
}

static void
test_commit(void)
{
	static const struct stream_commit all = {
		.did = S(DID),
		.rev = S(REV),
		.cid = S(CID),
		.data = S(CID),
		.version = { true, 3 },
		.signature = S("verified"),
		.records = { true, INT64_MAX },
		.filter = S("[\"" NSID "\"]"),
		.partial = { true, 0 },
		.source = S("part"),
		.service = S("https://relay.test"),
		.seq = { true, 7 },
		.since = S(REV),
		.prev_data = S(CID),
		.whole = STREAM_TRUE,
		.ops = { true, 0 },
		.at = AT_MICROS,
	};
	static const struct stream_commit none;

	is_line(stream_write_commit(&out, &all, &st),
	    "{\"type\":\"commit\",\"did\":\"" DID "\",\"rev\":\"" REV "\","
	    "\"cid\":\"" CID "\",\"data\":\"" CID "\",\"version\":3,"
	    "\"signature\":\"verified\",\"records\":9223372036854775807,"
	    "\"filter\":[\"" NSID "\"],\"partial\":0,\"source\":\"part\","
	    "\"service\":\"https://relay.test\",\"seq\":7,\"since\":\"" REV
	    "\",\"prevData\":\"" CID "\",\"whole\":true,\"ops\":0,"
	    "\"at\":\"" AT "\"}\n",
	    "commit");
	is_line(stream_write_commit(&out, &none, &st),
	    "{\"type\":\"commit\"}\n", "commit of nothing");
}

static void
test_record(void)
{
	static const struct stream_record all = {
		.did = S(DID),
		.rev = S(REV),
		.collection = S(NSID),
		.rkey = S("self"),
		.action = S("update"),
		.source = S("live"),
		.cid = S(CID),
		.record = S("{\"a\": 1}"),
		.prev = S(CID),
		.problems = S("[]"),
	};
	struct stream_record deleted = all;

	is_line(stream_write_record(&out, &all, &st),
	    "{\"type\":\"record\",\"did\":\"" DID "\",\"rev\":\"" REV "\","
	    "\"collection\":\"" NSID "\",\"rkey\":\"self\","
	    "\"action\":\"update\",\"source\":\"live\",\"cid\":\"" CID "\","
	    "\"record\":{\"a\": 1},\"prev\":\"" CID "\",\"problems\":[]}\n",
	    "record");
	deleted.action = slice_of("delete");
	deleted.cid.at = deleted.record.at = NULL;
	deleted.prev.at = deleted.problems.at = NULL;
	is_line(stream_write_record(&out, &deleted, &st),
	    "{\"type\":\"record\",\"did\":\"" DID "\",\"rev\":\"" REV "\","
	    "\"collection\":\"" NSID "\",\"rkey\":\"self\","
	    "\"action\":\"delete\",\"source\":\"live\"}\n",
	    "one that was deleted");
}

static void
test_cursor(void)
{
	static const struct stream_cursor all = {
		.did = S(DID),
		.service = S("https://pds.test"),
		.collection = S(NSID),
		.rev = S(REV),
		.cursor = S(""),
		.counts = S("{}"),
		.at = AT_MICROS,
	};
	static const struct stream_cursor none;

	is_line(stream_write_cursor(&out, &all, &st),
	    "{\"type\":\"cursor\",\"did\":\"" DID "\","
	    "\"service\":\"https://pds.test\",\"collection\":\"" NSID "\","
	    "\"rev\":\"" REV "\",\"cursor\":\"\",\"counts\":{},"
	    "\"at\":\"" AT "\"}\n",
	    "cursor");
	is_line(stream_write_cursor(&out, &none, &st),
	    "{\"type\":\"cursor\"}\n", "cursor of nothing");
}

static void
test_plc(void)
{
	static const struct stream_plc all = {
		.did = S(DID),
		.seq = { true, 7 },
		.cid = S(CID),
		.created_at = S("2026-01-31T12:00:00.5+01:00"),
		.nullified = STREAM_FALSE,
		.operation = S("{ \"a\":\t[] }"),
		.audit = S("valid"),
		.notes = S("[\"x\"]"),
	};
	static const struct stream_plc none;

	is_line(stream_write_plc(&out, &all, &st),
	    "{\"type\":\"plc\",\"did\":\"" DID "\",\"seq\":7,\"cid\":\"" CID
	    "\",\"createdAt\":\"2026-01-31T12:00:00.5+01:00\","
	    "\"nullified\":false,\"operation\":{ \"a\":\t[] },"
	    "\"audit\":\"valid\",\"notes\":[\"x\"]}\n",
	    "plc");
	is_line(stream_write_plc(&out, &none, &st), "{\"type\":\"plc\"}\n",
	    "plc of nothing");
}

static void
test_blob(void)
{
	static const struct stream_blob all = {
		.did = S(DID),
		.cid = S(CID),
		.mime_type = S("image/png"),
		.size = { true, 0 },
		.path = S("blobs/00/" CID),
		.at = AT_MICROS,
	};
	static const struct stream_blob none;

	is_line(stream_write_blob(&out, &all, NULL, &st),
	    "{\"type\":\"blob\",\"did\":\"" DID "\",\"cid\":\"" CID "\","
	    "\"mimeType\":\"image/png\",\"size\":0,"
	    "\"path\":\"blobs/00/" CID "\",\"at\":\"" AT "\"}\n",
	    "blob");
	is_line(stream_write_blob(&out, &none, NULL, &st),
	    "{\"type\":\"blob\"}\n", "blob of nothing");
}

static void
test_end(void)
{
	static const struct stream_end all = {
		.did = S(DID),
		.rev = S(REV),
		.collections = S("{\"" NSID "\":1}"),
		.errors = { true, 0 },
		.filter = S("[]"),
		.partial = { true, -1 },
		.source = S("list"),
	};
	static const struct stream_end unchanged = {
		.did = S(DID),
		.rev = S(REV),
		.unchanged = STREAM_TRUE,
	};
	static const struct stream_end none;

	is_line(stream_write_end(&out, &all, &st),
	    "{\"type\":\"end\",\"did\":\"" DID "\",\"rev\":\"" REV "\","
	    "\"collections\":{\"" NSID "\":1},\"errors\":0,\"filter\":[],"
	    "\"partial\":-1,\"source\":\"list\"}\n",
	    "end");
	is_line(stream_write_end(&out, &unchanged, &st),
	    "{\"type\":\"end\",\"did\":\"" DID "\",\"rev\":\"" REV "\","
	    "\"unchanged\":true}\n",
	    "end of what is loaded");
	is_line(stream_write_end(&out, &none, &st), "{\"type\":\"end\"}\n",
	    "end of nothing");
}

static const struct stream_error all_of_error = {
	.program = S("at-x"),
	.did = S(DID),
	.rev = S(REV),
	.collection = S(""),
	.rkey = S("self"),
	.key = S("\xff\xfe"),
	.cid = S(CID),
	.input = S("-"),
	.at = AT_MICROS,
	.partial = { true, 2 },
	.source = S("part"),
	.block = S("\xa0"),
	.problems = S("[]"),
};

/* The error line for this status. */
static int
write_error(const struct stream_error *e, const struct job *job)
{
	stream_write_error(&out, e, &st, job);
	return 0;
}

static void
test_host(void)
{
	static const struct stream_host all = {
		.host = S("https://pds.test"),
		.status = S("active"),
		.seq = { true, 0 },
		.accounts = { true, 7 },
		.repos = { true, 5 },
		.at = AT_MICROS,
	};
	static const struct stream_host none;

	is_line(stream_write_host(&out, &all, NULL, &st),
	    "{\"type\":\"host\",\"host\":\"https://pds.test\","
	    "\"status\":\"active\",\"seq\":0,\"accounts\":7,"
	    "\"repos\":5,\"at\":\"" AT "\"}\n",
	    "host");
	is_line(stream_write_host(&out, &none, NULL, &st),
	    "{\"type\":\"host\"}\n", "host of nothing");
}

static void
test_proof(void)
{
	static const struct stream_proof all = {
		.did = S("did:web:a.test"),
		.rev = S("3kaaaaaaaaa22"),
		.collection = S("a.b.c"),
		.rkey = S("self"),
		.result = S("present"),
		.cid = S("bafy"),
		.signature = S("verified"),
		.blocks = S("ab\xff"),
	};
	static const struct stream_proof none;

	is_line(stream_write_proof(&out, &all, NULL, &st),
	    "{\"type\":\"proof\",\"did\":\"did:web:a.test\","
	    "\"rev\":\"3kaaaaaaaaa22\",\"collection\":\"a.b.c\","
	    "\"rkey\":\"self\",\"result\":\"present\","
	    "\"cid\":\"bafy\",\"signature\":\"verified\","
	    "\"blocks\":{\"$bytes\":\"YWL/\"}}\n",
	    "proof");
	is_line(stream_write_proof(&out, &none, NULL, &st),
	    "{\"type\":\"proof\"}\n", "proof of nothing");
}

static void
test_error(void)
{
	static const struct stream_error none;
	struct stream_error e = { .rkey = S("\x80"),
		.key = S("a/b"),
		.record = S("{}") };

	status_set(&st, STATUS_RATE_LIMITED, 0, "m");
	st.after_ms = 1001;
	is_line(write_error(&all_of_error, NULL),
	    "{\"type\":\"error\",\"program\":\"at-x\",\"did\":\"" DID "\","
	    "\"rev\":\"" REV "\",\"collection\":\"\",\"rkey\":\"self\","
	    "\"key\":{\"$bytes\":\"//4\"},\"cid\":\"" CID "\",\"input\":\"-\","
	    "\"error\":\"RateLimited\",\"message\":\"m\",\"retry\":true,"
	    "\"retryAfter\":2,\"at\":\"" AT "\",\"partial\":2,"
	    "\"source\":\"part\",\"record\":{\"$bytes\":\"oA\"},"
	    "\"problems\":[]}\n",
	    "error");
	status_set(&st, STATUS_REFUSED, 0, "\x1b\xff\n\"\xc3\xa9");
	status_call(&st, "RepoNotFound", 12);
	is_line(write_error(&none, NULL),
	    "{\"type\":\"error\",\"error\":\"RepoNotFound\","
	    "\"message\":\"\\u001b\xef\xbf\xbd\\n\\\"\xc3\xa9\","
	    "\"retry\":false}\n",
	    "error of nothing, with the host's name for it");
	status_set(&st, STATUS_BAD_KEY, 0, "%s", "");
	is_line(write_error(&e, NULL),
	    "{\"type\":\"error\",\"rkey\":{\"$bytes\":\"gA\"},\"key\":\"a/b\","
	    "\"error\":\"BadKey\",\"message\":\"\",\"retry\":false,"
	    "\"record\":{}}\n",
	    "an rkey of bytes, a key that is a text");
}

static void
test_problem(void)
{
	static const struct stream_problem all = { S("/a"), S("type"), S("m") };
	struct json_writer w = { &out, false };

	json_write_array(&w);
	stream_write_problem(&w, &all);
	stream_write_problem(&w, &all);
	json_write_array_end(&w);
	is_line(0,
	    "[{\"path\":\"/a\",\"rule\":\"type\",\"message\":\"m\"},"
	    "{\"path\":\"/a\",\"rule\":\"type\",\"message\":\"m\"}]",
	    "problems");
}

/* Fields of the job */

static void
parse(struct job *job, const char *text)
{
	is_int(job_parse(job, text, strlen(text), &st), 0, "a job: %.30s",
	    text);
}

static void
test_job_results(void)
{
	struct stream_repo repo = { .did = S(DID), .at = AT_MICROS };
	struct stream_identity identity = { .did = S(DID) };
	struct job job = { .type_wrong = false };

	is_line(stream_write_repo(&out, &repo, &job, &st),
	    "{\"type\":\"repo\",\"did\":\"" DID "\",\"at\":\"" AT "\"}\n",
	    "a job without a line");
	parse(&job,
	    " {\"type\":\"error\",\"did\":\"x\", \"shelf\" : [ 1 ],"
	    "\"rev\":\"r\",\"program\":1,\"input\":1,\"error\":1,"
	    "\"message\":1,\"retry\":1,\"retryAfter\":1,\"at\":1,"
	    "\"partial\":1,\"stale\":1,\"state\":1,\"attempts\":1,"
	    "\"loadedRev\":1,\"d\\u0069d\":2,\"\\u0073helf\":{},\"\":null}");
	is_line(stream_write_repo(&out, &repo, &job, &st),
	    "{\"type\":\"repo\",\"did\":\"" DID "\",\"at\":\"" AT "\","
	    "\"shelf\":[ 1 ],\"rev\":\"r\",\"loadedRev\":1,"
	    "\"\\u0073helf\":{},\"\":null}\n",
	    "what the result hasn't, but not what is past");
	/* An error's host isn't the host that said the other fields. */
	parse(&job,
	    "{\"type\":\"error\",\"active\":false,\"status\":\"deactivated\","
	    "\"host\":\"https://old.test\",\"rev\":\"r\"}");
	is_line(stream_write_repo(&out, &(struct stream_repo){ .did = S(DID) },
		    &job, &st),
	    "{\"type\":\"repo\",\"did\":\"" DID "\",\"rev\":\"r\"}\n",
	    "no state from an error");
	/* One host says everything about an account's state. */
	parse(&job,
	    "{\"active\":false,\"status\":\"deactivated\","
	    "\"host\":\"https://old.test\"}");
	is_line(stream_write_repo(&out, &(struct stream_repo){ .did = S(DID) },
		    &job, &st),
	    "{\"type\":\"repo\",\"did\":\"" DID "\",\"active\":false,"
	    "\"status\":\"deactivated\",\"host\":\"https://old.test\"}\n",
	    "the state that a job has");
	parse(&job,
	    "{\"active\":false,\"status\":\"deactivated\","
	    "\"host\":\"https://old.test\",\"rev\":\"r\",\"head\":\"h\"}");
	is_line(stream_write_repo(&out,
		    &(struct stream_repo){ .did = S(DID),
			.active = STREAM_TRUE },
		    &job, &st),
	    "{\"type\":\"repo\",\"did\":\"" DID "\",\"active\":true}\n",
	    "nothing of the job's state beside another");

	parse(&job, "{\"handle\":\"h\",\"key\":\"k\",\"car\":\"c\"}");
	is_line(stream_write_identity(&out, &identity, &job, &st),
	    "{\"type\":\"identity\",\"did\":\"" DID "\",\"handle\":null,"
	    "\"pds\":null,\"key\":null,\"car\":\"c\"}\n",
	    "null is a value");
	job_free(&job);
}

static void
test_job_errors(void)
{
	struct stream_error e = { .program = S("at-x") };
	struct job job = { .type_wrong = false };

	parse(&job,
	    "{\"type\":\"repo\",\"program\":1,\"did\":1,\"rev\":1,"
	    "\"collection\":1,\"rkey\":1,\"key\":\"k\",\"cid\":1,"
	    "\"input\":1,\"error\":1,\"message\":1,\"retry\":1,"
	    "\"mimeType\":\"a/b\",\"retryAfter\":1,\"at\":1,"
	    "\"partial\":1,\"source\":1,\"record\":1,\"problems\":1,"
	    "\"car\":\"c\",\"shelf\":7}");
	status_set(&st, STATUS_TIMEOUT, 0, "m");
	is_line(write_error(&e, &job),
	    "{\"type\":\"error\",\"program\":\"at-x\",\"error\":\"Timeout\","
	    "\"message\":\"m\",\"retry\":true,\"key\":\"k\","
	    "\"mimeType\":\"a/b\",\"car\":\"c\",\"shelf\":7}\n",
	    "none that has an error's name, but key and mimeType");
	e.key = slice_of("mine");
	e.mime_type = slice_of("c/d");
	is_line(write_error(&e, &job),
	    "{\"type\":\"error\",\"program\":\"at-x\",\"key\":\"mine\","
	    "\"mimeType\":\"c/d\",\"error\":\"Timeout\","
	    "\"message\":\"m\",\"retry\":true,\"car\":\"c\","
	    "\"shelf\":7}\n",
	    "nor these, if the error has them");
	job_free(&job);
}

static void
test_copy(void)
{
	static const char *const lines[][2] = {
		{ "{\"type\": \"record\" } ",
		    "{\"type\": \"record\" ,\"problems\":[1]}\n" },
		{ "{ \"problems\":{}, \"type\":\"record\",\"problems\":2 }",
		    "{\"type\":\"record\",\"problems\":[1]}\n" },
		{ "{\"probl\\u0065ms\":1}", "{\"problems\":[1]}\n" },
	};
	struct object o = { .text = NULL };
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		object_open(&o, lines[i][0], strlen(lines[i][0]), &st);
		is_line(stream_copy_record(&out, &o, slice_of("[1]"), &st),
		    lines[i][1], lines[i][0]);
	}
	object_free(&o);
}

/* Limits */

/* A line of this number of bytes is accepted; one byte more isn't. */
static void
test_limit(void)
{
	static const char head[] = "{\"type\":\"cursor\",\"cursor\":\"\"}";
	size_t n = NDJSON_MAX_LINE - (sizeof(head) - 1);
	char *text = malloc(n + 1);
	struct stream_cursor c = { .cursor = { text, n } };

	memset(text, 'x', n + 1);
	buf_puts(&out, "before\n");
	is_int(stream_write_cursor(&out, &c, &st), 0, "as long as may be");
	is_int(out.len, 7 + NDJSON_MAX_LINE + 1, "its length");
	out.len = 7;
	c.cursor.len++;
	is_int(stream_write_cursor(&out, &c, &st), -1, "a byte more");
	is_str(status_name(st.code), "TooLarge", "its code");
	is_line(0, "before\n", "nothing is appended");
	free(text);
}

static void
test_error_limit(void)
{
	size_t n = NDJSON_MAX_LINE - 20;
	char *text = malloc(n + 20);
	struct stream_error e = { .did = S("d") };
	struct job job = { .type_wrong = false };
	static const char want[] =
	    "{\"type\":\"error\",\"did\":\"d\",\"error\":\"Timeout\","
	    "\"message\":\"m\",\"retry\":true}\n";

	memset(text, 'x', n + 20);
	memcpy(text, "{\"a\":\"", 6);
	memcpy(text + n - 2, "\"}", 2);
	is_int(job_parse(&job, text, n, &st), 0, "a long job");
	status_set(&st, STATUS_TIMEOUT, 0, "m");
	is_line(write_error(&e, &job), want, "the job's fields are left out");
	e.record = slice_make(text, n);
	is_line(write_error(&e, NULL), want, "the record is left out");
	e.input = slice_make(text + 6, n - 8);
	is_line(write_error(&e, NULL),
	    "{\"type\":\"error\",\"error\":\"Timeout\",\"message\":\"m\","
	    "\"retry\":true}\n",
	    "input and did are left out");
	e = (struct stream_error){ .rev = slice_make(text + 6, n - 8) };
	is_line(write_error(&e, NULL),
	    "{\"type\":\"error\",\"error\":\"Timeout\",\"message\":\"m\","
	    "\"retry\":true}\n",
	    "so is a rev that is none");
	job_free(&job);
	free(text);
}

/* Random lines, read back */

static uint64_t seed = 1;

static unsigned
rnd(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 32) % n;
}

/* Memory for one line's texts. */
static char texts[1 << 16];
static size_t used;

static struct slice
keep(size_t start)
{
	return slice_make(texts + start, used - start);
}

/* A text of all kinds of characters. */
static struct slice
random_text(void)
{
	static const char *const characters[] = { "a", "Z", "0", " ", "\"",
		"\\", "/", "\x01", "\x1f", "\n", "\r", "\t", "\b", "\f", "\x7f",
		"\xc2\x80", "\xc3\xa9", "\xe2\x80\xa8", "\xed\x9f\xbf",
		"\xef\xbf\xbd", "\xf0\x9f\xa6\x8b", "\xf4\x8f\xbf\xbf",
		"\\u0041", "{", "}", "$", "<" };
	size_t start = used, n = rnd(4) == 0 ? 0 : rnd(40), i;
	const char *c;

	for (i = 0; i < n; i++) {
		c = characters[rnd(sizeof(characters) / sizeof(*characters))];
		memcpy(texts + used, c, strlen(c));
		used += strlen(c);
	}
	return keep(start);
}

static struct slice
random_bytes(void)
{
	size_t start = used, n = 1 + rnd(40);

	while (n-- > 0)
		texts[used++] = (char)rnd(256);
	return keep(start);
}

static struct slice
random_of(const char *characters, size_t n)
{
	size_t start = used;

	while (n-- > 0)
		texts[used++] = characters[rnd(strlen(characters))];
	return keep(start);
}

static struct slice
one_of(const char *const *words, unsigned n)
{
	return slice_of(words[rnd(n)]);
}

static struct slice
random_rkey(void)
{
	size_t start = used;

	random_of("abcXYZ019.-_:~", 1 + rnd(20));
	if (!syntax_is_rkey(texts + start, used - start))
		texts[start] = 'r';
	return keep(start);
}

/* A prefix, followed by some of these characters. */
static struct slice
random_after(const char *prefix, const char *characters, size_t n)
{
	size_t start = used;

	used += sprintf(texts + used, "%s", prefix);
	random_of(characters, n);
	return keep(start);
}

/* A non-empty text, as the reader returns it. */
static struct slice
random_name(void)
{
	struct slice text = random_text();

	return text.len > 0 ? text : slice_of("x");
}

/* A text that the reader accepts for the field. */
static struct slice
random_value(enum fields_form form)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz",
			  base32[] = "234567abcdefghijklmnopqrstuvwxyz";
	static const char *const actions[] = { "create", "update" };
	static const char *const sources[] = { "live", "car" };
	static const char *const signatures[] = { "verified", "unchecked" };
	static const char *const results[] = { "present", "absent" };
	static const char *const handles[] = { "valid", "invalid" };
	static const char *const states[] = { "pending", "failed" };

	switch (form) {
	case FIELDS_FORM_DID:
		return random_after("did:plc:", base32, 24);
	case FIELDS_FORM_TID:
		return random_after("3k", base32, 11);
	case FIELDS_FORM_NSID:
	case FIELDS_FORM_NSID_OR_EMPTY:
		return random_after("com.example.", letters, 1 + rnd(20));
	case FIELDS_FORM_CID:
		return random_after("bafyrei", base32, 52);
	case FIELDS_FORM_HANDLE:
		return random_after("a.", letters, 1 + rnd(20));
	case FIELDS_FORM_DID_KEY:
		return random_after("did:key:z", "abcXYZ123", 1 + rnd(50));
	case FIELDS_FORM_ORIGIN:
		return random_after("https://", letters, 1 + rnd(20));
	case FIELDS_FORM_TIME:
		return slice_of("2026-01-31T12:00:00Z");
	case FIELDS_FORM_RKEY:
		return random_rkey();
	case FIELDS_FORM_ACTION:
		return one_of(actions, 2);
	case FIELDS_FORM_SOURCE:
		return one_of(sources, 2);
	case FIELDS_FORM_SIGNATURE:
		return one_of(signatures, 2);
	case FIELDS_FORM_HANDLE_STATUS:
		return one_of(handles, 2);
	case FIELDS_FORM_STATE:
		return one_of(states, 2);
	case FIELDS_FORM_AUDIT:
		return slice_of("valid");
	case FIELDS_FORM_RESULT:
		return one_of(results, 2);
	case FIELDS_FORM_NAME:
	case FIELDS_FORM_FILE:
		return random_name();
	default:
		return random_text();
	}
}

static struct slice
random_json(enum fields_form form)
{
	static const char *const arrays[] = { "[]", "[ ]", "[1,{\"a\":[]}]" };
	static const char *const strings[] = { "[]", "[ ]", "[\"\",\"a.b\"]" };
	static const char *const objects[] = { "{}", "{\"com.example.a\":0}",
		"{\"com.example.a\":12,\"com.example.b\" : 3}" };
	unsigned i = rnd(3);

	if (form == FIELDS_FORM_PATTERNS)
		return slice_of(i == 0 ? "[\"com.example.a\"]" :
					 "[\"a.b.*\", \"com.example.a\"]");
	if (form == FIELDS_FORM_ARRAY)
		return slice_of(arrays[i]);
	if (form == FIELDS_FORM_TEXTS)
		return slice_of(strings[i]);
	return slice_of(objects[i]);
}

/* Fields that the reader requires of a line of this type. */
static bool
is_needed(const char *type, const char *name)
{
	static const char *const needed[][9] = {
		{ "identity", "did" },
		{ "repo", "did" },
		{ "account", "did" },
		{ "commit", "did", "rev" },
		{ "record", "did", "rev", "collection", "rkey", "action", "cid",
		    "record" },
		{ "cursor", "did", "rev", "cursor" },
		{ "plc", "did", "cid", "createdAt", "operation" },
		{ "blob", "did", "cid" },
		{ "end", "did", "rev", "collections" },
		{ "host", "host" },
		{ "error", "did", "rev", "rkey" },
	};
	size_t i, j;

	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		for (j = 1;
		     strcmp(needed[i][0], type) == 0 && needed[i][j] != NULL;
		     j++)
			if (strcmp(needed[i][j], name) == 0)
				return true;
	return false;
}

/* What the reader must return for a field: JSON, or a text. */
struct value {
	const char *name;
	bool is_text;
	struct slice text;
};

static struct slice
format(const char *text, long long n)
{
	size_t start = used;

	used += sprintf(texts + used, text, n);
	return keep(start);
}

static struct slice
bytes_json(struct slice bytes)
{
	struct buf b = { .len = 0 };
	struct json_writer w = { &b, false };
	size_t start = used;

	json_write_bytes(&w, bytes.at, bytes.len);
	memcpy(texts + used, b.data, b.len);
	used += b.len;
	buf_free(&b);
	return keep(start);
}

/* Give the field a value. */
static struct value
fill(const struct fields_row *row, void *line)
{
	void *p = (char *)line + row->offset;
	struct value v = { row->name, false, { NULL, 0 } };
	long long n;

	switch (row->kind) {
	case FIELDS_TEXT:
	case FIELDS_TEXT_OR_NULL:
		v.is_text = true;
		v.text = *(struct slice *)p = random_value(row->form);
		break;
	case FIELDS_KEY:
		/* The reader accepts no other rkey, but any key. */
		v.text = *(struct slice *)p = strcmp(row->name, "rkey") == 0 ||
			rnd(2) == 0 ?
		    random_rkey() :
		    random_bytes();
		v.is_text = syntax_is_utf8(v.text.at, v.text.len);
		if (!v.is_text)
			v.text = bytes_json(v.text);
		break;
	case FIELDS_BYTES:
		*(struct slice *)p = random_bytes();
		v.text = bytes_json(*(struct slice *)p);
		break;
	case FIELDS_JSON:
		v.text = *(struct slice *)p = random_json(row->form);
		break;
	case FIELDS_NUMBER:
		n = rnd(3) == 0 ? FIELDS_COUNT_MAX - (long long)rnd(9) :
				  rnd(1000);
		if (row->form == FIELDS_FORM_FORMAT)
			n = 2 + rnd(2);
		*(struct stream_number *)p = stream_number(n);
		v.text = format("%lld", n);
		break;
	case FIELDS_BOOL:
		*(enum stream_bool *)p = stream_bool(
		    row->form == FIELDS_FORM_TRUE || rnd(2) == 0);
		v.text = slice_of(
		    *(enum stream_bool *)p == STREAM_TRUE ? "true" : "false");
		break;
	case FIELDS_TIME:
		n = rnd(1000);
		*(uint64_t *)p = AT_MICROS + n * 1000;
		v.is_text = true;
		v.text = format("2026-01-31T12:00:00.%03lldZ", n);
		break;
	}
	return v;
}

union any {
	struct stream_identity identity;
	struct stream_repo repo;
	struct stream_account account;
	struct stream_commit commit;
	struct stream_record record;
	struct stream_cursor cursor;
	struct stream_plc plc;
	struct stream_blob blob;
	struct stream_end end;
	struct stream_proof proof;
	struct stream_host host;
	struct stream_error error;
};

/* What a field has if it gets no value. */
static bool
value_without(const struct fields_table *t, const struct fields_row *row,
    struct value *v)
{
	*v = (struct value){ row->name, false, { NULL, 0 } };
	if (row->kind == FIELDS_TEXT_OR_NULL)
		v->text = slice_of("null");
	if (strcmp(t->type, "error") != 0)
		return v->text.at != NULL;
	v->is_text = true;
	if (strcmp(row->name, "error") == 0)
		v->text = slice_of("BadRecord");
	else if (strcmp(row->name, "message") == 0)
		v->text = slice_of("m");
	else if (strcmp(row->name, "retry") == 0) {
		v->is_text = false;
		v->text = slice_of("false");
	}
	return v->text.at != NULL;
}

/* Is it a field that stream_write_error() sets, or `unchanged`, which excludes
 * fields that an `end` otherwise needs? */
static bool
is_left_out(const struct fields_table *t, const char *name)
{
	if (strcmp(name, "unchanged") == 0)
		return true;
	return strcmp(t->type, "error") == 0 &&
	    (strcmp(name, "error") == 0 || strcmp(name, "message") == 0 ||
		strcmp(name, "retry") == 0 || strcmp(name, "retryAfter") == 0);
}

/* A random line of the type, and what its fields must be. */
static size_t
random_line(const struct fields_table *t, union any *line,
    struct value values[])
{
	const struct fields_row *row;
	size_t n = 0;

	memset(line, 0, sizeof(*line));
	used = 0;
	for (row = t->rows; row < t->rows + t->count; row++) {
		/* If one field has two forms, a line has one of them. */
		if (n > 0 && strcmp(values[n - 1].name, row->name) == 0)
			continue;
		if (is_left_out(t, row->name) ||
		    (!is_needed(t->type, row->name) && rnd(3) == 0))
			n += value_without(t, row, &values[n]);
		else
			values[n++] = fill(row, line);
	}
	return n;
}

static int
write_any(enum fields_type type, const union any *line)
{
	struct status why;

	switch (type) {
	case FIELDS_IDENTITY:
		return stream_write_identity(&out, &line->identity, NULL, &st);
	case FIELDS_REPO:
		return stream_write_repo(&out, &line->repo, NULL, &st);
	case FIELDS_ACCOUNT:
		return stream_write_account(&out, &line->account, &st);
	case FIELDS_COMMIT:
		return stream_write_commit(&out, &line->commit, &st);
	case FIELDS_RECORD:
		return stream_write_record(&out, &line->record, &st);
	case FIELDS_CURSOR:
		return stream_write_cursor(&out, &line->cursor, &st);
	case FIELDS_PLC:
		return stream_write_plc(&out, &line->plc, &st);
	case FIELDS_BLOB:
		return stream_write_blob(&out, &line->blob, NULL, &st);
	case FIELDS_END:
		return stream_write_end(&out, &line->end, &st);
	case FIELDS_PROOF:
		return stream_write_proof(&out, &line->proof, NULL, &st);
	case FIELDS_HOST:
		return stream_write_host(&out, &line->host, NULL, &st);
	case FIELDS_ERROR:
		status_set(&why, STATUS_BAD_RECORD, 0, "m");
		stream_write_error(&out, &line->error, &why, NULL);
		return 0;
	default:
		diag("write_any() has no case for %s",
		    fields_tables[type].type);
		return -1;
	}
}

static bool
is_same(struct slice a, struct slice b)
{
	return a.at != NULL && b.at != NULL && a.len == b.len &&
	    (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* What the line reader returns for a field; nothing if it has no such text. */
static const struct slice *
read_field(const struct line *l, const char *name)
{
	const struct {
		const char *name;
		const struct slice *text;
	} all[] = {
		{ "did", &l->did },
		{ "rev", &l->rev },
		{ "collection", &l->collection },
		{ "rkey", &l->rkey },
		{ "cid", &l->cid },
		{ "at", &l->at },
		{ "data", &l->data },
		{ "signature", &l->signature },
		{ "handle", &l->handle },
		{ "handleStatus", &l->handle_status },
		{ "pds", &l->pds },
		{ "head", &l->head },
		{ "host", &l->host },
		{ "status", &l->status },
		{ "car", &l->car },
		{ "service", &l->service },
		{ "cursor", &l->cursor },
		{ "action", &l->action },
		{ "source", &l->source_name },
		{ "input", &l->input },
		{ "program", &l->program },
		{ "filter", &l->filter },
		{ "record", &l->record },
		{ "collections", &l->collections },
		{ "counts", &l->counts },
		{ "createdAt", &l->created_at },
		{ "operation", &l->operation },
		{ "audit", &l->audit },
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i].name, name) == 0)
			return all[i].text;
	return NULL;
}

/* Did both readers find this value? */
static bool
is_read(struct object *o, const struct line *l, const struct value *v)
{
	const struct slice *read = read_field(l, v->name);
	struct slice got = v->is_text ? object_get(o, v->name) :
					object_get_json(o, v->name);

	if (!is_same(got, v->text))
		return false;
	if (!v->is_text && slice_is(&v->text, "null"))
		return read == NULL || read->at == NULL;
	return read == NULL || is_same(*read, v->text);
}

/* Does the last line read as it was written, with no other fields? */
static bool
is_read_back(struct line *l, const struct value *values, size_t n)
{
	struct object o = { .text = NULL };
	enum json_kind kind;
	struct json j;
	size_t i, members = 0;
	bool good;

	good = out.data[out.len - 1] == '\n' &&
	    memchr(out.data, '\n', out.len) == out.data + out.len - 1 &&
	    object_open(&o, out.data, out.len - 1, &st) == 0 &&
	    line_parse(l, out.data, out.len - 1, &st) == 0 &&
	    line_check(l, &st) == 0;
	for (i = 0; good && i < n; i++)
		good = is_read(&o, l, &values[i]);
	json_open(&j, out.data, out.len);
	json_next(&j, &st);
	while (good && (kind = json_next(&j, &st)) == JSON_KEY) {
		json_skip(&j, &st);
		members++;
	}
	object_free(&o);
	return good && members == n + 1; /* and `type` */
}

#define LINES 3000

static void
test_random(enum fields_type type)
{
	const struct fields_table *t = &fields_tables[type];
	struct line l = { .type = LINE_UNKNOWN };
	struct value values[32];
	union any line;
	size_t n;
	int i;

	for (i = 0; i < LINES; i++) {
		n = random_line(t, &line, values);
		out.len = 0;
		if (write_any(type, &line) == -1 ||
		    !is_read_back(&l, values, n))
			break;
	}
	if (!ok(i == LINES, "%s: what is written is read", t->type))
		diag("%.*s", (int)out.len, out.data);
	out.len = 0;
	line_free(&l);
}

/* Kinds of record lines: stream_write_record() is the oracle. */
static void
test_forms(void)
{
	const struct fields_table *t = &fields_tables[FIELDS_RECORD];
	struct stream_form form = { .rkey = 0 };
	struct buf fast = { .len = 0 };
	uint8_t bytes[CID_REPO_BYTES];
	const struct slice cid = { (char *)bytes, sizeof(bytes) };
	struct value values[32];
	char text[CID_MAX_TEXT];
	union any line;
	int i, j, n = 0;

	for (i = 0; i < LINES; i++) {
		random_line(t, &line, values);
		line.record.problems.at = NULL;
		stream_form_make(&form, &line.record);
		for (j = 0; j < 3; j++) {
			line.record.rkey = random_rkey();
			line.record.record = random_json(FIELDS_FORM_OBJECT);
			cid_of_block(bytes, &seed, sizeof(seed));
			line.record.cid = slice_make(text,
			    cid_format(text, bytes, cid.len));
			fast.len = out.len = 0;
			stream_form_begin(&form, &fast, &line.record.rkey,
			    &cid);
			buf_put(&fast, line.record.record.at,
			    line.record.record.len);
			stream_form_end(&form, &fast);
			stream_write_record(&out, &line.record, &st);
			n += is_same(slice_make(fast.data, fast.len),
			    slice_make(out.data, out.len));
		}
	}
	is_int(n, 3 * LINES, "forms give the lines of the plain writer");
	out.len = 0;
	buf_free(&fast);
	stream_form_free(&form);
}

int
main(void)
{
	size_t i;

	test_identity();
	test_repo();
	test_account();
	test_commit();
	test_record();
	test_cursor();
	test_plc();
	test_blob();
	test_end();
	test_host();
	test_proof();
	test_error();
	test_problem();
	test_job_results();
	test_job_errors();
	test_copy();
	test_limit();
	test_error_limit();
	for (i = 0; i < FIELDS_PROBLEM; i++)
		test_random(i);
	test_forms();
	buf_free(&out);
	return done_testing();
}
