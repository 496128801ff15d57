/*
 * process: a program's standard descriptors and signals.
 */
#ifndef LIBCAR_CLI_PROCESS_PRIVATE_H
#define LIBCAR_CLI_PROCESS_PRIVATE_H

/* Call once, before anything is opened. */
void cli_process_begin(void);

#endif
