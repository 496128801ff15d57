#include "config.h"

#include <stdlib.h>

#include "libcar/base/clock.h"
#include "libcar/cli/environment.h"

/*
 * An empty variable counts as unset, because `NAME= command` is how a shell
 * user takes a default back.
 */

const char *
cli_env(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : otherwise;
}

const char *
cli_tmpdir(void)
{
	return cli_env("TMPDIR", "/tmp");
}

uint64_t
cli_now(void)
{
	return clock_wall_us();
}
