#include "config.h"

#include <stdlib.h>
#include <time.h>

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
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * (uint64_t)1000000 + ts.tv_nsec / 1000;
}
