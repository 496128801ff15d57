/* Answers to the handshake of a WebSocket: any bytes get a verdict, and the
 * body of an error is within them. */
#include "config.h"

#include <string.h>

#include "libcar/net/websocket_handshake_private.h"
#include "t/fuzz/fuzz.h"

/* In two parts, as reads return them. */
static int
read_parts(struct websocket_handshake *h, const char *bytes, size_t len,
    struct status *st)
{
	size_t half = len / 2;

	if (websocket_handshake_read(h, bytes, half, st) == -1)
		return -1;
	return h->header > 0 ? 0 : websocket_handshake_read(h, bytes, len, st);
}

static void
check_body(struct websocket_handshake *h, const char *bytes, size_t len)
{
	size_t rest = len - h->header, n;
	char *body = malloc(rest + 1);

	must(body != NULL);
	memcpy(body, bytes + h->header, rest);
	websocket_handshake_has_body(h, body, rest);
	n = websocket_handshake_body(h, body, rest);
	must(n <= rest);
	free(body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t random[WEBSOCKET_HANDSHAKE_RANDOM];
	static struct websocket_handshake h;
	struct status st = { .code = STATUS_OK };

	websocket_handshake_begin(&h, random);
	if (read_parts(&h, (const char *)data, len, &st) == -1) {
		must(st.code == STATUS_BAD_ANSWER && st.msg[0] != '\0');
		return 0;
	}
	must(h.header <= len && h.header <= WEBSOCKET_HANDSHAKE_MAX_HEADER);
	if (h.header == 0)
		return 0;
	must(strlen(h.location) <= HTTP_MAX_URL);
	if (websocket_handshake_check(&h, &st) == -1)
		must(st.msg[0] != '\0');
	check_body(&h, (const char *)data, len);
	return 0;
}
