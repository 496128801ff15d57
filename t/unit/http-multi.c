/* A connection without HTTP, as a WebSocket needs it, with the server on the
 * same loop: libcurl connects, then the owner watches the socket. */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libcar/net/http_guard_private.h"
#include "libcar/net/http_multi_private.h"
#include "t/lib/tap.h"

#define TURNS 1000 /* more than enough */
#define ROUNDS 100

static struct loop *loop;
static struct http_multi multi;

/* The server sends back what it receives. */

static int accepted = -1;

static void
echo(void *ctx, int fd, unsigned events)
{
	char bytes[64];
	ssize_t n = read(fd, bytes, sizeof(bytes));

	(void)ctx;
	(void)events;
	if (n <= 0 || write(fd, bytes, (size_t)n) != n)
		loop_watch(loop, fd, 0, NULL, NULL);
}

static void
take_connection(void *ctx, int fd, unsigned events)
{
	(void)ctx;
	(void)events;
	accepted = accept(fd, NULL, NULL);
	loop_watch(loop, accepted, LOOP_READ, echo, NULL);
}

/* The port at which it listens. */
static unsigned
serve(int *fd)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof(in);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*fd = socket(AF_INET, SOCK_STREAM, 0);
	ok(bind(*fd, (struct sockaddr *)&in, len) == 0 && listen(*fd, 1) == 0,
	    "a server");
	getsockname(*fd, (struct sockaddr *)&in, &len);
	loop_watch(loop, *fd, LOOP_READ, take_connection, NULL);
	return ntohs(in.sin_port);
}

/* The client */

static struct client {
	char url[64]; /* the guard borrows it */
	CURL *easy;
	bool ended;
	CURLcode code;
	curl_socket_t fd;
	unsigned sent, got;
} client;

static void
say(struct client *c)
{
	size_t n = 0;

	if (curl_easy_send(c->easy, "ping", 4, &n) == CURLE_OK && n == 4)
		c->sent++;
}

static void
hear(void *ctx, int fd, unsigned events)
{
	struct client *c = ctx;
	char bytes[64];
	size_t n;

	(void)fd;
	(void)events;
	if (curl_easy_recv(c->easy, bytes, sizeof(bytes), &n) != CURLE_OK ||
	    n != 4)
		return;
	if (++c->got < ROUNDS)
		say(c);
}

static void
on_ended(void *ctx, CURL *easy, CURLcode code)
{
	struct client *c = ctx;

	c->ended = true;
	c->code = code;
	if (code != CURLE_OK)
		return;
	curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &c->fd);
	loop_watch(loop, c->fd, LOOP_READ, hear, c);
	say(c);
}

static void
begin(struct http_guard *guard, unsigned port)
{
	struct status st;

	memset(&client, 0, sizeof(client));
	snprintf(client.url, sizeof(client.url), "http://127.0.0.1:%u", port);
	client.easy = curl_easy_init();
	guard->url = client.url;
	http_guard_set(guard, client.easy);
	curl_easy_setopt(client.easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(client.easy, CURLOPT_URL, client.url);
	curl_easy_setopt(client.easy, CURLOPT_CONNECT_ONLY, 1L);
	is_int(http_multi_add(&multi, client.easy, &st), 0, "it begins");
}

static void
end(void)
{
	if (client.code == CURLE_OK)
		loop_watch(loop, client.fd, 0, NULL, NULL);
	http_multi_remove(&multi, client.easy);
	curl_easy_cleanup(client.easy);
}

static void
turns_until(const bool *flag, const unsigned *count, unsigned want)
{
	struct status st;
	int i;

	for (i = 0; i < TURNS && !(flag != NULL ? *flag : *count >= want); i++)
		if (loop_once(loop, 10000, &st) == -1) {
			ok(false, "%s", st.msg);
			return;
		}
}

static void
test_connection(unsigned port)
{
	struct http_options options = { .allow_private = true };
	struct http_guard guard = { .options = &options };

	begin(&guard, port);
	turns_until(NULL, &client.got, ROUNDS);
	is_int(client.code, CURLE_OK, "it is connected");
	is_int(client.sent, ROUNDS, "it sends");
	is_int(client.got, ROUNDS, "it gets");
	end();
}

static void
test_private(unsigned port)
{
	struct http_options options = { .allow_private = false };
	struct http_guard guard = { .options = &options };

	begin(&guard, port);
	turns_until(&client.ended, NULL, 0);
	ok(client.code != CURLE_OK, "a private address isn't connected to");
	ok(http_guard_refused(&guard), "as the guard refused it");
	is_int(guard.st.code, STATUS_PRIVATE_ADDRESS, "%s", guard.st.msg);
	end();
}

int
main(void)
{
	struct status st;
	unsigned port;
	int fd;

	if ((loop = loop_open(&st)) == NULL ||
	    curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    http_multi_open(&multi, loop, 4, on_ended, &client, &st) == -1)
		return 2;
	port = serve(&fd);
	test_connection(port);
	test_private(port);
	http_multi_close(&multi);
	loop_close(loop);
	close(accepted);
	close(fd);
	curl_global_cleanup();
	return done_testing();
}
