/*
 * meter: how far a program is, as a line of text.
 *
 * A line that is drawn again and again keeps calm: numbers are as wide as the
 * widest that stood in their place, and rates are those of about the last ten
 * seconds. What doesn't fit the line is left out, the least important first.
 */
#ifndef LIBCAR_BASE_METER_H
#define LIBCAR_BASE_METER_H

#include <stddef.h>
#include <stdint.h>

#define METER_LINE_BYTES 512 /* of the longest line, with its NUL */
#define METER_HOST_BYTES 64

/* What a line tells, in this order. */
enum meter_part {
	METER_NAME,
	METER_DONE,
	METER_FAILED,
	METER_RATE,
	METER_LEFT,
	METER_BYTES,
	METER_BYTE_RATE,
	METER_RECORDS,
	METER_WAITING,
	METER_ELAPSED,
	METER_SLOWEST,
	METER_PARTS
};

struct meter_counts {
	uint64_t done, failed;
	uint64_t total;          /* 0: not known */
	uint64_t bytes, records; /* 0: none are counted */
};

/* How much a second, of late. */
struct meter_rate {
	uint64_t last;
	double sum, weight;
};

struct meter {
	const char *name; /* of the program */
	double started, sampled;
	struct meter_rate done, bytes;
	size_t width[METER_PARTS];      /* of numbers */
	unsigned waiting;               /* jobs; 0: none, or nothing waits */
	char slowest[METER_HOST_BYTES]; /* host; empty: none */
	double slowest_rate;            /* bytes a second */
};

enum meter_form {
	METER_DRAWN, /* again and again in the same place */
	METER_SAID,  /* once */
	METER_LAST   /* once, at the end: the rates of the whole run */
};

/* Times are in seconds, of any clock. */
void meter_start(struct meter *, const char *name, double now);

/* The line, of at most `room` bytes, all ASCII: its length. */
size_t meter_format(struct meter *, const struct meter_counts *, double now,
    enum meter_form, size_t room, char line[METER_LINE_BYTES]);

#endif
