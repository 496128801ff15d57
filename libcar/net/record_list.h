/*
 * record_list: the records that a host lists of one account, as lines.
 * https://atproto.com/specs/xrpc#cursors-and-pagination
 *
 * First the latest commit (com.atproto.sync.getLatestCommit), whose rev is that
 * of all lines; then the collections: those that the filter names, and if it
 * has patterns or nothing those that the host says it has
 * (com.atproto.repo.describeRepo); then each collection page by page
 * (com.atproto.repo.listRecords). The lines are a `repo`, the records, a
 * `cursor` behind each page but a collection's last, and an `end`.
 *
 * One bad record never costs its siblings, and one bad collection never costs
 * the others: each is an error line with its collection. The end names only
 * the collections that were listed whole, down to the key of each record; if
 * all failed, the list failed.
 *
 * A listing that goes on where an earlier one stood has that one's rev, and no
 * `repo`. Several lists may go on at a time, each in its own struct.
 */
#ifndef LIBCAR_NET_RECORD_LIST_H
#define LIBCAR_NET_RECORD_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"
#include "libcar/data/cid.h"
#include "libcar/data/syntax.h"
#include "libcar/net/http.h"
#include "libcar/net/paging.h"
#include "libcar/stream/collections.h"
#include "libcar/stream/emit.h"
#include "libcar/stream/fields.h"
#include "libcar/stream/filter.h"

#define RECORD_LIST_MAX_ANSWER (4 << 20) /* bytes, of other calls */
#define RECORD_LIST_MAX_PAGE (16 << 20)  /* bytes */
#define RECORD_LIST_MAX_BAD 100          /* names that are no collections */

/* A list is its caller's, all zero but for what he sets, and stays where it is
 * until done. */
struct record_list {
	/* The caller's; all is borrowed. */
	const char *program;         /* that error lines of records name */
	const char *did, *host;      /* host: its origin */
	const struct filter *filter; /* these collections; none: all */
	unsigned page;     /* records a page; fewer if they are too large */
	uint64_t delay_ms; /* between pages */
	struct buf *out;   /* lines are appended here */
	/* Whole lines were appended. */
	void (*ready)(struct record_list *);
	/* A collection failed, and its error line was appended; the others
	 * are listed. */
	void (*flawed)(struct record_list *, const struct status *why);
	/* The end; why is NULL if all went well, or else why the host failed.
	 * May free the list. */
	void (*done)(struct record_list *, struct status *why);
	void *ctx;

	/* record_list's own. */
	struct http *http;
	struct http_request request;
	struct emit emit;
	char rev[SYNTAX_TID_LEN + 1], head[CID_MAX_TEXT + 1];
	struct collections collections; /* sorted */
	size_t at;                      /* of them */
	const char *from;    /* the collection to go on with, of them */
	struct paging pages; /* of this one */
	unsigned limit;      /* records a page, now */
	unsigned strays;     /* of this one: see listed.h */
	unsigned bad;        /* names that are no collections */
	unsigned failed;     /* collections */
	bool listed;         /* at least one collection to its end */
	bool stumbled;       /* the last collection ended in HostError */
	struct status why;   /* of the last collection that failed */
	struct buf lines;    /* of this page */
	struct buf block;    /* scratch */
};

/* Begin, or go on where a `cursor` line of an earlier list stood, which is
 * borrowed until this returns. Without a rev, a collection and a cursor that
 * are some, or with NULL, the list begins. What an earlier list found is
 * forgotten. The loop calls ready and done, never this. -1, and nothing was
 * begun: STATUS_BAD_LINE (counts), STATUS_BAD_SYNTAX (cursor),
 * STATUS_TOO_LARGE (more collections than COLLECTIONS_MAX), STATUS_SYSTEM. */
int record_list_start(struct record_list *, struct http *,
    const struct stream_cursor *from, struct status *);

/* How many error lines were appended: of records, of collections. */
uint64_t record_list_errors(const struct record_list *);

void record_list_free(struct record_list *);

#endif
