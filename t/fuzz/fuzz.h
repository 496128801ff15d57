/*
 * fuzz: targets for libFuzzer, and for driver.c, which runs one over files.
 * With $lib for the sources of libcar that the target needs:
 *
 *	clang -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -I. \
 *	    t/fuzz/car.c $lib -o car
 *	./car new/ t/data/fuzz/car/
 */
#ifndef T_FUZZ_FUZZ_H
#define T_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* What must hold whatever the input is. */
#define must(held) \
	do { \
		if (!(held)) \
			abort(); \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#endif
