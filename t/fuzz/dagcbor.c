/* A block to JSON and back. */
#include "config.h"

#include <string.h>

#include "libcar/data/dagcbor.h"
#include "libcar/data/dagjson.h"
#include "t/fuzz/fuzz.h"

static bool
is_strict(const uint8_t *data, size_t len)
{
	struct dagcbor d;
	struct status st;

	dagcbor_open(&d, data, len);
	return dagcbor_skip(&d, &st) == 0 && d.at == d.end;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf json = { .len = 0 }, back = { .len = 0 };
	bool strict = is_strict(data, len);
	struct status st;
	struct json j;

	if (dagjson_from_block(&json, data, len, &st) == -1) {
		must(json.len == 0);
		/* even if it has no JSON, it is strict */
		must(!strict || data[0] >> 5 != 5 ||
		    strstr(st.msg, "$link") != NULL ||
		    st.code == STATUS_TOO_LARGE);
		buf_free(&json);
		return 0;
	}
	must(strict && json.len <= len * DAGJSON_FACTOR);
	json_open(&j, json.data, json.len);
	must(dagjson_to_block(&back, &j, false, &st) == 0);
	must(json_next(&j, &st) == JSON_END);
	must(back.len == len && memcmp(back.data, data, len) == 0);
	buf_free(&json);
	buf_free(&back);
	return 0;
}
