#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/base/hash.h"
#include "libcar/store/archive.h"
#include "libcar/store/archive_private.h"
#include "libcar/store/aside_private.h"

/*
 * Makes the paths of the archive from DIDs, and paths from other paths. It
 * reads nothing from the disk.
 */

/* The name's length; more than ARCHIVE_MAX_NAME: too long. */
static size_t
encode(char name[ARCHIVE_MAX_NAME + 1], const char *did, size_t len)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		unsigned char c = did[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		    (c >= 'a' && c <= 'z') || c == '.' || c == '-';
		size_t width = plain || c == ':' ? 1 : 3;

		if (n + width > ARCHIVE_MAX_NAME)
			return ARCHIVE_MAX_NAME + 1;
		name[n] = plain ? c : c == ':' ? '_' : '%';
		if (width == 3) {
			name[n + 1] = hex[c >> 4];
			name[n + 2] = hex[c & 15];
		}
		n += width;
	}
	name[n] = '\0';
	return n;
}

int
archive_path(char out[PATH_MAX], const char *dir, const char *did, size_t len,
    struct status *st)
{
	char name[ARCHIVE_MAX_NAME + 1];
	uint8_t digest[32];
	size_t i, n = strlen(dir);
	const char *slash = n > 0 && dir[n - 1] == '/' ? "" : "/";

	if (n == 0)
		return status_set(st, STATUS_SYSTEM, 0,
		    "a directory without a name");
	hash_sha256(digest, did, len);
	if (encode(name, did, len) > ARCHIVE_MAX_NAME)
		for (i = 0; i < sizeof(digest); i++)
			snprintf(name + 2 * i, 3, "%02x", digest[i]);
	if (snprintf(out, PATH_MAX, "%s%s%02x/%s.car", dir, slash, digest[0],
		name) >= PATH_MAX)
		return aside_too_long(out, st);
	return 0;
}

int
archive_add_suffix(char path[PATH_MAX], struct status *st)
{
	size_t n = strlen(path);

	if (n + sizeof(ARCHIVE_ZSTD) > PATH_MAX)
		return aside_too_long(path, st);
	memcpy(path + n, ARCHIVE_ZSTD, sizeof(ARCHIVE_ZSTD));
	return 0;
}

int
archive_path_of(char out[PATH_MAX], const char *dir, const char *did,
    size_t len, bool zstd, struct status *st)
{
	if (archive_path(out, dir, did, len, st) == -1)
		return -1;
	return zstd ? archive_add_suffix(out, st) : 0;
}

void
archive_shard(char dir[PATH_MAX], const char *path)
{
	size_t len = strrchr(path, '/') - path;

	memcpy(dir, path, len);
	dir[len] = '\0';
}

void
archive_other(char other[ARCHIVE_OTHER_BYTES], const char *path)
{
	size_t len = strlen(path), end = len - strlen(ARCHIVE_ZSTD);

	memcpy(other, path, len + 1);
	if (strcmp(path + end, ARCHIVE_ZSTD) == 0)
		other[end] = '\0';
	else
		memcpy(other + len, ARCHIVE_ZSTD, sizeof(ARCHIVE_ZSTD));
}
