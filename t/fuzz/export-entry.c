/* Entries of a directory's export: a good one gives a line of at-ndjson(5) that
 * has its operation byte for byte. */
#include "config.h"

#include <string.h>

#include "libcar/net/export_entry.h"
#include "libcar/stream/line.h"
#include "libcar/stream/write.h"
#include "t/fuzz/fuzz.h"

static void
check_line(const struct export_entry *e)
{
	struct line l = { .scratch = { .len = 0 } };
	struct buf out = { .len = 0 };
	struct status st;

	must(stream_write_plc(&out, &e->line, &st) == 0 && out.len > 0);
	must(memchr(out.data, '\n', out.len) == out.data + out.len - 1);
	must(line_parse(&l, out.data, out.len - 1, &st) == 0);
	must(l.type == LINE_PLC && (uint64_t)l.seq == e->seq);
	must(l.operation.len == e->line.operation.len &&
	    memcmp(l.operation.at, e->line.operation.at, l.operation.len) == 0);
	buf_free(&out);
	line_free(&l);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct export_entry e;
	struct status st = { .code = STATUS_OK };

	switch (export_entry_read(&e, (const char *)data, len, &st)) {
	case EXPORT_ENTRY_GOOD:
		check_line(&e);
		break;
	case EXPORT_ENTRY_FLAWED:
		must(e.seq > 0 && st.code == STATUS_BAD_ANSWER);
		break;
	case EXPORT_ENTRY_BROKEN:
		must(st.code == STATUS_BAD_ANSWER);
		break;
	}
	return 0;
}
