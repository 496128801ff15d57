/*
 * cli: the front end of every program, as its main includes it.
 *
 * Each part uses only the parts before it: environment; terminal, message,
 * progress (what the program says); table, help, suggest (which options exist);
 * value, process, options (which options the user gave); input, output. Only
 * some programs need the rest: directory, keys, accounts, lexicon_files,
 * network, unmatched, the loops over inputs, the runner, and the events of a
 * stream.
 */
#ifndef LIBCAR_CLI_CLI_H
#define LIBCAR_CLI_CLI_H

#include "libcar/cli/environment.h"
#include "libcar/cli/input.h"
#include "libcar/cli/message.h"
#include "libcar/cli/options.h"
#include "libcar/cli/output.h"
#include "libcar/cli/progress.h"
#include "libcar/cli/table.h"
#include "libcar/cli/value.h"

#endif
