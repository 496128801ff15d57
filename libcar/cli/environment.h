/*
 * environment: variables that the user sets, and the time.
 *
 * No other folder reads the environment. Programs pass on what they need of it.
 */
#ifndef LIBCAR_CLI_ENVIRONMENT_H
#define LIBCAR_CLI_ENVIRONMENT_H

#include <stdint.h>

/* A variable of the environment; `otherwise` (may be NULL) if it is unset or
 * empty. Borrowed until the environment changes. */
const char *cli_env(const char *name, const char *otherwise);

/* The directory of temporary files: $TMPDIR or /tmp. Borrowed, as cli_env(). */
const char *cli_tmpdir(void);

/* Microseconds since 1970. */
uint64_t cli_now(void);

#endif
