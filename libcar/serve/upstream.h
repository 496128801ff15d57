/*
 * serve_upstream: passes operations on to the PLC directory that takes them.
 *
 * An answer may take long, so other threads than the server's wait for it: at
 * most SERVE_UPSTREAM_THREADS operations are under way, and at most
 * SERVE_UPSTREAM_QUEUE wait. An operation is sent once. Redirects aren't
 * followed.
 */
#ifndef LIBCAR_SERVE_UPSTREAM_H
#define LIBCAR_SERVE_UPSTREAM_H

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"

#define SERVE_UPSTREAM_THREADS 4
#define SERVE_UPSTREAM_QUEUE 64
#define SERVE_UPSTREAM_MS 30000         /* for one operation */
#define SERVE_UPSTREAM_BYTES (64 << 10) /* maximum of an answer */
#define SERVE_UPSTREAM_DID 64

struct serve_upstream;

/* The caller's; it stays where it is until done was called. */
struct serve_upstream_job {
	char did[SERVE_UPSTREAM_DID]; /* a did:plc */
	struct slice body;            /* borrowed */
	void (*done)(void *arg);      /* called in another thread */
	void *arg;

	/* The answer; status 0: there is none, and `why` says the reason. */
	unsigned status;
	bool is_json;
	struct buf answer; /* the caller frees it */
	struct status why;

	struct serve_upstream_job *next; /* the module's own */
};

/* The directory is an origin, and borrowed, as the User-Agent. */
int serve_upstream_open(struct serve_upstream **, const char *directory,
    const char *agent, struct status *);

/* Send it, and call done later. -1: too many wait, or it was stopped: job->why
 * says which, and done isn't called. */
int serve_upstream_send(struct serve_upstream *, struct serve_upstream_job *);

/* Abort what is under way, call done for everything, end the threads. Others
 * may still send, in vain. */
void serve_upstream_stop(struct serve_upstream *);

/* Stop, and release everything. */
void serve_upstream_close(struct serve_upstream *);

#endif
