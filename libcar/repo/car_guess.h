/*
 * car_guess: say what an input is if it isn't a CAR, and what to do with it.
 *
 * Call it only after reading a CAR has failed. It recognizes by the first bytes
 * what people and hosts send instead of a CAR, and names it in the message.
 */
#ifndef LIBCAR_REPO_CAR_GUESS_H
#define LIBCAR_REPO_CAR_GUESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"

#define CAR_GUESS_BYTES 4096 /* it looks at these */

/* If the first bytes are recognized, set STATUS_BAD_CAR if another download may
 * give a CAR instead, otherwise STATUS_NOT_CAR. If they are not recognized, the
 * status does not change. */
void car_guess(const uint8_t *head, size_t len, struct status *);

#endif
