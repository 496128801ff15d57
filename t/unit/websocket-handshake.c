/* The handshake of a WebSocket, without a network. */
#include "config.h"

#include <string.h>

#include "libcar/net/websocket_handshake_private.h"
#include "t/lib/tap.h"

/* RFC 6455 1.3 */
#define NONCE "the sample nonce"
#define ACCEPT "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
#define SWITCHING "HTTP/1.1 101 Switching Protocols\r\n"
#define UPGRADE "Upgrade: websocket\r\nConnection: Upgrade\r\n"

static struct websocket_handshake h;
static struct status st;

static int
answer(const char *text)
{
	websocket_handshake_begin(&h, (const uint8_t *)NONCE);
	return websocket_handshake_read(&h, text, strlen(text), &st);
}

static void
test_request(void)
{
	static const char want[] =
	    "GET /a/b?c=d HTTP/1.1\r\nHost: host.test:8443\r\n"
	    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	    "User-Agent: me/1\r\n\r\n";
	struct websocket_url url = { .shown = NULL };
	struct buf out = { .len = 0 };

	websocket_handshake_begin(&h, (const uint8_t *)NONCE);
	is_int(websocket_url_parse(&url, "host.test:8443/a/b?c=d#e", false,
		   &st),
	    0, "a URL without a scheme");
	is_str(url.shown, "wss://host.test:8443/a/b?c=d", "it is wss");
	is_str(url.http, "https://host.test:8443/a/b?c=d", "for libcurl");
	websocket_handshake_write(&h, &url, "me/1", &out);
	is_mem(out.data, out.len, want, sizeof(want) - 1, "the request");
	buf_free(&out);
	websocket_url_free(&url);
}

static void
test_url(void)
{
	static const struct {
		const char *location, *want;
		enum status_code code;
	} cases[] = {
		{ "/x?y", "wss://host.test/x?y", STATUS_OK },
		{ "z", "wss://host.test/a/z", STATUS_OK },
		{ "//other.test", "wss://other.test/", STATUS_OK },
		{ "wss://other.test:443/", "wss://other.test:443/", STATUS_OK },
		{ "ws://other.test/", NULL, STATUS_PRIVATE_ADDRESS },
		{ "ftp://other.test/", NULL, STATUS_BAD_ANSWER },
		{ "https://me@other.test/", NULL, STATUS_BAD_ANSWER },
		{ "/a b", "wss://host.test/a%20b", STATUS_OK },
		{ "/a\rb", NULL, STATUS_BAD_ANSWER },
		{ "/a\x7f", NULL, STATUS_BAD_ANSWER },
	};
	struct websocket_url url = { .shown = NULL };
	size_t i;
	int rc;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		websocket_url_parse(&url, "wss://host.test/a/b", false, &st);
		rc = websocket_url_follow(&url, cases[i].location, false, &st);
		if (cases[i].want == NULL)
			ok(rc == -1 && st.code == cases[i].code, "%s: %s",
			    cases[i].location, st.msg);
		else
			is_str(url.shown, cases[i].want, "%s",
			    cases[i].location);
	}
	websocket_url_free(&url);
}

static void
test_answer(void)
{
	static const struct {
		const char *text, *want; /* NULL: the connection opens */
	} cases[] = {
		{ SWITCHING UPGRADE ACCEPT "\r\n", NULL },
		{ SWITCHING "UPGRADE:WebSocket\r\n"
			    "connection: keep-alive , upgrade\r\n" ACCEPT
			    "\r\n",
		    NULL },
		{ SWITCHING UPGRADE "\r\n", "wrong Sec-WebSocket-Accept" },
		{ SWITCHING UPGRADE "Sec-WebSocket-Accept: "
				    "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=x\r\n\r\n",
		    "wrong Sec-WebSocket-Accept" },
		{ SWITCHING
		    "Upgrade: websockets\r\nConnection: Upgrade\r\n" ACCEPT
		    "\r\n",
		    "no \"Upgrade: websocket\"" },
		{ SWITCHING "Upgrade: websocket\r\nConnection: close\r\n" ACCEPT
			    "\r\n",
		    "no \"Connection: Upgrade\"" },
		{ SWITCHING UPGRADE ACCEPT
		    "Sec-WebSocket-Protocol: chat\r\n\r\n",
		    "an extension or subprotocol that wasn't offered" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		is_int(answer(cases[i].text), 0, "header %zu", i);
		is_int(h.header, strlen(cases[i].text), "is whole");
		is_int(h.code, 101, "its code");
		if (websocket_handshake_check(&h, &st) == 0)
			ok(cases[i].want == NULL, "it is open");
		else
			ok(cases[i].want != NULL &&
				strstr(st.msg, cases[i].want) != NULL,
			    "%s", st.msg);
	}
}

static void
test_parts(void)
{
	static const char text[] = SWITCHING UPGRADE ACCEPT "\r\nrest";
	size_t len = sizeof(text) - 1, n;

	websocket_handshake_begin(&h, (const uint8_t *)NONCE);
	for (n = 1; n <= len && h.header == 0; n++)
		if (websocket_handshake_read(&h, text, n, &st) == -1)
			break;
	is_int(n - 1, len - 4, "byte by byte");
	is_int(h.header, len - 4, "what follows isn't its");
	ok(websocket_handshake_check(&h, &st) == 0, "it is open");
	is_int(answer("HTTP/1.1 abc\r\n\r\n"), -1, "not a code");
	is_int(answer("HTTP/1.1\r\n\r\n"), -1, "no code");
	is_int(answer("\r\n\r\n"), -1, "no line");
	is_int(answer("SSH-2.0-x\r\n"), -1, "not HTTP: known at once");
}

static void
test_body(void)
{
	static const struct {
		const char *header, *body,
		    *want; /* NULL: more data must come */
	} cases[] = {
		{ "Content-Length: 3", "abcd", "abc" },
		{ "Content-Length: 3", "ab", NULL },
		{ "Transfer-Encoding: chunked", "2\r\nab\r\n0\r\n", "ab" },
		{ "Transfer-Encoding: chunked", "2\r\nab\r\n1;x\r\nc\r\n",
		    NULL },
		{ "Transfer-Encoding: chunked", "2\r\nab\r\n-\r\n", "ab" },
		{ "Transfer-Encoding: chunked", "fffffffffffffffff\r\n", "" },
		{ "Transfer-Encoding: chunked", "5\r\nab", NULL },
		{ "X: y", "ab", NULL },
	};
	char text[256], body[64];
	size_t i, n, len;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "HTTP/1.1 400 Bad\r\n%s\r\n\r\n",
		    cases[i].header);
		answer(text);
		len = strlen(cases[i].body);
		memcpy(body, cases[i].body, len);
		is_int(websocket_handshake_has_body(&h, body, len),
		    cases[i].want != NULL, "%s: is it whole?", cases[i].body);
		n = websocket_handshake_body(&h, body, len);
		if (cases[i].want != NULL)
			is_mem(body, n, cases[i].want, strlen(cases[i].want),
			    "%s", cases[i].body);
	}
}

int
main(void)
{
	test_request();
	test_url();
	test_answer();
	test_parts();
	test_body();
	return done_testing();
}
