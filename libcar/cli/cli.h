/*
 * cli: the front end of every program, as its main includes it.
 */
#ifndef LIBCAR_CLI_CLI_H
#define LIBCAR_CLI_CLI_H

#include "libcar/cli/environment.h"
#include "libcar/cli/input.h"
#include "libcar/cli/message.h"
#include "libcar/cli/options.h"
#include "libcar/cli/progress.h"
#include "libcar/cli/table.h"
#include "libcar/cli/value.h"

#endif
