/*
 * miniserve: the least that answers documents from SQLite by HTTP, with which
 * contrib/bench compares at-serve.
 *
 *	miniserve DATABASE THREADS
 *
 * answers GET /DID from the table document (did, text) as it is, on a port of
 * 127.0.0.1 that it prints, until it is killed. It checks nothing.
 */
#include "config.h"

#include <microhttpd.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *path;

/* One for each thread, never closed */
static _Thread_local sqlite3_stmt *find;

static sqlite3_stmt *
get_statement(void)
{
	sqlite3 *db;

	if (find != NULL)
		return find;
	if (sqlite3_open_v2(path, &db,
		SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
		NULL) != SQLITE_OK ||
	    sqlite3_exec(db, "PRAGMA mmap_size = 2147418112", NULL, NULL,
		NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(db, "SELECT text FROM document WHERE did = ?",
		-1, &find, NULL) != SQLITE_OK)
		exit(2);
	return find;
}

static enum MHD_Result
on_request(void *arg, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_len, void **ctx)
{
	static char begun;
	sqlite3_stmt *stmt;
	struct MHD_Response *r;
	unsigned status = MHD_HTTP_NOT_FOUND;
	enum MHD_Result rc;

	(void)arg;
	(void)method;
	(void)version;
	(void)upload;
	(void)upload_len;
	/* An answer in the first call would close the connection. */
	if (*ctx == NULL) {
		*ctx = &begun;
		return MHD_YES;
	}
	stmt = get_statement();
	sqlite3_bind_text(stmt, 1, url + 1, -1, SQLITE_STATIC);
	if (sqlite3_step(stmt) == SQLITE_ROW) {
		status = MHD_HTTP_OK;
		r = MHD_create_response_from_buffer(
		    (size_t)sqlite3_column_bytes(stmt, 0),
		    (void *)sqlite3_column_text(stmt, 0),
		    MHD_RESPMEM_MUST_COPY);
	} else
		r = MHD_create_response_from_buffer(0, NULL,
		    MHD_RESPMEM_PERSISTENT);
	sqlite3_reset(stmt);
	MHD_add_response_header(r, "Content-Type",
	    "application/did+ld+json; charset=utf-8");
	rc = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return rc;
}

int
main(int argc, char **argv)
{
	struct MHD_Daemon *d;
	const union MHD_DaemonInfo *info;
	unsigned threads;

	if (argc != 3)
		return 2;
	path = argv[1];
	threads = (unsigned)atoi(argv[2]);
	d = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL,
	    on_request, NULL, MHD_OPTION_THREAD_POOL_SIZE,
	    threads > 1 ? threads : 0, MHD_OPTION_CONNECTION_LIMIT, 1000u,
	    MHD_OPTION_END);
	if (d == NULL)
		return 2;
	info = MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT);
	printf("%u\n", (unsigned)info->port);
	fflush(stdout);
	for (;;)
		pause();
}
