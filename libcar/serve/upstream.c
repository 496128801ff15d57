#include "config.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "libcar/base/threads.h"
#include "libcar/serve/upstream.h"

/*
 * A queue, and threads that take from it. Each has a handle of libcurl, which
 * keeps its connection. The answer is collected up to its limit.
 */

#define URL_BYTES 1024

struct serve_upstream {
	pthread_mutex_t lock;
	pthread_cond_t more;
	const char *directory, *agent;
	struct serve_upstream_job *first, **last;
	size_t waiting;
	bool closing;
	pthread_t threads[SERVE_UPSTREAM_THREADS];
	unsigned nthreads;
};

static size_t
on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct serve_upstream_job *job = arg;

	n *= size;
	if (n > SERVE_UPSTREAM_BYTES - job->answer.len)
		return 0;
	buf_put(&job->answer, bytes, n);
	return job->answer.failed ? 0 : n;
}

static bool
is_closing(struct serve_upstream *u)
{
	bool closing;

	pthread_mutex_lock(&u->lock);
	closing = u->closing;
	pthread_mutex_unlock(&u->lock);
	return closing;
}

/* libcurl calls this at least once a second. */
static int
on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return is_closing(arg);
}

static void
set_options(CURL *c, struct serve_upstream *u)
{
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)SERVE_UPSTREAM_MS);
	curl_easy_setopt(c, CURLOPT_USERAGENT, u->agent);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, u);
}

static void
perform(struct serve_upstream *u, CURL *c, struct curl_slist *headers,
    struct serve_upstream_job *job)
{
	char *type = NULL;
	CURLcode rc;
	long code = 0;
	char url[URL_BYTES];

	snprintf(url, sizeof(url), "%s/%s", u->directory, job->did);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)job->body.len);
	curl_easy_setopt(c, CURLOPT_POSTFIELDS,
	    job->body.len > 0 ? job->body.at : "");
	curl_easy_setopt(c, CURLOPT_WRITEDATA, job);
	rc = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &code);
	curl_easy_getinfo(c, CURLINFO_CONTENT_TYPE, &type);
	job->is_json = type != NULL &&
	    strncasecmp(type, "application/json", 16) == 0;
	if (rc == CURLE_OK && code >= 200 && code <= 599)
		job->status = (unsigned)code;
	else
		status_set(&job->why, STATUS_CONNECTION, 0, "%s: %s",
		    u->directory, curl_easy_strerror(rc));
}

/* The next job; NULL: end. */
static struct serve_upstream_job *
take(struct serve_upstream *u)
{
	struct serve_upstream_job *job;

	pthread_mutex_lock(&u->lock);
	while (u->first == NULL && !u->closing)
		pthread_cond_wait(&u->more, &u->lock);
	job = u->first;
	if (job != NULL) {
		u->first = job->next;
		if (u->first == NULL)
			u->last = &u->first;
		u->waiting--;
	}
	pthread_mutex_unlock(&u->lock);
	return job;
}

static void *
work(void *arg)
{
	struct serve_upstream *u = arg;
	struct serve_upstream_job *job;
	struct curl_slist *headers = curl_slist_append(NULL,
	    "Content-Type: application/json");
	CURL *c = curl_easy_init();

	if (c != NULL)
		set_options(c, u);
	while ((job = take(u)) != NULL) {
		if (c == NULL || headers == NULL)
			status_no_memory(&job->why);
		else if (is_closing(u))
			status_set(&job->why, STATUS_CONNECTION, 0,
			    "the server stops");
		else
			perform(u, c, headers, job);
		job->done(job->arg);
	}
	curl_easy_cleanup(c);
	curl_slist_free_all(headers);
	return NULL;
}

int
serve_upstream_open(struct serve_upstream **out, const char *directory,
    const char *agent, struct status *st)
{
	struct serve_upstream *u = calloc(1, sizeof(*u));
	int error;

	if (u == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(u);
		return status_no_memory(st);
	}
	pthread_mutex_init(&u->lock, NULL);
	pthread_cond_init(&u->more, NULL);
	u->directory = directory;
	u->agent = agent;
	u->last = &u->first;
	u->nthreads = threads_start(u->threads, SERVE_UPSTREAM_THREADS, work, u,
	    &error);
	if (u->nthreads == 0) {
		serve_upstream_close(u);
		errno = error;
		return status_errno(st, "can't start a thread");
	}
	*out = u;
	return 0;
}

int
serve_upstream_send(struct serve_upstream *u, struct serve_upstream_job *job)
{
	int rc = -1;

	job->next = NULL;
	pthread_mutex_lock(&u->lock);
	if (u->waiting < SERVE_UPSTREAM_QUEUE && !u->closing) {
		*u->last = job;
		u->last = &job->next;
		u->waiting++;
		rc = 0;
		pthread_cond_signal(&u->more);
	} else
		status_set(&job->why, STATUS_AGAIN, 0, "%s",
		    u->closing ? "this server ends" :
				 "too many operations wait for the directory");
	pthread_mutex_unlock(&u->lock);
	return rc;
}

void
serve_upstream_stop(struct serve_upstream *u)
{
	pthread_mutex_lock(&u->lock);
	u->closing = true;
	pthread_cond_broadcast(&u->more);
	pthread_mutex_unlock(&u->lock);
	while (u->nthreads > 0)
		pthread_join(u->threads[--u->nthreads], NULL);
}

void
serve_upstream_close(struct serve_upstream *u)
{
	serve_upstream_stop(u);
	pthread_cond_destroy(&u->more);
	pthread_mutex_destroy(&u->lock);
	curl_global_cleanup();
	free(u);
}
