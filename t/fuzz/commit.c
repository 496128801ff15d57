/* A block as a commit; the signature covers all of it except sig. */
#include "config.h"

#include <string.h>

#include "libcar/data/dagcbor.h"
#include "libcar/data/syntax.h"
#include "libcar/repo/commit.h"
#include "t/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf b = { .len = 0 };
	struct commit c;
	struct status st;
	struct dagcbor d;
	int rc = commit_parse(&c, data, len, &st);

	must(c.did == NULL || syntax_is_did(c.did, c.did_len));
	must(c.rev == NULL || syntax_is_tid(c.rev, c.rev_len));
	if (rc == -1)
		return 0;
	dagcbor_open(&d, data, len);
	must(dagcbor_skip(&d, &st) == 0 && d.at == d.end);
	commit_unsigned(&c, &b);
	dagcbor_open(&d, b.data, b.len);
	must(dagcbor_skip(&d, &st) == 0 && d.at == d.end);
	must(commit_parse(&c, b.data, b.len, &st) == -1 &&
	    strstr(st.msg, "no sig") != NULL);
	commit_check_rev(&c, 0, &st);
	buf_free(&b);
	return 0;
}
