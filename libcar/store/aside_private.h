/*
 * aside_private: helpers of aside for the other files of store.
 */
#ifndef LIBCAR_STORE_ASIDE_PRIVATE_H
#define LIBCAR_STORE_ASIDE_PRIVATE_H

#include <stddef.h>

#include "libcar/base/status.h"

/* Write all bytes, with as many calls as needed. -1 and errno. */
int aside_write_all(int fd, const char *bytes, size_t len);

/* STATUS_SYSTEM: the path has more bytes than PATH_MAX allows. -1. */
int aside_too_long(const char *path, struct status *);

/* A path for calls such as openat(): the name in its directory, if that is
 * open, or the path itself if dir is -1. */
struct aside_place {
	int dir;
	const char *name;
};

struct aside_place aside_place(int dir, const char *path);

#endif
