/*
 * random: the same random numbers in each run of a test.
 */
#ifndef T_LIB_RANDOM_H
#define T_LIB_RANDOM_H

#include <stdint.h>

/* Knuth's MMIX generator; its low bits repeat early, so the high ones count. */
static inline uint32_t
rnd(void)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return state >> 33;
}

#endif
