#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#include "libcar/store/aside.h"
#include "libcar/store/aside_private.h"

/*
 * Reads the plain file again, and writes it compressed to a second file, which
 * then replaces it. The frame contains the size of its content, which zstd -l
 * shows, and a checksum, by which readers notice damage.
 */

struct packer {
	ZSTD_CCtx *ctx;
	int from, to;
	char *in, *out;
	size_t in_size, out_size;
	uint64_t at; /* in from */
};

static int
pack_some(struct packer *p, size_t len, const char *path, struct status *st)
{
	ZSTD_EndDirective how = len == 0 ? ZSTD_e_end : ZSTD_e_continue;
	ZSTD_inBuffer in = { p->in, len, 0 };
	ZSTD_outBuffer out;
	size_t left;

	do {
		out = (ZSTD_outBuffer){ p->out, p->out_size, 0 };
		left = ZSTD_compressStream2(p->ctx, &out, &in, how);
		if (ZSTD_isError(left))
			return status_set(st, STATUS_SYSTEM, 0, "%s: zstd: %s",
			    path, ZSTD_getErrorName(left));
		if (aside_write_all(p->to, p->out, out.pos) == -1)
			return status_errno(st, "can't write %s", path);
	} while (how == ZSTD_e_end ? left > 0 : in.pos < in.size);
	return 0;
}

static int
pack(struct packer *p, const char *path, struct status *st)
{
	ssize_t n;

	do {
		n = pread(p->from, p->in, p->in_size, p->at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return status_errno(st, "can't read %s", path);
		p->at += n;
		if (pack_some(p, n, path, st) == -1)
			return -1;
	} while (n != 0);
	return 0;
}

static int
start_packer(struct packer *p, int level, const ZSTD_CDict *dictionary,
    const char *path, struct status *st)
{
	struct stat s;

	if (fstat(p->from, &s) == -1)
		return status_errno(st, "can't read %s", path);
	p->in_size = ZSTD_CStreamInSize();
	p->out_size = ZSTD_CStreamOutSize();
	p->in = malloc(p->in_size);
	p->out = malloc(p->out_size);
	p->ctx = ZSTD_createCCtx();
	if (p->in == NULL || p->out == NULL || p->ctx == NULL ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(p->ctx, ZSTD_c_compressionLevel,
		level)) ||
	    ZSTD_isError(
		ZSTD_CCtx_setParameter(p->ctx, ZSTD_c_checksumFlag, 1)) ||
	    ZSTD_isError(ZSTD_CCtx_refCDict(p->ctx, dictionary)) ||
	    ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(p->ctx, s.st_size)))
		return status_set(st, STATUS_SYSTEM, 0, "%s: no memory", path);
	return 0;
}

int
aside_compress(struct aside *f, const char *path, int level,
    const struct ZSTD_CDict_s *dictionary, struct status *st)
{
	struct aside packed;
	struct packer p = { .from = f->fd };
	int rc = -1;

	if (aside_flush(f, st) == -1)
		return status_prefix(st, "%s: ", path);
	if (aside_open(&packed, path, st) == -1)
		return -1;
	p.to = packed.fd;
	if (start_packer(&p, level, dictionary, path, st) == 0)
		rc = pack(&p, path, st);
	ZSTD_freeCCtx(p.ctx);
	free(p.in);
	free(p.out);
	if (rc == -1) {
		aside_close(&packed);
		return -1;
	}
	aside_close(f);
	*f = packed;
	return 0;
}
