/*
 * serve_repo_routes: repos of the archive, and lists of repos:
 * com.atproto.sync.getRepo, getRecord, getLatestCommit, getRepoStatus,
 * listRepos, listReposByCollection.
 */
#ifndef LIBCAR_SERVE_REPO_ROUTES_H
#define LIBCAR_SERVE_REPO_ROUTES_H

#include "libcar/serve/route.h"

extern const struct serve_family serve_repo_routes;

#endif
