/*
 * random: the same random numbers in each run of a test.
 */
#ifndef T_LIB_RANDOM_H
#define T_LIB_RANDOM_H

#include <stdint.h>

/* Knuth's MMIX generator; its low bits repeat early, so the high ones count. */
static uint64_t rnd_state = 1;

static inline uint32_t
rnd(void)
{
	rnd_state = rnd_state * 6364136223846793005u + 1442695040888963407u;
	return rnd_state >> 33;
}

/* Begin another sequence. */
static inline void
rnd_seed(uint64_t seed)
{
	rnd_state = seed + 1;
}

#endif
