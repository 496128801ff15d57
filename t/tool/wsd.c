/*
 * wsd: a WebSocket server on this machine that goes wrong as its URLs say, for
 * tests of the WebSocket client and of what uses it. Each connection has a
 * process of its own.
 *
 *	wsd [-a ADDRESS] [-p PORT] [-s CERT KEY] [-f FRAMES] [-j EVENTS]
 *	    [-e OPERATIONS] [-w WORDS] [-l LOG] [-d DID]
 *
 * Once it listens at -a (127.0.0.1) it prints its port. It runs until SIGTERM
 * or until the process that started it has ended. -s: TLS. -l: a line for each
 * request: path and query, User-Agent. -d: answer describeServer with this DID,
 * as a host does. A path names what happens; queries are
 * NAME=NUMBER.
 *
 * In place of the handshake:
 *	/accept /noupgrade /noconnection /extension	a wrong 101
 *	/status?code=N&after=S	an answer of HTML, with Retry-After
 *	/xrpc?code=N	an error of XRPC: FutureCursor
 *	/chunked?bad=1	the same in chunks, not closed; bad: with a wrong one
 *	/redirect?code=N	to /echo; port=N: of that port; link=1: to
 *			169.254.1.1
 *	/loop		a redirect to itself
 *	/nothing /shut /half /garbage /flood	no answer, or not a whole one
 *	/drip		a good one, byte by byte, then as /echo
 * After it:
 *	/echo		"hello", then each message comes back
 *	/count?cursor=N	text messages N+1, N+2 and so on; stop=M: a close after
 *			M of them (10); 400 FutureCursor above 1000
 *	/many?n=N&size=S	N binary messages (100) of S bytes (1000), then
 *			a close
 *	/fragments	messages in parts with pings between
 *	/confetti?n=N	a message in N parts of one byte, then a close
 *	/close?code=N /drop	at once
 *	/cut /huge /slow /silent
 *	/masked /reserved /utf8 /opcode /badping /orphan /badclose
 *	/pings?n=N	N pings; after all of their pongs a message
 *	/frames?cursor=N	the messages of the file FRAMES (of an event
 *			stream, one after another) above the cursor; stop=M: a
 *			close after M; drop=SEQ, repeat=SEQ, swap=SEQ (with the
 *			next one); or in place of the event: cut=SEQ, its first
 *			half; cbor=SEQ, bytes that aren't CBOR; json=SEQ, a
 *			line of JSON; text=SEQ, as text; break=SEQ, half of it,
 *			then a close; huge=SEQ, 200 MB; hang=SEQ, nothing any
 *			more. drip=1: byte by byte. times=N: all this only for
 *			the first N requests
 *	/moved		in place of the handshake a redirect to /frames
 *	/subscribe?cursor=N	the lines of the file EVENTS, of Jetstream,
 *			from the first one whose time_us is N or later; stop=M
 *	/xrpc/network.bsky.jetstream.subscribeEvents?cursor=N	the same by
 *			seq; 400 CursorTooOld below the first seq; from 10^15
 *			on N is a time, and all lines come
 *	/export/stream?cursor=N	the lines of the file OPERATIONS, of a PLC
 *			directory, whose seq is above N, and those that are
 *			appended later; at first=SEQ also that line. The file
 *			WORDS, which is read for each request, has more of the
 *			query: stop=M: a close after M, of this kind: close=1:
 *			OutdatedCursor, 2: FutureCursor, 3: ConsumerTooSlow, 4:
 *			inside a frame; code=N: an answer in place of the
 *			handshake; bad=1: a message that isn't JSON after M
 * In place of a WebSocket:
 *	/export?after=N&count=M	the answer of a PLC directory, from OPERATIONS;
 *			with the word chaos=1, most answers are wrong: 429, 503,
 *			nothing, a body that is cut (with a Content-Length that
 *			fits or not), a short page, or operations that came
 *			before
 */
#include "config.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libcar/base/buf.h"
#include "libcar/data/dagcbor.h"
#include "libcar/repo/frame.h"

#define MAX_REQUEST 65536
#define DESCRIBE "/xrpc/com.atproto.server.describeServer"
#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

enum { CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

static SSL_CTX *tls_context;
static SSL *tls;
static int fd, log_fd = -1;
static unsigned port;
static char request[MAX_REQUEST + 1];
static char target[8192], path[8192];

struct recorded {
	size_t at, len;
	uint64_t seq;
};
static struct buf file;
static const char *server_did;
static struct recorded *frames;
static size_t nframes;
static unsigned *nth; /* request for them; shared by all processes */

/* Bytes */

static void
put_now(const void *bytes, size_t len)
{
	const char *p = bytes;
	ssize_t n;

	while (len > 0) {
		n = tls != NULL ? SSL_write(tls, p, (int)len) :
				  send(fd, p, len, MSG_NOSIGNAL);
		if (n <= 0)
			_exit(0);
		p += n;
		len -= (size_t)n;
	}
}

/* With `gather` small frames share a record of TLS. */
static bool gather;
static struct buf gathered;

static void
flush(void)
{
	put_now(gathered.data, gathered.len);
	gathered.len = 0;
}

static void
put(const void *bytes, size_t len)
{
	if (!gather) {
		put_now(bytes, len);
		return;
	}
	buf_put(&gathered, bytes, len);
	if (gathered.len > 15000)
		flush();
}

static void
say(const char *text)
{
	put(text, strlen(text));
}

/* 0 at the end. */
static size_t
get(void *to, size_t cap)
{
	ssize_t n = tls != NULL ? SSL_read(tls, to, (int)cap) :
				  read(fd, to, cap);

	return n > 0 ? (size_t)n : 0;
}

static void
get_all(uint8_t *to, size_t len)
{
	size_t n;

	for (; len > 0; to += n, len -= n)
		if ((n = get(to, len)) == 0)
			_exit(0);
}

/* Until the client has closed. */
static void
drain(void)
{
	char bytes[4096];

	while (get(bytes, sizeof(bytes)) > 0)
		;
	_exit(0);
}

/* Frames */

static void
head(unsigned first, uint64_t len, bool masked)
{
	uint8_t h[10] = { (uint8_t)first };
	size_t n = 2, bytes = len < 126 ? 0 : len < 65536 ? 2 : 8;

	h[1] = bytes == 0 ? (uint8_t)len : bytes == 2 ? 126 : 127;
	h[1] |= masked ? 0x80 : 0;
	while (bytes-- > 0)
		h[n++] = (uint8_t)(len >> 8 * bytes);
	put(h, n);
}

static void
frame(unsigned first, const void *bytes, size_t len)
{
	head(first, len, false);
	put(bytes, len);
}

static void
text(const char *s)
{
	frame(0x80 | TEXT, s, strlen(s));
}

static void
say_close(unsigned code, const char *reason)
{
	uint8_t bytes[125] = { (uint8_t)(code >> 8), (uint8_t)code };

	memcpy(bytes + 2, reason, strlen(reason));
	frame(0x80 | CLOSE, bytes, 2 + strlen(reason));
}

/* The client's next frame; its length. */
static size_t
take(unsigned *first, uint8_t *to, size_t cap)
{
	uint8_t h[2], mask[4], more[8];
	size_t len, n, i;

	get_all(h, 2);
	*first = h[0];
	len = h[1] & 0x7f;
	if (!(h[1] & 0x80))
		errx(2, "a frame without a mask");
	n = len == 126 ? 2 : len == 127 ? 8 : 0;
	get_all(more, n);
	for (len = n > 0 ? 0 : len, i = 0; i < n; i++)
		len = len << 8 | more[i];
	if (len > cap)
		errx(2, "a frame of %zu bytes", len);
	get_all(mask, 4);
	get_all(to, len);
	for (i = 0; i < len; i++)
		to[i] ^= mask[i % 4];
	return len;
}

/* The request */

static uint64_t
number(const char *name, uint64_t other)
{
	const char *p = strchr(target, '?');
	size_t len = strlen(name);

	for (; p != NULL; p = strchr(p, '&')) {
		p++;
		if (strncmp(p, name, len) == 0 && p[len] == '=')
			return strtoull(p + len + 1, NULL, 10);
	}
	return other;
}

static const char *
field(const char *name, char *value, size_t cap)
{
	const char *p = strcasestr(request, name);
	size_t n = p != NULL ? strcspn(p += strlen(name), "\r") : 0;

	snprintf(value, cap, "%.*s", (int)n, p != NULL ? p : "");
	return value;
}

static void
read_request(void)
{
	char agent[256], line[9000];
	size_t len = 0, n;

	while (strstr(request, "\r\n\r\n") == NULL) {
		n = len < MAX_REQUEST ? get(request + len, 1) : 0;
		if (n == 0)
			_exit(0);
		request[len += n] = '\0';
	}
	sscanf(request, "GET %8191s", target);
	snprintf(path, sizeof(path), "%.*s", (int)strcspn(target, "?"), target);
	n = (size_t)snprintf(line, sizeof(line), "%s %s\n", target,
	    field("\r\nUser-Agent: ", agent, sizeof(agent)));
	if (log_fd != -1 && write(log_fd, line, n) != (ssize_t)n)
		err(2, "log");
}

/* The handshake's answer, with other words for tests. */
static void
format_accept(char *to, size_t cap, const char *upgrade, const char *connection,
    const char *salt, const char *more)
{
	unsigned char hash[SHA_DIGEST_LENGTH];
	char key[128], both[256], accept[64];

	field("\r\nSec-WebSocket-Key: ", key, sizeof(key));
	snprintf(both, sizeof(both), "%s%s%s", key, GUID, salt);
	SHA1((unsigned char *)both, strlen(both), hash);
	sodium_bin2base64(accept, sizeof(accept), hash, sizeof(hash),
	    sodium_base64_VARIANT_ORIGINAL);
	snprintf(to, cap,
	    "HTTP/1.1 101 Switching Protocols\r\n"
	    "upgrade: %s\r\nconnection:%s\r\n"
	    "Sec-WebSocket-Accept: %s\r\n%s\r\n",
	    upgrade, connection, accept, more);
}

static void
accept_with(const char *upgrade, const char *connection, const char *salt,
    const char *more)
{
	char answer[1024];

	format_accept(answer, sizeof(answer), upgrade, connection, salt, more);
	say(answer);
}

static void
open_socket(void)
{
	accept_with("WebSocket", "keep-alive, upgrade", "", "");
}

/* In place of the handshake */

static void
answer_error(const char *body, unsigned code)
{
	char answer[512], after[64] = "";

	if (number("after", 0) > 0)
		snprintf(after, sizeof(after), "Retry-After: %u\r\n",
		    (unsigned)number("after", 0));
	snprintf(answer, sizeof(answer),
	    "HTTP/1.1 %u Error\r\n%sContent-Length: %zu\r\n\r\n%s",
	    (unsigned)number("code", code), after, strlen(body), body);
	say(answer);
	drain();
}

static void
error_answer(bool xrpc)
{
	if (xrpc)
		answer_error("{\"error\":\"FutureCursor\","
			     "\"message\":\"cursor in the future\"}",
		    400);
	answer_error("<html>proxy</html>", 502);
}

/* com.atproto.server.describeServer */
static void
describe_server(void)
{
	char answer[512], body[256];
	int len = snprintf(body, sizeof(body), "{\"did\":\"%s\"}", server_did);

	snprintf(answer, sizeof(answer),
	    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	    "Content-Length: %d\r\nConnection: close\r\n\r\n%s",
	    len, body);
	say(answer);
	_exit(0);
}

static void
chunked(void)
{
	say("HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "a\r\n{\"error\":\"\r\n"
	    "1C;x=y\r\nFutureCursor\",\"message\":\"no\"\r\n1\r\n}\r\n");
	say(number("bad", 0) > 0 ? "x\r\n" : "0\r\n\r\n");
	drain();
}

static void
redirect(void)
{
	char answer[512], to[128] = "/echo";

	if (strcmp(path, "/loop") == 0)
		snprintf(to, sizeof(to), "/loop");
	else if (strcmp(path, "/moved") == 0)
		snprintf(to, sizeof(to), "/frames?cursor=%llu",
		    (unsigned long long)number("cursor", 0));
	else if (number("link", 0) > 0)
		snprintf(to, sizeof(to), "ws://169.254.1.1/");
	else if (number("port", 0) > 0)
		snprintf(to, sizeof(to), "ws://127.0.0.1:%u/echo",
		    (unsigned)number("port", 0));
	snprintf(answer, sizeof(answer),
	    "HTTP/1.1 %u Moved\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
	    (unsigned)number("code", 302), to);
	say(answer);
	drain();
}

static void
nothing(void)
{
	drain();
}

static void
shut(void)
{
}

static void
half(void)
{
	say("HTTP/1.1 101 Switching Protocols\r\nUpgr");
}

static void
garbage(void)
{
	say("SSH-2.0-OpenSSH_9.2\r\n");
	drain();
}

static void
flood(void)
{
	say("HTTP/1.1 101 Switching Protocols\r\n");
	for (;;)
		say("X-Flood: yes\r\n");
}

static void
wrong_accept(void)
{
	accept_with("websocket", "Upgrade", "x", "");
	drain();
}

static void
no_upgrade(void)
{
	accept_with("h2c", "Upgrade", "", "");
	drain();
}

static void
no_connection(void)
{
	accept_with("websocket", "close", "", "");
	drain();
}

static void
extension(void)
{
	accept_with("websocket", "Upgrade", "",
	    "Sec-WebSocket-Extensions: permessage-deflate\r\n");
	drain();
}

/* After it */

static void
echo(void)
{
	static uint8_t bytes[1 << 20];
	unsigned first;
	size_t len;

	text("hello");
	for (;;) {
		len = take(&first, bytes, sizeof(bytes));
		if ((first & 0xf) == CLOSE)
			say_close(1000, "");
		if ((first & 0xf) == CLOSE)
			_exit(0);
		frame(first, bytes, len);
	}
}

static void
drip(void)
{
	char answer[1024];
	size_t i;

	format_accept(answer, sizeof(answer), "websocket", "Upgrade", "", "");
	for (i = 0; answer[i] != '\0'; i++) {
		put(answer + i, 1);
		poll(NULL, 0, 1);
	}
	echo();
}

static void
count(void)
{
	uint64_t n = number("cursor", 0), stop = number("stop", 10);
	char digits[32];

	if (n > 1000)
		error_answer(true);
	open_socket();
	while (stop-- > 0) {
		snprintf(digits, sizeof(digits), "%u", (unsigned)++n);
		text(digits);
	}
	say_close(1001, "restart");
	drain();
}

static void
many(void)
{
	uint64_t n = number("n", 100), size = number("size", 1000), i;
	uint8_t *bytes = malloc(size + 1);

	memset(bytes, 'x', size);
	gather = true;
	for (i = 0; i < n; i++)
		frame(0x80 | BINARY, bytes, size);
	free(bytes);
	say_close(1000, "done");
	flush();
	drain();
}

static void
fragments(void)
{
	frame(TEXT, "one ", 4);
	frame(0x80 | PING, "a", 1);
	frame(CONTINUATION, "tw", 2);
	frame(CONTINUATION, NULL, 0);
	frame(0x80 | PONG, "b", 1);
	frame(0x80 | CONTINUATION, "o", 1);
	frame(BINARY, "\0\1", 2);
	frame(0x80 | CONTINUATION, "\2", 1);
	frame(0x80 | TEXT, NULL, 0);
	frame(0x80 | CLOSE, NULL, 0);
	drain();
}

static void
confetti(void)
{
	static uint8_t parts[3 << 16];
	uint64_t n = number("n", 1000), i, piece;

	frame(BINARY, NULL, 0);
	for (i = 0; i < sizeof(parts); i += 3)
		memcpy(parts + i, "\0\1x", 3);
	for (; n > 0; n -= piece) {
		piece = n < sizeof(parts) / 3 ? n : sizeof(parts) / 3;
		put(parts, piece * 3);
	}
	frame(0x80 | CONTINUATION, NULL, 0);
	say_close(1000, "");
	drain();
}

static void
close_at_once(void)
{
	say_close((unsigned)number("code", 1008), "go\taway");
	drain();
}

static void
cut(void)
{
	head(0x80 | BINARY, 1000, false);
	say("half of it");
}

static void
huge(void)
{
	static uint8_t zeros[65536];
	int i;

	head(0x80 | BINARY, 200 << 20, false);
	for (i = 0; i < 200 << 4; i++)
		put(zeros, sizeof(zeros));
	drain();
}

static void
slow(void)
{
	static const char bytes[] = "\x81\x05hello\x81\x05"
				    "again\x88\x02\x03\xe8";
	size_t i;

	for (i = 0; i + 1 < sizeof(bytes); i++) {
		put(bytes + i, 1);
		poll(NULL, 0, 10);
	}
	drain();
}

static void
silent(void)
{
	drain();
}

static void
masked(void)
{
	head(0x80 | TEXT, 2, true);
	put("\0\0\0\0hi", 6);
	drain();
}

static void
reserved(void)
{
	frame(0xc0 | TEXT, "hi", 2);
	drain();
}

static void
bad_utf8(void)
{
	frame(0x80 | TEXT, "a\xff", 2);
	drain();
}

static void
opcode(void)
{
	frame(0x80 | 3, "hi", 2);
	drain();
}

static void
bad_ping(void)
{
	static uint8_t bytes[126];

	frame(0x80 | PING, bytes, sizeof(bytes));
	drain();
}

static void
orphan(void)
{
	frame(0x80 | CONTINUATION, "hi", 2);
	drain();
}

static void
bad_close(void)
{
	frame(0x80 | CLOSE, "\3", 1);
	drain();
}

static void
pings(void)
{
	uint64_t n = number("n", 100), i, pongs = 0;
	uint8_t bytes[125];
	unsigned first;

	for (i = 0; i < n; i++)
		frame(0x80 | PING, "0123456789", 10);
	while (pongs < n) {
		take(&first, bytes, sizeof(bytes));
		pongs += (first & 0xf) == PONG;
	}
	text("all pongs came");
	say_close(1000, "");
	drain();
}

/* Recorded frames */

/* Does this go wrong with the event? */
static bool
goes(const char *fault, const struct recorded *r)
{
	return number(fault, 0) == r->seq && *nth <= number("times", UINT_MAX);
}

static void
put_slowly(unsigned first, const char *bytes, size_t len)
{
	head(first, len, false);
	for (; len > 0; len--) {
		put(bytes++, 1);
		if (len % 16 == 0)
			poll(NULL, 0, 1);
	}
}

static void
send_spoilt(const struct recorded *r)
{
	const char *bytes = file.data + r->at;

	if (goes("hang", r))
		drain();
	if (goes("huge", r))
		huge();
	if (goes("break", r)) {
		head(0x80 | BINARY, r->len, false);
		put(bytes, r->len / 2);
		_exit(0);
	}
	if (goes("cbor", r))
		frame(0x80 | BINARY, "\xff\xff", 2);
	else if (goes("json", r))
		frame(0x80 | BINARY, "{\"a\":1}\n", 8);
	else if (goes("text", r))
		frame(0x80 | TEXT, "not binary", 10);
	else if (goes("cut", r))
		frame(0x80 | BINARY, bytes, r->len / 2);
	else if (number("drip", 0) > 0)
		put_slowly(0x80 | BINARY, bytes, r->len);
	else
		frame(0x80 | BINARY, bytes, r->len);
}

static size_t
send_recorded(size_t i)
{
	const struct recorded *r = &frames[i];

	if (goes("drop", r))
		return 0;
	send_spoilt(r);
	if (goes("repeat", r))
		send_spoilt(r);
	return 1;
}

static void
recorded(void)
{
	uint64_t cursor = number("cursor", 0),
		 stop = number("stop", UINT64_MAX);
	size_t i, sent = 0;

	++*nth;
	for (i = 0; i < nframes && sent < stop; i++) {
		if (frames[i].seq <= cursor)
			continue;
		if (goes("swap", &frames[i]) && i + 1 < nframes) {
			sent += send_recorded(i + 1);
			sent += send_recorded(i++);
		} else
			sent += send_recorded(i);
	}
	if (stop != UINT64_MAX)
		say_close(1001, "restart");
	drain();
}

static void
read_frames(const char *name)
{
	static struct frame f;
	struct dagcbor d;
	struct status st;
	FILE *in = fopen(name, "rb");
	char *room;
	size_t n;

	if (in == NULL)
		err(2, "%s", name);
	while ((room = buf_reserve(&file, 65536)) != NULL &&
	    (n = fread(room, 1, 65536, in)) > 0)
		file.len += n;
	fclose(in);
	dagcbor_open(&d, file.data, file.len);
	while (d.at < d.end) {
		const uint8_t *from = d.at;

		if (dagcbor_skip(&d, &st) == -1 || dagcbor_skip(&d, &st) == -1)
			errx(2, "%s: %s", name, st.msg);
		frames = realloc(frames, (nframes + 1) * sizeof(*frames));
		if (frames == NULL)
			err(2, NULL);
		n = (size_t)(d.at - from);
		frames[nframes].at = (size_t)(from - d.start);
		frames[nframes].len = n;
		/* One that is broken goes with the frame before it. */
		if (frame_parse(&f, from, n, &st) == 0 && f.seq > 0)
			frames[nframes].seq = f.seq;
		else
			frames[nframes].seq = nframes > 0 ?
			    frames[nframes - 1].seq :
			    1;
		nframes++;
	}
}

/* Events of Jetstream */

#define FIRST_TIME 1000000000000000u

static const char *events_path = "/dev/null";
static FILE *events;
static const char *number_name;

static bool
next_event(char **line, size_t *cap, uint64_t *n)
{
	ssize_t len = getline(line, cap, events);
	const char *at = len > 0 ? strstr(*line, number_name) : NULL;

	if (len <= 0)
		return false;
	(*line)[strcspn(*line, "\n")] = '\0';
	*n = at != NULL ? strtoull(at + strlen(number_name), NULL, 10) : 0;
	return true;
}

static void
send_events(bool by_seq)
{
	uint64_t cursor = number("cursor", 0),
		 stop = number("stop", UINT64_MAX), n;
	char *line = NULL;
	bool begun = false;
	size_t cap = 0;

	if ((events = fopen(events_path, "r")) == NULL)
		err(2, "%s", events_path);
	if (by_seq && cursor >= FIRST_TIME)
		cursor = 0;
	while (stop > 0 && next_event(&line, &cap, &n)) {
		if (!begun && by_seq && cursor > 0 && cursor < n)
			answer_error("{\"error\":\"CursorTooOld\","
				     "\"message\":\"the floor is 1\"}",
			    400);
		if (!begun)
			open_socket();
		begun = true;
		if (n != 0 && n < cursor)
			continue;
		text(line);
		stop--;
	}
	if (stop == 0)
		say_close(1001, "restart");
	drain();
}

static void
subscribe(void)
{
	number_name = "\"time_us\":";
	send_events(false);
}

static void
subscribe_events(void)
{
	number_name = "\"seq\":";
	send_events(true);
}

/* A PLC directory */

static const char *operations_path = "/dev/null", *words_path;

/* The words are a part of the query. */
static void
add_words(void)
{
	size_t len = strlen(target), n;
	FILE *f = words_path != NULL ? fopen(words_path, "r") : NULL;

	if (f == NULL)
		return;
	target[len++] = strchr(target, '?') != NULL ? '&' : '?';
	n = fread(target + len, 1, sizeof(target) - len - 1, f);
	target[len + n] = '\0';
	fclose(f);
}

static void
open_operations(void)
{
	number_name = "\"seq\":";
	if ((events = fopen(operations_path, "r")) == NULL)
		err(2, "%s", operations_path);
}

/* The file may grow while we read it: a line without LF comes later. */
static bool
next_operation(char **line, size_t *cap, uint64_t *n)
{
	off_t at = ftello(events);

	if (!next_event(line, cap, n))
		return false;
	fseeko(events, -1, SEEK_CUR);
	if (getc(events) == '\n')
		return true;
	fseeko(events, at, SEEK_SET);
	return false;
}

enum chaos { LIMITED, FAILED, NOTHING, CUT, CUT_LENGTH, SHORT, REPEATED };

static void
send_body(const struct buf *body, enum chaos fault)
{
	size_t sent = fault == CUT || fault == CUT_LENGTH ? body->len * 2 / 3 :
							    body->len;
	char header[128];

	snprintf(header, sizeof(header),
	    "HTTP/1.1 200 OK\r\nContent-Type: application/jsonlines\r\n"
	    "Content-Length: %zu\r\nConnection: close\r\n\r\n",
	    fault == CUT ? body->len : sent);
	say(header);
	put(body->data, sent);
	_exit(0);
}

/* The fault of this request. */
static enum chaos
choose_chaos(void)
{
	unsigned n = randombytes_uniform(REPEATED + 4);

	if (n == LIMITED)
		say("HTTP/1.1 429 Slow\r\nRetry-After: 0\r\n"
		    "Content-Length: 0\r\n\r\n");
	if (n == FAILED)
		say("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
	if (n <= NOTHING)
		_exit(0);
	return n;
}

static void
export_page(void)
{
	uint64_t after = number("after", 0), count = number("count", 1000), n;
	enum chaos fault = REPEATED + 1;
	struct buf body = { .len = 0 };
	char *line = NULL;
	size_t cap = 0;

	add_words();
	if (number("chaos", 0) > 0)
		fault = choose_chaos();
	if (fault == REPEATED && after > 2)
		after -= 3;
	if (fault == SHORT)
		count = count / 3 + 1;
	open_operations();
	while (count > 0 && next_operation(&line, &cap, &n)) {
		if (n <= after)
			continue;
		buf_puts(&body, line);
		buf_putc(&body, '\n');
		count--;
	}
	send_body(&body, fault);
}

static void
end_export(void)
{
	switch (number("close", 0)) {
	case 1:
		say_close(1008, "OutdatedCursor");
		drain();
		break;
	case 2:
		say_close(1008, "FutureCursor");
		drain();
		break;
	case 3:
		say_close(1008, "ConsumerTooSlow");
		drain();
		break;
	default:
		head(0x80 | TEXT, 1000, false);
		say("{\"did\":");
		shut();
	}
}

/* Has the client sent something, or closed? */
static bool
hears(int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) > 0;
}

static void
export_stream(void)
{
	uint64_t cursor, stop, n;
	char *line = NULL;
	size_t cap = 0;

	add_words();
	cursor = number("cursor", 0);
	stop = number("stop", UINT64_MAX);
	if (number("code", 0) > 0)
		answer_error("{\"message\":\"no stream\"}", 404);
	open_operations();
	open_socket();
	while (stop > 0) {
		if (!next_operation(&line, &cap, &n)) {
			clearerr(events);
			if (hears(20))
				_exit(0);
			continue;
		}
		if (n <= cursor && n != number("first", 0))
			continue;
		text(line);
		stop--;
	}
	if (number("bad", 0) > 0) {
		text("nonsense");
		drain();
	}
	end_export();
}

static const struct {
	const char *path;
	void (*serve)(void);
	bool open; /* after a good handshake */
} places[] = {
	{ "/accept", wrong_accept, false },
	{ "/badclose", bad_close, true },
	{ "/badping", bad_ping, true },
	{ "/chunked", chunked, false },
	{ "/close", close_at_once, true },
	{ "/confetti", confetti, true },
	{ "/count", count, false },
	{ "/cut", cut, true },
	{ "/drip", drip, false },
	{ "/drop", shut, true },
	{ "/echo", echo, true },
	{ "/export", export_page, false },
	{ "/export/stream", export_stream, false },
	{ "/extension", extension, false },
	{ "/flood", flood, false },
	{ "/fragments", fragments, true },
	{ "/frames", recorded, true },
	{ "/garbage", garbage, false },
	{ "/half", half, false },
	{ "/huge", huge, true },
	{ "/loop", redirect, false },
	{ "/many", many, true },
	{ "/masked", masked, true },
	{ "/moved", redirect, false },
	{ "/noconnection", no_connection, false },
	{ "/nothing", nothing, false },
	{ "/noupgrade", no_upgrade, false },
	{ "/opcode", opcode, true },
	{ "/orphan", orphan, true },
	{ "/pings", pings, true },
	{ "/redirect", redirect, false },
	{ "/reserved", reserved, true },
	{ "/shut", shut, false },
	{ "/silent", silent, true },
	{ "/slow", slow, true },
	{ "/subscribe", subscribe, false },
	{ "/utf8", bad_utf8, true },
	{ "/xrpc/network.bsky.jetstream.subscribeEvents", subscribe_events,
	    false },
};

static void
serve(void)
{
	size_t i;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (tls_context != NULL) {
		tls = SSL_new(tls_context);
		SSL_set_fd(tls, fd);
		if (SSL_accept(tls) != 1)
			_exit(0);
	}
	read_request();
	if (server_did != NULL && strcmp(path, DESCRIBE) == 0)
		describe_server();
	if (strcmp(path, "/status") == 0 || strcmp(path, "/xrpc") == 0)
		error_answer(path[1] == 'x');
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (strcmp(path, places[i].path) == 0) {
			if (places[i].open)
				open_socket();
			places[i].serve();
			_exit(0);
		}
	say("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
	_exit(0);
}

static int
listen_at(const char *address, unsigned wanted)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)wanted) };
	socklen_t len = sizeof(in);
	int s = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	if (inet_pton(AF_INET, address, &in.sin_addr) != 1)
		errx(2, "%s: not an address", address);
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(s, (struct sockaddr *)&in, len) == -1 || listen(s, 64) == -1)
		err(2, "port %u", wanted);
	getsockname(s, (struct sockaddr *)&in, &len);
	port = ntohs(in.sin_port);
	return s;
}

static void
use_tls(const char *cert, const char *key)
{
	tls_context = SSL_CTX_new(TLS_server_method());
	if (tls_context == NULL ||
	    SSL_CTX_use_certificate_file(tls_context, cert, SSL_FILETYPE_PEM) !=
		1 ||
	    SSL_CTX_use_PrivateKey_file(tls_context, key, SSL_FILETYPE_PEM) !=
		1)
		errx(2, "%s, %s: no certificate", cert, key);
}

int
main(int argc, char **argv)
{
	const char *address = "127.0.0.1";
	unsigned wanted = 0;
	int c, s;

	while ((c = getopt(argc, argv, "a:p:s:f:j:e:w:l:d:")) != -1)
		switch (c) {
		case 'a':
			address = optarg;
			break;
		case 'p':
			wanted = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 's':
			use_tls(optarg, argv[optind++]);
			break;
		case 'f':
			read_frames(optarg);
			break;
		case 'j':
			events_path = optarg;
			break;
		case 'e':
			operations_path = optarg;
			break;
		case 'w':
			words_path = optarg;
			break;
		case 'l':
			log_fd = open(optarg, O_WRONLY | O_CREAT | O_APPEND,
			    0666);
			break;
		case 'd':
			server_did = optarg;
			break;
		default:
			return 2;
		}
	nth = mmap(NULL, sizeof(*nth), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (nth == MAP_FAILED)
		err(2, "memory");
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	s = listen_at(address, wanted);
	printf("%u\n", port);
	fflush(stdout);
	while ((fd = accept(s, NULL, NULL)) != -1) {
		if (fork() == 0) {
			close(s);
			serve();
		}
		close(fd);
	}
	err(2, "accept");
}
