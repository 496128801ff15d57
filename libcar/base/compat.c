#include "config.h"

#include <search.h>

#include "libcar/base/compat.h"

/*
 * Plain versions, which are always built and tested, and used only where the C
 * library has none. Sorting is by heap: in place, without recursion, and never
 * quadratic, even for keys that an attacker chose.
 */

static void
swap(char *a, char *b, size_t size)
{
	char c;

	while (size-- > 0) {
		c = *a;
		*a++ = *b;
		*b++ = c;
	}
}

struct array {
	char *base;
	size_t size; /* of an element */
	int (*compare)(const void *, const void *, void *);
	void *arg;
};

static int
order(const struct array *a, size_t i, size_t k)
{
	return a->compare(a->base + i * a->size, a->base + k * a->size, a->arg);
}

/* Of the first n elements, the heap's order may be broken at i alone. */
static void
sift(const struct array *a, size_t i, size_t n)
{
	size_t child;

	while ((child = 2 * i + 1) < n) {
		if (child + 1 < n && order(a, child, child + 1) < 0)
			child++;
		if (order(a, i, child) >= 0)
			return;
		swap(a->base + i * a->size, a->base + child * a->size, a->size);
		i = child;
	}
}

void
compat_qsort_r(void *base, size_t n, size_t size,
    int (*compare)(const void *, const void *, void *), void *arg)
{
	struct array a = { base, size, compare, arg };
	size_t i;

	for (i = n / 2; i > 0; i--)
		sift(&a, i - 1, n);
	for (i = n; i > 1; i--) {
		swap(a.base, a.base + (i - 1) * size, size);
		sift(&a, 0, i - 1);
	}
}

void *
compat_memrchr(const void *bytes, int c, size_t n)
{
	const unsigned char *p = bytes;

	while (n > 0)
		if (p[--n] == (unsigned char)c)
			return (void *)(p + n);
	return NULL;
}

void *
compat_memmem(const void *bytes, size_t n, const void *what, size_t len)
{
	const char *p = bytes, *end, *first = what;

	if (len == 0)
		return (void *)p;
	if (n < len)
		return NULL;
	for (end = p + n - len + 1; p < end; p++) {
		if ((p = memchr(p, *first, end - p)) == NULL)
			return NULL;
		if (memcmp(p, first, len) == 0)
			return (void *)p;
	}
	return NULL;
}

static int
any(const void *left, const void *right)
{
	(void)left;
	(void)right;
	return 0;
}

/* What is equal to anything is the root's element, which leads the node. */
void
compat_tdestroy(void *root, void (*free_element)(void *))
{
	void *element;

	while (root != NULL) {
		element = *(void **)root;
		tdelete(element, &root, any);
		free_element(element);
	}
}

int
compat_vasprintf(char **out, const char *format, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (n < 0 || (*out = malloc((size_t)n + 1)) == NULL)
		return -1;
	return vsnprintf(*out, (size_t)n + 1, format, ap);
}

int
compat_asprintf(char **out, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = compat_vasprintf(out, format, ap);
	va_end(ap);
	return n;
}
