/* u-jetstream: which lines the events of Jetstream become, in both versions,
 * and which events are errors. */
#include "config.h"

#include "libcar/stream/live.h"
#include "t/lib/tap.h"

#define DID "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
#define OTHER "did:plc:vath6jhrzqdqegcoffdgrxma"
#define REV "3m5xqkxkcac2a"
#define FUTURE "3zzzzzzzzzzzz"
#define NOW 1800000000000000u /* between REV and FUTURE */
#define RECORD "{\"n\":1,\"$type\":\"a.b.c\"}"
#define CID "bafyreididfwgqngaz7rhanq4fq3s7gwiemsbqx3q7a3fp2f4backndjasq"
#define OF_ARRAY "bafyreidwx2fvfdiaox32v2mnn6sxu3j4qoxeqcuenhtgrv5qv6litfnmoe"
#define TIME "2026-01-02T03:04:05.678Z"
#define TIME_US "1767323045678000"

/* Version 1, version 2, and what a kind has. */
#define V1(kind, rest) \
	"{\"did\":\"" DID "\",\"time_us\":" TIME_US ",\"kind\":\"" kind \
	"\",\"" kind "\":{" rest "}}"
#define FRAME(payload) "{\"$type\":\"message\",\"payload\":" payload "}"
#define V2(kind, rest) \
	FRAME("{\"$type\":\"network.bsky.jetstream.subscribeEvents#" kind \
	      "\",\"seq\":7,\"did\":\"" DID "\",\"time\":\"" TIME "\"," rest \
	      "}")
#define CARRIED(kind, rest) V2(kind, "\"" kind "\":{" rest "}")
#define KEY(operation) \
	"\"rev\":\"" REV "\",\"operation\":\"" operation \
	"\",\"collection\":\"a.b.c\",\"rkey\":\"x\""
#define PUT(operation) \
	KEY(operation) ",\"record\":" RECORD ",\"cid\":\"" CID "\""

/* What the lines begin with. */
#define LINE_RECORD(action) \
	"{\"type\":\"record\",\"did\":\"" DID "\",\"rev\":\"" REV \
	"\",\"collection\":\"a.b.c\",\"rkey\":\"x\",\"action\":\"" action \
	"\",\"source\":\"live\""
#define LINE_PUT(action) \
	LINE_RECORD(action) ",\"cid\":\"" CID "\",\"record\":" RECORD "}\n"
#define LINE_GONE LINE_RECORD("delete") "}\n"

static struct filter filter, signals;
static struct signer_table signers;
static struct live_source source = { .origin = { "https://stream.test", 19 } };
static struct ndjson_out out = { .fd = -1 };
static struct live live = { .program = "test",
	.filter = &filter,
	.signals = &signals,
	.signers = &signers,
	.is_jetstream = true,
	.out = &out };
static struct status st;

static enum live_result
take_bytes(const char *event, size_t len)
{
	const struct live_message m = { .source = &source,
		.bytes = event,
		.len = len };

	out.buf.len = 0;
	return live_take(&live, &m, NOW, &st);
}

static enum live_result
take(const char *event)
{
	return take_bytes(event, strlen(event));
}

/* These lines, and nothing else? */
static void
writes(const char *name, const char *event, const char *want)
{
	enum live_result result = take(event);

	if (!is_int(result, LIVE_WRITTEN, "%s: written", name))
		diag("%s", st.msg);
	is_mem(out.buf.data, out.buf.len, want, strlen(want), "%s: lines",
	    name);
}

static bool
has(const char *text)
{
	return out.buf.len > 0 &&
	    memmem(out.buf.data, out.buf.len, text, strlen(text)) != NULL;
}

/* One error line with this name and message? */
static void
fails(const char *event, const char *error, const char *message)
{
	is_int(take(event), LIVE_FAILED, "%s: %s", error, message);
	is_str(st.msg, message, "the message");
	ok(has(error) && !has("\"collection\""), "the error of an event");
}

static void
refuses(const char *event, const char *message)
{
	fails(event, "\"error\":\"BadFrame\"", message);
}

/* Is the record alone an error, and the commit in doubt? */
static void
spoils(const char *name, const char *event, const char *error)
{
	static const char doubt[] = "\n{\"type\":\"commit\",\"did\":\"" DID
				    "\",\"rev\":\"" REV
				    "\",\"signature\":\"unchecked\","
				    "\"source\":\"live\",\"service\":"
				    "\"https://stream.test\",\"seq\":";

	live.record_errors = false;
	is_int(take(event), LIVE_WRITTEN, "%s: the record alone fails", name);
	ok(has(error) && has("\"collection\":") && has("\"rev\":\"" REV "\""),
	    "%s: %s", name, error);
	ok(has(doubt) && !has("\"ops\""), "%s: the changes are unknown", name);
	ok(live.record_errors, "%s: and the caller knows", name);
}

static void
test_changes(void)
{
	writes("v1 create", V1("commit", PUT("create")), LINE_PUT("create"));
	is_int(live.frame.seq, 1767323045678000, "its number is its time");
	is_int(live_time(&live.frame), 1767323045678000, "its time");
	is_mem(live.frame.did.at, live.frame.did.len, DID, strlen(DID),
	    "its account");
	writes("v1 update", V1("commit", PUT("update")), LINE_PUT("update"));
	writes("v1 delete", V1("commit", KEY("delete")), LINE_GONE);
	writes("v2 create", V2("commit", PUT("create")), LINE_PUT("create"));
	is_int(live.frame.seq, 7, "its number");
	is_int(live_time(&live.frame), 1767323045678000, "its time");
	writes("v2 delete", V2("commit", KEY("delete")), LINE_GONE);
	writes("members in any order, unknown ones, nulls",
	    "{\"x\":[{}],\"commit\":{\"cid\":null,\"y\":\"\\ud800\"," KEY(
		"delete") "},\"kind\":\"commit\",\"time_us\":5,"
			  "\"did\":\"" DID "\"}",
	    LINE_GONE);
	writes("escapes",
	    "{\"\\u0064id\":\"did\\u003aplc:ewvi7nxzyoun6zhxrhs64oiz\","
	    "\"time_us\":5,\"kind\":\"\\u0063ommit\",\"commit\":{\"rev\":\"" REV
	    "\",\"operation\":\"creat\\u0065\",\"collection\":\"a\\u002eb.c\","
	    "\"rkey\":\"\\u0078\",\"record\":{\"\\u006e\":1.0,"
	    "\"$type\":\"a.b.c\"},\"cid\":\"" CID "\"}}",
	    LINE_PUT("create"));
}

static void
test_records(void)
{
	spoils("another record",
	    V1("commit",
		KEY("create") ",\"record\":{\"n\":2},\"cid\":\"" CID "\""),
	    "\"error\":\"BadRecord\",\"message\":\"the record doesn't have the "
	    "hash of its CID\"");
	spoils("no record", V1("commit", KEY("create") ",\"cid\":\"" CID "\""),
	    "\"error\":\"BadRecord\",\"message\":\"the record "
	    "or a valid CID of it is missing\"");
	spoils("no cid", V2("commit", KEY("update") ",\"record\":" RECORD),
	    "a valid CID of it is missing");
	spoils("a wrong cid",
	    V2("commit", KEY("update") ",\"cid\":\"x\",\"record\":" RECORD),
	    "a valid CID of it is missing");
	spoils("a float",
	    V1("commit",
		KEY("create") ",\"record\":{\"n\":1.5},"
			      "\"cid\":\"" CID "\""),
	    "\"error\":\"BadRecord\"");
	spoils("a record that is not JSON",
	    V2("commit",
		"\"cid\":\"" CID
		"\",\"record\":{\"n\":\"\\ud800\"}," KEY("create")),
	    "\"error\":\"BadRecord\"");
	spoils("an array",
	    V1("commit",
		KEY("create") ",\"record\":[],"
			      "\"cid\":\"" OF_ARRAY "\""),
	    "\"error\":\"BadRecord\"");
	spoils("a wrong record key",
	    V1("commit",
		"\"rev\":\"" REV "\",\"operation\":\"delete\","
		"\"collection\":\"a.b.c\",\"rkey\":\"..\""),
	    "\"error\":\"BadKey\"");
	spoils("a wrong collection",
	    V1("commit",
		"\"rev\":\"" REV "\",\"operation\":\"delete\","
		"\"collection\":\"x/y\",\"rkey\":\"z\""),
	    "\"error\":\"BadKey\"");
	writes("the next event", V1("commit", PUT("create")),
	    LINE_PUT("create"));
}

static void
test_depth(void)
{
	char event[20000], *p = event;
	int i;

	p += sprintf(p,
	    "{\"did\":\"" DID "\",\"time_us\":5,\"kind\":\"commit\","
	    "\"commit\":{" KEY("create") ",\"cid\":\"" CID "\",\"record\":");
	for (i = 0; i < 5000; i++)
		p += sprintf(p, "[");
	for (i = 0; i < 5000; i++)
		p += sprintf(p, "]");
	sprintf(p, "}}");
	spoils("a record of too many levels", event, "\"error\":\"BadRecord\"");
}

static void
test_others(void)
{
	writes("v1 account",
	    V1("account",
		"\"active\":false,\"did\":\"" DID
		"\",\"seq\":9,\"status\":\"takendown\","
		"\"time\":\"2026-01-02T00:00:00Z\""),
	    "{\"type\":\"account\",\"did\":\"" DID "\",\"active\":false,"
	    "\"status\":\"takendown\",\"service\":\"https://stream.test\","
	    "\"at\":\"2026-01-02T00:00:00.000Z\"}\n");
	writes("v2 account", CARRIED("account", "\"active\":true"),
	    "{\"type\":\"account\",\"did\":\"" DID "\",\"active\":true,"
	    "\"service\":\"https://stream.test\",\"at\":\"" TIME "\"}\n");
	is_int(take(V1("identity", "\"handle\":\"a.test\"")), LIVE_IDENTITY,
	    "v1 identity");
	is_int(take(CARRIED("identity", "\"did\":\"" DID "\"")), LIVE_IDENTITY,
	    "v2 identity");
	is_mem(live.frame.did.at, live.frame.did.len, DID, strlen(DID),
	    "its account");
	is_int(out.buf.len, 0, "the caller writes the line");
	is_int(take(V1("new", "")), LIVE_SKIPPED, "v1: an unknown kind");
	is_int(take(V2("new", "\"seq2\":1")), LIVE_SKIPPED,
	    "v2: an unknown kind");
	is_int(take(FRAME("{\"$type\":\"new\"}")), LIVE_SKIPPED,
	    "v2: another type");
	is_int(take("{\"$type\":\"new\"}"), LIVE_SKIPPED, "an unknown frame");
}

static void
test_notices(void)
{
#define INFO(name) \
	FRAME("{\"$type\":\"network.bsky.jetstream.subscribeEvents#info\"," \
	      "\"name\":\"" name "\",\"message\":\"note\"}")
	is_int(take(INFO("Else")), LIVE_SKIPPED, "an unknown info");
	fails(INFO("OutdatedCursor"), "\"error\":\"OutdatedCursor\"",
	    "events are lost: OutdatedCursor: note");
	is_int(live.frame.type, FRAME_INFO, "the stream goes on");
	fails(INFO("FutureCursor"), "\"error\":\"FutureCursor\"",
	    "FutureCursor: note");
	is_int(live.frame.type, FRAME_ERROR, "the stream has ended");
	fails("{\"$type\":\"error\",\"error\":\"ConsumerTooSlow\"}",
	    "\"error\":\"ConsumerTooSlow\"", "ConsumerTooSlow");
	refuses("{\"$type\":\"error\"}", "event: error is missing");
	refuses(INFO(""), "event: name is empty");
}

static void
test_sync(void)
{
#define SYNC(blocks) CARRIED("sync", "\"rev\":\"" REV "\",\"blocks\":" blocks)
	fails(SYNC("{\"$bytes\":\"AQID\"}"), "\"error\":\"BadCar\"",
	    "CAR header: DAG-CBOR: no map at byte 1");
	ok(has("\"rev\":\"" REV "\""), "the rev is named");
	refuses(SYNC("{\"$bytes\":\"!\"}"), "event: $bytes is not base64");
	refuses(SYNC("\"AQID\""), "event: blocks is missing or not bytes");
	refuses(CARRIED("sync", "\"rev\":\"x\""), "event: rev is not a TID");
}

static void
test_wrong(void)
{
	refuses("", "event: not a JSON object");
	refuses("[]", "event: not a JSON object");
	refuses("{\"did\":", "event: not a JSON object");
	refuses("{}", "event: kind is missing");
	refuses("{\"kind\":7}", "event: kind is not a string");
	refuses("{\"kind\":\"commit\"}", "event: did is missing");
	refuses("{\"kind\":\"commit\",\"did\":\"x\"}",
	    "event: did is not a DID");
	refuses("{\"kind\":\"commit\",\"did\":\"" DID "\"}",
	    "event: time_us is not a number from 1 to 2^53");
	refuses("{\"kind\":\"commit\",\"kind\":\"commit\"}",
	    "event: kind occurs twice");
	refuses("{\"$type\":\"message\"}",
	    "event: payload is not a JSON object");
	refuses(FRAME("{\"$type\":\"x#commit\",\"did\":\"" DID
		      "\",\"seq\":9007199254740993}"),
	    "event: seq is not a number from 1 to 2^53");
	refuses(FRAME(
		    "{\"$type\":\"x#commit\",\"did\":\"" DID "\",\"seq\":-1}"),
	    "event: seq is not a number from 1 to 2^53");
	refuses(FRAME("{\"$type\":\"x#commit\",\"did\":\"" DID
		      "\",\"seq\":1,\"time\":5}"),
	    "event: time is not a string");
	refuses("{\"kind\":\"commit\",\"time_us\":5,\"did\":\"" DID "\"}",
	    "event: commit is not a JSON object");
	refuses(V1("commit", "\"rev\":5"), "event: rev is not a string");
	refuses(V1("commit", "\"rev\":\"x\""), "event: rev is not a TID");
	refuses(V1("commit", KEY("drop")),
	    "event: operation is not create, update or delete");
	refuses(V1("commit", "\"rev\":\"" REV "\",\"operation\":\"delete\""),
	    "event: collection is missing");
	ok(has("\"rev\":\"" REV "\"") && has("\"did\":\"" DID "\"") &&
		has("\"seq\":" TIME_US),
	    "account, rev and number are named");
	refuses(V1("commit", PUT("create") ",\"did\":\"" OTHER "\""),
	    "event: commit is of another account");
	refuses(V2("commit", KEY("create") ",\"cid\":5"),
	    "event: cid is not a string");
	refuses(V1("account", "\"active\":\"yes\""),
	    "event: active is not a boolean");
	refuses(CARRIED("account", "\"did\":\"" OTHER "\""),
	    "event: account is of another account");
	refuses(CARRIED("identity", "\"did\":\"" OTHER "\""),
	    "event: identity is of another account");
	fails(V1("commit",
		  "\"rev\":\"" FUTURE "\",\"operation\":\"delete\","
		  "\"collection\":\"a.b.c\",\"rkey\":\"x\""),
	    "\"error\":\"FutureRev\"",
	    "rev " FUTURE " is more than five minutes in the future");
	ok(!has("\"rev\":"), "a rev of the future is not named");
}

static void
test_large(void)
{
	size_t len = FRAME_MAX_BYTES + 1;
	char *event = malloc(len);

	memset(event, ' ', len);
	is_int(take_bytes(event, len), LIVE_FAILED,
	    "an event that is too large");
	is_str(st.msg, "event of 5242881 bytes, at most 5242880", "is named");
	free(event);
}

static void
test_choices(void)
{
	struct set accounts = { .count = 0 };

	filter_add(&filter, "d.e.f", &st);
	live.begun = false;
	writes("-c leaves the record out", V1("commit", PUT("create")), "");
	filter_free(&filter);
	live.accounts = &accounts;
	is_int(take(V1("commit", PUT("create"))), LIVE_SKIPPED,
	    "an account that isn't chosen");
	is_int(take(V1("commit", KEY("drop"))), LIVE_SKIPPED, "nor its errors");
	filter_add(&signals, "a.b.*", &st);
	writes("an account that gives a signal", V1("commit", PUT("create")),
	    LINE_PUT("create"));
	writes("it stays chosen", V1("commit", KEY("delete")), LINE_GONE);
	live.accounts = NULL;
	filter_free(&signals);
	source.after = 7;
	is_int(take(V2("commit", PUT("create"))), LIVE_SKIPPED,
	    "an event that came before");
	source.after = 0;
	set_free(&accounts);
}

int
main(void)
{
	test_changes();
	test_records();
	test_depth();
	test_others();
	test_notices();
	test_sync();
	test_wrong();
	test_large();
	test_choices();
	live_free(&live);
	signer_free(&signers);
	buf_free(&out.buf);
	return done_testing();
}
