/* Events of Jetstream: what is written are lines, a record has the hash of its
 * CID, and no line says that a commit is complete. */
#include "config.h"

#include <string.h>

#include "libcar/data/cid.h"
#include "libcar/data/dagjson.h"
#include "libcar/data/syntax.h"
#include "libcar/stream/line.h"
#include "libcar/stream/live.h"
#include "t/fuzz/fuzz.h"

#define NOW ((uint64_t)1 << 51)

static void
check_record(const struct line *l)
{
	uint8_t want[CID_MAX_BYTES], cid[CID_REPO_BYTES];
	struct buf block = { .len = 0 };
	struct status st;
	struct json j;

	json_open(&j, l->record.at, l->record.len);
	must(dagjson_to_block(&block, &j, false, &st) == 0);
	cid_of_block(cid, block.data, block.len);
	must(cid_from_text(want, l->cid.at, l->cid.len, &st) == sizeof(cid) &&
	    memcmp(want, cid, sizeof(cid)) == 0);
	buf_free(&block);
}

static void
check_line(const char *text, size_t len)
{
	struct line l = { .scratch = { .len = 0 } };
	struct status st;

	must(line_parse(&l, text, len, &st) == 0 && line_check(&l, &st) == 0);
	must(l.source == LINE_LIVE || l.type == LINE_ACCOUNT);
	must(l.rev.at == NULL || syntax_tid_micros(l.rev.at) < 2 * NOW);
	must(l.type != LINE_COMMIT || l.ops < 0);
	if (l.type == LINE_RECORD && l.record.at != NULL)
		check_record(&l);
	line_free(&l);
}

static size_t
check_lines(const struct buf *out)
{
	const char *line, *lf;
	size_t at = 0, n;

	for (n = 0; at < out->len; n++) {
		line = out->data + at;
		must((lf = memchr(line, '\n', out->len - at)) != NULL);
		check_line(line, lf - line);
		at += lf - line + 1;
	}
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct filter all;
	struct ndjson_out out = { .fd = -1 };
	const struct signer_table signers = { .keys = NULL };
	const struct live_source source = { .after = 0 };
	const struct live_message m = { .source = &source,
		.bytes = data,
		.len = len };
	struct live live = { .program = "at-firehose",
		.filter = &all,
		.signers = &signers,
		.is_jetstream = true,
		.out = &out };
	struct status st;
	enum live_result result = live_take(&live, &m, NOW, &st);

	must(result != LIVE_FATAL);
	must(check_lines(&out.buf) ==
	    (result == LIVE_WRITTEN || result == LIVE_FAILED) +
		(size_t)live.record_errors);
	must(result != LIVE_IDENTITY || live.frame.did.at != NULL);
	live_free(&live);
	buf_free(&out.buf);
	return 0;
}
