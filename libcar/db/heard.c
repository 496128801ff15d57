#include "config.h"

#include <string.h>

#include "libcar/base/hash.h"
#include "libcar/db/driver_private.h"
#include "libcar/db/heard.h"

/*
 * A mark is 16 bytes of SHA-256: nobody can find two hosts with the same mark.
 * Most accounts have no host, so the hash of the empty text is a constant.
 */

static const uint8_t no_host[DB_MARK_BYTES] = { 0xe3, 0xb0, 0xc4, 0x42, 0x98,
	0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24 };

static void
mark(uint8_t out[DB_MARK_BYTES], const char *host, size_t len)
{
	uint8_t digest[32];

	if (len == 0) {
		memcpy(out, no_host, DB_MARK_BYTES);
		return;
	}
	hash_sha256(digest, host, len);
	memcpy(out, digest, DB_MARK_BYTES);
}

static void
take(uint8_t out[DB_MARK_BYTES], const struct slice *host)
{
	mark(out, host->at == NULL ? "" : host->at, host->len);
}

void
db_heard_mark(uint8_t out[DB_MARK_BYTES], const char *host)
{
	mark(out, host, strlen(host));
}

bool
db_heard_is(const uint8_t of[DB_MARK_BYTES], const char *host)
{
	uint8_t other[DB_MARK_BYTES];

	db_heard_mark(other, host);
	return memcmp(of, other, sizeof(other)) == 0;
}

void
db_heard_take(struct db_heard *h, const struct db_rows *rows, int column)
{
	struct slice text = db_text(rows, column);

	*h = (struct db_heard){ .of = DB_NO_HOST };
	if (slice_is(&text, DB_HEARD_SEVERAL))
		h->of = DB_SEVERAL_HOSTS;
	else if (text.at != NULL)
		h->of = DB_ONE_HOST;
	take(h->host, &text);
	text = db_text(rows, column + 1);
	take(h->own, &text);
	h->is_resolved = db_integer(rows, column + 2);
}
