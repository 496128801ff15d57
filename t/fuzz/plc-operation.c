/* The reader of operations of a PLC directory, with any bytes. */
#include "config.h"

#include <string.h>

#include "libcar/data/dagcbor.h"
#include "libcar/plc/document.h"
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

/* What it says is the same, read from its fields or from its JSON, and makes a
 * document. */
static void
check_content(const struct plc_operation *op, const char *json, size_t len)
{
	struct plc_content a = { .kind = PLC_NO_KIND }, b = a;
	struct slice did = slice_of("did:plc:aaaaaaaaaaaaaaaaaaaaaaaa");
	struct buf out = { .len = 0 };
	struct status st;
	struct json j;

	must(plc_content_of(&a, op, &st) == 0);
	must(plc_content_read(&b, json, len, &st) == 0);
	must(a.kind == op->kind && b.kind == op->kind);
	must(a.names.count == b.names.count && a.keys.count == b.keys.count);
	must(a.methods.count == b.methods.count);
	must(a.services.count == b.services.count);
	must(a.keys.count == op->key_count);
	must(a.has_keys == (op->kind != PLC_TOMBSTONE));
	plc_document_write(&out, &did, &a);
	json_open(&j, out.data, out.len);
	must(json_skip(&j, &st) == JSON_OBJECT);
	must(json_next(&j, &st) == JSON_END);
	buf_free(&out);
	plc_content_free(&a);
	plc_content_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct plc_operation op = { .kind = PLC_NO_KIND };
	struct status st;

	if (plc_operation_parse(&op, (const char *)data, len, &st) == 0) {
		must(op.kind != PLC_NO_KIND);
		check_operation(&op);
		check_content(&op, (const char *)data, len);
	} else
		must(op.kind == PLC_NO_KIND && st.msg[0] != '\0');
	plc_operation_free(&op);
	return 0;
}
