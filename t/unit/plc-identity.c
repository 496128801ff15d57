/* What PLC operations say about an account. */
#include "config.h"

#include "libcar/plc/identity.h"
#include "t/lib/tap.h"

#define K256 "did:key:zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc"
#define P256 "did:key:zDnaembgSGUhZULN2Caob4HLJPaxBh92N7rtH21TErzqf8HQo"
#define PDS \
	"'services':{'atproto_pds':{'type':" \
	"'AtprotoPersonalDataServer','endpoint':'https://pds.test'}}"
#define KEY "'verificationMethods':{'other':'x','atproto':'" K256 "'}"
#define OPERATION(rest) \
	"{'sig':'x','prev':null,'type':'plc_operation'," rest "}"
#define CREATE(handle, service) \
	"{'sig':'x','prev':null,'type':'create','signingKey':'" K256 \
	"','recoveryKey':'" P256 "','handle':'" handle "','service':'" service \
	"'}"

static const struct {
	const char *name, *json;
	enum plc_identity_kind kind;
	const char *handle, *pds, *key, *rotation_keys;
} cases[] = {
	{ "an operation",
	    OPERATION("'alsoKnownAs':['https://x.test','at://A.test',"
		      "'at://b.test']," PDS "," KEY ",'rotationKeys':['" P256
		      "','" K256 "']"),
	    PLC_IDENTITY_DOCUMENT, "a.test", "https://pds.test", K256,
	    "[\"" P256 "\",\"" K256 "\"]" },
	{ "no fields", OPERATION("'x':1"), PLC_IDENTITY_DOCUMENT, "", "", "",
	    "" },
	{ "empty fields",
	    OPERATION("'alsoKnownAs':[],'services':{},"
		      "'verificationMethods':{},'rotationKeys':[]"),
	    PLC_IDENTITY_DOCUMENT, "", "", "", "[]" },
	{ "fields of other kinds",
	    OPERATION("'alsoKnownAs':'at://a.test','services':[],"
		      "'verificationMethods':null,'rotationKeys':{}"),
	    PLC_IDENTITY_DOCUMENT, "", "", "", "" },
	{ "elements of other kinds",
	    OPERATION("'alsoKnownAs':[1,{},['at://b.test'],'at://a.test'],"
		      "'services':{'atproto_pds':[]},"
		      "'verificationMethods':{'atproto':1},"
		      "'rotationKeys':['" K256 "',1]"),
	    PLC_IDENTITY_DOCUMENT, "a.test", "", "", "" },
	{ "a handle that nobody can use first",
	    OPERATION("'alsoKnownAs':['at://a.local','at://b.test']"),
	    PLC_IDENTITY_DOCUMENT, "", "", "", "" },
	{ "a key that isn't a did:key",
	    OPERATION("'verificationMethods':{'atproto':"
		      "'zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc'}"),
	    PLC_IDENTITY_DOCUMENT, "", "", "", "" },
	{ "a rotation key that isn't a did:key",
	    OPERATION("'rotationKeys':['" K256 "','key']"),
	    PLC_IDENTITY_DOCUMENT, "", "", "", "" },
	{ "a rotation key with a quote",
	    OPERATION("'rotationKeys':['did:key:\\u0022']"),
	    PLC_IDENTITY_DOCUMENT, "", "", "", "" },
	{ "a service of another type",
	    OPERATION("'services':{'atproto_pds':{'type':'x',"
		      "'endpoint':'https://pds.test'}}"),
	    PLC_IDENTITY_DOCUMENT, "", "", "", "" },
	{ "an endpoint with a path",
	    OPERATION("'services':{'atproto_pds':{'type':"
		      "'AtprotoPersonalDataServer',"
		      "'endpoint':'https://pds.test/x'}}"),
	    PLC_IDENTITY_DOCUMENT, "", "", "", "" },
	{ "a create", CREATE("a.test", "pds.test"), PLC_IDENTITY_DOCUMENT,
	    "a.test", "https://pds.test", K256, "[\"" P256 "\",\"" K256 "\"]" },
	{ "a create with schemes", CREATE("at://a.test", "https://pds.test"),
	    PLC_IDENTITY_DOCUMENT, "a.test", "https://pds.test", K256,
	    "[\"" P256 "\",\"" K256 "\"]" },
	{ "a create with plain http", CREATE("a.test", "http://pds.test"),
	    PLC_IDENTITY_DOCUMENT, "a.test", "", K256,
	    "[\"" P256 "\",\"" K256 "\"]" },
	{ "a create without fields", "{'type':'create'}", PLC_IDENTITY_DOCUMENT,
	    "", "", "", "" },
	{ "a tombstone", "{'type':'plc_tombstone','prev':'x','sig':'x'}",
	    PLC_IDENTITY_TOMBSTONE, "", "", "", "" },
	{ "another type", "{'type':'x'}", PLC_IDENTITY_UNKNOWN, "", "", "",
	    "" },
	{ "no type", "{}", PLC_IDENTITY_UNKNOWN, "", "", "", "" },
	{ "an array", "[]", PLC_IDENTITY_UNKNOWN, "", "", "", "" },
	{ "broken JSON", "{'type':'create'", PLC_IDENTITY_UNKNOWN, "", "", "",
	    "" },
	{ "nothing", "", PLC_IDENTITY_UNKNOWN, "", "", "", "" },
};

/* JSON in C strings: ' stands for ". The copy has no byte more. */
static char *
unquote(const char *text)
{
	size_t i, n = strlen(text);
	char *copy = malloc(n + (n == 0));

	for (i = 0; i < n; i++)
		copy[i] = text[i] == '\'' ? '"' : text[i];
	return copy;
}

static void
check(struct plc_identity *it, size_t i)
{
	char *json = unquote(cases[i].json);
	const char *name = cases[i].name;
	struct status st = { 0 };

	is_int(plc_identity_read(it, json, strlen(cases[i].json), false, &st),
	    0, "%s", name);
	free(json);
	is_int(it->kind, cases[i].kind, "%s: kind", name);
	is_str(it->doc.handle, cases[i].handle, "%s: handle", name);
	is_str(it->doc.pds, cases[i].pds, "%s: pds", name);
	is_str(it->doc.key, cases[i].key, "%s: key", name);
	buf_putc(&it->rotation_keys, '\0');
	is_str(it->rotation_keys.data, cases[i].rotation_keys,
	    "%s: rotation keys", name);
}

static void
test_http(void)
{
	static const char text[] = CREATE("a.test", "http://pds.test:2583");
	char *json = unquote(text);
	struct plc_identity it = { 0 };
	struct status st;

	plc_identity_read(&it, json, sizeof(text) - 1, true, &st);
	is_str(it.doc.pds, "http://pds.test:2583", "plain http");
	free(json);
	plc_identity_free(&it);
}

static void
test_many_keys(void)
{
	struct plc_identity it = { 0 };
	struct status st;
	struct buf json = { 0 };
	int i;

	buf_puts(&json, "{\"type\":\"plc_operation\",\"rotationKeys\":[");
	for (i = 0; i <= PLC_IDENTITY_MAX_KEYS; i++)
		buf_puts(&json, i == 0 ? "\"" K256 "\"" : ",\"" K256 "\"");
	buf_puts(&json, "]}");
	is_int(plc_identity_read(&it, json.data, json.len, false, &st), 0,
	    "too many rotation keys");
	is_int((int)it.rotation_keys.len, 0, "are none");
	plc_identity_free(&it);
	buf_free(&json);
}

int
main(void)
{
	struct plc_identity it = { 0 };
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(&it, i);
	plc_identity_free(&it);
	test_http();
	test_many_keys();
	return done_testing();
}
