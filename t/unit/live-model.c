/*
 * u-live-model DATABASE [HISTORIES [SEED [CLAUSE]]]: what at-load promises of
 * the live stream, by random histories.
 *
 * A history is an account's commits, one or two event streams of them, in which
 * frames may be lost, cut or repeated, and snapshots of some revs. Processes
 * read the streams and are killed between transactions; another one loads the
 * snapshots. After each transaction, none of these may be true:
 *	untrue		a pattern is synced at a rev, but one of its keys has
 *			another value than at that rev
 *	unfounded	a pattern is synced at a rev, but not everything came
 *			that makes the rev known
 *	stale		a pattern is synced at a rev, but a commit line of a
 *			later rev came
 * In the end, if nothing was lost after a snapshot, the pattern must be synced
 * at the last rev, with the rows of the last commit and without tombstones.
 *
 * Two clauses of the rule concern what at-load reads, so the histories can
 * leave them out. Without such a CLAUSE some of them must break a promise:
 *	every	at-firehose writes a commit line also if the filter leaves no
 *		record; without it, the next commit looks like one after a gap
 *	cursor	a cursor is stored with or after the lines before it; without
 *		it, a killed process misses the lines that it had not committed
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/db/driver_private.h"
#include "t/lib/loader.h"

#define COMMITS 13
#define REVS 26
#define FAR (REVS - 1)
#define COLLS 3
#define KEYS (3 * COLLS)
#define LINES 1024
#define SNAPS 3
#define NONE -1 /* the key isn't there */
#define BAD 3   /* its record can't be decoded */
#define UNTOUCHED -2

static const char *const nsids[COLLS] = { "com.example.aa", "com.example.ab",
	"org.example.b" };

/* Patterns, and which collections they cover. */
enum { ALL, A, AA, B, AB, PATTERNS };
#define ASKED AB /* the loader asks for those before it */
static const char *const patterns[PATTERNS] = { "*", "com.example.*",
	"com.example.aa", "org.example.b", "com.example.ab" };
static const unsigned masks[PATTERNS] = { 7, 3, 1, 4, 2 };

static bool
covers(int q, int p)
{
	return (masks[p] & ~masks[q]) == 0;
}

static bool
overlaps(int q, int p)
{
	return (masks[p] & masks[q]) != 0;
}

/* Sets of patterns. */
#define SET(p) (1u << (p))

static bool
set_covers(unsigned set, int coll)
{
	int p;

	for (p = 0; p < PATTERNS; p++)
		if ((set & SET(p)) != 0 && (masks[p] >> coll & 1) != 0)
			return true;
	return false;
}

struct commit {
	int rev, since; /* 0: absent */
	int ops[KEYS], state[KEYS];
	bool fork, whole;
};

enum what { LIVE, COMMIT, CURSOR, SNAP, END };

struct event {
	enum what what;
	int rev, key, cid, since, ops; /* ops: -1: absent */
	int place;                     /* of the event in the stream */
	unsigned set;
	bool whole, listed;
	int id, counts[COLLS];
};

struct stream {
	struct event lines[LINES];
	int nlines, nevents, start, since, at;
	char service[48];
	unsigned set;
	bool lost[REVS];
};

struct snapshot {
	int rev, till, nlines;
	unsigned cover;
	bool whole, listed;
};

struct history {
	char did[64];
	struct commit commits[COMMITS];
	int ncommits, by_rev[REVS], till[REVS][COLLS]; /* by_rev: -1: none */
	bool forked;
	struct stream streams[2];
	int nstreams;
	struct event flat[LINES];
	int nflat, at;
	struct snapshot snaps[SNAPS];
	int nsnaps;
	/* What has arrived: see note(). */
	bool came[KEYS][REVS], base[COLLS][REVS], named[REVS][2][KEYS];
	bool has_end[SNAPS];
	struct event ends[SNAPS];
	int live[KEYS], told[PATTERNS], top[COLLS];
	bool kept; /* a line came that creates the account */
};

static bool without_every, without_cursor;
static bool
chance(int percent)
{
	return (int)rnd(100) < percent;
}

/* Histories */

static void
make_ops(struct commit *c)
{
	static const int counts[] = { 0, 1, 1, 2, 3 };
	int n = counts[rnd(5)], k, i;

	for (i = 0; i < KEYS; i++)
		c->ops[i] = UNTOUCHED;
	while (n-- > 0) {
		k = rnd(KEYS);
		if (c->ops[k] != UNTOUCHED)
			continue;
		c->ops[k] = c->state[k] != NONE && rnd(2) == 0 ? NONE :
		    chance(30)                                 ? (int)rnd(4) :
								 (int)rnd(3);
		c->state[k] = c->ops[k];
	}
}

static bool
is_empty(const struct commit *c)
{
	int k;

	for (k = 0; c != NULL && k < KEYS; k++)
		if (c->state[k] != NONE)
			return false;
	return true;
}

static void
make_commits(struct history *h, bool forks)
{
	struct commit *c, *base;
	int i, k, rev = 0;

	for (i = 0; i < REVS; i++)
		h->by_rev[i] = -1;
	h->ncommits = 3 + rnd(10);
	for (i = 0; i < h->ncommits; i++) {
		c = &h->commits[i];
		base = i > 0 ? c - 1 : NULL;
		c->fork = false;
		if (i > 2 && forks && chance(4)) {
			base = &h->commits[rnd(i - 1)];
			h->forked = c->fork = true;
		} else if (i > 2 && chance(4))
			base = NULL; /* made again */
		for (k = 0; k < KEYS; k++)
			c->state[k] = base != NULL ? base->state[k] : NONE;
		make_ops(c);
		c->rev = rev += 1 + rnd(2);
		if (rev >= FAR) {
			h->ncommits = i;
			break;
		}
		c->since = base != NULL ? base->rev : 0;
		c->whole = is_empty(base);
		h->by_rev[rev] = i;
	}
}

static void
add(struct stream *s, struct event e)
{
	e.place = s->nevents;
	if (s->nlines < LINES)
		s->lines[s->nlines++] = e;
}

enum fate { FINE, LOST, SYNC, CUT, SKEW };

static void
add_event(struct history *h, struct stream *s, int i, bool *shift, int lossy)
{
	const struct commit *c = &h->commits[i];
	struct event e = { .what = COMMIT,
		.rev = c->rev,
		.since = c->since,
		.whole = c->whole,
		.set = s->set },
		     sync, live;
	enum fate fate = chance(lossy) ? LOST + (enum fate)rnd(4) : FINE;
	int k, from = s->nlines;

	for (k = 0; k < KEYS; k++)
		if (c->ops[k] != UNTOUCHED && set_covers(s->set, k / 3)) {
			live = (struct event){ .what = LIVE,
				.rev = c->rev,
				.key = k,
				.cid = c->ops[k] };
			add(s, live);
			e.ops++;
		}
	sync = e;
	sync.since = 0;
	sync.whole = false;
	sync.ops = -1;
	if (*shift)
		e.since = FAR; /* the commit before was refused */
	*shift = false;
	if (fate == SKEW && (i == 0 || i + 1 == h->ncommits))
		fate = LOST;
	if (fate == CUT && e.ops == 0)
		fate = FINE;
	if (fate != FINE || c->fork)
		s->lost[c->rev] = true;
	if (fate == SKEW)
		s->lost[h->commits[i + 1].rev] = *shift = true;
	if (without_every && e.ops == 0 && !c->whole && s->set != SET(ALL))
		return;
	if (fate == CUT)
		s->nlines--;
	if (fate == LOST || fate == SKEW || fate == SYNC)
		s->nlines = from;
	if (fate == FINE || fate == CUT)
		add(s, e);
	if (fate == SYNC)
		add(s, sync);
	if (chance(5)) {
		if (fate == LOST)
			s->lost[c->rev] = true;
		else
			add(s, sync);
	}
	s->nevents++;
	if (chance(40))
		add(s, (struct event){ .what = CURSOR });
}

static void
make_stream(struct history *h, struct stream *s, int lossy)
{
	static const unsigned sets[] = { SET(ALL), SET(ALL), SET(ALL), SET(A),
		SET(AA), SET(AA) | SET(B) };
	bool shift = false;
	int i;

	s->start = chance(30) ? 0 : (int)rnd(h->ncommits);
	s->set = sets[rnd(6)];
	s->since = h->commits[s->start].since;
	for (i = s->start; i < h->ncommits; i++)
		add_event(h, s, i, &shift, lossy);
}

static int
state_at(const struct history *h, int rev, int key)
{
	return h->commits[h->by_rev[rev]].state[key];
}

/* A listing reads one collection after the other. All listings that begin at
 * one rev read the same. */
static void
make_listings(struct history *h)
{
	int i, c, at;

	for (i = 0; i < h->ncommits; i++)
		for (at = i, c = 0; c < COLLS; c++) {
			if (!h->forked && at + 1 < h->ncommits && chance(50))
				at++;
			h->till[h->commits[i].rev][c] = h->commits[at].rev;
		}
}

/* A rev of the commits that led to the last. */
static int
any_rev(const struct history *h, bool lossy)
{
	int path[COMMITS], n = 0, i;

	if (!lossy)
		return h->commits[rnd(h->ncommits)].rev;
	for (i = h->ncommits - 1;;) {
		path[n++] = h->commits[i].rev;
		if (h->commits[i].since == 0)
			break;
		i = h->by_rev[h->commits[i].since];
	}
	return path[rnd(n)];
}

static void
shuffle(struct event *e, int n)
{
	struct event x;
	int i, j;

	for (i = n - 1; i > 0; i--) {
		j = rnd(i + 1);
		x = e[i];
		e[i] = e[j];
		e[j] = x;
	}
}

static void
make_snapshot(struct history *h, int id, bool lossy)
{
	static const unsigned sets[] = { SET(ALL), SET(ALL), SET(ALL), SET(A),
		SET(AA), SET(B), SET(AA) | SET(B) };
	struct snapshot *s = &h->snaps[id];
	struct event end = { .what = END, .id = id }, e;
	int first = h->nflat, k, c, cid, n;

	end.rev = s->rev = s->till = any_rev(h, lossy);
	end.set = s->cover = sets[rnd(7)];
	end.listed = s->listed = chance(25);
	for (k = 0; k < KEYS; k++) {
		c = k / 3;
		if (s->listed && h->till[s->rev][c] > s->till)
			s->till = h->till[s->rev][c];
		cid = state_at(h, s->listed ? h->till[s->rev][c] : s->rev, k);
		if (!set_covers(s->cover, c) || cid == NONE)
			continue;
		e = (struct event){ .what = SNAP,
			.id = id,
			.rev = s->rev,
			.key = k,
			.cid = cid,
			.listed = s->listed };
		h->flat[h->nflat++] = e;
		end.counts[c]++;
	}
	h->flat[h->nflat++] = end;
	n = h->nflat - first;
	if (chance(40))
		shuffle(&h->flat[first], n);
	s->whole = !chance(15);
	if (!s->whole)
		h->flat[first + rnd(n)] = h->flat[--h->nflat];
	for (k = h->nflat > first ? rnd(3) : 0; k > 0; k--) {
		e = h->flat[first + rnd(h->nflat - first)];
		h->flat[h->nflat++] = e;
	}
}

static int lossy_percent, lossy_now;

static void
make_history(struct history *h, unsigned n)
{
	static const int losses[] = { 0, 0, 10, 30 },
			 snaps[] = { 0, 1, 1, 1, 2, 3 };
	bool two = chance(33);
	int i;

	memset(h, 0, sizeof(*h));
	snprintf(h->did, sizeof(h->did), "did:web:h%u.example", n);
	make_commits(h, !two);
	lossy_now = losses[rnd(4)] * lossy_percent / 100;
	h->nstreams = 1 + two;
	for (i = 0; i < h->nstreams; i++) {
		make_stream(h, &h->streams[i], lossy_now);
		snprintf(h->streams[i].service, sizeof(h->streams[i].service),
		    "wss://%d.h%u.example", i, n);
	}
	make_listings(h);
	h->nsnaps = snaps[rnd(6)];
	for (i = 0; i < h->nsnaps; i++)
		make_snapshot(h, i, lossy_now > 0);
	if (chance(30))
		shuffle(h->flat, h->nflat);
}

/* Lines */

static const char *
rev_text(int rev)
{
	static char texts[4][14];
	static int n;
	char *t = texts[n++ % 4];

	snprintf(t, 14, "3kaaaaaaaaa%c2", 'a' + rev);
	return t;
}

static int
print_key(char *out, size_t cap, const struct history *h, const struct event *e)
{
	const char *source = e->what == LIVE ? "live" :
	    e->listed                        ? "list" :
					       "car";
	int n = snprintf(out, cap,
	    "{\"type\":\"%s\",\"did\":\"%s\",\"rev\":\"%s\","
	    "\"collection\":\"%s\",\"rkey\":\"r%d\",\"source\":\"%s\",",
	    e->cid == BAD ? "error" : "record", h->did, rev_text(e->rev),
	    nsids[e->key / 3], e->key % 3, source);

	if (e->cid == BAD)
		return n +
		    snprintf(out + n, cap - n, "\"error\":\"BadRecord\"}");
	if (e->cid == NONE)
		return n +
		    snprintf(out + n, cap - n,
			"\"action\":\"delete\",\"cid\":null,\"record\":null}");
	return n +
	    snprintf(out + n, cap - n,
		"\"action\":\"create\",\"cid\":\"bafyreirecord%c\","
		"\"record\":{\"n\":%d}}",
		'a' + e->cid, e->cid);
}

static int
print_filter(char *out, size_t cap, unsigned set)
{
	int n = 0, p;

	if ((set & SET(ALL)) != 0)
		return 0;
	for (p = 0; p < PATTERNS; p++)
		if ((set & SET(p)) != 0)
			n += snprintf(out + n, cap - n, "%s\"%s\"",
			    n == 0 ? ",\"filter\":[" : ",", patterns[p]);
	return n + snprintf(out + n, cap - n, "]");
}

static void
print_bounds(char *out, size_t cap, const struct history *h,
    const struct event *e)
{
	int n = snprintf(out, cap,
	    "{\"type\":\"%s\",\"did\":\"%s\",\"rev\":\"%s\",\"source\":\"%s\"",
	    e->what == END ? "end" : "commit", h->did, rev_text(e->rev),
	    e->what != END ? "live" :
		e->listed  ? "list" :
			     "car");
	int c;

	n += print_filter(out + n, cap - n, e->set);
	if (e->what == END) {
		n += snprintf(out + n, cap - n, ",\"collections\":{");
		for (c = 0; c < COLLS; c++)
			if (e->counts[c] > 0)
				n += snprintf(out + n, cap - n, "%s\"%s\":%d",
				    out[n - 1] == '{' ? "" : ",", nsids[c],
				    e->counts[c]);
		snprintf(out + n, cap - n, "}}");
		return;
	}
	if (e->since != 0)
		n += snprintf(out + n, cap - n,
		    ",\"since\":\"%s\",\"prevData\":\"bafyreidata%c\"",
		    rev_text(e->since), 'a' + e->since);
	if (e->whole)
		n += snprintf(out + n, cap - n, ",\"whole\":true");
	if (e->ops >= 0)
		n += snprintf(out + n, cap - n, ",\"ops\":%d", e->ops);
	snprintf(out + n, cap - n, ",\"data\":\"bafyreidata%c\"}",
	    'a' + e->rev);
}

static void
print_line(char *out, size_t cap, const struct history *h,
    const struct event *e)
{
	if (e->what == LIVE || e->what == SNAP)
		print_key(out, cap, h, e);
	else
		print_bounds(out, cap, h, e);
}

/* What has arrived */

static void
add_bases(struct history *h, unsigned set, int rev)
{
	int c;

	for (c = 0; c < COLLS; c++)
		if (set_covers(set, c))
			h->base[c][rev] = true;
}

static void
reach(struct history *h, unsigned set, int rev)
{
	int c;

	for (c = 0; c < COLLS; c++)
		if (set_covers(set, c) && h->top[c] < rev)
			h->top[c] = rev;
}

static void
note_commit(struct history *h, const struct event *e)
{
	int n = 0, k, p;

	h->kept |= e->set == SET(ALL);
	if (!h->kept) {
		for (k = 0; k < h->nstreams; k++)
			h->streams[k].lost[e->rev] = true;
		return;
	}
	for (k = 0; k < KEYS; k++)
		n += h->came[k][e->rev] && set_covers(e->set, k / 3);
	if (e->whole && e->ops == n)
		add_bases(h, e->set, e->rev);
	if (e->whole)
		reach(h, e->set, e->rev);
	for (p = 0; p < PATTERNS; p++)
		if ((e->set & SET(p)) != 0 && h->told[p] < e->rev)
			h->told[p] = e->rev;
}

/* Which of its collections a snapshot has named. Lines of snapshots of one rev
 * and source count together. */
static void
note_told(struct history *h, int id)
{
	const struct event *end = &h->ends[id];
	const bool *named = h->named[end->rev][end->listed];
	int c, k, n;

	for (c = 0; c < COLLS; c++) {
		for (n = 0, k = 3 * c; k < 3 * c + 3; k++)
			n += named[k];
		if (n == end->counts[c] && set_covers(end->set, c))
			h->base[c][end->rev] = true;
	}
}

static void
note_snapshot(struct history *h, const struct event *e)
{
	int id;

	h->kept = true;
	if (e->what == SNAP)
		h->named[e->rev][e->listed][e->key] = true;
	else {
		h->has_end[e->id] = true;
		h->ends[e->id] = *e;
	}
	for (id = 0; id < h->nsnaps; id++)
		if (h->has_end[id])
			note_told(h, id);
	reach(h, h->snaps[e->id].cover, h->snaps[e->id].till);
}

static void
note(struct history *h, const struct event *e)
{
	switch (e->what) {
	case LIVE:
		h->kept = true;
		h->came[e->key][e->rev] = true;
		if (h->live[e->key] < e->rev)
			h->live[e->key] = e->rev;
		break;
	case COMMIT:
		note_commit(h, e);
		break;
	case SNAP:
	case END:
		note_snapshot(h, e);
		break;
	case CURSOR:
		break;
	}
}

/* What the database contains */

struct coverage {
	int floor, loaded, doubt, from, to;
	bool there;
};

struct standing {
	struct coverage v[PATTERNS];
	int cids[KEYS], synced;
	bool tombstones[KEYS];
};

static struct db *db;

static int
column_rev(const struct db_rows *rows, int column)
{
	struct slice rev = db_text(rows, column);

	return rev.at == NULL ? 0 : rev.at[11] - 'a';
}

static void
end_rows(struct db_rows *rows)
{
	if (db_end(rows) == -1)
		die("rows", rows->st);
}

static void
read_coverage(const char *did, struct standing *s)
{
	static struct status st;
	struct db_rows rows;
	struct slice pattern;
	struct coverage *v;
	int p;

	db_query(db, &rows, &st,
	    "SELECT pattern, floor, loaded, doubt, run_from, run_to, "
	    "a.synced_rev FROM account a LEFT JOIN coverage v "
	    "ON a.id = v.account WHERE a.did = $1",
	    "s", did);
	while (db_next(&rows)) {
		s->synced = column_rev(&rows, 6);
		pattern = db_text(&rows, 0);
		if (pattern.at == NULL)
			continue;
		for (p = 0; !slice_is(&pattern, patterns[p]); p++)
			;
		v = &s->v[p];
		v->floor = column_rev(&rows, 1);
		v->loaded = column_rev(&rows, 2);
		v->doubt = column_rev(&rows, 3);
		v->to = column_rev(&rows, 5);
		v->from = v->to != 0 ? column_rev(&rows, 4) : 0;
		v->there = v->floor != 0 || v->loaded != 0 || v->to != 0;
	}
	end_rows(&rows);
}

static void
read_entries(const char *did, struct standing *s)
{
	static struct status st;
	struct slice nsid, rkey, cid;
	struct db_rows rows;
	int c, k, state;

	db_query(db, &rows, &st,
	    "SELECT c.nsid, e.rkey, e.cid, e.state FROM entry e "
	    "JOIN account a ON a.id = e.account "
	    "JOIN collection c ON c.id = e.collection WHERE a.did = $1",
	    "s", did);
	while (db_next(&rows)) {
		nsid = db_text(&rows, 0);
		rkey = db_text(&rows, 1);
		cid = db_text(&rows, 2);
		state = (int)db_integer(&rows, 3);
		for (c = 0; !slice_is(&nsid, nsids[c]); c++)
			;
		k = c * 3 + rkey.at[1] - '0';
		s->tombstones[k] = state >= 4;
		if (state < 2)
			s->cids[k] = cid.at[cid.len - 1] - 'a';
	}
	end_rows(&rows);
}

static void
read_standing(const char *did, struct standing *s)
{
	int k;

	memset(s, 0, sizeof(*s));
	for (k = 0; k < KEYS; k++)
		s->cids[k] = NONE;
	read_coverage(did, s);
	read_entries(did, s);
}

static int
known(const struct standing *s, int p)
{
	int q, rev = 0;

	for (q = 0; q < PATTERNS; q++)
		if (covers(q, p) && s->v[q].loaded > rev)
			rev = s->v[q].loaded;
	return rev;
}

/* The rev at which the pattern is synced; 0: it isn't synced. */
static int
synced(const struct standing *s, int p)
{
	const struct coverage *v;
	int q, limit;

	for (q = 0; q < PATTERNS; q++) {
		v = &s->v[q];
		limit = known(s, covers(q, p) ? p : q);
		if (overlaps(q, p) &&
		    (v->floor > limit || v->doubt > limit || v->to > limit))
			return 0;
	}
	return known(s, p);
}

/* The same for the account: all widest patterns that are loaded. */
static int
account_synced(const struct standing *s)
{
	int p, q, rev, least = 0;

	for (p = 0; p < PATTERNS; p++) {
		for (q = 0; q < PATTERNS; q++)
			if (q != p && covers(q, p) && s->v[q].loaded != 0)
				break;
		if (q < PATTERNS || s->v[p].loaded == 0)
			continue;
		if ((rev = synced(s, p)) == 0)
			return 0;
		if (least == 0 || rev < least)
			least = rev;
	}
	return least;
}

/* Promises */

/* For these keys, the rows may be ahead of the rev. */
static bool
is_ahead(const struct history *h, int key, int rev)
{
	const int *was, *is;
	int i;

	if (h->live[key] > rev)
		return true;
	for (i = 0; i < h->ncommits; i++) {
		is = &h->commits[i].state[key];
		was = i > 0 ? &h->commits[i - 1].state[key] : NULL;
		if ((was != NULL ? *was : NONE) != *is &&
		    h->commits[i].rev > rev &&
		    h->commits[i].rev <= h->top[key / 3])
			return true;
	}
	return false;
}

static bool
is_true(const struct history *h, const struct standing *s, int p, int rev,
    bool exactly)
{
	int k, want;

	for (k = 0; k < KEYS; k++) {
		if ((masks[p] >> (k / 3) & 1) == 0)
			continue;
		want = state_at(h, rev, k);
		if (want == BAD)
			want = NONE;
		if (s->cids[k] != want && (exactly || !is_ahead(h, k, rev)))
			return false;
	}
	return true;
}

static bool
came_all(const struct history *h, int coll, int rev)
{
	const struct commit *c = &h->commits[h->by_rev[rev]];
	int k;

	for (k = 3 * coll; k < 3 * coll + 3; k++)
		if (c->ops[k] != UNTOUCHED && !h->came[k][rev])
			return false;
	return true;
}

static bool
is_founded(const struct history *h, int p, int rev)
{
	int c, r, base;

	for (c = 0; c < COLLS; c++) {
		if ((masks[p] >> c & 1) == 0)
			continue;
		for (base = REVS - 1; base > 0 && !h->base[c][base]; base--)
			;
		if (base == 0)
			return false;
		for (r = base < rev ? rev : 0; r != 0 && !h->base[c][r];
		     r = h->commits[h->by_rev[r]].since)
			if (!came_all(h, c, r) ||
			    h->commits[h->by_rev[r]].since == 0)
				return false;
	}
	return true;
}

static const char *
broken(const struct history *h, const struct standing *s)
{
	int p, q, rev;

	if (s->synced != account_synced(s))
		return "synced_rev is another";
	for (p = 0; p < ASKED; p++) {
		if ((rev = synced(s, p)) == 0)
			continue;
		if (h->by_rev[rev] == -1 || !is_true(h, s, p, rev, false))
			return "untrue";
		if (!is_founded(h, p, rev))
			return "unfounded";
		for (q = 0; q < PATTERNS; q++)
			if (h->told[q] > rev && covers(q, p))
				return "stale";
	}
	return NULL;
}

static int
max(int a, int b)
{
	return a > b ? a : b;
}

/* The rev of the latest base that a pattern certainly has. */
static int
best_base(const struct history *h, int p)
{
	const struct stream *s;
	int i, q, best = 0;

	for (i = 0; i < h->nsnaps; i++)
		for (q = 0; q < PATTERNS; q++)
			if (h->snaps[i].whole &&
			    (h->snaps[i].cover & SET(q)) != 0 && covers(q, p))
				best = max(best, h->snaps[i].rev);
	for (s = h->streams; s < h->streams + h->nstreams; s++)
		for (q = 0; q < PATTERNS; q++)
			for (i = s->start; i < h->ncommits; i++)
				if ((s->set & SET(q)) != 0 && covers(q, p) &&
				    h->commits[i].whole &&
				    !s->lost[h->commits[i].rev])
					best = max(best, h->commits[i].rev);
	return best;
}

static bool
set_overlaps(unsigned set, int p, bool covering)
{
	int q;

	for (q = 0; q < PATTERNS; q++)
		if ((set & SET(q)) != 0 &&
		    (covering ? covers(q, p) : overlaps(q, p)))
			return true;
	return false;
}

/* Must the pattern be synced at the last rev in the end? Yes, if nothing was
 * lost after the rev of a snapshot. */
static bool
is_promised(const struct history *h, const struct standing *s, int p)
{
	const struct stream *t;
	int best = best_base(h, p), r, q, i;
	bool over = false;

	if (!s->v[p].there) {
		for (q = 0; q < ASKED; q++)
			if (q != p && covers(q, p) && s->v[q].there &&
			    is_promised(h, s, q))
				return true;
		return false;
	}
	for (t = h->streams; t < h->streams + h->nstreams; t++) {
		if (!set_overlaps(t->set, p, false))
			continue;
		over |= set_overlaps(t->set, p, true);
		for (r = REVS - 1; r > 0 && !t->lost[r]; r--)
			;
		if (best < r || best < t->since)
			return false;
	}
	for (i = 0; i < h->nsnaps; i++)
		if (!h->snaps[i].whole && h->snaps[i].rev > best &&
		    set_overlaps(h->snaps[i].cover, p, false))
			return false;
	return best > 0 && over;
}

static unsigned due, claims;

static const char *
broken_in_the_end(const struct history *h, const struct standing *s)
{
	int p, k, last = h->commits[h->ncommits - 1].rev;

	for (p = 0; p < ASKED; p++) {
		if (!is_promised(h, s, p))
			continue;
		due++;
		if (synced(s, p) != last)
			return "not synced";
		if (!is_true(h, s, p, last, true))
			return "synced, untrue";
		for (k = 0; k < KEYS; k++)
			if (s->tombstones[k] && (masks[p] >> (k / 3) & 1))
				return "tombstones";
	}
	return NULL;
}

/* Processes */

struct process {
	struct load *load;
	struct stream *streams[2];
	int nstreams, kills;
};

static struct process live[2];
static struct load *back;

static void
feed_line(struct load *load, const struct history *h, const struct event *e)
{
	char line[1024];

	print_line(line, sizeof(line), h, e);
	feed_loader(load, line, strlen(line));
}

static void
feed_cursor(struct load *load, const struct stream *s, int place)
{
	char line[256];

	snprintf(line, sizeof(line),
	    "{\"type\":\"cursor\",\"service\":\"%s\",\"stream\":"
	    "\"com.atproto.sync.subscribeRepos\",\"cursor\":\"%d\"}",
	    s->service, place);
	feed_loader(load, line, strlen(line));
}

/* The place in the stream that at-load has stored. */
static int
read_cursor(const struct stream *s)
{
	static struct status st;
	struct db_rows rows;
	struct slice text;
	int place = 0;

	db_query(db, &rows, &st,
	    "SELECT cursor FROM service WHERE service = $1", "s", s->service);
	while (db_next(&rows)) {
		text = db_text(&rows, 0);
		for (; text.len > 0; text.at++, text.len--)
			place = 10 * place + text.at[0] - '0';
	}
	end_rows(&rows);
	return place;
}

static void
seek(struct stream *s, int place)
{
	for (s->at = 0; s->at < s->nlines && s->lines[s->at].place < place;)
		s->at++;
}

static bool
is_busy(const struct process *x)
{
	int i;

	for (i = 0; i < x->nstreams; i++)
		if (x->streams[i]->at < x->streams[i]->nlines)
			return true;
	return false;
}

/* A kill loses the transaction and what the process knew. The streams resume at
 * the stored cursors. */
static void
kill_process(struct process *x)
{
	int i;

	x->kills--;
	load_close(x->load);
	open_loader(&x->load);
	for (i = 0; i < x->nstreams; i++)
		seek(x->streams[i], read_cursor(x->streams[i]));
}

/* Sometimes a stream is started again from an earlier place. */
static void
go_back(struct process *x)
{
	struct stream *s = x->streams[rnd(x->nstreams)];

	x->kills--;
	seek(s,
	    s->at < s->nlines ? (int)rnd(s->lines[s->at].place + 1) :
				(int)rnd(s->nevents + 1));
}

static void
run_batch(struct history *h, struct process *x)
{
	struct {
		struct stream *s;
		struct event e;
	} batch[8];
	struct stream *s;
	int n = 0, want, i;

	if (x->kills > 0 && chance(10))
		go_back(x);
	for (want = 1 + rnd(6); want > 0 && is_busy(x); want--) {
		do
			s = x->streams[rnd(x->nstreams)];
		while (s->at == s->nlines);
		batch[n].s = s;
		batch[n++].e = s->lines[s->at++];
	}
	for (i = 0; i < n; i++)
		if (batch[i].e.what == CURSOR)
			feed_cursor(without_cursor ? back : x->load, batch[i].s,
			    batch[i].e.place);
		else
			feed_line(x->load, h, &batch[i].e);
	if (without_cursor)
		commit_loader(back);
	if (x->kills > 0 && chance(15)) {
		kill_process(x);
		return;
	}
	commit_loader(x->load);
	for (i = 0; i < n; i++)
		note(h, &batch[i].e);
}

static void
run_back(struct history *h)
{
	int want = 1 + rnd(8);

	while (want-- > 0 && h->at < h->nflat) {
		feed_line(back, h, &h->flat[h->at]);
		note(h, &h->flat[h->at++]);
	}
	commit_loader(back);
}

static int
share_streams(struct history *h)
{
	int n = chance(60) ? 1 : h->nstreams, i;
	static const int kills[] = { 0, 0, 2, 4 };

	for (i = 0; i < n; i++) {
		live[i].nstreams = 0;
		live[i].kills = kills[rnd(4)];
	}
	for (i = 0; i < h->nstreams; i++)
		live[i % n].streams[live[i % n].nstreams++] = &h->streams[i];
	return n;
}

static const char *
run_history(struct history *h)
{
	struct standing s;
	const char *why;
	int n = share_streams(h), i;

	memset(&s, 0, sizeof(s));
	for (;;) {
		bool left = h->at < h->nflat;

		for (i = 0; i < n; i++)
			left |= is_busy(&live[i]);
		if (!left)
			break;
		i = rnd(n + 1);
		if (i == n && h->at < h->nflat)
			run_back(h);
		else if (i < n && is_busy(&live[i]))
			run_batch(h, &live[i]);
		else
			continue;
		read_standing(h->did, &s);
		claims += s.synced != 0;
		if ((why = broken(h, &s)) != NULL)
			return why;
	}
	return broken_in_the_end(h, &s);
}

static void
show(const struct history *h, const char *why)
{
	struct standing s;
	int i, p;

	diag("%s: %s", h->did, why);
	for (i = 0; i < h->ncommits; i++)
		diag("commit %d since %d%s%s", h->commits[i].rev,
		    h->commits[i].since, h->commits[i].whole ? " whole" : "",
		    h->commits[i].fork ? " fork" : "");
	read_standing(h->did, &s);
	for (p = 0; p < PATTERNS; p++)
		diag("%s: floor %d loaded %d doubt %d run %d-%d synced %d",
		    patterns[p], s.v[p].floor, s.v[p].loaded, s.v[p].doubt,
		    s.v[p].from, s.v[p].to, synced(&s, p));
}

int
main(int argc, char **argv)
{
	static struct history h;
	unsigned n = argc > 2 ? atoi(argv[2]) : 3000, i;
	uint64_t base = argc > 3 ? atoi(argv[3]) : 1;
	const char *why, *without = argc > 4 ? argv[4] : "";
	struct status st;
	int bad = 0;

	if (argc < 2) {
		fprintf(stderr,
		    "usage: u-live-model database [n [seed [clause]]]\n");
		return 2;
	}
	without_every = strcmp(without, "every") == 0;
	without_cursor = strcmp(without, "cursor") == 0;
	database = argv[1];
	lossy_percent = 100;
	open_loader(&back);
	open_loader(&live[0].load);
	open_loader(&live[1].load);
	if (db_open_read(&db, database, 1000, &st) == -1)
		die(database, &st);
	for (i = 0; i < n && bad < 200; i++) {
		seed = base * 1000003 + i;
		make_history(&h, i);
		why = run_history(&h);
		if (why == NULL)
			continue;
		if (bad++ < 3 && argc <= 4)
			show(&h, why);
	}
	if (argc > 4)
		ok(bad > 0, "%u histories break %d promises without %s", i, bad,
		    without);
	else
		is_int(bad, 0, "%u histories keep every promise", i);
	ok(claims > n && due > n / 4, "which are said %u times, due %u times",
	    claims, due);
	load_close(back);
	load_close(live[0].load);
	load_close(live[1].load);
	db_close(db);
	return done_testing();
}
