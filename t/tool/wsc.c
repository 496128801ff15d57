/*
 * wsc: a client of WebSockets that says what happens, for tests of
 * libcar/net/websocket.c and subscription.c.
 *
 *	wsc [-P] [-m BYTES] [-o MS] [-s MS] [-g MS] [-n N] [-w MS] [-x PROXY]
 *	    [-S] [-c CURSOR] [-d N] URL
 *
 * -P: only public addresses. -m: max_message. -o, -s, -g: open_ms, silence_ms,
 * pong_ms. -n: close after N messages. -w: pause this long after the first
 * message. -S: a subscription with short pauses; its path is /count if the URL
 * has none, and its cursors are its text messages, or the seq of messages of an
 * event stream, which it prints instead of their start. -c: its first cursor.
 * -d: drop the connection at message N. The lines are
 *
 *	opened
 *	text BYTES START	binary BYTES START	frame SEQ
 *	lost NAME: MESSAGE
 *	ended NAME retry|final [after MS]: MESSAGE
 *
 * START is the first bytes of the message.
 */
#include "config.h"

#include <ctype.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcar/net/subscription.h"
#include "libcar/repo/frame.h"

#define START 16

static struct loop *loop;
static struct websocket *socket_;
static struct subscription *subscription;
static struct loop_timer resume;
static unsigned long most, wait_ms, drop_at, count;
static bool over;

static void
close_all(void)
{
	websocket_close(socket_);
	subscription_close(subscription);
	socket_ = NULL;
	subscription = NULL;
	over = true;
}

static void
on_resume(void *ctx)
{
	(void)ctx;
	puts("resumed");
	if (socket_ != NULL)
		websocket_pause(socket_, false);
	if (subscription != NULL)
		subscription_pause(subscription, false);
}

static void
stop(void)
{
	if (socket_ != NULL)
		websocket_pause(socket_, true);
	if (subscription != NULL)
		subscription_pause(subscription, true);
	loop_timer_set(loop, &resume, wait_ms);
}

static void
on_opened(void *ctx)
{
	(void)ctx;
	puts("opened");
}

static void
take_cursor(const char *text, size_t len)
{
	char digits[32];

	snprintf(digits, sizeof(digits), "%.*s", (int)len, text);
	subscription_set_cursor(subscription, strtoull(digits, NULL, 10));
}

static bool
take_frame(const void *bytes, size_t len)
{
	static struct frame f;
	struct status st;

	if (frame_parse(&f, bytes, len, &st) == -1)
		return false;
	printf("frame %llu\n", (unsigned long long)f.seq);
	subscription_set_cursor(subscription, f.seq);
	return true;
}

static void
print_start(const unsigned char *p, size_t len, bool text)
{
	size_t i;

	printf("%s %zu ", text ? "text" : "binary", len);
	for (i = 0; i < len && i < START; i++)
		putchar(isprint(p[i]) ? p[i] : '.');
	putchar('\n');
}

static void
on_message(void *ctx, const void *bytes, size_t len, bool text)
{
	struct status st;

	(void)ctx;
	if (subscription == NULL || text || !take_frame(bytes, len))
		print_start(bytes, len, text);
	if (subscription != NULL && text)
		take_cursor(bytes, len);
	if (++count == most)
		close_all();
	else if (count == drop_at) {
		status_set(&st, STATUS_BAD_FRAME, 0, "dropped");
		subscription_drop(subscription, &st);
	} else if (count == 1 && wait_ms > 0)
		stop();
}

static void
on_lost(void *ctx, const struct status *why, uint64_t pause_ms)
{
	(void)ctx;
	(void)pause_ms;
	printf("lost %s: %s\n", status_error(why), why->msg);
}

static void
on_ended(void *ctx, const struct status *why)
{
	(void)ctx;
	printf("ended %s %s", status_error(why),
	    status_again(why->code) == STATUS_NOT_AGAIN ? "final" : "retry");
	if (why->after_ms > 0)
		printf(" after %llu", (unsigned long long)why->after_ms);
	printf(": %s\n", why->msg);
	close_all();
}

static struct websocket_options options = {
	.agent = "wsc/1",
	.allow_private = true,
	.opened = on_opened,
	.message = on_message,
	.ended = on_ended,
};

static void
open_subscription(const char *url, const char *cursor)
{
	struct subscription_options o = {
		.websocket = options,
		.path = "/count",
		.pause_ms = 10,
		.max_pause_ms = 40,
		.opened = on_opened,
		.message = on_message,
		.lost = on_lost,
		.ended = on_ended,
	};
	struct status st;

	subscription = subscription_open(loop, &o, url, &st);
	if (subscription == NULL)
		on_ended(NULL, &st);
	else if (cursor != NULL)
		subscription_set_cursor(subscription,
		    strtoull(cursor, NULL, 10));
}

int
main(int argc, char **argv)
{
	const char *cursor = NULL;
	bool subscribe = false;
	struct status st;
	int c;

	while ((c = getopt(argc, argv, "Pm:o:s:g:n:w:x:Sc:d:")) != -1)
		switch (c) {
		case 'P':
			options.allow_private = false;
			break;
		case 'm':
			options.max_message = strtoul(optarg, NULL, 10);
			break;
		case 'o':
			options.open_ms = strtoul(optarg, NULL, 10);
			break;
		case 's':
			options.silence_ms = strtoul(optarg, NULL, 10);
			break;
		case 'g':
			options.pong_ms = strtoul(optarg, NULL, 10);
			break;
		case 'n':
			most = strtoul(optarg, NULL, 10);
			break;
		case 'w':
			wait_ms = strtoul(optarg, NULL, 10);
			break;
		case 'x':
			options.proxy = optarg;
			break;
		case 'S':
			subscribe = true;
			break;
		case 'c':
			cursor = optarg;
			break;
		case 'd':
			drop_at = strtoul(optarg, NULL, 10);
			break;
		default:
			return 2;
		}
	if (optind + 1 != argc)
		errx(2, "one URL");
	setvbuf(stdout, NULL, _IOLBF, 0);
	resume.due = on_resume;
	if ((loop = loop_open(&st)) == NULL)
		errx(2, "%s", st.msg);
	if (subscribe)
		open_subscription(argv[optind], cursor);
	else if ((socket_ = websocket_open(loop, &options, argv[optind],
		      &st)) == NULL)
		on_ended(NULL, &st);
	while (!over)
		if (loop_once(loop, -1, &st) == -1)
			errx(2, "%s", st.msg);
	loop_timer_cancel(&resume);
	loop_close(loop);
	return 0;
}
