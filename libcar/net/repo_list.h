/*
 * repo_list: the repos that a host or a relay lists, as `repo` lines.
 *
 * Either all repos (com.atproto.sync.listRepos) or those that have records of
 * some collections (com.atproto.sync.listReposByCollection, one listing for
 * each collection). A repo gets one line, also if several listings name it.
 * https://atproto.com/specs/sync
 *
 * Several lists may go on at a time, each in its own struct.
 */
#ifndef LIBCAR_NET_REPO_LIST_H
#define LIBCAR_NET_REPO_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/set.h"
#include "libcar/base/status.h"
#include "libcar/net/http.h"
#include "libcar/net/paging.h"
#include "libcar/stream/filter.h"

#define REPO_LIST_MAX_ANSWER (8 << 20) /* bytes */
#define REPO_LIST_PAGE 1000            /* repos, of listRepos */
#define REPO_LIST_COLLECTION_PAGE 2000 /* of listReposByCollection */

/* A list is its caller's, all zero but for what he sets, and stays where it is
 * until done. */
struct repo_list {
	/* The caller's; all is borrowed. */
	const char *host;                 /* its origin */
	const struct filter *collections; /* NSIDs; none: all repos */
	uint64_t limit;                   /* end after so many; 0: none */
	struct buf *out;                  /* lines are appended here */
	/* A page's lines were appended, and if more pages follow a `cursor`. */
	void (*ready)(struct repo_list *);
	/* Entries of a page were no repos, or one of several collections
	 * failed; the list goes on. An error line may be appended: it comes
	 * behind the page's repos, before the cursor. */
	void (*flawed)(struct repo_list *, const struct status *);
	/* The end; why is NULL if all went well. The repos of a page that has
	 * failed were appended, but no cursor. May free the list. */
	void (*done)(struct repo_list *, const struct status *why);
	void *ctx;

	uint64_t repos; /* that were appended so far */

	/* repo_list's own. */
	struct http *http;
	struct http_request request;
	size_t at; /* of the collections */
	struct paging pages;
	struct set known; /* DIDs, where there are several listings */
	struct buf lines;
	uint64_t fresh, bad;  /* of the last page: new, without a DID */
	struct buf first_bad; /* the JSON of such an entry, or its beginning */
	bool cut;             /* the page had more than the limit lets pass */
};

/* Before the start: go on behind the cursor of an earlier list of the same
 * host and of no or one collection. -1: STATUS_BAD_SYNTAX, STATUS_SYSTEM. */
int repo_list_resume(struct repo_list *, const char *cursor, size_t len,
    struct status *);

/* Begin. The loop calls ready, flawed and done, never this. */
void repo_list_start(struct repo_list *, struct http *);

void repo_list_free(struct repo_list *);

#endif
