/*
 * frame: a message of the event stream.
 * com.atproto.sync.subscribeRepos, https://atproto.com/specs/event-stream
 *
 * A frame is two values of DAG-CBOR, one after the other: a header {op, t} and
 * a body whose fields depend on the type. This module checks the form of the
 * fields: an account is a DID, a rev is a TID. event.h checks their meaning.
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
	FRAME_OTHER, /* an unknown op or t: ignore it */
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

/* The protocol's name of the action. */
const char *frame_action_name(enum frame_action);

/* False: no action has this name. */
bool frame_action_parse(enum frame_action *, const struct slice *name);

struct frame_op {
	enum frame_action action;
	struct slice path;      /* not empty */
	struct slice cid, prev; /* links, or nothing */
};

/* All slices are borrowed from the bytes. An absent field has at NULL. */
struct frame {
	enum frame_type type;
	uint64_t seq;        /* 0 for FRAME_INFO and FRAME_ERROR */
	struct slice did;    /* `repo` of a commit */
	struct slice time;   /* absent if it isn't a datetime */
	struct slice rev;    /* of a commit or a sync */
	struct slice blocks; /* of a commit or a sync: a CAR */
	struct slice since, commit, prev_data; /* of a commit */
	bool active;                           /* of an account */
	struct slice status;                   /* of an account */
	struct slice handle;                   /* of an identity */
	struct slice name, message;            /* of an info, an error */
	bool is_broken; /* not DAG-CBOR: perhaps not what the service sent */
	struct frame_op ops[FRAME_MAX_OPS];
	size_t nops;
};

/* Read a frame. STATUS_BAD_FRAME: it isn't DAG-CBOR, or lacks the form of its
 * type. did and seq are then set if they were read before the fault, and type
 * is FRAME_OTHER if the header could not be read. */
int frame_parse(struct frame *, const void *bytes, size_t len, struct status *);

#endif
