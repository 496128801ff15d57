/* Messages of the event stream: what is read has its form, and verification
 * ends. */
#include "config.h"

#include <string.h>

#include "libcar/data/syntax.h"
#include "libcar/repo/event.h"
#include "libcar/repo/frame_span.h"
#include "t/fuzz/fuzz.h"

static bool
is_within(const struct slice *s, const uint8_t *data, size_t len)
{
	const uint8_t *at = slice_bytes(s);

	return at == NULL ||
	    (at >= data && at <= data + len && s->len <= len - (at - data));
}

static void
check_form(const struct frame *f, const uint8_t *data, size_t len)
{
	const struct slice *texts[] = { &f->did, &f->time, &f->rev, &f->blocks,
		&f->since, &f->commit, &f->prev_data, &f->status, &f->handle,
		&f->name, &f->message };
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		must(is_within(texts[i], data, len));
	must(f->did.at == NULL || syntax_is_did(f->did.at, f->did.len));
	must(f->rev.at == NULL || syntax_is_tid(f->rev.at, f->rev.len));
	must(f->nops <= FRAME_MAX_OPS);
	for (i = 0; i < f->nops; i++) {
		must(f->ops[i].path.len > 0 &&
		    is_within(&f->ops[i].path, data, len));
		must((f->ops[i].cid.at == NULL) ==
		    (f->ops[i].action == FRAME_DELETE));
	}
	must((f->type != FRAME_COMMIT && f->type != FRAME_SYNC) ||
	    (f->did.at != NULL && f->rev.at != NULL && f->blocks.at != NULL));
}

/* Where does the frame end? The answer is the same if its bytes come one by
 * one. */
static int
find_end(const uint8_t *data, size_t len, size_t *end)
{
	struct frame_span once = { .at = 0 }, slowly = { .at = 0 };
	struct status st;
	int found = frame_span(&once, data, len, &st), again = 0;
	size_t n;

	for (n = 0; n <= len && again == 0; n++)
		again = frame_span(&slowly, data, n, &st);
	must(found == again && (found != 1 || once.at == slowly.at));
	must(found != 1 || once.at <= len);
	*end = once.at;
	return found;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct event e = { .whole = false };
	static struct frame f;
	struct status st;
	size_t end;
	int found = find_end(data, len, &end);

	if (frame_parse(&f, data, len, &st) == -1) {
		must(st.code == STATUS_BAD_FRAME && st.msg[0] != '\0');
		return 0;
	}
	must(found == 1 && end == len);
	check_form(&f, data, len);
	if (f.type != FRAME_COMMIT && f.type != FRAME_SYNC)
		return 0;
	if (event_open(&e, &f, UINT64_MAX / 2, &st) == 0 &&
	    f.type == FRAME_COMMIT && event_check(&e, &f, &st) == -1)
		must(!e.whole && st.msg[0] != '\0');
	event_free(&e);
	return 0;
}
