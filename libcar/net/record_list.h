/*
 * record_list: the records that a host lists for one account, as lines.
 * https://atproto.com/specs/xrpc#cursors-and-pagination
 *
 * First get the latest commit (com.atproto.sync.getLatestCommit), whose rev
 * goes into all lines; then the collections: those that the filter names, and
 * if it has patterns or nothing, those that the host names
 * (com.atproto.repo.describeRepo); then each collection page by page
 * (com.atproto.repo.listRecords). The lines are a `repo`, the records, a
 * `cursor` after each page except a collection's last, and an `end`.
 *
 * A bad record never affects other records, and a bad collection never affects
 * other collections: each becomes an error line with its collection. The end
 * names only collections that were listed completely, down to the key of each
 * record; if all failed, the list failed.
 *
 * A listing that resumes an earlier one has the earlier rev, and no `repo`.
 * Several lists may run concurrently, each in its own struct.
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

#define RECORD_LIST_MAX_ANSWER (4 << 20) /* of other calls */
#define RECORD_LIST_MAX_PAGE (16 << 20)  /* bytes */
#define RECORD_LIST_MAX_BAD 100          /* invalid collection names */

/* The caller owns a list, which is all zero except the caller's fields, and
 * must not move until done. */
struct record_list {
	/* The caller's; everything is borrowed. */
	const char *program;         /* for error lines of records */
	const char *did, *host;      /* host: its origin */
	const struct filter *filter; /* of collections; empty: all */
	unsigned page;               /* records per page; fewer if too large */
	uint64_t delay_ms;           /* between pages */
	struct buf *out;             /* lines are appended here */
	/* Whole lines were appended. */
	void (*ready)(struct record_list *);
	/* A collection failed, and its error line was appended; the others
	 * are listed. */
	void (*flawed)(struct record_list *, const struct status *why);
	/* The end; why is NULL on success, or else why the host failed. May
	 * free the list. */
	void (*done)(struct record_list *, struct status *why);
	void *ctx;

	/* Private to record_list. */
	struct http *http;
	struct http_request request;
	struct emit emit;
	char rev[SYNTAX_TID_LEN + 1], head[CID_MAX_TEXT + 1];
	struct collections collections; /* sorted */
	size_t at;                      /* index of the current one */
	const char *from;               /* the collection to resume, or NULL */
	struct paging pages;            /* of the current one */
	unsigned limit;                 /* current records per page */
	unsigned strays;                /* of the current one: see listed.h */
	unsigned bad;                   /* invalid collection names */
	unsigned failed;                /* collections */
	bool listed;       /* at least one collection is complete */
	bool stumbled;     /* the last one ended in HostError */
	struct status why; /* of the last collection that failed */
	struct buf lines;  /* of this page */
	struct buf block;  /* scratch */
};

/* Begin, or resume at a `cursor` line of an earlier list, which is borrowed
 * until this returns. Begin if it is NULL, or lacks a valid rev, collection or
 * cursor. Forget what an earlier list found. Only the loop calls ready and
 * done. -1, and nothing was begun: STATUS_BAD_LINE (counts), STATUS_BAD_SYNTAX
 * (cursor), STATUS_TOO_LARGE (more collections than COLLECTIONS_MAX),
 * STATUS_SYSTEM. */
int record_list_start(struct record_list *, struct http *,
    const struct stream_cursor *from, struct status *);

/* Number of error lines that were appended: for records, for collections. */
uint64_t record_list_errors(const struct record_list *);

void record_list_free(struct record_list *);

#endif
