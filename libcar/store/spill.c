#include "config.h"

#include <sys/mman.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "libcar/store/spill.h"

/*
 * Both kinds of memory are mapped, so that the same call releases them. A part
 * of the file that is given back isn't used again: only tables that grow give
 * memory back, and each of them is half as large as the next.
 */

static size_t
whole_pages(size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (n + page - 1) / page * page;
}

static void *
map(size_t n, int flags, int fd, uint64_t at)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, flags, fd, (off_t)at);

	return p == MAP_FAILED ? NULL : p;
}

static void *
take_of_file(struct spill *s, size_t n)
{
	struct status ignored;
	void *p;

	if (!s->is_open &&
	    aside_open_temporary(&s->file, s->dir, &ignored) == -1)
		return NULL;
	s->is_open = true;
	if (posix_fallocate(s->file.fd, (off_t)s->size, (off_t)n) != 0 ||
	    (p = map(n, MAP_SHARED, s->file.fd, s->size)) == NULL)
		return NULL;
	s->size += n;
	return p;
}

static void *
take(void *ctx, size_t n)
{
	struct spill *s = ctx;
	void *p;

	n = whole_pages(n);
	if (n > s->limit - s->used)
		return take_of_file(s, n);
	if ((p = map(n, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) != NULL)
		s->used += n;
	return p;
}

/* It still counts as used: whether it was of the file isn't known here. */
static void
give(void *ctx, void *p, size_t n)
{
	(void)ctx;
	munmap(p, whole_pages(n));
}

struct plc_memory
spill_memory(struct spill *s)
{
	return (struct plc_memory){ take, give, s };
}

void
spill_free(struct spill *s)
{
	if (s->is_open)
		aside_close(&s->file);
	memset(s, 0, sizeof(*s));
}
