/* Records over a lexicon of every type. The first byte says whether to be
 * lenient; the rest is the record. */
#include "config.h"

#include <string.h>

#include "libcar/data/json.h"
#include "libcar/data/syntax.h"
#include "libcar/lexicon/lexicon.h"
#include "t/fuzz/fuzz.h"

static const char id[] = "com.example.all";

static const char *const documents[] = {
	"{\"lexicon\":1,\"id\":\"com.example.all\",\"defs\":{\"main\":"
	"{\"type\":\"record\",\"key\":\"any\",\"record\":{\"type\":\"object\","
	"\"required\":[\"i\"],\"nullable\":[\"b\"],\"properties\":{"
	"\"b\":{\"type\":\"boolean\",\"const\":true},"
	"\"i\":{\"type\":\"integer\",\"minimum\":-1,\"maximum\":20,"
	"\"enum\":[1,2,30]},"
	"\"e\":{\"type\":\"string\",\"enum\":[\"x\",\"y/z\"],"
	"\"const\":\"x\"},"
	"\"s\":{\"type\":\"string\",\"minLength\":2,\"maxLength\":9,"
	"\"minGraphemes\":2,\"maxGraphemes\":3},"
	"\"y\":{\"type\":\"bytes\",\"minLength\":1,\"maxLength\":3},"
	"\"c\":{\"type\":\"cid-link\"},"
	"\"o\":{\"type\":\"blob\",\"accept\":[\"image/*\",\"a/b\"],"
	"\"maxSize\":9},"
	"\"0\":{\"type\":\"null\"},"
	"\"a\":{\"type\":\"array\",\"minLength\":1,\"maxLength\":2,"
	"\"items\":{\"type\":\"ref\",\"ref\":\"#main\"}},"
	"\"u\":{\"type\":\"union\",\"refs\":[\"#main\",\"#n\","
	"\"com.example.gone\"]},"
	"\"v\":{\"type\":\"union\",\"closed\":true,\"refs\":[\"#n\"]},"
	"\"g\":{\"type\":\"ref\",\"ref\":\"com.example.gone#x\"},"
	"\"f\":{\"type\":\"ref\",\"ref\":\"#f\"},"
	"\"?\":{\"type\":\"unknown\"}}}},"
	"\"n\":{\"type\":\"object\",\"required\":[\"f\"],\"properties\":"
	"{\"f\":{\"type\":\"ref\",\"ref\":\"#f\"}}},"
	"\"f\":{\"type\":\"object\",\"properties\":{"
	"\"at\":{\"type\":\"string\",\"format\":\"at-identifier\"},"
	"\"uri\":{\"type\":\"string\",\"format\":\"at-uri\"},"
	"\"cid\":{\"type\":\"string\",\"format\":\"cid\"},"
	"\"date\":{\"type\":\"string\",\"format\":\"datetime\"},"
	"\"did\":{\"type\":\"string\",\"format\":\"did\"},"
	"\"lang\":{\"type\":\"string\",\"format\":\"language\"},"
	"\"nsid\":{\"type\":\"string\",\"format\":\"nsid\"},"
	"\"key\":{\"type\":\"string\",\"format\":\"record-key\"},"
	"\"tid\":{\"type\":\"string\",\"format\":\"tid\"},"
	"\"url\":{\"type\":\"string\",\"format\":\"uri\"}}}}}",
};

static const struct lexicons *
load(void)
{
	static struct lexicons *set;
	struct status st;
	size_t i;

	if (set != NULL)
		return set;
	must((set = lexicons_new()) != NULL);
	for (i = 0; i < sizeof(documents) / sizeof(documents[0]); i++)
		must(lexicons_add(set, documents[i], strlen(documents[i]), NULL,
			 &st) == 0);
	must(lexicons_link(set, &st) == 0);
	return set;
}

static bool
is_json(const char *text, size_t len)
{
	struct status st;
	struct json j;

	json_open(&j, text, len);
	return json_skip(&j, &st) != JSON_ERROR &&
	    json_next(&j, &st) == JSON_END;
}

/* Paths are pointers, and all text is UTF-8. Only text that isn't JSON ends a
 * report with that rule. */
static void
check_report(const struct lexicon_report *r, bool json)
{
	const struct lexicon_problem *p = NULL;
	const char *path;
	size_t i;

	must(r->count <= LEXICON_MAX_PROBLEMS);
	must(r->more == 0 || r->count == LEXICON_MAX_PROBLEMS);
	for (i = 0; i < r->count; i++) {
		p = &r->problems[i];
		must(p->path + p->path_len <= r->text.len);
		must(p->message + p->message_len <= r->text.len);
		must(p->path_len <= LEXICON_MAX_PATH && p->message_len > 0);
		path = r->text.data + p->path;
		must(p->path_len == 0 || path[0] == '/');
		must(syntax_is_utf8(path, p->path_len));
		must(*lexicon_rule_name(p->rule) != '\0');
	}
	must(json || p != NULL);
	must(json || r->more > 0 || p->rule == LEXICON_JSON);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct lexicon_lenience lenience = { len > 0 && data[0] & 1,
		len > 0 && data[0] & 2 };
	const struct lexicon_lenience all = { true, true };
	const struct lexicons *set = load();
	static struct lexicon_report r;
	const char *record;
	struct status st;
	int rc, lenient;

	if (len == 0)
		return 0;
	record = (const char *)data + 1;
	len--;
	rc = lexicons_check(set, id, sizeof(id) - 1, NULL, 0, record, len,
	    &lenience, &r, &st);
	must(rc == (r.count == 0 ? LEXICON_VALID : LEXICON_INVALID));
	check_report(&r, is_json(record, len));
	lenient = lexicons_check(set, id, sizeof(id) - 1, NULL, 0, record, len,
	    &all, &r, &st);
	must(rc == LEXICON_INVALID || lenient == LEXICON_VALID);
	must(rc != LEXICON_VALID || is_json(record, len));
	lexicon_report_free(&r);
	return 0;
}
