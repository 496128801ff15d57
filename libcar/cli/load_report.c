#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/cli/load_report.h"
#include "libcar/cli/message.h"

/*
 * Messages of at-load: libcar/load calls the hooks while it applies lines, and
 * at-load calls the rest after its last input.
 */

/* A newer program may have written lines of unknown types. They aren't a
 * failure, and each type is named once. */
static void
note_unknown(void *arg, const struct slice *type)
{
	struct cli_load_report *r = arg;
	char name[sizeof(r->unknown[0])];
	unsigned i;

	snprintf(name, sizeof(name), "%.*s",
	    type->len < sizeof(name) ? (int)type->len : (int)sizeof(name) - 1,
	    type->at);
	for (i = 0; i < r->nunknown; i++)
		if (strcmp(r->unknown[i], name) == 0)
			return;
	if (i == CLI_LOAD_TYPES)
		return;
	memcpy(r->unknown[r->nunknown++], name, sizeof(name));
	if (!cli_quiet)
		cli_warn("lines of type %s: unknown type, ignored", name);
}

static void
note_bad(void *arg, const struct load_origin *o, const struct status *st)
{
	struct cli_load_report *r = arg;

	r->failed = true;
	if (++r->bad > CLI_LOAD_LINES)
		return;
	if (strcmp(o->name, "-") == 0)
		cli_warn("line %llu: %s", (unsigned long long)o->number,
		    st->msg);
	else
		cli_warn("%s: line %llu: %s", o->name,
		    (unsigned long long)o->number, st->msg);
}

/* at-load takes the snapshot nevertheless. */
static void
note_fewer(void *arg, const struct load_origin *o, const struct load_fewer *f)
{
	struct cli_load_report *r = arg;

	r->failed = true;
	if (++r->fewer > CLI_LOAD_LINES)
		return;
	cli_warn("%s%sline %llu: %.*s: the end of rev %s counts %llu records "
		 "of %.*s, but %llu came",
	    strcmp(o->name, "-") == 0 ? "" : o->name,
	    strcmp(o->name, "-") == 0 ? "" : ": ",
	    (unsigned long long)o->number, (int)f->did.len, f->did.at, f->rev,
	    (unsigned long long)f->counted, (int)f->collection.len,
	    f->collection.at, (unsigned long long)f->came);
}

static void
note_moved(void *arg, const struct load_origin *o, const struct load_moved *m)
{
	struct cli_load_report *r = arg;

	r->failed = true;
	if (++r->moved > CLI_LOAD_LINES)
		return;
	cli_warn("%s%sline %llu: %.*s: the account moved, and its revs started "
		 "over: %s came, %s is loaded; at-status --forget removes it",
	    strcmp(o->name, "-") == 0 ? "" : o->name,
	    strcmp(o->name, "-") == 0 ? "" : ": ",
	    (unsigned long long)o->number, (int)m->did.len, m->did.at, m->rev,
	    m->loaded);
}

static void
note_again(void *arg, const struct status *st)
{
	(void)arg;
	if (!cli_quiet)
		cli_warn("%s; trying again", st->msg);
}

struct load_hooks
cli_load_report_hooks(struct cli_load_report *r)
{
	return (struct load_hooks){ r, note_bad, note_unknown, note_again,
		note_fewer, note_moved };
}

static void
print_unfinished(const struct load_unfinished *u)
{
	char counts[64];

	if (u->ended)
		snprintf(counts, sizeof(counts), "%llu of %llu records",
		    (unsigned long long)u->named,
		    (unsigned long long)u->expected);
	else
		snprintf(counts, sizeof(counts), "%llu records and no end",
		    (unsigned long long)u->named);
	cli_warn("%.*s: %s of rev %s in progress: %s", (int)u->did.len,
	    u->did.at, u->listed ? "listing" : "snapshot", u->rev, counts);
}

static void
end_unfinished(struct cli_load_report *r, struct load *load)
{
	struct load_unfinished u;
	struct status st;
	uint64_t more = 0;
	int got = 1, n;

	for (n = 0; n < CLI_LOAD_UNFINISHED; n++) {
		if ((got = load_next_unfinished(load, &u, &st)) != 1)
			break;
		print_unfinished(&u);
		r->failed = true;
	}
	if (got == -1 ||
	    (got == 1 && load_count_unfinished(load, &more, &st) == -1))
		cli_fatal(&st);
	if (more > 0)
		cli_warn("and %llu more snapshots in progress",
		    (unsigned long long)more);
}

static void
end_forgotten(struct cli_load_report *r, uint64_t n)
{
	if (n == 0)
		return;
	cli_warn("forgot %llu unfinished snapshots of accounts with too many "
		 "of them",
	    (unsigned long long)n);
	r->failed = true;
}

void
cli_load_report_end(struct cli_load_report *r, struct load *load)
{
	if (r->bad > CLI_LOAD_LINES)
		cli_warn("and %llu more bad lines",
		    (unsigned long long)(r->bad - CLI_LOAD_LINES));
	if (r->fewer > CLI_LOAD_LINES)
		cli_warn("and %llu more ends that count fewer records",
		    (unsigned long long)(r->fewer - CLI_LOAD_LINES));
	if (r->moved > CLI_LOAD_LINES)
		cli_warn("and %llu more accounts that moved",
		    (unsigned long long)(r->moved - CLI_LOAD_LINES));
	end_unfinished(r, load);
	end_forgotten(r, load_counts(load)->forgotten);
}

void
cli_load_report_counts(const struct load_counts *n, uint64_t lines)
{
	char operations[64] = "";

	if (!cli_verbose)
		return;
	if (n->operations > 0)
		snprintf(operations, sizeof(operations), ", %llu operations",
		    (unsigned long long)n->operations);
	cli_warn("%llu lines: %llu rows written, %llu confirmed, "
		 "%llu skipped, %llu bad%s",
	    (unsigned long long)lines, (unsigned long long)n->written,
	    (unsigned long long)n->confirmed, (unsigned long long)n->skipped,
	    (unsigned long long)n->bad, operations);
}
