/*
 * progress: how far a program is, as a line of text.
 *
 * A line that is drawn repeatedly should not jump: each number is as wide as
 * the widest one before in its place, and rates are averages of about the last
 * ten seconds. If the line is too long, the least important parts are left out.
 */
#ifndef LIBCAR_BASE_PROGRESS_H
#define LIBCAR_BASE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRESS_LINE_BYTES 512 /* of the longest line, with its NUL */
#define PROGRESS_HOST_BYTES 64
#define PROGRESS_WAIT_BYTES 160

/* The parts of a line, in this order. */
enum progress_part {
	PROGRESS_NAME,
	PROGRESS_DONE,
	PROGRESS_FAILED,
	PROGRESS_RATE,
	PROGRESS_LEFT,
	PROGRESS_BYTES,
	PROGRESS_BYTE_RATE,
	PROGRESS_RECORDS,
	PROGRESS_VERIFIED,
	PROGRESS_UNCHECKED,
	PROGRESS_LAG,
	PROGRESS_WAITING,
	PROGRESS_WAIT,
	PROGRESS_ELAPSED,
	PROGRESS_SLOWEST,
	PROGRESS_PARTS
};

struct progress_counts {
	uint64_t done, failed;
	uint64_t total;          /* 0: not known */
	uint64_t bytes, records; /* 0: none are counted */

	/* Of a live stream: commits, and how many seconds the stream is behind
	 * its service. */
	bool live;
	uint64_t verified, unchecked, lag;
};

/* Recent rates per second. */
struct progress_rate {
	uint64_t last;
	double sum, weight;
};

/* A host is asked again at a later time. */
struct progress_wait {
	char host[PROGRESS_HOST_BYTES];
	unsigned attempt, of; /* that failed; 0: the host limits its rate */
	double until;
};

struct progress {
	const char *name; /* of the program */
	double started, sampled;
	struct progress_rate done, bytes;
	size_t width[PROGRESS_PARTS];      /* of numbers */
	unsigned waiting;                  /* jobs; 0: none, or nothing waits */
	char slowest[PROGRESS_HOST_BYTES]; /* host; empty: none */
	double slowest_rate;               /* bytes a second */
	struct progress_wait wait;         /* the last one */
};

enum progress_form {
	PROGRESS_DRAWN, /* repeatedly in the same place */
	PROGRESS_SAID,  /* once */
	PROGRESS_LAST   /* once, at the end: the rates of the whole run */
};

/* Times are in seconds, of any clock. */
void progress_start(struct progress *, const char *name, double now);

/* "host: attempt 2 of 6, next in 4 s" */
void progress_format_wait(char out[PROGRESS_WAIT_BYTES],
    const struct progress_wait *, double now);

/* Format the line: at most `room` bytes of ASCII. Returns its length. */
size_t progress_format(struct progress *, const struct progress_counts *,
    double now, enum progress_form, size_t room,
    char line[PROGRESS_LINE_BYTES]);

#endif
