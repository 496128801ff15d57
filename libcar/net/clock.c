#include "config.h"

#include <time.h>

#include "libcar/net/clock.h"

/* The only place in net that reads a clock. Both clocks are read through the
 * vDSO, without a system call, so callers needn't keep the time. */

static uint64_t
get_ms(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t
clock_monotonic_ms(void)
{
	return get_ms(CLOCK_MONOTONIC);
}

uint64_t
clock_wall_ms(void)
{
	return get_ms(CLOCK_REALTIME);
}
