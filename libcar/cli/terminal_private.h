/*
 * terminal: standard error, where messages are written and, if it is a
 * terminal, a status line stands below them.
 *
 * Everything is written with write(2), whole lines under a lock: threads never
 * mix theirs. A message erases the status line, and draws it again below.
 */
#ifndef LIBCAR_CLI_TERMINAL_PRIVATE_H
#define LIBCAR_CLI_TERMINAL_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#define TERMINAL_LINE_BYTES 512 /* of a status line, with its NUL */

/* Is standard error a terminal that can draw a status line? */
bool terminal_can_draw(void);

/* May we draw? Not while another job of the shell has the terminal. */
bool terminal_is_ours(void);

size_t terminal_columns(void);

/* Write it all. May be called by a signal handler. */
void terminal_write(const char *text, size_t len);

/* A line of text with its LF. */
void terminal_write_line(const char *text, size_t len);

/* Draw the status line, or the last one, which stays. It must be shorter than
 * the terminal has columns. */
void terminal_draw(const char *line, bool last);

/* Finish the status line: what is written next begins below it. May be called
 * by a signal handler. */
void terminal_end_line(void);

#endif
