/*
 * load_news: decide which lines may change something.
 */
#ifndef LIBCAR_LOAD_NEWS_PRIVATE_H
#define LIBCAR_LOAD_NEWS_PRIVATE_H

#include "libcar/load/account_private.h"
#include "libcar/load/batch_private.h"

/* Do lines of this source belong to a snapshot? */
static inline bool
load_news_of_snapshot(enum line_source source, bool partial)
{
	return !partial && (source == LINE_CAR || source == LINE_LIST);
}

/* May a line of this source, rev and collection change one of its keys? */
bool load_news_of_key(const struct load_account *, struct load_collection *,
    enum line_source, const char *rev, bool partial);

/* Is everything loaded that a `commit` or `end` is about? */
bool load_news_is_loaded(const struct load_account *, const struct line *,
    const char *rev);

/* May a run change something in its account, judged by what is known? If not,
 * it needs no transaction. */
int load_news_of_run(const struct load_run *, bool partial, bool *news,
    struct status *);

/* Is it an `end` that says `unchanged` about something that isn't loaded? */
bool load_news_is_unfounded(const struct load_run *, bool partial);

#endif
