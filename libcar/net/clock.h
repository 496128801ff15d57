/*
 * clock: what time it is, in milliseconds.
 *
 * Folders before net are pure and get the time as an argument.
 */
#ifndef LIBCAR_NET_CLOCK_H
#define LIBCAR_NET_CLOCK_H

#include <stdint.h>

/* A clock that only goes forward: for pauses, timeouts and rates. */
uint64_t clock_monotonic_ms(void);

/* Since 1970, by the machine's clock, which may be set while we run. */
uint64_t clock_wall_ms(void);

#endif
