/*
 * repo_list: the repos that a host or a relay lists, as `repo` lines.
 *
 * It lists either all repos (com.atproto.sync.listRepos) or repos with records
 * of some collections (com.atproto.sync.listReposByCollection, one listing for
 * each collection). A repo gets one line, even if several listings name it.
 * https://atproto.com/specs/sync
 *
 * Several lists may run concurrently, each in its own struct.
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
#include "libcar/net/page.h"
#include "libcar/net/paging.h"
#include "libcar/stream/filter.h"

#define REPO_LIST_MAX_ANSWER (8 << 20) /* bytes */
#define REPO_LIST_PAGE 1000            /* repos, for listRepos */
#define REPO_LIST_COLLECTION_PAGE 2000 /* for listReposByCollection */

/* The caller owns a list, which is all zero except the caller's fields, and
 * must not move until done. */
struct repo_list {
	/* The caller's; everything is borrowed. */
	const char *host;                 /* its origin */
	const struct filter *collections; /* NSIDs; none: all repos */
	uint64_t limit;                   /* maximum of repos; 0: none */
	struct buf *out;                  /* lines are appended here */
	/* The cursor where a listing of this method and collection (or NULL)
	 * begins, of at most PAGING_MAX_CURSOR bytes, or NULL; may be NULL
	 * itself. Called only at the start, for each listing. */
	const char *(*from)(struct repo_list *, const char *method,
	    const char *collection);
	/* A page's lines were appended, and a `cursor` if more pages follow. */
	void (*ready)(struct repo_list *);
	/* Entries of a page were not repos, or one of several collections
	 * failed; the list continues. The callback may append an error line: it
	 * goes after the page's repos, before the cursor. */
	void (*flawed)(struct repo_list *, const struct status *);
	/* The end; why is NULL on success. The repos of a failed page were
	 * appended, but no cursor. May free the list. */
	void (*done)(struct repo_list *, const struct status *why);
	void *ctx;

	uint64_t repos; /* appended so far */

	/* Private to repo_list. */
	struct http *http;
	struct http_request request;
	size_t at;         /* index of the current collection */
	struct buf places; /* what from() said, each with a NUL */
	size_t next_place; /* offset in it */
	struct paging pages;
	struct set known; /* DIDs, if there are several listings */
	struct page page; /* the last one */
	bool cut;         /* the page exceeded the limit */
};

/* Is it one of the two methods, which are the `stream` of the cursors? */
bool repo_list_is_method(const struct slice *);

/* Begin. Only the loop calls ready, flawed and done. */
void repo_list_start(struct repo_list *, struct http *);

void repo_list_free(struct repo_list *);

#endif
