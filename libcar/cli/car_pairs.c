#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libcar/cli/car_pairs.h"
#include "libcar/cli/directory.h"
#include "libcar/cli/message.h"
#include "libcar/cli/output.h"

/*
 * No list of names is kept: each file of one directory is looked up by its name
 * in the other one. A directory may have millions of accounts.
 */

#define PLAIN ".car"
#define ZSTD ".zst"

static void
give(struct car_pairs *p, const char *old, const char *new)
{
	const struct car_pairs_names pair = { old, new };

	p->found++;
	p->pair(p, &pair);
}

/* Find the file of the same name, plain or compressed, in another directory. */
static const char *
find(char path[PATH_MAX], const char *directory, const char *name)
{
	size_t len = strlen(name), zstd = strlen(ZSTD), dir = strlen(directory);
	int n;

	while (dir > 1 && directory[dir - 1] == '/')
		dir--;
	if (len > zstd && strcmp(name + len - zstd, ZSTD) == 0)
		len -= zstd;
	n = snprintf(path, PATH_MAX, "%.*s/%.*s" ZSTD, (int)dir, directory,
	    (int)len, name);
	if (n < 0 || n >= PATH_MAX)
		return NULL;
	if (access(path, F_OK) == 0)
		return path;
	path[n - zstd] = '\0';
	return access(path, F_OK) == 0 ? path : NULL;
}

static void
take_file(struct car_pairs *p, const struct cli_directory *dir,
    const char *other, bool is_new)
{
	char path[PATH_MAX];
	const char *found = find(path, other, dir->path + dir->top + 1);

	if (is_new)
		give(p, found, dir->path);
	else if (found == NULL)
		give(p, dir->path, NULL);
}

/* The files of a directory: of the new one all, of the old one those that the
 * new one doesn't have. */
static void
take_directory(struct car_pairs *p, const char *name, const char *other,
    bool is_new)
{
	static const char *const endings[] = { PLAIN, PLAIN ZSTD, NULL };
	struct cli_directory dir = { .endings = endings };
	enum cli_directory_found found;
	struct status st;

	if (cli_directory_begin(&dir, name, &st) == -1)
		cli_output_fatal(p->out, &st);
	while ((found = cli_directory_next(&dir, &st)) != CLI_DIRECTORY_END) {
		if (found == CLI_DIRECTORY_FILE)
			take_file(p, &dir, other, is_new);
		else if (found == CLI_DIRECTORY_OTHER && !cli_quiet)
			cli_warn("%s: skipped: not a regular file", dir.path);
		else if (found != CLI_DIRECTORY_OTHER) {
			status_prefix(&st, "%s: ", dir.path);
			cli_output_fatal(p->out, &st);
		}
	}
	cli_directory_free(&dir);
}

void
car_pairs_take(struct car_pairs *p, const char *old, const char *new)
{
	bool directories = cli_is_directory(old);

	if (directories != cli_is_directory(new))
		cli_usage("'%s' is a directory, and '%s' is a file",
		    directories ? old : new, directories ? new : old);
	if (!directories) {
		p->total = 1;
		give(p, old, new);
		return;
	}
	take_directory(p, new, old, true);
	take_directory(p, old, new, false);
	if (p->found == 0 && !cli_quiet)
		cli_warn("%s: no *.car or *.car.zst files there", new);
}
