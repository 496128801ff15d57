/*
 * audit_counts: what at-plcaudit counts, as a table.
 */
#ifndef LIBCAR_CLI_AUDIT_COUNTS_H
#define LIBCAR_CLI_AUDIT_COUNTS_H

#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"

struct audit_counts {
	uint64_t operations, valid, nullified, again;
	uint64_t errors[STATUS_AGAIN + 1]; /* by their codes */
	/* The directory says nullified, and the audit doesn't; and the other
	 * way round. */
	uint64_t only_said, not_said;
};

/* Print the table on standard error. */
void audit_counts_print(const struct audit_counts *, size_t dids);

#endif
