/*
 * mkplc_account: an account of a made-up directory, and the names of what it
 * has.
 */
#ifndef T_TOOL_MKPLC_ACCOUNT_H
#define T_TOOL_MKPLC_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "libcar/data/cid.h"
#include "libcar/plc/operation.h"

#define MKPLC_NAME_TEXT 40

enum mkplc_keys {
	MKPLC_KEYS_HOST,  /* those of nearly all accounts */
	MKPLC_KEYS_P256,  /* the same of another host */
	MKPLC_KEYS_OWN,   /* of the account, before those of the host */
	MKPLC_KEYS_THIEF, /* a single one */
};

/* There are millions. */
struct mkplc_account {
	uint8_t did[PLC_DID_BYTES];
	uint8_t last[CID_REPO_BYTES]; /* CID of the last valid operation */
	uint64_t created_ms, updated_ms;
	uint32_t renames;
	uint16_t host, signing; /* a number of signing_curve */
	char signing_curve;
	uint8_t keys; /* enum mkplc_keys */
	bool is_tombstoned;
	bool is_busy; /* something is planned */
};

struct mkplc_names {
	char handle[MKPLC_NAME_TEXT], pds[MKPLC_NAME_TEXT];
	char signing[MKPLC_NAME_TEXT]; /* keys as in mkplc_operation.h */
	char keys[MKPLC_NAME_TEXT];
	char recovery[MKPLC_NAME_TEXT], signer[MKPLC_NAME_TEXT];
};

/* The names of the account that has this number. */
void mkplc_names(struct mkplc_names *, size_t, const struct mkplc_account *);

/* Write its line of `latest`: mkplc_history.h. */
void mkplc_account_write(FILE *, size_t, const struct mkplc_account *);

#endif
