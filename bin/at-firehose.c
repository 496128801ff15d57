/* at-firehose: verify events of a stream and write them as NDJSON. */
#include "config.h"

#include "libcar/cli/cli.h"
#include "libcar/cli/events.h"
#include "libcar/cli/follow.h"
#include "libcar/cli/keys.h"
#include "libcar/cli/recorded.h"
#include "libcar/net/resolve.h"

#define STREAM "com.atproto.sync.subscribeRepos"
#define RELAY "wss://relay1.us-west.bsky.network"
#define MAX_TTL_MS ((uint64_t)10 * 365 * 86400000)
#define RELAY_VARIABLE "ATPIPE_RELAY_URL"

/*
 * The program takes one message after another from its source, which is files
 * or a live stream. cli/events writes their lines, and doesn't know the source.
 */

struct run {
	struct filter filter, signals;
	struct cli_list keys_given; /* -k */
	struct keyring keys;        /* what they say */
	struct cli_follow follow;
	struct cli_events events;
};

static struct run this_run = {
	.events = {
		.live = {
			.program = "at-firehose",
			.filter = &this_run.filter,
			.signals = &this_run.signals,
			.out = &this_run.events.out,
		},
		.out = { .fd = 1 },
		.services = { .stream = STREAM },
		.lookups = { .signers = { .keys = &this_run.keys } },
	},
};

static const struct cli_option options[] = {
	{ 'u', "url", "url",
	    "relay or host, repeatable; for files, their service",
	    CLI_LIST(&this_run.events.services.urls) },
	{ 0, "from", "cursor", "start after this cursor, or this time ago (7d)",
	    CLI_TEXT(&this_run.follow.from, NULL) },
	{ 0, "catch-up", NULL, "stop at events newer than the start",
	    CLI_FLAG(&this_run.follow.catch_up) },
	{ 0, "plc", "url", "PLC directory",
	    CLI_TEXT(&this_run.follow.lookup.plc, RESOLVE_PLC),
	    .variable = "ATPIPE_PLC_URL" },
	{ 0, "cache", "file", "keep look-ups in this file",
	    CLI_TEXT(&this_run.follow.lookup.cache, NULL),
	    .variable = "ATPIPE_CACHE" },
	{ 0, "ttl", "time", "maximum age of cached look-ups",
	    CLI_TIME(&this_run.follow.lookup.ttl_ms, "7d", 0, MAX_TTL_MS) },
	{ 0, "offline", NULL, "look nothing up, except in the cache",
	    CLI_FLAG(&this_run.follow.lookup.offline) },
	{ 0, "allow-private", NULL, "also use private addresses and plain http",
	    CLI_FLAG(&this_run.follow.http.allow_private) },
	{ 'c', "collection", "nsid",
	    "only these records; NSID or prefix.*, repeatable",
	    CLI_FILTER(&this_run.filter) },
	{ 0, "accounts", "file", "only the accounts in this list",
	    CLI_TEXT(&this_run.events.accounts.path, NULL) },
	{ 0, "signal", "nsid", "only accounts that write these; repeatable",
	    CLI_FILTER(&this_run.signals) },
	{ 'k', "key", "key", "check signatures: did:key, or identity lines",
	    CLI_LIST(&this_run.keys_given) },
	{ 0, "require-signature", NULL,
	    "wait for the key of an account; fail without it",
	    CLI_FLAG(&this_run.events.live.require_signature) },
	{ 'n', "limit", "n", "stop after this number of events",
	    CLI_NUMBER(&this_run.events.limit, NULL, 1, INT64_MAX) },
	{ 0, "jetstream", NULL, "read events of Jetstream, which are JSON",
	    CLI_FLAG(&this_run.events.live.is_jetstream) },
	{ 0, "record", "file", "append the frames to this file",
	    CLI_TEXT(&this_run.events.record_path, NULL) },
	{ 0 },
};

static const struct cli cli = {
	.name = "at-firehose",
	.operands = "[file ...]",
	.summary = "Verify the events of a stream and write them as NDJSON.",
	.options = options,
	.progress = true,
};

static void
check_jetstream(const struct run *run, bool live)
{
	if (!run->events.live.is_jetstream)
		return;
	if (run->events.live.require_signature)
		cli_usage("--require-signature: events of Jetstream have no"
			  " signatures");
	if (live && run->events.services.urls.count == 0)
		cli_usage("--jetstream: give the service with -u");
}

/* Frames don't name their service, so those of two couldn't be told apart. */
static void
check_record(const struct run *run)
{
	if (run->events.record_path != NULL &&
	    run->events.services.urls.count > 1)
		cli_usage("--record: a recording is of one service; give -u "
			  "once");
}

/* Files are read from their beginning to their end. */
static void
check_files(const struct run *run)
{
	if (run->follow.from != NULL || run->follow.catch_up)
		cli_usage("--from and --catch-up are for live streams, not "
			  "for files");
}

/* False: a service refused its stream. */
static bool
read_events(struct run *run, char **operands)
{
	if (*operands != NULL)
		check_files(run);
	check_jetstream(run, *operands == NULL);
	check_record(run);
	if (*operands == NULL)
		run->events.services.otherwise = cli_env(RELAY_VARIABLE, RELAY);
	cli_keys_read(&run->keys, &run->keys_given);
	cli_events_begin(&run->events);
	if (*operands == NULL)
		return cli_follow_run(&run->follow, &run->events);
	cli_recorded_read(&run->events, &cli, operands);
	return true;
}

static void
free_all(struct run *run)
{
	cli_events_free(&run->events);
	keyring_free(&run->keys);
	cli_list_free(&run->keys_given);
	filter_free(&run->filter);
	filter_free(&run->signals);
}

int
main(int argc, char **argv)
{
	struct run *run = &this_run;
	char **operands;
	bool accepted, failed;

	cli_follow_init(&run->follow, &cli);
	operands = cli_begin(&cli, argc, argv);
	accepted = read_events(run, operands);
	failed = run->events.failed > 0 || run->events.live.record_errors;
	free_all(run);
	if (!accepted)
		return CLI_FATAL;
	return failed ? CLI_FAILED : CLI_DONE;
}
