/*
 * compat: functions beyond POSIX.1-2008 that some C libraries lack.
 *
 * configure looks for each function, and config.h includes this header. So a
 * caller of qsort_r() gets the function of the library or, if that lacks it,
 * the one below. All behave as in glibc(7). base is pure: where files, sockets
 * or signals are needed, the caller has an #ifdef.
 */
#ifndef LIBCAR_BASE_COMPAT_H
#define LIBCAR_BASE_COMPAT_H

/* Not <search.h>, because its struct entry conflicts with ours. */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* BSD's has other arguments, and counts as missing. It isn't stable. */
#ifndef HAVE_QSORT_R
#define qsort_r compat_qsort_r
#endif
void compat_qsort_r(void *base, size_t n, size_t size,
    int (*compare)(const void *, const void *, void *), void *arg);

/* The last c, or the first place of what, of those n bytes; or NULL. */
#ifndef HAVE_MEMRCHR
#define memrchr compat_memrchr
#endif
void *compat_memrchr(const void *bytes, int c, size_t n);

#ifndef HAVE_MEMMEM
#define memmem compat_memmem
#endif
void *compat_memmem(const void *bytes, size_t n, const void *what, size_t len);

/* Free a tree of tsearch(); call free_element for each element. */
#ifndef HAVE_TDESTROY
#define tdestroy compat_tdestroy
#endif
void compat_tdestroy(void *root, void (*free_element)(void *));

/* The caller frees *out. -1 without memory. */
#ifndef HAVE_VASPRINTF
#define vasprintf compat_vasprintf
#define asprintf compat_asprintf
#endif
int compat_vasprintf(char **out, const char *format, va_list)
    __attribute__((format(printf, 2, 0)));
int compat_asprintf(char **out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
