/*
 * task_from: answers the jobs of a runner from a database that at-load filled
 * with the operations of a PLC directory.
 */
#ifndef LIBCAR_CLI_TASK_FROM_H
#define LIBCAR_CLI_TASK_FROM_H

#include "libcar/cli/task.h"
#include "libcar/db/db.h"

/* End the job with what the last operation of its DID says, or of the only DID
 * that claims its handle. The time is that of the operation. STATUS_NOT_FOUND,
 * STATUS_TOMBSTONED, STATUS_BAD_ANSWER (several DIDs claim the handle),
 * STATUS_BAD_SYNTAX. */
void task_end_from(struct task *, struct db *);

#endif
