/*
 * heard: have we heard of an account from one host, or from several?
 *
 * A host is stored as part of its hash, to save memory for each account.
 */
#ifndef LIBCAR_DB_HEARD_H
#define LIBCAR_DB_HEARD_H

#include <stdbool.h>
#include <stdint.h>

#define DB_MARK_BYTES 16

enum db_heard_of { DB_NO_HOST, DB_ONE_HOST, DB_SEVERAL_HOSTS };

/* All zero: no host has said anything about the account. */
struct db_heard {
	enum db_heard_of of;
	bool is_resolved;            /* an identity line came */
	bool is_moving;              /* two identity lines may be the latest */
	bool is_open;                /* must still decide which host counts */
	uint8_t host[DB_MARK_BYTES]; /* of DB_ONE_HOST */
	uint8_t own[DB_MARK_BYTES];  /* of the identity's host, or of "" */
};

struct db_rows;

/* Stored instead of a host if there are several. */
#define DB_HEARD_SEVERAL "*"

/* Read it from the columns host, own, and whether an identity is known. */
#define DB_HEARD_COLUMNS "a.host, a.own, a.resolved_ms IS NOT NULL"
void db_heard_take(struct db_heard *, const struct db_rows *, int column);

/* Store the mark of a host; does the mark belong to this host? */
void db_heard_mark(uint8_t mark[DB_MARK_BYTES], const char *host);
bool db_heard_is(const uint8_t mark[DB_MARK_BYTES], const char *host);

#endif
