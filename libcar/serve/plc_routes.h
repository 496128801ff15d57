/*
 * serve_plc_routes: what a PLC directory answers, from the operations in the
 * database: documents, logs, and the export.
 *
 * The answers are those of the reference directory (@did-plc/server), byte by
 * byte if its operations are stored as it served them. The operations are
 * passed on as they were served; nothing here verifies them.
 * https://web.plc.directory/spec/v0.1/did-plc
 */
#ifndef LIBCAR_SERVE_PLC_ROUTES_H
#define LIBCAR_SERVE_PLC_ROUTES_H

#include "libcar/serve/route.h"

extern const struct serve_family serve_plc_routes;

#endif
