/* JSON to a block, and from there to the same block again. */
#include "config.h"

#include <string.h>

#include "libcar/data/dagcbor.h"
#include "libcar/data/dagjson.h"
#include "t/fuzz/fuzz.h"

static int
encode(struct buf *out, const char *text, size_t len, bool typed)
{
	struct status st;
	struct json j;

	json_open(&j, text, len);
	return dagjson_to_block(out, &j, typed, &st);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf block = { .len = 0 }, json = { .len = 0 };
	struct buf again = { .len = 0 };
	struct status st;
	struct dagcbor d;
	int rc = encode(&block, (const char *)data, len, false);

	/* what is valid with types is valid without them */
	must(encode(&again, (const char *)data, len, true) == -1 || rc == 0);
	again.len = 0;
	if (rc == 0) {
		dagcbor_open(&d, block.data, block.len);
		must(dagcbor_skip(&d, &st) == 0 && d.at == d.end);
	}
	if (rc == 0 &&
	    dagjson_from_block(&json, block.data, block.len, &st) == 0) {
		must(encode(&again, json.data, json.len, false) == 0);
		must(again.len == block.len &&
		    memcmp(again.data, block.data, block.len) == 0);
	} else
		must(rc == -1 || (uint8_t)block.data[0] >> 5 != 5 ||
		    st.code == STATUS_TOO_LARGE);
	buf_free(&block);
	buf_free(&json);
	buf_free(&again);
	return 0;
}
