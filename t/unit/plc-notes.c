/* What is noted about operations. */
#include "config.h"

#include "libcar/plc/notes.h"
#include "t/lib/tap.h"

#define K256 "did:key:zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc"
#define SIG \
	"EJmgtA4PoFz6sXWz324x4f-46PbQJV0NR16_B69fbWVJb40wSBAakxJKUqvAQ" \
	"nvgMMZnWiL8LUdyEgFejSwdKA"
#define X32 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X256 X32 X32 X32 X32 X32 X32 X32 X32
#define OPERATION(keys, methods, names, services) \
	"{'type':'plc_operation','rotationKeys':[" keys \
	"],'verificationMethods':{" methods "},'alsoKnownAs':[" names \
	"],'services':{" services "},'prev':null,'sig':'" SIG "'}"
#define NAMES(names) OPERATION("", "", names, "")
#define SERVICE(name, type, endpoint) \
	"'" name "':{'type':'" type "','endpoint':'" endpoint "'}"
#define SERVICES(services) OPERATION("", "", "", services)
#define TEN(x, y) x "," x "," x "," x "," x "," x "," x "," x "," x "," y

static const struct {
	const char *name, *json, *notes;
} cases[] = {
	{ "nothing",
	    OPERATION("'" K256 "'", "'atproto':'" K256 "'", "'at://a.test'",
		SERVICE("atproto_pds", "AtprotoPersonalDataServer",
		    "https://pds.test")),
	    "" },
	{ "a handle without at://", NAMES("'a.test'"),
	    "['handle without at://']" },
	{ "with escapes", NAMES("'\\u0061.test'"), "['handle without at://']" },
	{ "another URI", NAMES("'https://a.test'"), "" },
	{ "an invalid handle", NAMES("'at://a_b'"), "['invalid handle']" },
	{ "with escapes", NAMES("'at:\\/\\/a_b'"), "['invalid handle']" },
	{ "a valid handle with escapes", NAMES("'at:\\/\\/\\u0061.test'"), "" },
	{ "ten handles", NAMES(TEN("'at://a.test'", "'at://b.test'")), "" },
	{ "eleven handles",
	    NAMES(TEN("'at://a.test'", "'at://b.test','at://b.test'")),
	    "['too many handles']" },
	{ "a long URI", NAMES("'https://" X256 "'"), "['handle too long']" },
	{ "a URI that is long in JSON",
	    NAMES("'https:\\u002f\\u002f" X32 X32 X32 X32 X32 X32 X32 "'"),
	    "" },
	{ "a key twice", OPERATION("'" K256 "','" K256 "'", "", "", ""),
	    "['repeated rotation key']" },
	{ "no key", OPERATION("'x'", "", "", ""), "['invalid rotation key']" },
	{ "the longest service", SERVICES(SERVICE(X32, X256, "https://a.test")),
	    "" },
	{ "a longer name", SERVICES(SERVICE("x" X32, "", "https://a.test")),
	    "['service too long']" },
	{ "a longer type", SERVICES(SERVICE("x", "x" X256, "https://a.test")),
	    "['service too long']" },
	{ "a long endpoint", SERVICES(SERVICE("x", "x", "x" X256 X256)),
	    "['service too long','endpoint not an https origin']" },
	{ "an endpoint with a path",
	    SERVICES(SERVICE("x", "x", "https://a.test/x")),
	    "['endpoint not an https origin']" },
	{ "spam", SERVICES(SERVICE("x", "x", "https://spam.test")),
	    "['known spam endpoint']" },
	{ "spam with escapes",
	    SERVICES(SERVICE("x", "x", "https:\\/\\/sp\\u0061m.test")),
	    "['known spam endpoint']" },
	{ "the longest method", OPERATION("", "'" X32 "':'" X256 "'", "", ""),
	    "" },
	{ "a longer name of a method",
	    OPERATION("", "'x" X32 "':'" X256 "'", "", ""),
	    "['verification method too long']" },
	{ "a longer key of a method",
	    OPERATION("", "'" X32 "':'x" X256 "'", "", ""),
	    "['verification method too long']" },
	{ "a legacy operation",
	    "{'type':'create','signingKey':'" K256 "','recoveryKey':'" K256
	    "','handle':'a_b','service':'spam.test','prev':null,'sig':'" SIG
	    "'}",
	    "['repeated rotation key']" },
	{ "a tombstone",
	    "{'type':'plc_tombstone','prev':'bafyreiaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaa','sig':'" SIG "'}",
	    "" },
};

static bool
is_spam(const void *ctx, const struct slice *origin)
{
	(void)ctx;
	return slice_is(origin, "https://spam.test");
}

/* JSON in C strings: ' stands for ". */
static char *
quote(const char *text)
{
	char *copy = strdup(text), *p;

	while ((p = strchr(copy, '\'')) != NULL)
		*p = '"';
	return copy;
}

int
main(void)
{
	const struct plc_notes_spam spam = { .has = is_spam };
	struct plc_operation op = { .kind = PLC_NO_KIND };
	struct plc_content content = { .kind = PLC_NO_KIND };
	struct buf out = { .len = 0 };
	struct status st;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *json = quote(cases[i].json);
		char *want = quote(cases[i].notes);

		out.len = 0;
		if (plc_operation_parse(&op, json, strlen(json), &st) == -1)
			buf_puts(&out, st.msg);
		else if (plc_content_of(&content, &op, &st) == 0)
			plc_notes_write(&out, &op, &content, &spam);
		is_mem(out.data, out.len, want, strlen(want), "%s",
		    cases[i].name);
		free(json);
		free(want);
	}
	plc_content_free(&content);
	plc_operation_free(&op);
	buf_free(&out);
	return done_testing();
}
