/* u-plc-operation: operations of the lines `did cid operation` on standard
 * input: their CIDs, DIDs and keys; no changed byte goes unnoticed. Then the
 * rules, each with its edge. */
#include "config.h"

#include <stdio.h>

#include "libcar/plc/operation.h"
#include "t/lib/copy.h"
#include "t/lib/tap.h"

#define KEY "did:key:zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc"
#define KEY2 "did:key:zDnaembgSGUhZULN2Caob4HLJPaxBh92N7rtH21TErzqf8HQo"
#define CID "bafyreidhcvt64va2y7igfy5soymc4xtpoghdgv2oujv5f76js6sdwby6ta"
#define SIG \
	"EJmgtA4PoFz6sXWz324x4f-46PbQJV0NR16_B69fbWVJb40wSBAakxJKUqvAQ" \
	"nvgMMZnWiL8LUdyEgFejSwdKA"

static struct plc_operation op;
static struct status st;

static int
parse(const char *text, size_t len)
{
	char *exact = copy(text, len);
	int rc = plc_operation_parse(&op, exact, len, &st);

	free(exact);
	return rc;
}

/* JSON in C strings: ' stands for ". */
static int
parse_quoted(const char *text)
{
	char *json = strdup(text), *p;
	int rc;

	while ((p = strchr(json, '\'')) != NULL)
		*p = '"';
	rc = parse(json, strlen(json));
	free(json);
	return rc;
}

/* Operations of real logs */

static void
check_one(const char *did, const char *cid, const char *json)
{
	char text[CID_MAX_TEXT], of_did[PLC_DID_TEXT];
	uint8_t bytes[PLC_DID_BYTES];
	size_t len;

	if (!ok(parse(json, strlen(json)) == 0, "%s is read", cid)) {
		diag("%s", st.msg);
		return;
	}
	len = cid_format(text, op.cid, sizeof(op.cid));
	is_mem(text, len, cid, strlen(cid), "its CID");
	if (op.has_prev)
		return;
	plc_operation_did(&op, bytes);
	plc_did_format(of_did, bytes);
	is_mem(of_did, sizeof(of_did), did, strlen(did), "its DID");
}

/* Is every change of a byte either refused or another CID? */
static void
check_changes(const char *json)
{
	size_t len = strlen(json), i, missed = 0;
	uint8_t cid[CID_REPO_BYTES];
	char *changed = copy(json, len);
	int c;

	memcpy(cid, op.cid, sizeof(cid));
	for (i = 0; i < len; i++) {
		for (c = 0; c < 256; c++) {
			changed[i] = (char)c;
			if (changed[i] != json[i] && parse(changed, len) == 0)
				missed += memcmp(cid, op.cid, sizeof(cid)) == 0;
		}
		changed[i] = json[i];
	}
	is_int(missed, 0, "no change of a byte of it is missed");
	free(changed);
}

static void
test_logs(void)
{
	char line[10000], *did, *cid, *json;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		did = strtok(line, " ");
		cid = strtok(NULL, " ");
		json = strtok(NULL, "\n");
		check_one(did, cid, json);
		check_changes(json);
	}
}

/* Rules */

#define OP(keys, methods, aka, services, prev, sig) \
	"{'type':'plc_operation','rotationKeys':" keys \
	",'verificationMethods':" methods ",'alsoKnownAs':" aka \
	",'services':" services ",'prev':" prev ",'sig':" sig "}"
#define WITH_KEYS(keys) OP(keys, "{}", "[]", "{}", "null", "'" SIG "'")
#define WITH_METHODS(m) OP("[]", m, "[]", "{}", "null", "'" SIG "'")
#define WITH_AKA(aka) OP("[]", "{}", aka, "{}", "null", "'" SIG "'")
#define WITH_SERVICES(s) OP("[]", "{}", "[]", s, "null", "'" SIG "'")
#define WITH_PREV(prev) OP("[]", "{}", "[]", "{}", prev, "'" SIG "'")
#define WITH_SIG(sig) OP("[]", "{}", "[]", "{}", "null", sig)
#define TOMBSTONE(prev) \
	"{'type':'plc_tombstone','prev':" prev ",'sig':'" SIG "'}"
#define CREATE(prev) \
	"{'type':'create','signingKey':'" KEY "','recoveryKey':'" KEY2 \
	"','handle':'a.test','service':'pds.test','prev':" prev ",'sig':'" SIG \
	"'}"

static void
good(const char *name, const char *json)
{
	if (!ok(parse_quoted(json) == 0, "%s", name))
		diag("%s", st.msg);
}

static void
bad(enum status_code code, const char *message, const char *json)
{
	is_int(parse_quoted(json), -1, "refused: %s", message);
	is_str(status_name(st.code), status_name(code), "its name");
	is_str(st.msg, message, "its message");
	is_int(op.kind, PLC_NO_KIND, "it is no operation");
}

static void
test_fields(void)
{
	good("an operation", WITH_KEYS("['" KEY "','" KEY2 "']"));
	is_int(op.key_count, 2, "two keys");
	is_int(op.keys[0].curve, KEY_SECP256K1, "the first one");
	is_int(op.keys[1].curve, KEY_P256, "the second one");
	good("a key that can't be read", WITH_KEYS("['did:key:z1','" KEY "']"));
	is_int(op.key_count, 2, "it has its place");
	is_int(op.keys[0].curve, 0, "but is none");
	bad(STATUS_BAD_OPERATION, "rotationKeys is not an array of strings",
	    WITH_KEYS("[5]"));
	bad(STATUS_BAD_OPERATION, "rotationKeys is not an array",
	    WITH_KEYS("{}"));
	bad(STATUS_BAD_OPERATION, "alsoKnownAs is not an array of strings",
	    WITH_AKA("[['a']]"));
	bad(STATUS_BAD_OPERATION, "verificationMethods is not a string",
	    WITH_METHODS("{'a':5}"));
	bad(STATUS_BAD_OPERATION,
	    "verificationMethods is not an object without repeated keys",
	    WITH_METHODS("{'a':'','b':'','\\u0061':''}"));
	good("a service", WITH_SERVICES("{'x':{'endpoint':'','type':''}}"));
	bad(STATUS_BAD_OPERATION,
	    "services is not an object of objects of type and endpoint",
	    WITH_SERVICES("{'x':{'type':''}}"));
	bad(STATUS_BAD_OPERATION,
	    "services is not an object of objects of type and endpoint",
	    WITH_SERVICES("{'x':{'type':'','endpoint':'','a':''}}"));
	bad(STATUS_BAD_OPERATION, "services is not an object",
	    WITH_SERVICES("{'x':'y'}"));
	good("names that dagjson would take for a link or bytes",
	    WITH_METHODS("{'$link':'x','$bytes':'y'}"));
}

static void
test_prev(void)
{
	good("a predecessor", WITH_PREV("'" CID "'"));
	ok(op.has_prev, "it is there");
	bad(STATUS_BAD_PREV, "prev is not the CID of an operation",
	    WITH_PREV("'x'"));
	bad(STATUS_BAD_PREV, "prev is not the CID of an operation",
	    WITH_PREV("'bafkreidhcvt64va2y7igfy5soymc4xtpoghdgv2oujv5f76js6sd"
		      "wby6ta'"));
	bad(STATUS_BAD_OPERATION, "prev is not a string", WITH_PREV("5"));
	good("a tombstone", TOMBSTONE("'" CID "'"));
	is_int(op.kind, PLC_TOMBSTONE, "it is one");
	is_int(op.key_count, 0, "it has no keys");
	bad(STATUS_BAD_OPERATION, "a tombstone without prev",
	    TOMBSTONE("null"));
	good("a legacy create", CREATE("null"));
	is_int(op.key_count, 2, "it has two keys");
	is_int(op.keys[0].curve, KEY_P256, "first the recovery key");
	is_int(op.keys[1].curve, KEY_SECP256K1, "then the signing key");
	bad(STATUS_BAD_OPERATION, "prev is not null", CREATE("'" CID "'"));
}

static void
test_signatures(void)
{
	static const char message[] =
	    "sig is not 64 bytes in base64url without padding";

	bad(STATUS_BAD_SIGNATURE, message, WITH_SIG("''"));
	bad(STATUS_BAD_SIGNATURE, message, WITH_SIG("'" SIG "=='"));
	bad(STATUS_BAD_SIGNATURE, message, WITH_SIG("'" SIG "A'"));
	bad(STATUS_BAD_SIGNATURE, message, WITH_SIG("'" SIG "\\n'"));
	bad(STATUS_BAD_SIGNATURE, message,
	    WITH_SIG("'EJmgtA4PoFz6sXWz324x4f-46PbQJV0NR16_B69fbWVJb40wSBAakx"
		     "JKUqvAQnvgMMZnWiL8LUdyEgFejSwdKB'"));
	bad(STATUS_BAD_SIGNATURE, message,
	    WITH_SIG("'EJmgtA4PoFz6sXWz324x4f+46PbQJV0NR16_B69fbWVJb40wSBAakx"
		     "JKUqvAQnvgMMZnWiL8LUdyEgFejSwdKA'"));
	bad(STATUS_BAD_SIGNATURE, message,
	    WITH_SIG("'EJmgtA4PoFz6sXWz324x4f-46PbQJV0NR16/B69fbWVJb40wSBAakx"
		     "JKUqvAQnvgMMZnWiL8LUdyEgFejSwdKA'"));
	bad(STATUS_BAD_OPERATION, "sig is not a string", WITH_SIG("null"));
}

static void
test_forms(void)
{
	bad(STATUS_BAD_OPERATION, "not an object", "[]");
	bad(STATUS_BAD_OPERATION, "no type", "{}");
	bad(STATUS_BAD_OPERATION, "unknown type", "{'type':'x'}");
	bad(STATUS_BAD_OPERATION, "type is not a string", "{'type':1}");
	bad(STATUS_BAD_OPERATION, "no sig", "{'type':'plc_tombstone'}");
	bad(STATUS_BAD_OPERATION, "unknown field: a", "{'a':1}");
	bad(STATUS_BAD_OPERATION, "type twice", "{'type':1,'type':1}");
	bad(STATUS_BAD_OPERATION, "unexpected field: handle",
	    "{'type':'plc_tombstone','prev':'" CID "','sig':'" SIG
	    "','handle':'a'}");
	bad(STATUS_BAD_OPERATION, "JSON: text without end", "{");
	bad(STATUS_BAD_OPERATION, "JSON: bad escape", WITH_AKA("['\\ud800']"));
}

static void
test_limits(void)
{
	size_t n = PLC_OPERATION_MAX_BYTES + 1, i, len;
	char *text = malloc(n);

	memset(text, ' ', n);
	is_int(parse(text, n), -1, "a large text is refused");
	is_str(st.msg, "more than 1048576 bytes", "its message");
	len = sprintf(text,
	    "{\"type\":\"plc_operation\",\"prev\":null,"
	    "\"services\":{},\"alsoKnownAs\":[],"
	    "\"verificationMethods\":{},\"sig\":\"" SIG "\","
	    "\"rotationKeys\":[");
	for (i = 0; i < PLC_OPERATION_MAX_KEYS; i++)
		len += sprintf(text + len, "%s\"\"", i > 0 ? "," : "");
	strcpy(text + len, "]}");
	is_int(parse(text, strlen(text)), 0, "many keys");
	strcpy(text + len, ",\"\"]}");
	is_int(parse(text, strlen(text)), -1, "one more");
	is_str(st.msg, "too many rotation keys", "its message");
	free(text);
}

static void
test_dids(void)
{
	static const char did[] = "did:plc:7az4y43gpd5iz3uz5aoiimpn";
	uint8_t bytes[PLC_DID_BYTES];
	char text[PLC_DID_TEXT];

	ok(plc_did_parse(bytes, did, strlen(did)), "a DID");
	plc_did_format(text, bytes);
	is_mem(text, sizeof(text), did, strlen(did), "and back");
	ok(!plc_did_parse(bytes, did, strlen(did) - 1), "a short one");
	ok(!plc_did_parse(bytes, "did:plc:7AZ4Y43GPD5IZ3UZ5AOIIMPN", 32),
	    "one in upper case");
	ok(!plc_did_parse(bytes, "did:web:7az4y43gpd5iz3uz5aoiimpn", 32),
	    "of another method");
}

int
main(void)
{
	test_logs();
	test_fields();
	test_prev();
	test_signatures();
	test_forms();
	test_limits();
	test_dids();
	plc_operation_free(&op);
	return done_testing();
}
