/*
 * u-load-state DATABASE [HISTORIES [SEED]]: which source decides an account's
 * state, by random histories.
 *
 * A history is what relays, hosts, events and identities say about an account,
 * true or not. There are few hosts and few times, so that many lines share
 * them. The lines come in random order, some of them twice. The model looks at
 * all lines at once, because their order must not matter.
 */
#include "config.h"

#include "t/lib/loaders.h"

#define LINES 24
#define TIMES 6
#define REVS 5

/* Origins, and another spelling of each; the last one belongs to nobody. */
static const struct {
	const char *origin, *other;
} hosts[] = {
	{ "https://a.example", "https://A.example/" },
	{ "https://b.example", "https://b.example:443" },
	{ "http://c.example:8080", "http://C.example:8080" },
	{ "https://relay.example", "https://relay.example" },
	{ "", NULL },
};
#define HOSTS 5
#define NOBODY 4

/* What a `repo` or `account` may say, and what it means. */
static const struct {
	const char *fields, *means;
} states[] = {
	{ "\"active\":true", "active" },
	{ "\"active\":true,\"status\":\"deactivated\"", "active" },
	{ "\"active\":false", "inactive" },
	{ "\"active\":false,\"status\":\"deactivated\"", "deactivated" },
	{ "\"active\":false,\"status\":\"takendown\"", "takendown" },
	{ "\"status\":\"deleted\"", "deleted" },
	{ "\"active\":false,\"status\":\"desynchronized\"", NULL },
	{ "\"status\":\"throttled\"", NULL },
	{ "\"active\":false,\"status\":\"vanished\"", "vanished" },
	{ NULL, NULL },
};
#define STATES (sizeof(states) / sizeof(states[0]))

static const struct {
	const char *name, *means;
	bool of_host; /* only if the host is known to have been asked */
	bool is_event;
} errors[] = {
	{ "RepoTakendown", "takendown", false, false },
	{ "RepoDeactivated", "deactivated", false, false },
	{ "RepoNotFound", "deleted", true, false },
	{ "Tombstoned", "deleted", false, true },
	{ "Timeout", NULL, false, false },
};
#define ERRORS (sizeof(errors) / sizeof(errors[0]))

enum what { IDENTITY, REPO, ACCOUNT, ERROR };

struct word {
	enum what what;
	int host, at, state, rev, head;
	bool other; /* the host is written in the other way */
	bool archived, resolver;
	bool claims; /* claims to be the account's own host */
};

struct history {
	char did[64];
	struct word lines[2 * LINES];
	int nlines, at;
};

struct answer {
	char pds[64], status[32], rev[16], head[16];
	int rank; /* of the state */
};

/* Histories */

static struct word
make_word(void)
{
	static const enum what kinds[] = { IDENTITY, REPO, REPO, REPO, ACCOUNT,
		ERROR };
	struct word w = { .what = kinds[rnd(6)],
		.host = rnd(HOSTS),
		.at = rnd(TIMES),
		.state = rnd(STATES),
		.rev = rnd(REVS),
		.head = rnd(3),
		.other = rnd(4) == 0,
		.archived = rnd(4) == 0,
		.resolver = rnd(4) == 0,
		.claims = rnd(3) == 0 };

	if (w.what == ERROR)
		w.state = rnd(ERRORS);
	if (w.host == NOBODY)
		w.other = false;
	return w;
}

static void
make_history(struct history *h)
{
	int i, n = 1 + rnd(rnd(3) == 0 ? LINES : 6);

	h->at = h->nlines = 0;
	for (i = 0; i < n; i++)
		h->lines[h->nlines++] = make_word();
	for (i = rnd(n + 1); i > 0; i--)
		h->lines[h->nlines++] = h->lines[rnd(n)];
}

static const char *
host_text(const struct word *w)
{
	return w->other ? hosts[w->host].other : hosts[w->host].origin;
}

static int
print_host(char *out, size_t cap, const struct word *w)
{
	int n;

	if (w->host == NOBODY)
		return 0;
	n = snprintf(out, cap, ",\"host\":\"%s\"", host_text(w));
	if (w->claims)
		n += snprintf(out + n, cap - n, ",\"pds\":\"%s\"",
		    hosts[w->host].origin);
	return n;
}

static int
print_repo(char *out, size_t cap, const struct word *w)
{
	int n = 0;

	if (w->rev > 0)
		n += snprintf(out + n, cap - n, ",\"rev\":\"3kaaaaaaaaa%c2\"",
		    'a' + w->rev);
	if (w->rev > 0 && w->head > 0)
		n += snprintf(out + n, cap - n, ",\"head\":\"bafyrei%c\"",
		    'a' + w->head);
	if (w->archived)
		n += snprintf(out + n, cap - n, ",\"car\":\"a.car\"");
	return n + print_host(out + n, cap - n, w);
}

static int
print_rest(char *out, size_t cap, const struct word *w)
{
	int n = 0;

	switch (w->what) {
	case IDENTITY:
		if (w->host == NOBODY)
			return snprintf(out, cap, ",\"pds\":null");
		return snprintf(out, cap, ",\"pds\":\"%s\"", host_text(w));
	case ERROR:
		n = snprintf(out, cap, ",\"program\":\"%s\",\"error\":\"%s\"",
		    w->resolver ? "at-resolve" : "at-fetchrepo",
		    errors[w->state].name);
		return n + print_host(out + n, cap - n, w);
	case REPO:
		n = print_repo(out, cap, w);
		break;
	case ACCOUNT:
		n = snprintf(out, cap, ",\"service\":\"wss://x.example\"");
	}
	if (states[w->state].fields != NULL)
		n += snprintf(out + n, cap - n, ",%s", states[w->state].fields);
	return n;
}

static void
print_line(char *out, size_t cap, const struct history *h, const struct word *w)
{
	static const char *const types[] = { "identity", "repo", "account",
		"error" };
	int n = snprintf(out, cap, "{\"type\":\"%s\",\"did\":\"%s\"",
	    types[w->what], h->did);

	n += print_rest(out + n, cap - n, w);
	if (w->at > 0)
		n += snprintf(out + n, cap - n,
		    ",\"at\":\"2024-01-0%dT00:00:00Z\"", w->at);
	snprintf(out + n, cap - n, "}");
}

/* The model */

/* Of identities, the later one counts; of the same time, the greater one. */
static const struct word *
latest_identity(const struct history *h)
{
	const struct word *w, *best = NULL;
	int i, c;

	for (i = 0; i < h->nlines; i++) {
		w = &h->lines[i];
		if (w->what != IDENTITY)
			continue;
		c = best == NULL ? 1 : w->at - best->at;
		if (c == 0)
			c = strcmp(hosts[w->host].origin,
			    hosts[best->host].origin);
		if (c == 0)
			c = strcmp(host_text(w), host_text(best));
		if (c > 0)
			best = w;
	}
	return best;
}

static bool
was_named(const struct history *h, int host)
{
	int i;

	for (i = 0; i < h->nlines; i++)
		if (h->lines[i].what == IDENTITY && h->lines[i].host == host)
			return true;
	return false;
}

static const char *
meaning(const struct word *w)
{
	if (w->what == IDENTITY)
		return NULL;
	if (w->what != ERROR)
		return states[w->state].means;
	if (errors[w->state].of_host && w->host == NOBODY && w->resolver)
		return NULL;
	return errors[w->state].means;
}

/* Without an identity: the host that was the last to claim to be the account's
 * own. */
static int
latest_claim(const struct history *h)
{
	const struct word *w, *best = NULL;
	int i, c;

	for (i = 0; i < h->nlines; i++) {
		w = &h->lines[i];
		if (!w->claims || w->host == NOBODY ||
		    (w->what != REPO &&
			(w->what != ERROR || meaning(w) == NULL)))
			continue;
		c = best == NULL ? 1 : w->at - best->at;
		if (c == 0)
			c = strcmp(hosts[w->host].origin,
			    hosts[best->host].origin);
		if (c > 0)
			best = w;
	}
	return best == NULL ? NOBODY : best->host;
}

static bool
is_event(const struct word *w)
{
	return w->what == ACCOUNT ||
	    (w->what == ERROR && errors[w->state].is_event);
}

static void
model_status(const struct history *h, int own, struct answer *a)
{
	const struct word *w;
	const char *means;
	int i, rank, at = -1;

	for (i = 0; i < h->nlines; i++) {
		w = &h->lines[i];
		if ((means = meaning(w)) == NULL)
			continue;
		rank = is_event(w) || (w->host == own && own != NOBODY);
		if (at != -1 &&
		    (rank < a->rank ||
			(rank == a->rank &&
			    (w->at < at ||
				(w->at == at &&
				    strcmp(means, a->status) <= 0)))))
			continue;
		a->rank = rank;
		at = w->at;
		snprintf(a->status, sizeof(a->status), "%s", means);
	}
}

/* This decides which rev counts. */
static long
weight(const struct history *h, int own, const struct word *w)
{
	bool is_former = w->host != NOBODY && w->host != own &&
	    was_named(h, w->host);

	return (((long)!is_former * 100 + w->at) * 100 + w->rev) * 100 +
	    w->head;
}

static void
model_rev(const struct history *h, int own, struct answer *a)
{
	const struct word *w, *best = NULL;
	int i;

	for (i = 0; i < h->nlines; i++) {
		w = &h->lines[i];
		if (w->what != REPO || w->rev == 0 ||
		    (w->archived && w->host == NOBODY &&
			(states[w->state].fields == NULL ||
			    strstr(states[w->state].fields, "active\"") ==
				NULL)))
			continue;
		if (best == NULL || weight(h, own, w) > weight(h, own, best))
			best = w;
	}
	if (best == NULL)
		return;
	snprintf(a->rev, sizeof(a->rev), "3kaaaaaaaaa%c2", 'a' + best->rev);
	if (best->head > 0)
		snprintf(a->head, sizeof(a->head), "bafyrei%c",
		    'a' + best->head);
}

static void
model(const struct history *h, struct answer *a)
{
	const struct word *w = latest_identity(h);
	int own = w == NULL ? latest_claim(h) : w->host;

	memset(a, 0, sizeof(*a));
	if (w != NULL)
		snprintf(a->pds, sizeof(a->pds), "%s", host_text(w));
	model_status(h, own, a);
	model_rev(h, own, a);
}

/* The comparison */

static void
copy(char *out, size_t cap, const struct db_rows *rows, int column)
{
	struct slice t = db_text(rows, column);

	snprintf(out, cap, "%.*s", (int)t.len, t.at == NULL ? "" : t.at);
}

static void
read_answer(const char *did, struct answer *a)
{
	struct db_rows rows;
	struct status st;

	memset(a, 0, sizeof(*a));
	db_query(db, &rows, &st,
	    "SELECT pds, status, host_rev, host_head, status IS NOT NULL AND "
	    "status_rank = 1 FROM account WHERE did = $1",
	    "s", did);
	if (db_next(&rows)) {
		copy(a->pds, sizeof(a->pds), &rows, 0);
		copy(a->status, sizeof(a->status), &rows, 1);
		copy(a->rev, sizeof(a->rev), &rows, 2);
		copy(a->head, sizeof(a->head), &rows, 3);
		a->rank = (int)db_integer(&rows, 4);
	}
	if (db_end(&rows) == -1)
		die("row", &st);
}

static void
diag_answer(const char *name, const struct answer *a)
{
	diag("%6s: pds %s status %s (%d) rev %s %s", name, a->pds, a->status,
	    a->rank, a->rev, a->head);
}

static bool
is_same(const struct answer *a, const struct answer *b)
{
	return a->rank == b->rank && strcmp(a->pds, b->pds) == 0 &&
	    strcmp(a->status, b->status) == 0 && strcmp(a->rev, b->rev) == 0 &&
	    strcmp(a->head, b->head) == 0;
}

static bool
judge(const struct history *h)
{
	struct answer want, got;
	char line[1024];
	int i;

	model(h, &want);
	read_answer(h->did, &got);
	if (is_same(&want, &got))
		return true;
	diag_answer("got", &got);
	diag_answer("model", &want);
	for (i = 0; i < h->nlines; i++) {
		print_line(line, sizeof(line), h, &h->lines[i]);
		diag("%s", line);
	}
	return false;
}

/* Several histories */

static struct history mixed[MIXED];

static int
make_mixed(unsigned i, unsigned account)
{
	snprintf(mixed[i].did, sizeof(mixed[i].did), "did:web:h%u.example",
	    account);
	make_history(&mixed[i]);
	return mixed[i].nlines;
}

static void
next_line(unsigned i, char *line, size_t size)
{
	struct history *h = &mixed[i];

	print_line(line, size, h, &h->lines[h->at++]);
}

static bool
judge_mixed(unsigned i)
{
	return judge(&mixed[i]);
}

int
main(int argc, char **argv)
{
	static const struct histories all = {
		.program = "u-load-state",
		.make = make_mixed,
		.next = next_line,
		.judge = judge_mixed,
	};
	unsigned n;
	int bad;

	open_loaders(&all, argc, argv);
	bad = run_histories(&all, argc, argv, &n);
	is_int(bad, 0, "of %u accounts the right source decides", n);
	close_loaders();
	return done_testing();
}
