/*
 * progress: how far the program is. With -p: one status line on a terminal,
 * lines every ten seconds elsewhere. SIGUSR1 prints the line immediately, even
 * without -p.
 *
 * The program reports its counts, which is cheap enough for every job.
 */
#ifndef LIBCAR_CLI_PROGRESS_H
#define LIBCAR_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

extern bool cli_progress; /* -p */

/* Keep SIGUSR1 from ending the program while its options are read. */
void cli_progress_prepare(void);

/* After the options are read: show progress if -p is given, and handle SIGUSR1.
 * A program without progress ignores the signal. */
void cli_progress_begin(bool has_progress);

/* Jobs done so far, of which failed; total: 0 if it isn't known; bytes: 0 if
 * none are counted. */
void cli_progress_update(uint64_t done, uint64_t failed, uint64_t total,
    uint64_t bytes);
void cli_progress_records(uint64_t records);

/* Of a live stream: verified and unchecked commits, and how many seconds the
 * stream is behind its service. */
void cli_progress_live(uint64_t verified, uint64_t unchecked, uint64_t lag);

/* Values that are expensive to compute, and whether it is time to do so: the
 * number of waiting jobs, the slowest host (NULL: none) and its bytes/s. */
bool cli_progress_due(void);
void cli_progress_hosts(unsigned waiting, const char *slowest, double rate);

/* The host is asked again in this many milliseconds. Shown in the line, and
 * with -v as a message. attempt 0: the host limits its rate. */
void cli_progress_wait(const char *host, unsigned attempt, unsigned of,
    uint64_t ms);

/* Print the final state, and end the status line. */
void cli_progress_end(uint64_t done, uint64_t failed, uint64_t total,
    uint64_t bytes);

#endif
