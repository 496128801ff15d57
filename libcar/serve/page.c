#include "config.h"

#include <string.h>

#include "libcar/base/basen.h"
#include "libcar/base/hash.h"
#include "libcar/serve/html.h"
#include "libcar/serve/page.h"
#include "libcar/serve/page_style_private.h"
#include "libcar/stream/rfc3339.h"

/*
 * The frame of a page. The policy is made for each page: two hashes of some
 * kilobytes take less time than anything else in it.
 */

/* ' sha256-…', as a source of the policy. */
static void
put_hash(struct buf *out, const char *text)
{
	uint8_t digest[32];
	char base64[BASE64_LEN(sizeof(digest))];

	hash_sha256(digest, text, strlen(text));
	buf_puts(out, " 'sha256-");
	buf_put(out, base64, base64_format(base64, digest, sizeof(digest)));
	buf_puts(out, "='"); /* the policy wants padding */
}

static void
set_headers(struct serve_answer *a)
{
	const struct slice no_referrer = slice_of("no-referrer");
	struct buf policy = { 0 };
	struct slice value;

	buf_puts(&policy,
	    "default-src 'none'; base-uri 'none'; form-action 'self'; "
	    "frame-ancestors 'none'; connect-src 'self'; style-src");
	put_hash(&policy, page_style);
	buf_puts(&policy, "; script-src");
	put_hash(&policy, page_script);
	value = slice_make(policy.data, policy.len);
	if (policy.failed)
		a->body.failed = true;
	else
		serve_answer_header(a, "Content-Security-Policy", &value);
	buf_free(&policy);
	serve_answer_header(a, "Referrer-Policy", &no_referrer);
	a->type = SERVE_HTML;
	a->cache = "no-cache";
}

void
page_begin(struct serve_answer *a, const struct page *p)
{
	struct buf *out = &a->body;

	set_headers(a);
	html_put(out,
	    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
	    "<meta name=\"viewport\" "
	    "content=\"width=device-width, initial-scale=1\">"
	    "<title>$s$t \xc2\xb7 atpipe</title>\n<style>",
	    p->title, &p->about);
	buf_puts(out, page_style);
	buf_puts(out, "</style>\n");
	if (p->refreshes) {
		buf_puts(out, "<script>");
		buf_puts(out, page_script);
		buf_puts(out,
		    "</script>\n<noscript>"
		    "<meta http-equiv=\"refresh\" content=\"120\">"
		    "</noscript>\n");
	}
	html_put(out,
	    "</head>\n<body><a class=\"skip\" href=\"#main\">Skip to the "
	    "content</a>\n<header><p class=\"brand\">"
	    "<a class=\"brand\" href=\"/\">atpipe mirror</a></p>\n"
	    "<form role=\"search\" action=\"/search\">"
	    "<label for=\"q\">Account</label><input type=\"search\" id=\"q\" "
	    "name=\"q\" value=\"$t\" placeholder=\"handle or DID\" "
	    "maxlength=\"2048\" autocapitalize=\"none\" autocomplete=\"off\" "
	    "spellcheck=\"false\"><button>Find</button></form></header>\n"
	    "<main id=\"main\" tabindex=\"-1\">\n",
	    &p->query);
}

void
page_end(struct serve_answer *a, const char *version)
{
	html_put(&a->body,
	    "</main>\n<footer><span>at-serve $s</span>"
	    "<a href=\"/\">Status</a><a href=\"/health\">Health</a>"
	    "<a href=\"/metrics\">Metrics</a></footer>\n</body></html>\n",
	    version);
}

void
page_box(struct buf *out, const char *heading)
{
	html_put(out, "<section><h2>$s</h2>\n", heading);
}

void
page_box_end(struct buf *out)
{
	buf_puts(out, "</section>\n");
}

void
page_table(struct buf *out, const char *caption, const char *const *columns)
{
	html_put(out,
	    "<div class=\"scroll\"><table><caption>$s</caption><thead><tr>",
	    caption);
	for (; *columns != NULL; columns++)
		if (**columns == '#')
			html_put(out, "<th scope=\"col\" class=\"n\">$s</th>",
			    *columns + 1);
		else if (**columns == '\0')
			buf_puts(out, "<td class=\"w\"></td>");
		else
			html_put(out, "<th scope=\"col\">$s</th>", *columns);
	buf_puts(out, "</tr></thead><tbody>\n");
}

void
page_table_end(struct buf *out)
{
	buf_puts(out, "</tbody></table></div>\n");
}

void
page_duration(struct buf *out, int64_t ms)
{
	static const struct {
		int64_t ms;
		const char *one, *many;
	} units[] = {
		{ 86400000, " day", " days" },
		{ 3600000, " h", " h" },
		{ 60000, " min", " min" },
		{ 0, " s", " s" },
	};
	size_t i = 0;
	int64_t n;

	while (ms < 2 * units[i].ms)
		i++;
	n = ms / (units[i].ms > 0 ? units[i].ms : 1000);
	html_put(out, "$n$s", n, n == 1 ? units[i].one : units[i].many);
}

void
page_time(struct buf *out, int64_t ms, int64_t now_ms)
{
	char at[RFC3339_BYTES];
	struct slice date = { at, 10 }, time = { at + 11, 5 };

	if (ms <= 0) {
		buf_puts(out, "<span class=\"soft\">not known</span>");
		return;
	}
	rfc3339_format(at, (uint64_t)ms * 1000);
	html_put(out,
	    "<time datetime=\"$s\" class=\"nowrap\">$t $t</time>"
	    " <span class=\"soft nowrap\">",
	    at, &date, &time);
	if (ms > now_ms)
		buf_puts(out, "in the future");
	else {
		page_duration(out, now_ms - ms);
		buf_puts(out, " ago");
	}
	buf_puts(out, "</span>");
}

const char *
page_reason(const struct slice *name)
{
	static const struct {
		const char *name, *text;
	} reasons[] = {
		{ "new", "no snapshot is loaded" },
		{ "gap", "a commit of the stream is missing" },
		{ "hidden", "its host says that it is not active" },
		{ "moved", "it moved to another host and started over" },
	};
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (slice_is(name, reasons[i].name))
			return reasons[i].text;
	return NULL;
}

void
page_origin(struct buf *out, const struct slice *origin)
{
	static const char scheme[] = "https://";
	struct slice t = *origin;

	if (slice_begins(&t, scheme)) {
		t.at += sizeof(scheme) - 1;
		t.len -= sizeof(scheme) - 1;
	}
	html_text(out, &t);
}

void
page_account_link(struct buf *out, const struct slice *did)
{
	html_put(out,
	    "<a class=\"code\" href=\"/account/$u\"><bdi>$t</bdi></a>", did,
	    did);
}
