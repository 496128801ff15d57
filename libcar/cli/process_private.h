/*
 * process: what a program is to the system: its standard descriptors and its
 * signals.
 */
#ifndef LIBCAR_CLI_PROCESS_PRIVATE_H
#define LIBCAR_CLI_PROCESS_PRIVATE_H

/* Once, before anything is opened. */
void cli_process_begin(void);

#endif
