/*
 * u-load DATABASE [HISTORIES [SEED]]: at-load's rule, by random histories.
 *
 * A history is an account's commits and lines about them: snapshots of some
 * revs (of all or some collections, from a CAR or a listing; while a listing
 * is read, the account changes), parts of the repo, and live lines, all of
 * those above the last full snapshot and some below it. The lines come in
 * random order, some of them twice.
 *
 * In the end the records must be those of the account's last commit, no
 * snapshot may be left open, and the database must equal a simple model of the
 * rule, with revs, floors and tombstones. In half of the histories some lines
 * are missing; only the model is compared then.
 */
#include "config.h"

#include "t/lib/loaders.h"

#define REVS 14
#define COLLECTIONS 3
#define RKEYS 4
#define KEYS (COLLECTIONS * RKEYS)
#define SNAPSHOTS 4
#define LINES 512
#define NO_CID 0  /* the key isn't there */
#define BAD_CID 4 /* the record can't be decoded */

static const char *const nsids[COLLECTIONS] = {
	"com.example.a",
	"com.example.b",
	"org.example.c",
};

static const struct cover {
	const char *filter; /* NULL: all */
	bool covers[COLLECTIONS];
} covers[] = {
	{ NULL, { true, true, true } },
	{ NULL, { true, true, true } },
	{ NULL, { true, true, true } },
	{ "[\"com.example.a\"]", { true, false, false } },
	{ "[\"com.example.b\"]", { false, true, false } },
	{ "[\"com.example.*\"]", { true, true, false } },
	{ "[\"org.example.*\",\"com.example.a\"]", { true, false, true } },
	{ "[\"org.example.c\",\"com.example.b\"]", { false, true, true } },
};

enum what { LIVE, PART, NAMED, COMMIT, END };

struct event {
	enum what what;
	bool listed;
	int rev, key, cid;
	const struct cover *cover;
	int counts[COLLECTIONS]; /* of END */
};

struct history {
	char did[64];
	int states[REVS][KEYS]; /* the cid of each key at each rev */
	int listed[REVS][KEYS]; /* the rev at which a listing meets a key */
	int nrevs;
	struct event lines[LINES];
	int nlines, at;
	bool lossy; /* some lines are missing: only the model knows */
};

/* Histories */

static void
add(struct history *h, struct event e)
{
	if (h->nlines < LINES)
		h->lines[h->nlines++] = e;
}

static struct event
event(enum what what, int rev, int key, int cid)
{
	return (
	    struct event){ .what = what, .rev = rev, .key = key, .cid = cid };
}

/* The commits, and how many live lines they make, at `live`. */
static int
make_commits(struct history *h, struct event *live)
{
	int n = 0, rev, i, k, was;
	bool used[KEYS];

	memset(h->states, 0, sizeof(h->states));
	h->nrevs = 3 + rnd(REVS - 3);
	for (rev = 1; rev < h->nrevs; rev++) {
		memcpy(h->states[rev], h->states[rev - 1],
		    sizeof(h->states[rev]));
		memset(used, 0, sizeof(used));
		for (i = rnd(3); i >= 0; i--) {
			k = rnd(KEYS);
			was = h->states[rev - 1][k];
			if (used[k])
				continue;
			used[k] = true;
			h->states[rev][k] = was != NO_CID && rnd(2) == 0 ?
			    NO_CID :
			    1 + (int)rnd(BAD_CID);
			if (was != NO_CID || h->states[rev][k] != NO_CID)
				live[n++] = event(LIVE, rev, k,
				    h->states[rev][k]);
		}
	}
	return n;
}

/* A listing reads each key at the snapshot's rev or, page by page, later. All
 * listings that begin at one rev read the same: their lines count together. */
static void
make_listings(struct history *h)
{
	int rev, k, at;

	for (rev = 1; rev < h->nrevs; rev++)
		for (at = rev, k = 0; k < KEYS; k++) {
			if (k % 2 == 0)
				at += rnd(h->nrevs - at);
			h->listed[rev][k] = at;
		}
}

static void
add_snapshot(struct history *h, const struct cover *cover, int rev, bool listed)
{
	struct event end = { .what = END,
		.rev = rev,
		.cover = cover,
		.listed = listed },
		     e = end;
	int k, seen;

	for (k = 0; k < KEYS; k++) {
		if (!cover->covers[k / RKEYS])
			continue;
		seen = listed ? h->listed[rev][k] : rev;
		if (h->states[seen][k] == NO_CID)
			continue;
		e = event(NAMED, rev, k, h->states[seen][k]);
		e.listed = listed;
		add(h, e);
		end.counts[k / RKEYS]++;
	}
	add(h, end);
	if (!listed) {
		end.what = COMMIT;
		add(h, end);
	}
}

/* A line of a key at a rev from which the key's state is known. */
static void
add_part(struct history *h)
{
	int rev = rnd(h->nrevs), k = rnd(KEYS);

	if (h->states[rev][k] != NO_CID)
		add(h, event(PART, rev, k, h->states[rev][k]));
}

static void
shuffle(struct history *h)
{
	struct event e;
	int i, j;

	for (i = h->nlines - 1; i > 0; i--) {
		j = rnd(i + 1);
		e = h->lines[i];
		h->lines[i] = h->lines[j];
		h->lines[j] = e;
	}
}

static void
make_history(struct history *h)
{
	struct event live[3 * REVS];
	int nlive = make_commits(h, live), full = 0, i, rev, loss;
	bool listed;
	const struct cover *cover;

	make_listings(h);
	h->nlines = h->at = 0;
	for (i = rnd(SNAPSHOTS + 1); i > 0; i--) {
		/* Often two snapshots of the same rev. */
		listed = rnd(3) == 0;
		rev = rnd(h->nrevs);
		if (rnd(2) == 0 && h->nlines > 0) {
			rev = h->lines[h->nlines - 1].rev;
			listed = !h->lines[h->nlines - 1].listed;
		}
		if (rev == 0)
			continue;
		cover = &covers[rnd(sizeof(covers) / sizeof(covers[0]))];
		add_snapshot(h, cover, rev, listed);
		if (cover->filter == NULL && rev > full)
			full = rev;
	}
	for (i = rnd(4); i > 0; i--)
		add_part(h);
	for (i = 0; i < nlive; i++)
		if (live[i].rev > full || rnd(5) < 2)
			add(h, live[i]);
	for (i = h->nlines > 0 ? rnd(8) : 0; i > 0; i--)
		add(h, h->lines[rnd(h->nlines)]);
	if (rnd(4) > 0)
		shuffle(h);
	h->lossy = rnd(2) == 0;
	loss = 2 + rnd(8);
	for (i = 0; h->lossy && i < h->nlines; i++)
		if (rnd(loss) == 0)
			h->lines[i] = h->lines[--h->nlines];
}

/* Lines */

static void
print_rev(char *out, int rev)
{
	snprintf(out, 14, "3kaaaaaaaaa%c2", 'a' + rev);
}

static void
print_key(char *out, size_t cap, const struct history *h, const struct event *e,
    const char *source)
{
	char rev[14];
	int n;

	print_rev(rev, e->rev);
	n = snprintf(out, cap,
	    "{\"type\":\"%s\",\"did\":\"%s\",\"rev\":\"%s\","
	    "\"collection\":\"%s\",\"rkey\":\"r%d\",",
	    e->cid == BAD_CID ? "error" : "record", h->did, rev,
	    nsids[e->key / RKEYS], e->key % RKEYS);
	if (e->cid == BAD_CID)
		snprintf(out + n, cap - n,
		    "\"error\":\"BadRecord\","
		    "\"source\":\"%s\",\"cid\":\"bafyreierror%c\"}",
		    source, 'a' + e->cid);
	else if (e->cid == NO_CID)
		snprintf(out + n, cap - n,
		    "\"action\":\"delete\","
		    "\"source\":\"live\",\"cid\":null,\"record\":null}");
	else
		snprintf(out + n, cap - n,
		    "\"action\":\"create\","
		    "\"source\":\"%s\",\"cid\":\"bafyreirecord%c\","
		    "\"record\":{\"n\":%d}}",
		    source, 'a' + e->cid, e->cid);
}

static void
print_bounds(char *out, size_t cap, const struct history *h,
    const struct event *e)
{
	char rev[14];
	int n, c;

	print_rev(rev, e->rev);
	n = snprintf(out, cap,
	    "{\"type\":\"%s\",\"did\":\"%s\","
	    "\"rev\":\"%s\"",
	    e->what == END ? "end" : "commit", h->did, rev);
	if (e->cover->filter != NULL)
		n += snprintf(out + n, cap - n, ",\"filter\":%s",
		    e->cover->filter);
	if (e->what == END) {
		n += snprintf(out + n, cap - n,
		    ",\"source\":\"%s\","
		    "\"collections\":{",
		    e->listed ? "list" : "car");
		for (c = 0; c < COLLECTIONS; c++)
			if (e->counts[c] > 0)
				n += snprintf(out + n, cap - n, "%s\"%s\":%d",
				    out[n - 1] == '{' ? "" : ",", nsids[c],
				    e->counts[c]);
		n += snprintf(out + n, cap - n, "}");
	}
	snprintf(out + n, cap - n, "}");
}

static void
print_line(char *out, size_t cap, const struct history *h,
    const struct event *e)
{
	if (e->what == COMMIT || e->what == END)
		print_bounds(out, cap, h, e);
	else
		print_key(out, cap, h, e,
		    e->what == LIVE     ? "live" :
			e->what == PART ? "part" :
			e->listed       ? "list" :
					  "car");
}

/* The model */

struct model_snapshot {
	bool seen[KEYS];
	const struct event *ends[2 * SNAPSHOTS * 8];
	int nends;
};

struct model {
	int row_rev[KEYS], row_cid[KEYS], tombstone[KEYS];
	bool row_listed[KEYS];
	int floor[COLLECTIONS];
	int loaded[COLLECTIONS]; /* 2 * rev, and 1 if by a CAR */
	struct model_snapshot open[REVS][2];
};

static void
model_raise(struct model *m, const bool *colls, int rev)
{
	int c, k;

	for (c = 0; c < COLLECTIONS; c++)
		if (colls[c] && rev > m->floor[c])
			m->floor[c] = rev;
	for (k = 0; k < KEYS; k++)
		if (m->tombstone[k] <= m->floor[k / RKEYS])
			m->tombstone[k] = 0;
}

static void
model_put(struct model *m, const struct event *e, bool snapshot)
{
	int k = e->key;
	bool has = m->row_cid[k] != NO_CID;

	if (e->rev < m->floor[k / RKEYS] || m->tombstone[k] > e->rev ||
	    (m->tombstone[k] == e->rev && e->listed))
		return;
	if (has && m->row_rev[k] > e->rev)
		return;
	if (has && m->row_rev[k] == e->rev && e->listed && !m->row_listed[k])
		return;
	if (e->listed && m->open[e->rev][0].seen[k])
		return;
	if (has && m->row_cid[k] == e->cid && snapshot &&
	    m->row_rev[k] < e->rev)
		return;
	m->row_rev[k] = e->rev;
	m->row_cid[k] = e->cid;
	m->row_listed[k] = e->listed;
}

static void
model_gone(struct model *m, const struct event *e)
{
	int k = e->key;

	if (e->rev <= m->floor[k / RKEYS] ||
	    (m->row_cid[k] != NO_CID && m->row_rev[k] > e->rev))
		return;
	m->row_cid[k] = NO_CID;
	if (e->rev > m->tombstone[k])
		m->tombstone[k] = e->rev;
}

static bool
model_complete(const struct model *m, const struct model_snapshot *s,
    const struct event *end)
{
	int c, k, n;

	for (c = 0; c < COLLECTIONS; c++) {
		if (m->loaded[c] >= 2 * end->rev + !end->listed)
			continue;
		for (n = 0, k = c * RKEYS; k < (c + 1) * RKEYS; k++)
			n += s->seen[k];
		if (n < end->counts[c])
			return false;
	}
	return true;
}

static void
model_end(struct model *m, const struct model_snapshot *s,
    const struct event *end)
{
	int c, k, mark = 2 * end->rev + !end->listed;
	bool older;

	for (k = 0; k < KEYS; k++) {
		c = k / RKEYS;
		older = m->row_rev[k] < end->rev ||
		    (m->row_rev[k] == end->rev && m->row_listed[k] &&
			!end->listed);
		if (end->cover->covers[c] && older && !s->seen[k] &&
		    !(end->listed && m->open[end->rev][0].seen[k]) &&
		    m->floor[c] <= end->rev && m->loaded[c] < mark)
			m->row_cid[k] = NO_CID;
	}
	for (c = 0; c < COLLECTIONS; c++)
		if (end->cover->covers[c] && m->loaded[c] < mark)
			m->loaded[c] = mark;
}

/* Conclude every end that is fulfilled; each of them may fulfil another. */
static void
model_conclude(struct model *m)
{
	struct model_snapshot *s = &m->open[0][0];
	int i, j, again;

	for (again = 0; again < 2 * SNAPSHOTS; again++)
		for (i = 0; i < 2 * REVS; i++)
			for (j = 0; j < s[i].nends; j++)
				if (model_complete(m, &s[i], s[i].ends[j]))
					model_end(m, &s[i], s[i].ends[j]);
}

static void
model_line(struct model *m, const struct event *e)
{
	struct model_snapshot *s = &m->open[e->rev][e->listed];
	bool own[COLLECTIONS] = { false };

	switch (e->what) {
	case LIVE:
		if (e->cid == NO_CID)
			model_gone(m, e);
		else if (e->cid != BAD_CID ||
		    e->rev != m->floor[e->key / RKEYS])
			model_put(m, e, false);
		return;
	case PART:
		if (e->cid != BAD_CID)
			model_put(m, e, false);
		return;
	case NAMED:
		own[e->key / RKEYS] = true;
		if (m->loaded[e->key / RKEYS] >= 2 * e->rev + !e->listed)
			return;
		model_raise(m, own, e->rev);
		model_put(m, e, true);
		s->seen[e->key] = true;
		break;
	case COMMIT:
		model_raise(m, e->cover->covers, e->rev);
		return;
	case END:
		model_raise(m, e->cover->covers, e->rev);
		s->ends[s->nends++] = e;
	}
	model_conclude(m);
}

/* The comparison */

static void
query(struct db_rows *rows, const char *sql, const char *did)
{
	static struct status st;

	db_query(db, rows, &st, sql, "s", did);
}

/* The first or the next row of a query about an account. */
static bool
next(struct db_rows *rows)
{
	if (db_next(rows))
		return true;
	if (db_end(rows) == -1)
		die("next row", rows->st);
	return false;
}

static int
number(const char *sql, const char *did)
{
	struct db_rows rows;
	int n = -1;

	query(&rows, sql, did);
	if (next(&rows))
		n = (int)db_integer(&rows, 0);
	db_end(&rows);
	return n;
}

/* A rev as a number, 0 for none. */
static int
column_rev(const struct db_rows *rows, int column)
{
	struct slice rev = db_text(rows, column);

	return rev.at == NULL ? 0 : rev.at[11] - 'a';
}

static void
read_entries(const char *did, struct model *m)
{
	struct slice nsid, rkey, cid;
	struct db_rows rows;
	int c, k, state;

	query(&rows,
	    "SELECT c.nsid, e.rkey, e.cid, e.rev, e.state, "
	    "e.record IS NULL FROM entry e "
	    "JOIN account a ON a.id = e.account "
	    "JOIN collection c ON c.id = e.collection WHERE a.did = $1",
	    did);
	while (next(&rows)) {
		nsid = db_text(&rows, 0);
		rkey = db_text(&rows, 1);
		cid = db_text(&rows, 2);
		state = (int)db_integer(&rows, 4);
		for (c = 0; !slice_is(&nsid, nsids[c]); c++)
			;
		k = c * RKEYS + rkey.at[1] - '0';
		if (state >= DB_TOMBSTONE) {
			m->tombstone[k] = column_rev(&rows, 3);
			continue;
		}
		m->row_cid[k] = cid.at[cid.len - 1] - 'a';
		m->row_rev[k] = column_rev(&rows, 3);
		m->row_listed[k] = state & DB_LISTED;
		/* An error has no record, a record has one. */
		if ((m->row_cid[k] == BAD_CID) != (state >= DB_ERROR) ||
		    (m->row_cid[k] == BAD_CID) != db_integer(&rows, 5))
			m->row_cid[k] = -1;
	}
}

static void
read_coverage(const char *did, struct model *m)
{
	struct slice pattern;
	struct db_rows rows;
	int c, floor, loaded;

	query(&rows,
	    "SELECT pattern, floor, loaded, listed FROM coverage v "
	    "JOIN account a ON a.id = v.account WHERE a.did = $1",
	    did);
	while (next(&rows)) {
		pattern = db_text(&rows, 0);
		floor = column_rev(&rows, 1);
		loaded = 2 * column_rev(&rows, 2);
		if (loaded > 0)
			loaded += !db_integer(&rows, 3);
		for (c = 0; c < COLLECTIONS; c++) {
			if (!syntax_pattern_covers(pattern.at, pattern.len,
				nsids[c], strlen(nsids[c])))
				continue;
			if (m->floor[c] < floor)
				m->floor[c] = floor;
			if (m->loaded[c] < loaded)
				m->loaded[c] = loaded;
		}
	}
}

/* Remove what the model remembers and the database doesn't need. */
static void
simplify(struct model *m)
{
	int k;

	for (k = 0; k < KEYS; k++)
		if (m->row_cid[k] == NO_CID) {
			m->row_rev[k] = 0;
			m->row_listed[k] = false;
		} else
			m->tombstone[k] = 0;
	memset(m->open, 0, sizeof(m->open));
}

static void
diag_cids(const char *name, const int *cids, const int *revs)
{
	char text[4 * KEYS + 1];
	int k, n = 0;

	for (k = 0; k < KEYS; k++)
		n += snprintf(text + n, sizeof(text) - n, " %c%c",
		    cids[k] == NO_CID ? '.' : '0' + cids[k],
		    revs == NULL || revs[k] == 0 ? ' ' : 'a' + revs[k]);
	diag("%6s:%s", name, text);
}

static void
diag_model(const char *name, const struct model *m)
{
	diag_cids(name, m->row_cid, m->row_rev);
	diag("%6s  floors %d %d %d loaded %d %d %d", "", m->floor[0],
	    m->floor[1], m->floor[2], m->loaded[0], m->loaded[1], m->loaded[2]);
}

/* Everything has arrived, so nothing may be left open. */
static bool
is_whole(const struct history *h)
{
	return number("SELECT count(*) FROM snapshot WHERE account = "
		      "(SELECT id FROM account WHERE did = $1)",
		   h->did) == 0 &&
	    number("SELECT count(*) FROM import_states WHERE did = $1 AND "
		   "status NOT IN ('completed', 'pending')",
		h->did) == 0;
}

/* The number of errors is that of entries that are errors, and of errors of
 * parts. */
static bool
has_errors(const struct history *h)
{
	return number("SELECT count(*) FROM entry e JOIN account a "
		      "ON a.id = e.account WHERE did = $1 AND "
		      "e.state & 6 = 2 AND NOT EXISTS (SELECT 1 FROM error x "
		      "WHERE (x.account, x.collection, x.rkey) = "
		      "(e.account, e.collection, e.rkey))",
		   h->did) == 0;
}

static bool
judge(const struct history *h)
{
	static struct model m, got;
	const int *want = h->states[h->nrevs - 1];
	char line[1024];
	int i;

	memset(&m, 0, sizeof(m));
	memset(&got, 0, sizeof(got));
	for (i = 0; i < h->nlines; i++)
		model_line(&m, &h->lines[i]);
	simplify(&m);
	read_entries(h->did, &got);
	read_coverage(h->did, &got);
	if (memcmp(&m, &got, sizeof(m)) == 0 && has_errors(h) &&
	    (h->lossy ||
		(is_whole(h) &&
		    memcmp(got.row_cid, want, sizeof(got.row_cid)) == 0)))
		return true;
	diag("%s%s", h->did, h->lossy ? " (lines are missing)" : "");
	diag_cids("want", want, NULL);
	diag_model("got", &got);
	diag_model("model", &m);
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

#define GONE "snapshot NOT IN (SELECT id FROM snapshot)"

int
main(int argc, char **argv)
{
	static const struct histories all = {
		.program = "u-load",
		.make = make_mixed,
		.next = next_line,
		.judge = judge_mixed,
	};
	unsigned n;
	int bad;

	open_loaders(&all, argc, argv);
	bad = run_histories(&all, argc, argv, &n);
	is_int(bad, 0, "%u histories end as the account stood", n);
	ok(number("SELECT count(*) FROM all_records WHERE $1 IS NULL", "") > 0,
	    "there are records");
	is_int(number("SELECT (SELECT count(*) FROM seen WHERE " GONE ") + "
		      "(SELECT count(*) FROM seen_key WHERE " GONE ") + "
		      "(SELECT count(*) FROM snapshot_count WHERE " GONE ") + "
		      "(SELECT count(*) FROM snapshot_filter WHERE " GONE ") "
		      "WHERE $1 IS NULL",
		   ""),
	    0, "of snapshots that are whole nothing is left");
	close_loaders();
	return done_testing();
}
