/* The reader of operations of a PLC directory, with any bytes. */
#include "config.h"

#include <string.h>

#include "libcar/data/dagcbor.h"
#include "libcar/plc/operation.h"
#include "t/fuzz/fuzz.h"

/* Both forms are strict DAG-CBOR, one field apart. */
static void
check_form(const struct buf *form)
{
	struct dagcbor d;
	struct status st;

	dagcbor_open(&d, form->data, form->len);
	must(dagcbor_skip(&d, &st) == 0);
	must(d.at == d.end);
}

static void
check_operation(const struct plc_operation *op)
{
	uint8_t cid[CID_REPO_BYTES];

	check_form(&op->signed_form);
	check_form(&op->unsigned_form);
	must(op->unsigned_form.len < op->signed_form.len);
	cid_of_block(cid, op->signed_form.data, op->signed_form.len);
	must(memcmp(cid, op->cid, sizeof(cid)) == 0);
	must(op->key_count <= PLC_OPERATION_MAX_KEYS);
	must(op->kind != PLC_TOMBSTONE || op->has_prev);
	must(op->kind != PLC_CREATE || !op->has_prev);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct plc_operation op = { .kind = PLC_NO_KIND };
	struct status st;

	if (plc_operation_parse(&op, (const char *)data, len, &st) == 0) {
		must(op.kind != PLC_NO_KIND);
		check_operation(&op);
	} else
		must(op.kind == PLC_NO_KIND && st.msg[0] != '\0');
	plc_operation_free(&op);
	return 0;
}
