/*
 * frame: a message of the event stream.
 * com.atproto.sync.subscribeRepos, https://atproto.com/specs/event-stream
 *
 * Two values of DAG-CBOR, one after the other: a header {op, t}, and a body as
 * the type wants it. What is read here has its form: an account is a DID, a rev
 * a TID, and so on. What it means is event.h's.
 */
#ifndef LIBCAR_REPO_FRAME_H
#define LIBCAR_REPO_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"

#define FRAME_MAX_BYTES (5 << 20)
#define FRAME_MAX_OPS 200 /* of a commit */
#define FRAME_MAX_SEQ ((uint64_t)1 << 53)

enum frame_type {
	FRAME_OTHER, /* an op or t that isn't known: to be ignored */
	FRAME_COMMIT,
	FRAME_SYNC,
	FRAME_IDENTITY,
	FRAME_ACCOUNT,
	FRAME_INFO,
	FRAME_ERROR, /* op -1: the server closes the stream */
};

enum frame_action {
	FRAME_CREATE,
	FRAME_UPDATE,
	FRAME_DELETE,
};

struct frame_op {
	enum frame_action action;
	struct slice path;      /* not empty */
	struct slice cid, prev; /* links, or nothing */
};

/* All is borrowed from the bytes. What isn't there is nothing. */
struct frame {
	enum frame_type type;
	uint64_t seq;        /* not of FRAME_INFO and FRAME_ERROR */
	struct slice did;    /* `repo` of a commit */
	struct slice time;   /* nothing, if it isn't a datetime */
	struct slice rev;    /* of a commit, a sync */
	struct slice blocks; /* likewise: a CAR */
	struct slice since, commit, prev_data; /* of a commit */
	bool active;                           /* of an account */
	struct slice status;                   /* likewise */
	struct slice handle;                   /* of an identity */
	struct slice name, message;            /* of an info, an error */
	struct frame_op ops[FRAME_MAX_OPS];
	size_t nops;
};

/* Read a frame. STATUS_BAD_FRAME: it isn't DAG-CBOR, or not what its type
 * wants. Then did and seq are set as far as they were read, and type is
 * FRAME_OTHER if not even the header could be. */
int frame_parse(struct frame *, const void *bytes, size_t len, struct status *);

#endif
