/*
 * car_guess: what an input is that isn't a CAR, and what to do with it.
 *
 * It is called only after an input failed to be a CAR, and tells by the first
 * bytes what people and hosts give in place of one. The message names it.
 */
#ifndef LIBCAR_REPO_CAR_GUESS_H
#define LIBCAR_REPO_CAR_GUESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"

#define CAR_GUESS_BYTES 4096 /* so many are looked at */

/* If these first bytes look like something, say so: STATUS_BAD_CAR if another
 * download may give a CAR in its place, otherwise STATUS_NOT_CAR. If they look
 * like nothing known, the status stays as it is. */
void car_guess(const uint8_t *head, size_t len, struct status *);

#endif
