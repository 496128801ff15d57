/*
 * serve_record_routes: records of the database: com.atproto.repo.describeRepo,
 * listRecords and getRecord.
 */
#ifndef LIBCAR_SERVE_RECORD_ROUTES_H
#define LIBCAR_SERVE_RECORD_ROUTES_H

#include "libcar/serve/route.h"

extern const struct serve_family serve_record_routes;

#endif
