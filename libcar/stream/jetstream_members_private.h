/*
 * jetstream_members: the members of the objects in an event of Jetstream.
 *
 * A name has one meaning and one type in all objects of an event. A member that
 * is null is missing. The status of a wrong one is STATUS_BAD_FRAME.
 */
#ifndef LIBCAR_STREAM_JETSTREAM_MEMBERS_PRIVATE_H
#define LIBCAR_STREAM_JETSTREAM_MEMBERS_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/data/object.h"

enum jetstream_members_name {
	JETSTREAM_TYPE,
	JETSTREAM_PAYLOAD,
	JETSTREAM_DID,
	JETSTREAM_SEQ,
	JETSTREAM_TIME,
	JETSTREAM_TIME_US,
	JETSTREAM_KIND,
	JETSTREAM_COMMIT,
	JETSTREAM_IDENTITY,
	JETSTREAM_ACCOUNT,
	JETSTREAM_SYNC,
	JETSTREAM_REV,
	JETSTREAM_OPERATION,
	JETSTREAM_COLLECTION,
	JETSTREAM_RKEY,
	JETSTREAM_RECORD,
	JETSTREAM_CID,
	JETSTREAM_ACTIVE,
	JETSTREAM_STATUS,
	JETSTREAM_BLOCKS,
	JETSTREAM_BYTES,
	JETSTREAM_NAME,
	JETSTREAM_ERROR,
	JETSTREAM_MESSAGE,
	JETSTREAM_MEMBERS,
	JETSTREAM_UNKNOWN = JETSTREAM_MEMBERS,
};

/* The values of an object, as they are written; borrowed. */
struct jetstream_members {
	struct slice value[JETSTREAM_MEMBERS];
};

/* Find the members of an object, each of which may occur once. */
int jetstream_members(struct jetstream_members *, const struct slice *object,
    struct status *);

/* Always -1: "event: NAME WHAT". */
int jetstream_bad(enum jetstream_members_name, const char *what,
    struct status *);

/* Get a member that must be there; a number is from 1 to FRAME_MAX_SEQ. Texts
 * are borrowed from the event, which object_set() opened. */
int jetstream_get_text(struct object *event, const struct jetstream_members *,
    enum jetstream_members_name, struct slice *text, struct status *);
int jetstream_get_number(const struct jetstream_members *,
    enum jetstream_members_name, uint64_t *, struct status *);
int jetstream_get_bool(const struct jetstream_members *,
    enum jetstream_members_name, bool *, struct status *);
int jetstream_get_did(struct object *event, const struct jetstream_members *,
    struct slice *did, struct status *);
int jetstream_get_rev(struct object *event, const struct jetstream_members *,
    struct slice *rev, struct status *);

/* The text is nothing if the member is missing. */
int jetstream_get_optional(struct object *event,
    const struct jetstream_members *, enum jetstream_members_name,
    struct slice *text, struct status *);

/* The time stays as it is if the member is missing, or not a datetime. */
int jetstream_get_time(struct object *event, const struct jetstream_members *,
    struct slice *time, struct status *);

#endif
