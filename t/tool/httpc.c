/*
 * httpc: make requests that no at-* program makes, to test libcar/net/http.
 *
 *	httpc [-m METHOD] [-H HEADER]... [-d CONTENT | -n BYTES] [-r]
 *	    [-R RETRIES] [-t TIMEOUT-MS] [-w MAX-WAIT-MS] [-p] [-v] URL...
 *
 * It makes the requests one after the other. -n: this number of bytes as
 * content; -r: the request may be repeated; -p: only public addresses and
 * https; -R (2), -t (60000), -w (9000): options of http. For each request it
 * prints "CODE TRIES" or "ERROR TRIES MESSAGE" and, with -v, the body of the
 * answer, as whole lines. It exits 1 if a request failed.
 */
#include "config.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcar/net/http.h"

#define MAX_HEADERS 16
#define MAX_ANSWER (16 << 20)

static struct http_options options = {
	.agent = "httpc",
	.parallel = 1,
	.per_host = 1,
	.hosts = 1,
	.retries = 2,
	.timeout_ms = 60000,
	.stall_ms = 60000,
	.retry_delay_ms = 10,
	.max_wait_ms = 9000,
	.allow_private = true,
};
static const char *headers[MAX_HEADERS + 1];
static char *bytes; /* of -n */
static bool ended, failed, verbose;

static void
done(struct http_request *r, struct status *why)
{
	if (why != NULL)
		printf("%s %u %s\n", status_name(why->code), r->tries,
		    why->msg);
	else
		printf("%ld %u\n", r->code, r->tries);
	if (verbose && r->body.len > 0) {
		fwrite(r->body.data, 1, r->body.len, stdout);
		if (r->body.data[r->body.len - 1] != '\n')
			printf("\n");
	}
	failed |= why != NULL;
	ended = true;
}

static void
set_bytes(struct http_request *r, const char *number)
{
	r->content_len = strtoul(number, NULL, 10);
	if ((bytes = malloc(r->content_len + 1)) == NULL)
		err(2, "memory");
	memset(bytes, 'x', r->content_len);
	r->content = bytes;
}

static void
read_options(struct http_request *r, int argc, char **argv)
{
	size_t n = 0;
	int c;

	while ((c = getopt(argc, argv, "H:R:d:m:n:prt:vw:")) != -1)
		switch (c) {
		case 'H':
			if (n == MAX_HEADERS)
				errx(2, "too many headers");
			headers[n++] = optarg;
			r->headers = headers;
			break;
		case 'R':
			options.retries = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'd':
			r->content = optarg;
			r->content_len = strlen(optarg);
			break;
		case 'm':
			r->method = optarg;
			break;
		case 'n':
			set_bytes(r, optarg);
			break;
		case 'p':
			options.allow_private = false;
			break;
		case 'r':
			r->repeatable = true;
			break;
		case 't':
			options.timeout_ms = strtoul(optarg, NULL, 10);
			break;
		case 'v':
			verbose = true;
			break;
		case 'w':
			options.max_wait_ms = strtoul(optarg, NULL, 10);
			break;
		default:
			errx(2, "see the top of httpc.c");
		}
}

int
main(int argc, char **argv)
{
	struct http_request r = { .max_bytes = MAX_ANSWER, .done = done };
	struct loop *loop;
	struct http *http;
	struct status st;

	read_options(&r, argc, argv);
	if ((loop = loop_open(&st)) == NULL ||
	    (http = http_open(loop, &options, &st)) == NULL)
		errx(2, "%s", st.msg);
	for (; optind < argc; optind++) {
		ended = false;
		http_start(http, &r, argv[optind]);
		while (!ended)
			if (loop_once(loop, -1, &st) == -1)
				errx(2, "%s", st.msg);
	}
	http_free(&r);
	http_close(http);
	loop_close(loop);
	free(bytes);
	return failed;
}
