/*
 * clock: reads the clocks.
 *
 * The one module of base that isn't pure. The pure folders don't call it: their
 * functions take the time as an argument, so that tests choose it.
 */
#ifndef LIBCAR_BASE_CLOCK_H
#define LIBCAR_BASE_CLOCK_H

#include <stdint.h>

/* A clock that never goes back: for pauses, timeouts and rates. */
uint64_t clock_monotonic_ms(void);
double clock_monotonic(void); /* in seconds */

/* Since 1970, by the system clock, which somebody may set during the run. */
uint64_t clock_wall_ms(void);
uint64_t clock_wall_us(void);

void clock_sleep_ms(int64_t ms);

#endif
