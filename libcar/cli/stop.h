/*
 * stop: signals that end a program after its present job.
 */
#ifndef LIBCAR_CLI_STOP_H
#define LIBCAR_CLI_STOP_H

#include <signal.h>

extern volatile sig_atomic_t cli_stop; /* not 0 after SIGTERM or SIGINT */

/* From now on the two signals set cli_stop, and interrupt what waits. */
void cli_stop_catch(void);

#endif
