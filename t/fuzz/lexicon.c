/* The loader of lexicons with any bytes: a document a line. */
#include "config.h"

#include <string.h>

#include "libcar/data/syntax.h"
#include "libcar/lexicon/lexicon.h"
#include "t/fuzz/fuzz.h"

#define MAX_DOCS 64

/* An added document is in the set, and adding it again gives the same
 * result. */
static bool
add(struct lexicons *set, const char *json, size_t len)
{
	size_t count = lexicons_count(set);
	const char *id, *again;
	struct status st;
	int rc;

	rc = lexicons_add(set, json, len, &id, &st);
	must(lexicons_count(set) == count + (rc == 0));
	if (rc == -1) {
		must(st.code == STATUS_BAD_SYNTAX ||
		    st.code == STATUS_TOO_LARGE ||
		    st.code == STATUS_BAD_RECORD);
		must(strlen(st.msg) > 0);
		return false;
	}
	must(syntax_is_nsid(id, strlen(id)));
	must(lexicons_add(set, json, len, &again, &st) == 1 && again == id);
	return true;
}

/* Remove one after the other until the rest is consistent. */
static void
link_rest(struct lexicons *set)
{
	struct status st;
	const char *id;
	size_t count;

	while (lexicons_link(set, &st) == -1) {
		must(st.code == STATUS_BAD_SYNTAX);
		must((id = lexicons_blamed(set)) != NULL);
		count = lexicons_count(set);
		lexicons_remove(set, id, strlen(id));
		must(lexicons_count(set) == count - 1);
	}
	must(lexicons_blamed(set) == NULL);
	must(lexicons_link(set, &st) == 0);
}

static void
check(const struct lexicons *set, const char *id)
{
	static const struct lexicon_lenience strict;
	static const char record[] = "{\"a\":1,\"b\":{\"c\":[{}]},\"\":null}";
	static struct lexicon_report r;
	struct status st;
	int rc;

	rc = lexicons_check(set, id, strlen(id), "self", 4, record,
	    sizeof(record) - 1, &strict, &r, &st);
	must(rc == LEXICON_INVALID || rc == LEXICON_MISSING);
	must((rc == LEXICON_INVALID) ==
	    lexicons_has_record(set, id, strlen(id)));
	lexicon_report_free(&r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *p = (const char *)data, *end = p + len, *eol;
	struct lexicons *set = lexicons_new();
	struct status st;
	const char *id;
	size_t n, docs = 0;

	for (; p < end && docs < MAX_DOCS; p += n + 1) {
		eol = memchr(p, '\n', end - p);
		n = eol != NULL ? (size_t)(eol - p) : (size_t)(end - p);
		docs += add(set, p, n);
	}
	link_rest(set);
	for (p = (const char *)data; p < end; p += n + 1) {
		eol = memchr(p, '\n', end - p);
		n = eol != NULL ? (size_t)(eol - p) : (size_t)(end - p);
		if (lexicons_add(set, p, n, &id, &st) == 1)
			check(set, id);
	}
	lexicons_free(set);
	return 0;
}
