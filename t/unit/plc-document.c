/* u-plc-document: print the DID document of each `did operation` on standard
 * input. u-plc-document test: what needs no fixture. */
#include "config.h"

#include <stdio.h>

#include "libcar/plc/diddoc.h"
#include "libcar/plc/document.h"
#include "t/lib/tap.h"

#define DID "did:plc:zbnhqj3vbzzfaq3t7vjzo62p"
#define K256 "zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc"
#define P256 "zDnaembgSGUhZULN2Caob4HLJPaxBh92N7rtH21TErzqf8HQo"
#define SIG \
	"EJmgtA4PoFz6sXWz324x4f-46PbQJV0NR16_B69fbWVJb40wSBAakxJKUqvAQ" \
	"nvgMMZnWiL8LUdyEgFejSwdKA"

static struct plc_operation op;
static struct plc_content content;
static struct buf out;

static void
write_document(const char *did, const char *json)
{
	struct slice name = slice_of(did);
	struct status st;

	out.len = 0;
	if (plc_operation_parse(&op, json, strlen(json), &st) == -1 ||
	    plc_content_of(&content, &op, &st) == -1)
		printf("# %s\n", st.msg);
	else
		plc_document_write(&out, &name, &content);
}

static void
print_documents(void)
{
	char line[10000], *did, *json;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		did = strtok(line, " ");
		json = strtok(NULL, "\n");
		write_document(did, json);
		printf("%.*s\n", (int)out.len, out.data);
	}
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

static void
check(const char *name, const char *operation, const char *document)
{
	char *json = quote(operation), *want = quote(document);

	write_document(DID, json);
	is_mem(out.data, out.len, want, strlen(want), "%s", name);
	free(json);
	free(want);
}

#define CONTEXT \
	"'https://www.w3.org/ns/did/v1'," \
	"'https://w3id.org/security/multikey/v1'"
#define SECP256K1 "'https://w3id.org/security/suites/secp256k1-2019/v1'"
#define ECDSA "'https://w3id.org/security/suites/ecdsa-2019/v1'"
#define METHOD(name, key) \
	"{'id':'" DID "#" name "','type':'Multikey','controller':'" DID \
	"','publicKeyMultibase':'" key "'}"

static void
test_forms(void)
{
	check("both curves, two services, escapes",
	    "{'type':'plc_operation','rotationKeys':[],"
	    "'verificationMethods':{'b\\u0063':'did:key:" P256 "',"
	    "'atproto':'did:key:" K256 "','c':'did:key:" K256 "','x':'y'},"
	    "'alsoKnownAs':['at://a.test','\\u00e4\\n'],"
	    "'services':{'a':{'endpoint':'e','type':'t'},"
	    "'':{'type':'','endpoint':''}},'prev':null,'sig':'" SIG "'}",
	    "{'@context':[" CONTEXT "," ECDSA "," SECP256K1 "],'id':'" DID
	    "','alsoKnownAs':['at://a.test','\xc3\xa4\\n'],"
	    "'verificationMethod':[" METHOD("bc", P256) "," METHOD("atproto",
		K256) "," METHOD("c", K256) "," METHOD("x",
		"y") "],"
		     "'service':[{'id':'#a','type':'t','serviceEndpoint':'e'},"
		     "{'id':'#','type':'','serviceEndpoint':''}]}");
	check("nothing",
	    "{'type':'plc_operation','rotationKeys':[],"
	    "'verificationMethods':{},'alsoKnownAs':[],'services':{},"
	    "'prev':null,'sig':'" SIG "'}",
	    "{'@context':[" CONTEXT "],'id':'" DID "','alsoKnownAs':[],"
	    "'verificationMethod':[],'service':[]}");
}

static void
test_data(void)
{
	struct slice did = slice_of(DID);
	char *json = quote("{'type':'plc_operation','rotationKeys':['x','y'],"
			   "'verificationMethods':{'b\\u0063':'d'},"
			   "'alsoKnownAs':['at://a.test'],"
			   "'services':{'a':{'endpoint':'e','type':'t'}},"
			   "'prev':null,'sig':'" SIG "'}");
	char *want = quote("{'did':'" DID "','verificationMethods':{'bc':'d'},"
			   "'rotationKeys':['x','y'],'alsoKnownAs':"
			   "['at://a.test'],'services':"
			   "{'a':{'type':'t','endpoint':'e'}}}");

	write_document(DID, json);
	out.len = 0;
	plc_document_write_data(&out, &did, &content);
	is_mem(out.data, out.len, want, strlen(want), "the data");
	free(json);
	free(want);
}

#define LEGACY(handle, service) \
	"{'type':'create','signingKey':'did:key:" K256 \
	"','recoveryKey':'did:key:" P256 "','handle':'" handle \
	"','service':'" service "','prev':null,'sig':'" SIG "'}"
#define LEGACY_DOCUMENT(handle, service) \
	"{'@context':[" CONTEXT "," SECP256K1 "],'id':'" DID \
	"','alsoKnownAs':['" handle \
	"'],'verificationMethod':[" METHOD("atproto", \
	    K256) "]," \
		  "'service':[{'id':'#atproto_pds'," \
		  "'type':'AtprotoPersonalDataServer'," \
		  "'serviceEndpoint':'" service "'}]}"

static void
test_legacy(void)
{
	struct diddoc doc;
	struct status st;

	check("a legacy operation", LEGACY("a.test", "pds.test"),
	    LEGACY_DOCUMENT("at://a.test", "https://pds.test"));
	is_int(diddoc_parse(&doc, DID, strlen(DID), out.data, out.len, false,
		   &st),
	    0, "its document is read");
	is_str(doc.handle, "a.test", "the handle");
	is_str(doc.pds, "https://pds.test", "the host");
	is_str(doc.key, "did:key:" K256, "the key");
	check("one with schemes", LEGACY("at://a.test", "http://pds.test"),
	    LEGACY_DOCUMENT("at://a.test", "http://pds.test"));
}

int
main(int argc, char **argv)
{
	(void)argv;
	if (argc == 1)
		print_documents();
	else {
		test_forms();
		test_data();
		test_legacy();
	}
	plc_content_free(&content);
	plc_operation_free(&op);
	buf_free(&out);
	return argc == 1 ? 0 : done_testing();
}
