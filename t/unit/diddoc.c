/* u-diddoc FILE DID [http]: print what the document says. Without arguments:
 * the rules. */
#include "config.h"

#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "libcar/base/basen.h"
#include "libcar/base/buf.h"
#include "libcar/plc/diddoc.h"
#include "t/lib/tap.h"

#define DID "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
#define OTHER "did:plc:z72i7hdynmk6r22z27h6tvur"
#define K256 "zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc"
#define P256 "zDnaembgSGUhZULN2Caob4HLJPaxBh92N7rtH21TErzqf8HQo"
#define ED25519 "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
/* the same points without multicodec */
#define K256_POINT "z25z9DTpsiYYJKGsWmSPJK2NFN8PcJtZig12K59UgW7q5t"
#define P256_POINT "zxdM8dSstjrpZaRUwBmDvjGXweKuEMVN95A9oJBFjkWMh"
#define LEGACY_K256 "EcdsaSecp256k1VerificationKey2019"
#define LEGACY_P256 "EcdsaSecp256r1VerificationKey2019"

#define METHOD(id, type, controller, key) \
	"{'id':'" id "','type':'" type "','controller':'" controller \
	"','publicKeyMultibase':'" key "'}"
#define KEY(key) METHOD("#atproto", "Multikey", DID, key)
#define SERVICE(id, type, endpoint) \
	"{'id':'" id "','type':'" type "','serviceEndpoint':'" endpoint "'}"
#define PDS(endpoint) \
	SERVICE("#atproto_pds", "AtprotoPersonalDataServer", endpoint)

/* JSON in C strings: ' stands for ". */
static char *
unquote(const char *text)
{
	char *copy = strdup(text), *p;

	while ((p = strchr(copy, '\'')) != NULL)
		*p = '"';
	return copy;
}

static int
parse(struct diddoc *doc, const char *text, size_t len, bool allow_http,
    struct status *st)
{
	char *exact = malloc(len);
	int rc;

	memcpy(exact, text, len);
	memset(doc, 'x', sizeof(*doc));
	rc = diddoc_parse(doc, DID, strlen(DID), exact, len, allow_http, st);
	free(exact);
	return rc;
}

static void
check(const char *name, const char *json, const char *handle, const char *pds,
    const char *key)
{
	char *text = unquote(json);
	struct status st = { 0 };
	struct diddoc doc;

	if (!ok(parse(&doc, text, strlen(text), false, &st) == 0, "%s", name))
		diag("%s", st.msg);
	else {
		is_str(doc.handle, handle, "%s: handle", name);
		is_str(doc.pds, pds, "%s: pds", name);
		is_str(doc.key, key, "%s: key", name);
	}
	free(text);
}

static void
refuses_n(const char *name, const char *text, size_t len)
{
	struct status st = { 0 };
	struct diddoc doc;

	is_int(parse(&doc, text, len, true, &st), -1, "%s: refused", name);
	is_str(status_name(st.code), "BadAnswer", "%s: %s", name, st.msg);
}

static void
refuses(const char *name, const char *json)
{
	char *text = unquote(json);

	refuses_n(name, text, strlen(text));
	free(text);
}

static const struct {
	const char *name, *handles, *want;
} handles[] = {
	{ "a handle", "['at://john.test']", "john.test" },
	{ "upper case", "['at://John.TEST']", "john.test" },
	{ "others before it", "['https://a.test','at://john.test']",
	    "john.test" },
	{ "two", "['at://john.test','at://jane.test']", "john.test" },
	{ "one that is none before it",
	    "['at://john','at://','at://john.test/','at://a.test:1',"
	    "'at://" DID "','at://a.test/x.y.z/a','at://john.test']",
	    "john.test" },
	{ "one that can't be used before it",
	    "['at://john.local','at://john.test']", "" },
	{ "handle.invalid", "['at://handle.invalid']", "" },
	{ "another scheme's case", "['AT://john.test']", "" },
	{ "no scheme", "['john.test']", "" },
	{ "white space", "[' at://john.test','at:// john.test']", "" },
	{ "escapes", "['\\u0061t:\\/\\/john\\u002etest']", "john.test" },
	{ "a NUL", "['at://john.test\\u0000']", "" },
	{ "a NUL inside", "['at://john\\u0000.test']", "" },
	{ "other letters", "['at://j\xc3\xb6hn.test']", "" },
	{ "nothing", "[]", "" },
	{ "empty text", "['']", "" },
	{ "other types",
	    "[null,1,true,{},{'at://a.test':'at://b.test'},"
	    "['at://c.test'],[[['at://d.test']]],'at://john.test']",
	    "john.test" },
	{ "no array", "'at://john.test'", "" },
	{ "an object", "{'0':'at://john.test'}", "" },
	{ "null", "null", "" },
};

static void
test_handles(void)
{
	char json[1024], name[128];
	size_t i;

	for (i = 0; i < sizeof(handles) / sizeof(handles[0]); i++) {
		snprintf(json, sizeof(json),
		    "{'alsoKnownAs':%s,'id':'" DID "'}", handles[i].handles);
		snprintf(name, sizeof(name), "alsoKnownAs: %s",
		    handles[i].name);
		check(name, json, handles[i].want, "", "");
	}
}

static const struct {
	const char *name, *methods, *want;
} methods[] = {
	{ "secp256k1", "[" KEY(K256) "]", "did:key:" K256 },
	{ "P-256", "[" KEY(P256) "]", "did:key:" P256 },
	{ "an absolute id",
	    "[" METHOD(DID "#atproto", "Multikey", DID, K256) "]",
	    "did:key:" K256 },
	{ "escapes",
	    "[" METHOD("\\u0023atproto", "Multi\\u006bey",
		"\\u0064id"
		":plc:ewvi7nxzyoun6zhxrhs64oiz",
		"\\u007a"
		"Q3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc") "]",
	    "did:key:" K256 },
	{ "escapes in keys",
	    "[{'\\u0069d':'#atproto','typ\\u0065':'Multikey',"
	    "'controller':'" DID "','publicKeyMultibase':'" K256 "'}]",
	    "did:key:" K256 },
	{ "legacy secp256k1",
	    "[" METHOD("#atproto", LEGACY_K256, DID, K256_POINT) "]",
	    "did:key:" K256 },
	{ "legacy P-256",
	    "[" METHOD("#atproto", LEGACY_P256, DID, P256_POINT) "]",
	    "did:key:" P256 },
	{ "a legacy point of the other curve",
	    "[" METHOD("#atproto", LEGACY_P256, DID, K256_POINT) "]", "" },
	{ "a Multikey of legacy type",
	    "[" METHOD("#atproto", LEGACY_K256, DID, K256) "]", "" },
	{ "a legacy point of type Multikey", "[" KEY(K256_POINT) "]", "" },
	{ "a did:key", "[" KEY("did:key:" K256) "]", "" },
	{ "Ed25519", "[" KEY(ED25519) "]", "" },
	{ "another type",
	    "[" METHOD("#atproto", "JsonWebKey2020", DID, K256) "]", "" },
	{ "the type's case", "[" METHOD("#atproto", "multikey", DID, K256) "]",
	    "" },
	{ "a type and a NUL",
	    "[" METHOD("#atproto", "Multikey\\u0000", DID, K256) "]", "" },
	{ "another id", "[" METHOD("#atproto_label", "Multikey", DID, K256) "]",
	    "" },
	{ "an id without #", "[" METHOD("atproto", "Multikey", DID, K256) "]",
	    "" },
	{ "an id and a NUL",
	    "[" METHOD("#atproto\\u0000", "Multikey", DID, K256) "]", "" },
	{ "the DID twice",
	    "[" METHOD(DID DID "#atproto", "Multikey", DID, K256) "]", "" },
	{ "the DID alone", "[" METHOD(DID, "Multikey", DID, K256) "]", "" },
	{ "no id", "[" METHOD("", "Multikey", DID, K256) "]", "" },
	{ "another DID's id",
	    "[" METHOD(OTHER "#atproto", "Multikey", DID, K256) "]", "" },
	{ "another controller",
	    "[" METHOD("#atproto", "Multikey", OTHER, K256) "]", "" },
	{ "a longer controller",
	    "[" METHOD("#atproto", "Multikey", DID "a", K256) "]", "" },
	{ "no controller",
	    "[{'id':'#atproto','type':'Multikey','publicKeyMultibase':'" K256
	    "'}]",
	    "" },
	{ "no key",
	    "[{'id':'#atproto','type':'Multikey','controller':'" DID "'}]",
	    "" },
	{ "an empty key", "[" KEY("") "]", "" },
	{ "a key and a NUL", "[" KEY(K256 "\\u0000") "]", "" },
	{ "the second",
	    "[" METHOD("#other", "Multikey", DID, P256) "," KEY(K256) "]",
	    "did:key:" K256 },
	{ "the first of two", "[" KEY(K256) "," KEY(P256) "]",
	    "did:key:" K256 },
	{ "the first valid one",
	    "[" KEY(ED25519) "," METHOD("#atproto", "Multikey", OTHER,
		P256) "," METHOD("#atproto", "x", DID,
		P256) "," KEY(K256) "," KEY(P256) "]",
	    "did:key:" K256 },
	{ "members twice: the last counts",
	    "[{'id':'#a','id':'#atproto','type':1,'type':'Multikey',"
	    "'controller':'" DID "','publicKeyMultibase':'" P256
	    "','publicKeyMultibase':'" K256 "'}]",
	    "did:key:" K256 },
	{ "other types",
	    "[null,1.5,'#atproto',[],[" KEY(P256) "],{},{'id':{}},"
						  "{'id':['#atproto']}," KEY(
						      K256) "]",
	    "did:key:" K256 },
	{ "members of other types",
	    "[{'id':'#atproto','type':['Multikey'],'controller':'" DID
	    "','publicKeyMultibase':'" K256 "'},"
	    "{'id':'#atproto','type':'Multikey','controller':['" DID
	    "'],'publicKeyMultibase':'" K256 "'},"
	    "{'id':'#atproto','type':'Multikey','controller':'" DID
	    "','publicKeyMultibase':{'" K256 "':'" K256 "'}}]",
	    "" },
	{ "a method inside another", "[{'x':" KEY(K256) "}]", "" },
	{ "no array", KEY(K256), "" },
	{ "null", "null", "" },
};

static void
test_methods(void)
{
	char json[4096], name[128];
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		snprintf(json, sizeof(json),
		    "{'id':'" DID "','verificationMethod':%s}",
		    methods[i].methods);
		snprintf(name, sizeof(name), "verificationMethod: %s",
		    methods[i].name);
		check(name, json, "", "", methods[i].want);
	}
}

static const struct {
	const char *name, *services, *want;
} services[] = {
	{ "a host", "[" PDS("https://pds.test") "]", "https://pds.test" },
	{ "an absolute id",
	    "[" SERVICE(DID "#atproto_pds", "AtprotoPersonalDataServer",
		"https://pds.test") "]",
	    "https://pds.test" },
	{ "another DID's id",
	    "[" SERVICE(OTHER "#atproto_pds", "AtprotoPersonalDataServer",
		"https://pds.test") "]",
	    "" },
	{ "another id",
	    "[" SERVICE("#atproto", "AtprotoPersonalDataServer",
		"https://pds.test") "]",
	    "" },
	{ "another type",
	    "[" SERVICE("#atproto_pds", "AtprotoLabeler",
		"https://pds.test") "]",
	    "" },
	{ "escapes",
	    "[" SERVICE("#atproto\\u005fpds", "Atproto\\u0050ersonalDataServer",
		"https:\\/\\/pds.test") "]",
	    "https://pds.test" },
	{ "others before it",
	    "[" SERVICE("#bsky_notif", "BskyNotificationService",
		"https://a.test") "," SERVICE("#atproto_pds", "Other",
		"https://b.test") "," PDS("https://pds.test") "]",
	    "https://pds.test" },
	{ "the first of two",
	    "[" PDS("https://pds.test") "," PDS("https://b.test") "]",
	    "https://pds.test" },
	{ "the first of two is no origin",
	    "[" PDS("https://pds.test/x") "," PDS("https://b.test") "]", "" },
	{ "http", "[" PDS("http://pds.test") "]", "" },
	{ "a path", "[" PDS("https://pds.test/path") "]", "" },
	{ "a NUL", "[" PDS("https://pds.test\\u0000") "]", "" },
	{ "a NUL inside", "[" PDS("https://pds.test\\u0000.a.test") "]", "" },
	{ "an endpoint that is an object",
	    "[{'id':'#atproto_pds','type':'AtprotoPersonalDataServer',"
	    "'serviceEndpoint':{'uri':'https://pds.test'}}]",
	    "" },
	{ "an endpoint that is an array",
	    "[{'id':'#atproto_pds','type':'AtprotoPersonalDataServer',"
	    "'serviceEndpoint':['https://pds.test']}]",
	    "" },
	{ "no endpoint",
	    "[{'id':'#atproto_pds','type':'AtprotoPersonalDataServer'}]", "" },
	{ "other types",
	    "[null,-1,'x',[[]],{},{'id':1}," PDS("https://a.b") "]",
	    "https://a.b" },
	{ "no array", PDS("https://pds.test"), "" },
	{ "a text", "'https://pds.test'", "" },
};

static void
test_services(void)
{
	char json[2048], name[128];
	size_t i;

	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		snprintf(json, sizeof(json), "{'service':%s,'id':'" DID "'}",
		    services[i].services);
		snprintf(name, sizeof(name), "service: %s", services[i].name);
		check(name, json, "", services[i].want, "");
	}
}

static void
test_documents(void)
{
	check("nothing but the id", "{'id':'" DID "'}", "", "", "");
	check("white space and an escape",
	    " \r\n\t{ 'id' : '\\u0064id:plc:ewvi7nxzyoun6zhxrhs64oiz' } \n", "",
	    "", "");
	check("members that nobody knows",
	    "{'@context':[{'id':'x'}],'x':{'id':'" OTHER
	    "','service':[" PDS("https://x.test") "]},'id':'" DID "'}",
	    "", "", "");
	check("members twice: the last counts",
	    "{'id':'" OTHER "','service':[" PDS(
		"https://a.test") "],'id':'" DID
				  "','service':[" PDS("https://b.test") "]}",
	    "", "https://b.test", "");
	check("everything",
	    "{'id':'" DID "','alsoKnownAs':['at://john.test'],"
	    "'verificationMethod':[" KEY(K256) "],'service':[" PDS(
		"https://pds.test:8443/") "]}",
	    "john.test", "https://pds.test:8443", "did:key:" K256);
	refuses("nothing", "");
	refuses("null", "null");
	refuses("an array", "[{'id':'" DID "'}]");
	refuses("a text", "'" DID "'");
	refuses("HTML", "<!DOCTYPE html>");
	refuses("no id", "{}");
	refuses("another id", "{'id':'" OTHER "'}");
	refuses("a longer id", "{'id':'" DID "#'}");
	refuses("an id and a NUL", "{'id':'" DID "\\u0000'}");
	refuses("an id in upper case",
	    "{'id':'did:plc:EWVI7NXZYOUN6ZHXRHS64OIZ'}");
	refuses("no text as id", "{'id':['" DID "']}");
	refuses("an empty id", "{'id':''}");
	refuses("the last of two ids is another",
	    "{'id':'" DID "','id':'" OTHER "'}");
	refuses("two documents", "{'id':'" DID "'}{'id':'" DID "'}");
	refuses("one that is cut", "{'id':'" DID "','service':[");
	refuses("a number that is none", "{'id':'" DID "','x':01}");
	refuses("a lone surrogate", "{'id':'" DID "','x':'\\ud800'}");
	refuses("no UTF-8", "{'id':'" DID "','x':'\xff'}");
	refuses_n("a NUL", "{\"id\":\"" DID "\"}", strlen(DID) + 10);
}

/* `head`, n times `each` and `tail`, and blanks up to size. */
static void
build(struct buf *out, const char *head, const char *each, size_t n,
    const char *tail, size_t size)
{
	char *quoted;

	out->len = 0;
	buf_puts(out, head);
	while (n-- > 0)
		buf_puts(out, each);
	buf_puts(out, tail);
	while (out->len < size)
		buf_putc(out, ' ');
	buf_putc(out, '\0');
	quoted = unquote(out->data);
	strcpy(out->data, quoted);
	free(quoted);
	out->len--;
}

static void
test_limits(void)
{
	struct status st = { 0 };
	struct buf b = { .len = 0 };
	struct diddoc doc;

	build(&b, "{'id':'" DID "'}", "", 0, "", DIDDOC_MAX_BYTES);
	ok(parse(&doc, b.data, b.len, false, &st) == 0, "%zu bytes", b.len);
	build(&b, "{'id':'" DID "'}", "", 0, "", DIDDOC_MAX_BYTES + 1);
	refuses_n("a byte more", b.data, b.len);
	build(&b, "{'id':'" DID "','x':", "[", 100000, "", 0);
	refuses_n("100,000 arrays in each other", b.data, b.len);
	build(&b, "{'id':'" DID "','service':", "[{'id':", 20000, "", 0);
	refuses_n("20,000 services in each other", b.data, b.len);
	build(&b, "{'id':'" DID "','alsoKnownAs':[", "'at://',", 30000,
	    "'at://john.test']}", 0);
	ok(parse(&doc, b.data, b.len, false, &st) == 0, "30,000 names");
	is_str(doc.handle, "john.test", "and then a handle");
	build(&b, "{'id':'" DID "','verificationMethod':[", "{},", 80000,
	    KEY(K256) "]}", 0);
	ok(parse(&doc, b.data, b.len, false, &st) == 0, "80,000 methods");
	is_str(doc.key, "did:key:" K256, "and then a key");
	build(&b, "{'id':'" DID "','service':[", "[],", 80000,
	    PDS("https://a.test") "]}", 0);
	ok(parse(&doc, b.data, b.len, false, &st) == 0, "80,000 services");
	is_str(doc.pds, "https://a.test", "and then a host");
	build(&b,
	    "{'id':'" DID "','verificationMethod':[{'id':'#atproto','"
	    "type':'Multikey','controller':'" DID "','publicKeyMultibase':'z",
	    "z", 200000, "'}]}", 0);
	ok(parse(&doc, b.data, b.len, false, &st) == 0, "a key of 200,000");
	is_str(doc.key, "", "is none");
	buf_free(&b);
}

/* The longest handle: label by label, 253 bytes. */
static void
test_longest_handle(void)
{
	struct buf b = { .len = 0 };
	struct status st = { 0 };
	struct diddoc doc;

	build(&b, "{'id':'" DID "','alsoKnownAs':['at://", "abcdefghi.", 25,
	    "com']}", 0);
	ok(parse(&doc, b.data, b.len, false, &st) == 0, "the longest handle");
	is_int(strlen(doc.handle), SYNTAX_HANDLE_MAX, "is there");
	build(&b, "{'id':'" DID "','alsoKnownAs':['at://", "abcdefghi.", 25,
	    "comm']}", 0);
	ok(parse(&doc, b.data, b.len, false, &st) == 0, "a longer one");
	is_str(doc.handle, "", "isn't");
	buf_free(&b);
}

/* want: NULL if it isn't an origin, with http allowed. */
static const struct {
	const char *text, *want;
} origins[] = {
	{ "https://pds.test", "https://pds.test" },
	{ "https://pds.test/", "https://pds.test" },
	{ "https://pds.test//", NULL },
	{ "https://pds.test/.", NULL },
	{ "https://pds.test/a", NULL },
	{ "https://pds.test?", NULL },
	{ "https://pds.test?a", NULL },
	{ "https://pds.test/?a", NULL },
	{ "https://pds.test#", NULL },
	{ "https://pds.test/#a", NULL },
	{ "https://pds.test\\", NULL },
	{ "https:\\\\pds.test", NULL },
	{ "HTTPS://PDS.Test", "https://pds.test" },
	{ "https://pds.test:443", "https://pds.test" },
	{ "https://pds.test:443/", "https://pds.test" },
	{ "https://pds.test:80", "https://pds.test:80" },
	{ "https://pds.test:8443", "https://pds.test:8443" },
	{ "https://pds.test:1", "https://pds.test:1" },
	{ "https://pds.test:65535", "https://pds.test:65535" },
	{ "https://pds.test:65536", NULL },
	{ "https://pds.test:99999", NULL },
	{ "https://pds.test:100000", NULL },
	{ "https://pds.test:4294967739", NULL },
	{ "https://pds.test:0", NULL },
	{ "https://pds.test:", NULL },
	{ "https://pds.test:/", NULL },
	{ "https://pds.test:0443", NULL },
	{ "https://pds.test:+443", NULL },
	{ "https://pds.test: 443", NULL },
	{ "https://pds.test:-1", NULL },
	{ "https://pds.test:443:443", NULL },
	{ "https://pds.test:443a", NULL },
	{ "http://pds.test", "http://pds.test" },
	{ "HTTP://pds.test:80/", "http://pds.test" },
	{ "http://pds.test:443", "http://pds.test:443" },
	{ "http://127.0.0.1:2583", "http://127.0.0.1:2583" },
	{ "https://localhost", "https://localhost" },
	{ "https://a", "https://a" },
	{ "https://xn--bcher-kva.test", "https://xn--bcher-kva.test" },
	{ "https://1.2.3.test", "https://1.2.3.test" },
	{ "https://user@pds.test", NULL },
	{ "https://user:443@pds.test", NULL },
	{ "https://@pds.test", NULL },
	{ "https://pds.test@", NULL },
	{ "https://p%64s.test", NULL },
	{ "https://p_s.test", NULL },
	{ "https://p s.test", NULL },
	{ " https://pds.test", NULL },
	{ "https://pds.test ", NULL },
	{ "https://pds.test\n", NULL },
	{ "https://b\xc3\xbc"
	  "cher.test",
	    NULL },
	{ "https://.", NULL },
	{ "https://.test", NULL },
	{ "https://pds.test.", NULL },
	{ "https://pds..test", NULL },
	{ "https://-pds.test", NULL },
	{ "https://pds-.test", NULL },
	{ "https://pds.-test", NULL },
	{ "https://", NULL },
	{ "https:///", NULL },
	{ "https://:443", NULL },
	{ "https:", NULL },
	{ "", NULL },
	{ "pds.test", NULL },
	{ "//pds.test", NULL },
	{ "https:/pds.test", NULL },
	{ "ftp://pds.test", NULL },
	{ "wss://pds.test", NULL },
	{ "file:///etc/passwd", NULL },
	{ "httpss://pds.test", NULL },
	{ "https://https://pds.test", NULL },
	{ "https://203.0.113.1", "https://203.0.113.1" },
	{ "https://203.0.113.256", NULL },
	{ "https://203.0.113", NULL },
	{ "https://203.0.113.1.", NULL },
	{ "https://127.1", NULL },
	{ "https://0x7f.1", NULL },
	{ "https://0x7f000001", NULL },
	{ "https://2130706433", NULL },
	{ "https://0177.0.0.1", NULL },
	{ "https://a.1", NULL },
	{ "https://[2001:DB8::1]", "https://[2001:db8::1]" },
	{ "https://[2001:db8::1]/", "https://[2001:db8::1]" },
	{ "https://[::1]:443", "https://[::1]" },
	{ "https://[::1]:8443/", "https://[::1]:8443" },
	{ "https://[::ffff:1.2.3.4]", "https://[::ffff:1.2.3.4]" },
	{ "https://[::1", NULL },
	{ "https://[]", NULL },
	{ "https://::1", NULL },
	{ "https://[::1]a", NULL },
	{ "https://[::1]443", NULL },
	{ "https://[::1%25eth0]", NULL },
	{ "https://[fe80::1%eth0]", NULL },
	{ "https://[1.2.3.4]", NULL },
	{ "https://[pds.test]", NULL },
	{ "https://[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]", NULL },
};

/* Copies the text, and gives the answer exactly the memory it needs. */
static char *
origin(const char *text, size_t len, bool allow_http)
{
	char *exact = malloc(len), *out = malloc(DIDDOC_ORIGIN_BYTES);

	memcpy(exact, text, len);
	memset(out, 'x', DIDDOC_ORIGIN_BYTES);
	if (!diddoc_origin(out, exact, len, allow_http)) {
		free(out);
		out = NULL;
	}
	free(exact);
	return out;
}

static void
check_origin(const char *text, size_t len, bool allow_http, const char *want)
{
	char *got = origin(text, len, allow_http);

	if (want == NULL)
		ok(got == NULL, "no origin%s: %.*s", allow_http ? "" : " here",
		    (int)len, text);
	else
		is_str(got, want, "origin: %.*s", (int)len, text);
	free(got);
}

static void
test_origins(void)
{
	char text[DIDDOC_ORIGIN_BYTES + 64], want[sizeof(text)];
	const char *https;
	size_t i, n;

	for (i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
		n = strlen(origins[i].text);
		check_origin(origins[i].text, n, true, origins[i].want);
		https = origins[i].want;
		if (https != NULL && strncmp(https, "https:", 6) != 0)
			https = NULL;
		check_origin(origins[i].text, n, false, https);
	}
	check_origin("https://pds.test\0", 17, true, NULL);
	check_origin("https://pds\0.test", 17, true, NULL);
	check_origin("https://[::1\0]", 14, true, NULL);
	check_origin("https://1.2.3.4\0", 16, true, NULL);
	for (n = 0, i = 0; i < 25; i++)
		n += sprintf(want + n, "%s%s", i == 0 ? "https://" : "",
		    "abcdefghi.");
	strcpy(want + n, "com:65535");
	check_origin(want, strlen(want), true, want);
	snprintf(text, sizeof(text), "%.*scomm", (int)n, want);
	check_origin(text, strlen(text), true, NULL);
	snprintf(text, sizeof(text), "https://%064d.test", 0);
	check_origin(text, strlen(text), true, NULL);
	check_origin("https://pds.test", 16, false, "https://pds.test");
	snprintf(text, sizeof(text), "https://%063d.test", 0);
	check_origin(text, strlen(text), true, text);
}

/* The uncompressed form of P-256; the fixture has secp256k1's. */
static void
test_uncompressed(void)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	EC_POINT *p = EC_POINT_new(group);
	uint8_t full[65], compressed[36] = { 0x80, 0x24 };
	char text[128] = "z", want[128] = "did:key:z", json[1024];
	size_t n;

	EC_POINT_copy(p, EC_GROUP_get0_generator(group));
	EC_POINT_point2oct(group, p, POINT_CONVERSION_UNCOMPRESSED, full, 65,
	    NULL);
	EC_POINT_point2oct(group, p, POINT_CONVERSION_COMPRESSED,
	    compressed + 2, 33, NULL);
	n = 1 + base58_format(text + 1, full, 65);
	text[n] = '\0';
	n = 9 + base58_format(want + 9, compressed, 35);
	want[n] = '\0';
	snprintf(json, sizeof(json),
	    "{'id':'" DID "','verificationMethod':[" METHOD("#atproto",
		LEGACY_P256, DID, "%s") "]}",
	    text);
	check("an uncompressed P-256 key", json, "", "", want);
	EC_POINT_free(p);
	EC_GROUP_free(group);
}

static int
print_file(const char *path, const char *did, bool allow_http)
{
	static char text[DIDDOC_MAX_BYTES];
	FILE *f = fopen(path, "rb");
	struct status st = { 0 };
	struct diddoc doc;
	size_t len;

	if (f == NULL) {
		perror(path);
		return 2;
	}
	len = fread(text, 1, sizeof(text), f);
	fclose(f);
	if (diddoc_parse(&doc, did, strlen(did), text, len, allow_http, &st) ==
	    -1) {
		printf("%s: %s\n", status_name(st.code), st.msg);
		return 1;
	}
	printf("handle %s\npds %s\nkey %s\n", doc.handle, doc.pds, doc.key);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc > 2)
		return print_file(argv[1], argv[2], argc > 3);
	test_documents();
	test_handles();
	test_methods();
	test_services();
	test_limits();
	test_longest_handle();
	test_origins();
	test_uncompressed();
	return done_testing();
}
