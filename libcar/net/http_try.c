#include "config.h"

#include <string.h>
#include <strings.h>

#include "libcar/base/clock.h"
#include "libcar/net/http_method_private.h"
#include "libcar/net/http_try_private.h"

/*
 * Sets the handle's options, takes the header and the body of an answer, and
 * translates libcurl's errors. Other files decide when attempts begin and what
 * follows from their ends.
 */

#define LINE_BYTES 64 /* the least that a line counts: libcurl 8 allows 5,000 */
#define BUFFER_BYTES (64 << 10) /* of each handle */

#if LIBCURL_VERSION_NUM < 0x080600
#define CURLE_TOO_LARGE CURLE_OUT_OF_MEMORY
#endif

/* libcurl's callbacks */

static size_t
take_header(char *line, size_t size, size_t n, void *ctx)
{
	struct http_try *t = ctx;

	n *= size;
	if (n > 5 && strncasecmp(line, "HTTP/", 5) == 0)
		http_answer_begin(&t->answer);
	t->answered = true;
	t->answer.bytes += n < LINE_BYTES ? LINE_BYTES : n;
	if (t->answer.bytes > HTTP_MAX_HEADERS) {
		status_set(&t->st, STATUS_BAD_ANSWER, 0,
		    "%s: header of more than %d bytes", t->request->url.data,
		    HTTP_MAX_HEADERS);
		return 0;
	}
	http_answer_line(&t->answer, line, n);
	return n;
}

static bool
collect(struct http_try *t, const char *data, size_t n)
{
	struct http_request *r = t->request;

	buf_put(&r->body, data, n);
	if (r->body.failed)
		status_no_memory(&t->st);
	return !r->body.failed;
}

/* Also when Content-Length alone exceeds the limit. */
static bool
is_too_large(const struct http_try *t)
{
	const struct http_request *r = t->request;
	curl_off_t length = -1;

	curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	return r->received > r->max_bytes ||
	    (length > 0 && (uint64_t)length > r->max_bytes);
}

static size_t
take_body(char *data, size_t size, size_t n, void *ctx)
{
	struct http_try *t = ctx;
	struct http_request *r = t->request;
	uint64_t before = r->received;

	n *= size;
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &r->code);
	r->received += n;
	*t->bytes += n;
	if (r->code / 100 != 2) {
		t->enough = r->received > HTTP_MAX_ERROR;
		if (before < HTTP_MAX_ERROR && !collect(t, data, n))
			return 0;
		return t->enough ? 0 : n;
	}
	if (is_too_large(t)) {
		status_set(&t->st, STATUS_TOO_LARGE, 0,
		    "%s: answer of more than %llu bytes", r->url.data,
		    (unsigned long long)r->max_bytes);
		return 0;
	}
	if (r->data == NULL)
		return collect(t, data, n) ? n : 0;
	return r->data(r, data, n, &t->st) == 0 ? n : 0;
}

/* A request is sent, perhaps again on another connection: see set_options(). */
static int
count_sent(void *ctx, char *ip, char *own_ip, int port, int own_port)
{
	struct http_try *t = ctx;

	(void)ip, (void)own_ip, (void)port, (void)own_port;
	t->times_sent++;
	return CURL_PREREQFUNC_OK;
}

/* Beginning */

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void
set_times(CURL *c, const struct http_options *o)
{
	uint64_t connect = least(o->timeout_ms, HTTP_CONNECT_MS);

	connect = least(connect, o->stall_ms);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)connect);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)o->timeout_ms);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, (long)HTTP_STALL_BYTES);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME,
	    (long)((o->stall_ms + 999) / 1000));
}

/* The options of all requests. */
static void
set_shared(struct http_try *t, const struct http_options *o)
{
	CURL *c = t->easy;

	curl_easy_reset(c);
	http_guard_set(&t->guard, c);
	curl_easy_setopt(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(c, CURLOPT_USERAGENT, o->agent);
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	/* libcurl scans its whole cache of names at each look-up: with 10,000
	 * hosts a minute that took most of the time. Connections are kept, so
	 * names needn't be. */
	curl_easy_setopt(c, CURLOPT_DNS_CACHE_TIMEOUT, 1L);
	curl_easy_setopt(c, CURLOPT_BUFFERSIZE, (long)BUFFER_BYTES);
	/* Don't ask for compression, because CARs hardly shrink. If a host
	 * compresses anyway, libcurl decodes it, and take_body() counts the
	 * decoded bytes. */
	curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "identity");
#if LIBCURL_VERSION_NUM >= 0x075700
	/* The end of an attempt mustn't wait for a name server. */
	curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);
#endif
	set_times(c, o);
	curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, count_sent);
	curl_easy_setopt(c, CURLOPT_PREREQDATA, t);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(c, CURLOPT_PRIVATE, t);
}

/*
 * Most requests set only a URL, so the handle keeps the options of the one
 * before: libcurl takes 6,000 instructions to set them again. Not if that one
 * was sent again because a kept connection was closed: until the handle is
 * reset, libcurl adds up how often this happens, and the sixth time is an
 * error.
 */
static int
set_options(struct http_try *t, const struct http_options *o, struct status *st)
{
	const char *url = t->request->url.data;

	if (!t->shared)
		set_shared(t, o);
	t->shared = false;
	curl_easy_setopt(t->easy, CURLOPT_URL, url);
	/* Plain HTTP isn't multiplexed, so don't wait. */
	curl_easy_setopt(t->easy, CURLOPT_PIPEWAIT,
	    strncasecmp(url, "https:", 6) == 0 ? 1L : 0L);
	return http_method_set(t->request, t->easy, &t->headers, st);
}

int
http_try_begin(struct http_try *t, const struct http_options *o,
    struct http_request *r, uint64_t *bytes, struct status *st)
{
	CURL *easy = t->easy != NULL ? t->easy : curl_easy_init();

	if (easy == NULL)
		return status_no_memory(st);
	curl_slist_free_all(t->headers);
	*t = (struct http_try){
		.easy = easy,
		.shared = t->shared,
		.request = r,
		.started_ms = clock_monotonic_ms(),
		.mark_ms = clock_monotonic_ms(),
		.guard = { .options = o, .url = r->url.data },
		.bytes = bytes,
	};
	http_answer_begin(&t->answer);
	if (r->tries++ == 0)
		r->first_ms = t->started_ms;
	r->code = 0;
	r->received = 0;
	r->body.len = 0;
	if (set_options(t, o, st) == 0 &&
	    (r->restart == NULL || r->restart(r, st) == 0))
		return 0;
	t->request = NULL;
	return -1;
}

/* Ends */

enum status_code
http_try_status(CURLcode code)
{
	static const struct {
		CURLcode code;
		enum status_code status;
	} codes[] = {
		{ CURLE_UNSUPPORTED_PROTOCOL, STATUS_BAD_ANSWER },
		{ CURLE_URL_MALFORMAT, STATUS_BAD_ANSWER },
		{ CURLE_WEIRD_SERVER_REPLY, STATUS_BAD_ANSWER },
		{ CURLE_BAD_CONTENT_ENCODING, STATUS_BAD_ANSWER },
		{ CURLE_COULDNT_RESOLVE_HOST, STATUS_DNS },
		{ CURLE_COULDNT_RESOLVE_PROXY, STATUS_DNS },
		{ CURLE_OPERATION_TIMEDOUT, STATUS_TIMEOUT },
		{ CURLE_SSL_CONNECT_ERROR, STATUS_TLS },
		{ CURLE_SSL_ENGINE_INITFAILED, STATUS_TLS },
		{ CURLE_SSL_CERTPROBLEM, STATUS_TLS },
		{ CURLE_SSL_CIPHER, STATUS_TLS },
		{ CURLE_PEER_FAILED_VERIFICATION, STATUS_TLS },
		{ CURLE_SSL_CACERT_BADFILE, STATUS_TLS },
		{ CURLE_SSL_ISSUER_ERROR, STATUS_TLS },
		{ CURLE_SSL_INVALIDCERTSTATUS, STATUS_TLS },
	};
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code)
			return codes[i].status;
	return STATUS_CONNECTION;
}

static int
fail(const struct http_try *t, const struct http_request *r, CURLcode code,
    struct status *st)
{
	if (t->st.code != STATUS_OK || http_guard_refused(&t->guard)) {
		*st = t->st.code != STATUS_OK ? t->st : t->guard.st;
		return -1;
	}
	/* libcurl 7 reports a line of more than 100 KB so. If memory runs out,
	 * our own buffers fail first. */
	if (code == CURLE_TOO_LARGE || code == CURLE_OUT_OF_MEMORY)
		return status_set(st, STATUS_BAD_ANSWER, 0,
		    "%s: a line of the header is too long", r->url.data);
	return status_set(st, http_try_status(code), 0, "%s: %s", r->url.data,
	    curl_easy_strerror(code));
}

bool
http_try_end(struct http_try *t, CURLcode code, struct status *st)
{
	struct http_request *r = t->request;
	char *type = NULL;
	long sent = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &r->code);
	curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &sent);
	curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
	r->type = type;
	t->sent = sent > 0;
	t->shared = code == CURLE_OK && t->times_sent == 1 &&
	    http_method_is_plain(r);
	t->request = NULL;
	if (code == CURLE_OK || t->enough)
		return true;
	fail(t, r, code, st);
	return false;
}

char *
http_try_redirect(const struct http_try *t, const struct http_request *r)
{
	char *url = NULL;
	long code = r->code;

	if (code != 301 && code != 302 && code != 303 && code != 307 &&
	    code != 308)
		return NULL;
	curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &url);
	return url == NULL ? NULL : strdup(url);
}

void
http_try_free(struct http_try *t)
{
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->headers);
	*t = (struct http_try){ .easy = NULL };
}
