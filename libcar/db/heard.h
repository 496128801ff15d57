/*
 * heard: whether one host has spoken of an account, or several.
 *
 * Hosts are known by a part of their hash, so that each account has little to
 * remember.
 */
#ifndef LIBCAR_DB_HEARD_H
#define LIBCAR_DB_HEARD_H

#include <stdbool.h>
#include <stdint.h>

#define DB_MARK_BYTES 16

enum db_heard_of { DB_NO_HOST, DB_ONE_HOST, DB_SEVERAL_HOSTS };

/* All zero: nothing was said of the account. */
struct db_heard {
	enum db_heard_of of;
	bool is_resolved; /* there was an identity */
	bool is_moving;   /* and there were two that may be the latest */
	bool is_open;     /* whose word counts is to be settled */
	uint8_t host[DB_MARK_BYTES]; /* of DB_ONE_HOST */
	uint8_t own[DB_MARK_BYTES];  /* that the identity names; or of "" */
};

struct db_rows;

/* In place of a host, where there are several. */
#define DB_HEARD_SEVERAL "*"

/* As the account's columns say: host, own, and whether there is an identity. */
#define DB_HEARD_COLUMNS "a.host, a.own, a.resolved_ms IS NOT NULL"
void db_heard_take(struct db_heard *, const struct db_rows *, int column);

/* Note that it is this host; is it? */
void db_heard_mark(uint8_t mark[DB_MARK_BYTES], const char *host);
bool db_heard_is(const uint8_t mark[DB_MARK_BYTES], const char *host);

#endif
