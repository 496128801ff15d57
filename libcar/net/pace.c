#include "config.h"

#include <stdlib.h>

#include "libcar/net/pace.h"

/*
 * A ring holds the times of the last requests. When it is full, its oldest time
 * says when the next request may begin.
 */

uint64_t
pace_wait_ms(const struct pace *p, uint64_t now_ms)
{
	uint64_t free_ms;

	if (p->most == 0 || p->count < p->most)
		return 0;
	free_ms = p->begun[p->next] + PACE_MS;
	return free_ms > now_ms ? free_ms - now_ms : 0;
}

int
pace_note(struct pace *p, uint64_t now_ms, struct status *st)
{
	if (p->most == 0)
		return 0;
	if (p->begun == NULL)
		p->begun = calloc(p->most, sizeof(*p->begun));
	if (p->begun == NULL)
		return status_no_memory(st);
	p->begun[p->next] = now_ms;
	p->next = (p->next + 1) % p->most;
	if (p->count < p->most)
		p->count++;
	return 0;
}

void
pace_free(struct pace *p)
{
	free(p->begun);
	*p = (struct pace){ .most = 0 };
}
