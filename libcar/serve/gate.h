/*
 * serve_gate: how many threads may do slow work at the same time.
 *
 * A thread that reads a whole repo answers none of its other connections. So
 * only some threads may, and further requests are refused: they come again.
 */
#ifndef LIBCAR_SERVE_GATE_H
#define LIBCAR_SERVE_GATE_H

#include <stdatomic.h>
#include <stdbool.h>

/* The owner sets the limit, before any thread comes. */
struct serve_gate {
	atomic_uint inside;
	unsigned limit; /* at least 1 */
};

/* May this thread begin? True: it leaves when it is done. */
bool serve_gate_enter(struct serve_gate *);
void serve_gate_leave(struct serve_gate *);

#endif
