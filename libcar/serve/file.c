#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "libcar/serve/file.h"

/*
 * The file stays open until the answer was sent, so it may be removed
 * meanwhile. Files that have their names don't change: store/aside.h.
 */

struct file {
	int fd;
};

static ssize_t
read_file(void *arg, uint64_t pos, char *out, size_t max, struct status *st)
{
	const struct file *f = arg;
	ssize_t n;

	while ((n = pread(f->fd, out, max, (off_t)pos)) == -1 && errno == EINTR)
		;
	if (n == -1)
		return status_errno(st, "can't read a file");
	return n;
}

static void
close_file(void *arg)
{
	struct file *f = arg;

	close(f->fd);
	free(f);
}

/* It may be anything: opening a FIFO mustn't wait for a writer. */
int
serve_file_open(struct serve_answer *a, const char *path, struct status *st)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct file *f;
	struct stat s;

	if (fd == -1)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ?
		    0 :
		    status_errno(st, "can't open %s", path);
	if (fstat(fd, &s) == -1 || !S_ISREG(s.st_mode)) {
		close(fd);
		return 0;
	}
	if ((f = malloc(sizeof(*f))) == NULL) {
		close(fd);
		return status_no_memory(st);
	}
	f->fd = fd;
	a->source = (struct serve_source){ read_file, close_file, f,
		(uint64_t)s.st_size };
	return 1;
}
