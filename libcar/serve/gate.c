#include "config.h"

#include "libcar/serve/gate.h"

/*
 * Count the threads inside. Whoever comes too late counts for a moment, too:
 * then one more is refused than necessary, but never one too few.
 */

bool
serve_gate_enter(struct serve_gate *g)
{
	if (atomic_fetch_add(&g->inside, 1) < g->limit)
		return true;
	atomic_fetch_sub(&g->inside, 1);
	return false;
}

void
serve_gate_leave(struct serve_gate *g)
{
	atomic_fetch_sub(&g->inside, 1);
}
