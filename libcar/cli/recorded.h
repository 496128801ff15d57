/*
 * recorded: a source of events: files of frames.
 */
#ifndef LIBCAR_CLI_RECORDED_H
#define LIBCAR_CLI_RECORDED_H

#include "libcar/cli/events.h"
#include "libcar/cli/table.h"

/* Read the operands, one after another, until all of them have ended or
 * cli_events_over(), and end the events. */
void cli_recorded_read(struct cli_events *, const struct cli *,
    char **operands);

#endif
