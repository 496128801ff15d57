/*
 * spill: memory that lies in a temporary file beyond a limit.
 *
 * The file is mapped, so that the kernel keeps in memory what is used, and
 * writes the rest to the disk. Its blocks are reserved first, because a full
 * disk would end the program by a signal otherwise.
 */
#ifndef LIBCAR_STORE_SPILL_H
#define LIBCAR_STORE_SPILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/plc/arena.h"
#include "libcar/store/aside.h"

/* All zero, except the caller's fields, is empty. */
struct spill {
	/* The caller's. */
	const char *dir; /* for temporary files */
	size_t limit;    /* bytes that don't go to the file */

	size_t used;   /* of them */
	uint64_t size; /* of the file */
	struct aside file;
	bool is_open;
};

/* The functions of this memory. */
struct plc_memory spill_memory(struct spill *);

/* Close the file, after all memory was given back. */
void spill_free(struct spill *);

#endif
