#include "config.h"

#include <unistd.h>

#include "libcar/cli/car_records.h"
#include "libcar/repo/car.h"

/*
 * Collect sections in memory before they are written to the temporary file.
 */

#define SECTIONS_BYTES (1 << 18)

static int
flush(struct car_records *r, struct status *st)
{
	struct buf *b = &r->sections;

	if (b->failed)
		return status_no_memory(st);
	if (aside_write(&r->made, b->data, b->len, st) == -1)
		return -1;
	b->len = 0;
	return 0;
}

static int
put_block(void *ctx, const uint8_t *cid, const void *block, size_t len,
    struct status *st)
{
	struct car_records *r = ctx;

	car_write_block(&r->sections, cid, CID_REPO_BYTES, block, len);
	return r->sections.len < SECTIONS_BYTES ? 0 : flush(r, st);
}

int
car_records_begin(struct car_records *r, const char *did, const char *tmp,
    struct status *st)
{
	r->rebuild.put = put_block;
	r->rebuild.ctx = r;
	if (did != NULL)
		r->rebuild.did = slice_of(did);
	if (aside_open_temporary(&r->made, tmp, st) == -1)
		return -1;
	car_write_header(&r->sections, NULL, 0);
	return 0;
}

int
car_records_add(struct car_records *r, const char *line, size_t len,
    struct status *st)
{
	return rebuild_add(&r->rebuild, line, len, st);
}

int
car_records_finish(struct car_records *r, const char *rev,
    const struct keypair *pair, struct car_merge *cars, struct status *st)
{
	const struct status *damage;

	cars->root_len = CID_REPO_BYTES;
	if (rebuild_finish(&r->rebuild, rev, pair, cars->root_bytes, st) ==
		-1 ||
	    flush(r, st) == -1 || aside_flush(&r->made, st) == -1)
		return -1;
	if (lseek(r->made.fd, 0, SEEK_SET) == -1)
		return status_errno(st, "can't read a temporary file");
	return car_merge_add(cars, r->made.fd, "the records", &damage, st);
}

void
car_records_free(struct car_records *r)
{
	if (r->rebuild.put == NULL) /* not begun: there is no file */
		return;
	rebuild_free(&r->rebuild);
	aside_close(&r->made);
	buf_free(&r->sections);
}
