/*
 * cli: the front end of every program, as its main includes it.
 *
 * Its parts, of which each uses only those before it: environment; terminal,
 * message, progress (what is said); table, help, suggest (what may be asked
 * for); value, process, options (what was asked for); input, output. On these
 * stand directory, keys, accounts, lexicon_files, network, unmatched, the
 * runner and the events of a stream, which only some programs need.
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
