#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libcar/cli/car_pairs.h"
#include "libcar/cli/directory.h"
#include "libcar/cli/environment.h"
#include "libcar/cli/message.h"
#include "libcar/cli/output.h"
#include "libcar/data/syntax.h"
#include "libcar/store/archive_revs.h"

/*
 * No list of names is kept of two directories: each file of one is looked up by
 * its name in the other one. A directory may have millions of accounts.
 */

#define PLAIN ".car"
#define ZSTD ".zst"

static void
give(struct car_pairs *p, const char *old, const char *new, bool regular)
{
	const struct car_pairs_names pair = { .old = old,
		.new = new,
		.regular = regular };

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
		give(p, found, dir->path, true);
	else if (found == NULL)
		give(p, dir->path, NULL, true);
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

static void
take_operands(struct car_pairs *p, const char *old, const char *new)
{
	bool directories = cli_is_directory(old);

	if (directories != cli_is_directory(new))
		cli_usage("'%s' is a directory, and '%s' is a file",
		    directories ? old : new, directories ? new : old);
	if (!directories) {
		p->total = 1;
		give(p, old, new, false);
		return;
	}
	take_directory(p, new, old, true);
	take_directory(p, old, new, false);
	if (p->found == 0 && !cli_quiet)
		cli_warn("%s: no *.car or *.car.zst files there", new);
}

/* Returns the operand that is at fault, or NULL. */
static const char *
find_revs(const struct archive_revs *revs, const char *did, const char *old_rev,
    struct archive_revs_car *old, const char *new_rev,
    struct archive_revs_car *new, struct status *st)
{
	if ((new_rev != NULL ? archive_revs_find(revs, new_rev, new, st) :
			       archive_revs_newest(revs, new, st)) == -1)
		return new_rev != NULL ? new_rev : did;
	if (old_rev != NULL)
		return archive_revs_find(revs, old_rev, old, st) == -1 ?
		    old_rev :
		    NULL;
	return archive_revs_before(revs, new->rev, old, st) == -1 ? did : NULL;
}

static void
take_revs(struct car_pairs *p, const char *directory, const char *did,
    const char *old_rev, const char *new_rev)
{
	const struct archive archive = { .dir = directory,
		.tmp = cli_tmpdir() };
	struct archive_revs_car old, new;
	const struct car_pairs_names pair = { old.path, new.path, true, did,
		old.rev, new.rev };
	struct archive_revs revs;
	const char *operand;
	struct status st;

	p->total = 1;
	if (archive_revs_read(&revs, &archive, did, strlen(did), &st) == -1)
		cli_output_fatal(p->out, &st);
	operand = find_revs(&revs, did, old_rev, &old, new_rev, &new, &st);
	archive_revs_free(&revs);
	if (operand != NULL && status_fatal(st.code))
		cli_output_fatal(p->out, &st);
	else if (operand != NULL)
		p->miss(p, did, operand, &st);
	else
		p->pair(p, &pair);
}

static void
check_files(char **operands)
{
	if (operands[0] == NULL || operands[1] == NULL || operands[2] != NULL)
		cli_usage("want two operands, old and new");
	if (strcmp(operands[0], "-") == 0 && strcmp(operands[1], "-") == 0)
		cli_usage("only one of the CARs can be standard input");
}

static void
check_revs(const char *directory, char **operands)
{
	size_t i;

	if (!cli_is_directory(directory))
		cli_usage("-d: '%s' isn't a directory", directory);
	if (operands[0] == NULL)
		cli_usage("-d needs a DID");
	if (!syntax_is_did(operands[0], strlen(operands[0])))
		cli_usage("'%s' isn't a DID", operands[0]);
	for (i = 1; operands[i] != NULL; i++)
		if (i > 2)
			cli_usage("want a DID and at most two revs");
		else if (!syntax_is_tid(operands[i], strlen(operands[i])))
			cli_usage("'%s' isn't a rev", operands[i]);
}

void
car_pairs_check(const char *directory, char **operands)
{
	if (directory != NULL)
		check_revs(directory, operands);
	else
		check_files(operands);
}

void
car_pairs_take(struct car_pairs *p, const char *directory, char **operands)
{
	if (directory == NULL)
		take_operands(p, operands[0], operands[1]);
	else
		take_revs(p, directory, operands[0], operands[1],
		    operands[1] != NULL ? operands[2] : NULL);
}
