#include "config.h"

#include "libcar/data/syntax.h"
#include "libcar/serve/params.h"

/*
 * Messages name the method, which is the second segment of the path. A value in
 * a message is cut by serve_answer_error(), and JSON escapes it.
 */

static const struct {
	const char *name; /* as the reference calls it */
	bool (*is)(const char *, size_t);
} forms[] = {
	[SERVE_FORM_DID] = { "DID", syntax_is_did },
	[SERVE_FORM_HANDLE] = { "handle", syntax_is_handle },
	[SERVE_FORM_AT_IDENTIFIER] = { "AT identifier",
	    syntax_is_at_identifier },
	[SERVE_FORM_NSID] = { "NSID", syntax_is_nsid },
	[SERVE_FORM_RKEY] = { "record key", syntax_is_rkey },
	[SERVE_FORM_CID] = { "CID string", syntax_is_cid },
	[SERVE_FORM_TID] = { "TID", syntax_is_tid },
};

#define VALUE_BYTES 200 /* of a value in a message */

static int
shown(const struct slice *value)
{
	return value->len < VALUE_BYTES ? (int)value->len : VALUE_BYTES;
}

static struct slice
method(const struct serve_request *r)
{
	struct slice name = serve_request_segment(r, 1);

	return name.at != NULL ? name : slice_of("");
}

bool
serve_params_optional(const struct serve_request *r, struct serve_answer *a,
    const char *name, enum serve_form form, struct slice *value)
{
	const struct slice m = method(r);

	*value = serve_request_param(r, name);
	if (value->at == NULL || form == SERVE_FORM_TEXT ||
	    forms[form].is(value->at, value->len))
		return true;
	serve_answer_error(a, 400, "InvalidRequest",
	    "Invalid %.*s params: Invalid %s (got \"%.*s\")", (int)m.len, m.at,
	    forms[form].name, shown(value), value->at);
	return false;
}

bool
serve_params_get(const struct serve_request *r, struct serve_answer *a,
    const char *name, enum serve_form form, struct slice *value)
{
	const struct slice m = method(r);

	if (!serve_params_optional(r, a, name, form, value))
		return false;
	if (value->at != NULL)
		return true;
	serve_answer_error(a, 400, "InvalidRequest",
	    "Invalid %.*s params: Missing required key \"%s\"", (int)m.len,
	    m.at, name);
	return false;
}

bool
serve_params_limit(const struct serve_request *r, struct serve_answer *a,
    int64_t max, int64_t initial, int *limit)
{
	const struct slice m = method(r);
	struct status st;
	int64_t n;

	if (serve_request_number(r, "limit", INT32_MIN, INT32_MAX, initial, &n,
		&st) == -1)
		serve_answer_error(a, 400, "InvalidRequest",
		    "Invalid %.*s params: limit is not an integer", (int)m.len,
		    m.at);
	else if (n < 1)
		serve_answer_error(a, 400, "InvalidRequest",
		    "Invalid %.*s params: integer too small (minimum 1, got "
		    "%lld)",
		    (int)m.len, m.at, (long long)n);
	else if (n > max)
		serve_answer_error(a, 400, "InvalidRequest",
		    "Invalid %.*s params: integer too big (maximum %lld, got "
		    "%lld)",
		    (int)m.len, m.at, (long long)max, (long long)n);
	else {
		*limit = (int)n;
		return true;
	}
	return false;
}

bool
serve_params_flag(const struct serve_request *r, struct serve_answer *a,
    const char *name, bool *flag)
{
	const struct slice value = serve_request_param(r, name), m = method(r);

	*flag = slice_is(&value, "true");
	if (*flag || value.at == NULL || slice_is(&value, "false"))
		return true;
	serve_answer_error(a, 400, "InvalidRequest",
	    "Invalid %.*s params: %s is neither true nor false", (int)m.len,
	    m.at, name);
	return false;
}
