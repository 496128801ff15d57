#include "config.h"

#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libcar/net/address.h"
#include "libcar/net/clock.h"
#include "libcar/net/http.h"
#include "libcar/net/http_answer_private.h"
#include "libcar/net/http_host_private.h"

#define BUFFER_BYTES (64 << 10) /* of each transfer */
#define MAX_WATCHES 4
#define STEADY_MS 1000 /* a request has a rate after so long */

/* One try of one request. */
struct transfer {
	struct http *http;
	CURL *easy;                   /* kept for the next one */
	struct http_request *request; /* NULL: none */
	struct http_answer answer;
	uint64_t started_ms;
	bool answered;    /* a header came */
	bool opened;      /* a socket to an address that may be */
	bool enough;      /* of the body of an answer but 2xx */
	struct status st; /* of the caller's functions */
};

struct http {
	struct http_options options;
	CURLM *multi;
	struct http_hosts hosts;
	struct transfer *transfers; /* options.parallel */
	unsigned active;
	bool held;
	uint64_t bytes;
	struct http_request *failed; /* before they began */
	struct http_watch *watches;
};

static int
no_memory(struct status *st)
{
	return status_set(st, STATUS_SYSTEM, 0, "no memory");
}

/* Half of it for sure, the other half by chance. */
static uint64_t
jitter(uint64_t ms)
{
	return ms / 2 + randombytes_uniform((uint32_t)(ms / 2 + 1));
}

/* The pause before try n + 1. */
static uint64_t
pause_ms(const struct http *h, unsigned n)
{
	uint64_t ms = h->options.retry_delay_ms;

	while (n-- > 1 && ms < HTTP_MAX_PAUSE_MS)
		ms *= 2;
	return jitter(ms < HTTP_MAX_PAUSE_MS ? ms : HTTP_MAX_PAUSE_MS);
}

/* The end of a request, to be told from http_poll(). */
static void
end_later(struct http *h, struct http_request *r)
{
	r->next = h->failed;
	h->failed = r;
}

/* The origin of a URL that may be asked, as http_host_get() wants it. */
static int
get_origin(const struct http *h, const char *url, char *origin, size_t cap,
    struct status *st)
{
	char *scheme = NULL, *host = NULL, *port = NULL, *user = NULL;
	CURLU *u = curl_url();
	int rc = -1;
	char *p;

	if (u == NULL)
		return no_memory(st);
	if (curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) ||
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) ||
	    curl_url_get(u, CURLUPART_HOST, &host, 0) ||
	    curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT))
		status_set(st, STATUS_BAD_ANSWER, 0, "%s: no URL", url);
	else if (curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK)
		status_set(st, STATUS_BAD_ANSWER, 0, "%s: names a user", url);
	else if (strcasecmp(scheme, "https") != 0 &&
	    strcasecmp(scheme, "http") != 0)
		status_set(st, STATUS_BAD_ANSWER, 0, "%s: not https", url);
	else if (strcasecmp(scheme, "https") != 0 && !h->options.allow_private)
		status_set(st, STATUS_PRIVATE_ADDRESS, 0, "%s: plain http",
		    url);
	else
		rc = 0;
	if (rc == 0) {
		snprintf(origin, cap, "%s://%s:%s", scheme, host, port);
		for (p = origin; *p != '\0'; p++)
			*p = tolower((unsigned char)*p);
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_free(user);
	curl_url_cleanup(u);
	return rc;
}

/* Why a host isn't asked, and how long not. */
static int
left_alone(const struct http_host *host, struct status *st)
{
	*st = host->down;
	st->after_ms = host->down_until_ms - clock_monotonic_ms();
	return status_prefix(st, "%s is left alone: ", host->origin);
}

/* Queue a request for what its URL names. */
static int
enqueue(struct http *h, struct http_request *r, const char *url,
    struct status *st)
{
	size_t len = strlen(url);
	char origin[HTTP_MAX_URL + 16];

	if (len >= HTTP_MAX_URL)
		return status_set(st, STATUS_BAD_ANSWER, 0,
		    "URL of more than %d bytes", HTTP_MAX_URL);
	if (get_origin(h, url, origin, sizeof(origin), st) == -1)
		return -1;
	r->url.len = 0;
	buf_put(&r->url, url, len + 1);
	r->host = http_host_get(&h->hosts, origin);
	if (r->url.failed || r->host == NULL)
		return no_memory(st);
	if (r->host->down_until_ms > clock_monotonic_ms())
		return left_alone(r->host, st);
	if (r->due_ms > 0)
		http_host_delay(r->host, r);
	else
		http_host_append(r->host, r);
	return 0;
}

void
http_start(struct http *h, struct http_request *r, const char *url)
{
	http_start_after(h, r, url, 0);
}

void
http_start_after(struct http *h, struct http_request *r, const char *url,
    uint64_t ms)
{
	r->tries = r->redirects = 0;
	r->first_ms = r->waited_ms = 0;
	buf_free(&r->body);
	r->due_ms = ms > 0 ? clock_monotonic_ms() + ms : 0;
	if (enqueue(h, r, url, &r->why) == -1)
		end_later(h, r);
}

int
http_judge(const struct http_request *r, struct status *st)
{
	static const struct {
		long code;
		enum status_code status;
	} codes[] = {
		{ 404, STATUS_NOT_FOUND },
		{ 408, STATUS_HOST_ERROR },
		{ 410, STATUS_NOT_FOUND },
		{ 425, STATUS_HOST_ERROR },
		{ 429, STATUS_RATE_LIMITED },
		{ 501, STATUS_UNSUPPORTED },
	};
	enum status_code status = STATUS_BAD_ANSWER;
	size_t i;

	if (r->code / 100 == 2)
		return 0;
	if (r->code / 100 == 4)
		status = STATUS_REFUSED;
	else if (r->code / 100 == 5)
		status = STATUS_HOST_ERROR;
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == r->code)
			status = codes[i].status;
	return status_set(st, status, 0, "%s: HTTP status %ld", r->url.data,
	    r->code);
}

/* libcurl's callbacks */

static curl_socket_t
open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct transfer *t = ctx;
	int fd;

	(void)purpose;
	if (!t->http->options.allow_private && t->http->options.proxy == NULL &&
	    !address_is_public(&a->addr, a->addrlen)) {
		char text[ADDRESS_MAX_TEXT];

		address_format(text, &a->addr, a->addrlen);
		status_set(&t->st, STATUS_PRIVATE_ADDRESS, 0,
		    "%s: address %s isn't public", t->request->url.data, text);
		return CURL_SOCKET_BAD;
	}
	fd = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
	if (fd == -1 && (errno == EMFILE || errno == ENFILE))
		status_errno(&t->st, "can't open a socket");
	t->opened |= fd != -1;
	return fd;
}

static size_t
take_header(char *line, size_t size, size_t n, void *ctx)
{
	struct transfer *t = ctx;

	n *= size;
	if (n > 5 && strncasecmp(line, "HTTP/", 5) == 0)
		http_answer_begin(&t->answer);
	t->answered = true;
	t->answer.bytes += n;
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
collect(struct transfer *t, const char *data, size_t n)
{
	struct http_request *r = t->request;

	buf_put(&r->body, data, n);
	if (r->body.failed)
		no_memory(&t->st);
	return !r->body.failed;
}

/* Also if it only says that it will be. */
static bool
is_too_large(const struct transfer *t)
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
	struct transfer *t = ctx;
	struct http_request *r = t->request;
	uint64_t before = r->received;

	n *= size;
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &r->code);
	r->received += n;
	t->http->bytes += n;
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

/* Beginning a try */

static void
set_options(struct transfer *t)
{
	const struct http_options *o = &t->http->options;
	const char *schemes = o->allow_private ? "http,https" : "https";
	uint64_t connect = o->timeout_ms < HTTP_CONNECT_MS ? o->timeout_ms :
							     HTTP_CONNECT_MS;
	CURL *c = t->easy;

	if (o->stall_ms < connect)
		connect = o->stall_ms;
	curl_easy_reset(c);
	curl_easy_setopt(c, CURLOPT_URL, t->request->url.data);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, schemes);
	curl_easy_setopt(c, CURLOPT_PROXY, o->proxy != NULL ? o->proxy : "");
	curl_easy_setopt(c, CURLOPT_NOPROXY, ""); /* whatever no_proxy says */
	curl_easy_setopt(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(c, CURLOPT_USERAGENT, o->agent);
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	/* Plain HTTP isn't multiplexed: nothing to wait for. */
	curl_easy_setopt(c, CURLOPT_PIPEWAIT,
	    strncasecmp(t->request->url.data, "https:", 6) == 0 ? 1L : 0L);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_BUFFERSIZE, (long)BUFFER_BYTES);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)connect);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)o->timeout_ms);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, (long)HTTP_STALL_BYTES);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME,
	    (long)((o->stall_ms + 999) / 1000));
	curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, t);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(c, CURLOPT_PRIVATE, t);
}

static struct transfer *
idle_transfer(struct http *h)
{
	struct transfer *t = h->transfers;

	while (t->request != NULL)
		t++;
	return t;
}

static int
begin_try(struct http *h, struct http_request *r, struct status *st)
{
	struct transfer *t = idle_transfer(h);
	CURL *easy = t->easy != NULL ? t->easy : curl_easy_init();

	if (easy == NULL)
		return no_memory(st);
	*t = (struct transfer){ .http = h, .easy = easy, .request = r };
	http_answer_begin(&t->answer);
	t->started_ms = clock_monotonic_ms();
	if (r->tries++ == 0)
		r->first_ms = t->started_ms;
	r->code = 0;
	r->received = 0;
	r->body.len = 0;
	set_options(t);
	if ((r->restart != NULL && r->restart(r, st) == -1)) {
		t->request = NULL;
		return -1;
	}
	if (curl_multi_add_handle(h->multi, easy) != CURLM_OK) {
		t->request = NULL;
		return no_memory(st);
	}
	h->hosts.busy += r->host->active++ == 0;
	h->active++;
	return 0;
}

/* Ends of a try */

static void
finish(struct http_request *r, struct status *why)
{
	r->done(r, why);
}

/* Nothing more is asked of the host for a while: what waits for it fails. */
static void
host_down(struct http *h, struct http_host *host, uint64_t for_ms,
    const struct status *why)
{
	struct http_request *r, *next;

	host->down_until_ms = clock_monotonic_ms() + for_ms;
	host->down = *why;
	for (r = http_host_flush(host); r != NULL; r = next) {
		next = r->next;
		left_alone(host, &r->why);
		end_later(h, r);
	}
}

/* For how long, after it limited its rate? */
static uint64_t
limit_ms(const struct http *h, struct transfer *t)
{
	struct http_host *host = t->request->host;
	int64_t ms = http_answer_wait_ms(&t->answer, true, clock_wall_ms());
	uint64_t least = h->options.retry_delay_ms;

	/* Those that were under way together count once. */
	host->limits += t->started_ms >= host->limited_ms;
	host->limited_ms = clock_monotonic_ms();
	if (ms < 0)
		return pause_ms(h, host->limits);
	return ((uint64_t)ms > least ? (uint64_t)ms : least) + jitter(least);
}

static void
hold_host(struct http_host *host, uint64_t ms)
{
	uint64_t until = clock_monotonic_ms() + ms;

	if (host->not_before_ms < until)
		host->not_before_ms = until;
}

/* A request goes back to a queue: what its try holds isn't kept that long. */
static void
let_go(struct http_request *r)
{
	buf_free(&r->body);
	if (r->release != NULL)
		r->release(r);
}

/* The host limits its rate: the same request again, later; or the end. */
static void
limited(struct http *h, struct transfer *t, struct http_request *r,
    struct status *st)
{
	uint64_t ms = limit_ms(h, t);

	r->tries--;
	st->after_ms = ms;
	if (ms > h->options.max_wait_ms) {
		host_down(h, r->host, ms, st);
		finish(r, st);
	} else if (r->waited_ms + ms > h->options.max_wait_ms) {
		hold_host(r->host, ms);
		finish(r, st);
	} else {
		r->waited_ms += ms;
		hold_host(r->host, ms);
		let_go(r);
		http_host_prepend(r->host, r);
	}
}

/* Could the host not be reached at all? */
static bool
is_unreached(const struct transfer *t, const struct status *st)
{
	return !t->answered &&
	    (st->code == STATUS_DNS || st->code == STATUS_TLS ||
		st->code == STATUS_CONNECTION || st->code == STATUS_TIMEOUT);
}

static void
try_again(struct http *h, struct transfer *t, struct http_request *r,
    struct status *st)
{
	uint64_t ms = pause_ms(h, r->tries);
	int64_t asked = t->answered ?
	    http_answer_wait_ms(&t->answer, false, clock_wall_ms()) :
	    -1;
	bool over = r->tries > h->options.retries ||
	    asked > (int64_t)h->options.max_wait_ms ||
	    (r->names_final && st->code == STATUS_DNS);

	if (asked > (int64_t)ms)
		ms = asked;
	if (over && asked > 0)
		st->after_ms = asked;
	if (over) {
		if (is_unreached(t, st) &&
		    r->host->last_answer_ms < r->first_ms)
			host_down(h, r->host, HTTP_DOWN_MS, st);
		finish(r, st);
		return;
	}
	let_go(r);
	if (is_unreached(t, st)) {
		hold_host(r->host, ms);
		http_host_prepend(r->host, r);
	} else {
		r->due_ms = clock_monotonic_ms() + ms;
		http_host_delay(r->host, r);
	}
}

static int
curl_failure(struct transfer *t, CURLcode code, struct status *st)
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
	enum status_code status = STATUS_CONNECTION;
	size_t i;

	if (t->st.code != STATUS_OK &&
	    (t->st.code != STATUS_PRIVATE_ADDRESS || !t->opened)) {
		*st = t->st;
		return -1;
	}
	/* What libcurl 7 calls a line of more than 100 KB. Without memory our
	 * own buffers fail first. */
	if (code == CURLE_OUT_OF_MEMORY)
		return status_set(st, STATUS_BAD_ANSWER, 0,
		    "%s: a line of the header is too long",
		    t->request->url.data);
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code)
			status = codes[i].status;
	return status_set(st, status, 0, "%s: %s", t->request->url.data,
	    curl_easy_strerror(code));
}

/* The URL of a redirect, or NULL; freed by the caller. */
static char *
redirect_url(struct transfer *t)
{
	char *url = NULL;
	long code = t->request->code;

	if (code != 301 && code != 302 && code != 303 && code != 307 &&
	    code != 308)
		return NULL;
	curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &url);
	return url == NULL ? NULL : strdup(url);
}

static void
redirect(struct http *h, struct http_request *r, const char *url)
{
	struct status st;
	int rc = 0;

	r->tries = 0;
	r->due_ms = 0;
	if (++r->redirects > HTTP_MAX_REDIRECTS)
		rc = status_set(&st, STATUS_BAD_ANSWER, 0,
		    "%s: more than %d redirects", r->url.data,
		    HTTP_MAX_REDIRECTS);
	if (rc == -1 || enqueue(h, r, url, &st) == -1)
		finish(r, &st);
}

/* A whole answer came. */
static void
answered(struct http *h, struct transfer *t, struct http_request *r)
{
	uint64_t wall_ms = clock_wall_ms();
	char *url = redirect_url(t);
	int64_t wait = http_answer_wait_ms(&t->answer, false, wall_ms);
	struct status st;
	int rc;

	r->host->last_answer_ms = clock_monotonic_ms();
	if (wait > 0 && wait <= (int64_t)h->options.max_wait_ms)
		hold_host(r->host, wait);
	if (url != NULL) {
		redirect(h, r, url);
		free(url);
		return;
	}
	rc = r->check != NULL ? r->check(r, &st) : http_judge(r, &st);
	if (rc == -1 && st.code == STATUS_RATE_LIMITED) {
		limited(h, t, r, &st);
		return;
	}
	r->host->limits = 0;
	if (rc == 0)
		finish(r, NULL);
	else if (status_retry(st.code) && !status_fatal(st.code))
		try_again(h, t, r, &st);
	else
		finish(r, &st);
}

static void
end_try(struct http *h, struct transfer *t, CURLcode code)
{
	struct http_request *r = t->request;
	struct transfer was = *t;
	struct status st;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &r->code);
	curl_multi_remove_handle(h->multi, t->easy);
	h->active--;
	h->hosts.busy -= --r->host->active == 0;
	t->request = NULL;
	if (code == CURLE_OK || was.enough) {
		answered(h, &was, r);
		return;
	}
	curl_failure(&was, code, &st);
	if (was.answered)
		r->host->last_answer_ms = clock_monotonic_ms();
	if (status_retry(st.code) && !status_fatal(st.code))
		try_again(h, &was, r, &st);
	else
		finish(r, &st);
}

/* The loop */

static void
tell_failed(struct http *h)
{
	struct http_request *r;

	while ((r = h->failed) != NULL) {
		h->failed = r->next;
		finish(r, &r->why);
	}
}

/* Begin what the windows have room for; how long until more may be. */
static uint64_t
begin_tries(struct http *h, uint64_t wait_ms)
{
	const struct http_options *o = &h->options;
	struct http_request *r;
	struct status st;

	while (!h->held && h->active < o->parallel &&
	    (r = http_host_next(&h->hosts, o->per_host,
		 h->hosts.busy < o->hosts, clock_monotonic_ms(), &wait_ms)) !=
		NULL)
		if (begin_try(h, r, &st) == -1)
			finish(r, &st);
	return h->failed != NULL ? 0 : wait_ms;
}

/* True if there were any. */
static bool
end_tries(struct http *h)
{
	struct transfer *t;
	bool any = false;
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(h->multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE,
		    (char **)&t);
		end_try(h, t, m->data.result);
		any = true;
	}
	return any;
}

/* What the watches want to be told of; each has its own row. */
struct watched {
	struct pollfd fds[MAX_WATCHES][HTTP_WATCH_FDS];
	size_t count[MAX_WATCHES];
};

static size_t
get_fds(struct http *h, struct watched *all, struct curl_waitfd *out,
    int *wait_ms)
{
	struct http_watch *w = h->watches;
	size_t i, j, n = 0;

	for (i = 0; w != NULL; w = w->next, i++) {
		all->count[i] = w->fds(w->ctx, all->fds[i]);
		for (j = 0; j < all->count[i]; j++) {
			out[n].fd = all->fds[i][j].fd;
			out[n++].events = all->fds[i][j].events;
		}
		if (w->timeout != NULL)
			*wait_ms = w->timeout(w->ctx, *wait_ms);
	}
	return n;
}

/* libcurl doesn't tell of a pipe's end, so they are looked at again. */
static void
process_fds(struct http *h, struct watched *all)
{
	struct http_watch *w = h->watches;
	size_t i;

	for (i = 0; w != NULL; w = w->next, i++) {
		if (all->count[i] > 0)
			poll(all->fds[i], all->count[i], 0);
		w->process(w->ctx, all->fds[i], all->count[i]);
	}
}

int
http_poll(struct http *h, int most_ms, struct status *st)
{
	struct curl_waitfd fds[MAX_WATCHES * HTTP_WATCH_FDS];
	struct watched all;
	int running, wait_ms;
	size_t n;

	tell_failed(h);
	wait_ms = begin_tries(h, most_ms);
	if (curl_multi_perform(h->multi, &running) != CURLM_OK)
		return no_memory(st);
	if (end_tries(h))
		wait_ms = 0;
	n = get_fds(h, &all, fds, &wait_ms);
	if (curl_multi_poll(h->multi, fds, n, wait_ms, NULL) != CURLM_OK)
		return status_errno(st, "can't wait for the network");
	process_fds(h, &all);
	return 0;
}

void
http_free(struct http_request *r)
{
	buf_free(&r->body);
	buf_free(&r->url);
}

void
http_hold(struct http *h, bool hold)
{
	h->held = hold;
}

void
http_watch(struct http *h, struct http_watch *w)
{
	w->next = h->watches;
	h->watches = w;
}

struct http *
http_open(const struct http_options *o, struct status *st)
{
	struct http *h = calloc(1, sizeof(*h));

	if (h == NULL || sodium_init() == -1 ||
	    curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(h);
		no_memory(st);
		return NULL;
	}
	h->options = *o;
	h->multi = curl_multi_init();
	h->transfers = calloc(o->parallel, sizeof(*h->transfers));
	if (h->multi == NULL || h->transfers == NULL) {
		http_close(h);
		no_memory(st);
		return NULL;
	}
	curl_multi_setopt(h->multi, CURLMOPT_PIPELINING,
	    (long)CURLPIPE_MULTIPLEX);
	curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS,
	    (long)o->parallel * 2 + 32);
	return h;
}

void
http_get_state(struct http *h, struct http_state *s)
{
	uint64_t now = clock_monotonic_ms();
	unsigned i;

	*s = (struct http_state){ .bytes = h->bytes, .active = h->active };
	for (i = 0; i < h->options.parallel; i++) {
		const struct transfer *t = &h->transfers[i];
		double rate;

		if (t->request == NULL || now - t->started_ms < STEADY_MS)
			continue;
		rate = t->request->received * 1000.0 / (now - t->started_ms);
		if (s->slowest == NULL || rate < s->rate) {
			s->slowest = t->request->host->origin;
			s->rate = rate;
		}
	}
}

void
http_close(struct http *h)
{
	unsigned i;

	if (h == NULL)
		return;
	for (i = 0; h->transfers != NULL && i < h->options.parallel; i++) {
		if (h->transfers[i].request != NULL)
			curl_multi_remove_handle(h->multi,
			    h->transfers[i].easy);
		curl_easy_cleanup(h->transfers[i].easy);
	}
	curl_multi_cleanup(h->multi);
	http_host_free_all(&h->hosts);
	free(h->transfers);
	free(h);
	curl_global_cleanup();
}
