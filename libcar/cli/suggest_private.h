/*
 * suggest: says what is wrong with an option, and which one the user may mean.
 */
#ifndef LIBCAR_CLI_SUGGEST_PRIVATE_H
#define LIBCAR_CLI_SUGGEST_PRIVATE_H

struct option;

/* The options of all programs, except those that every program has. */
struct cli_suite {
	const char *program; /* NULL ends the table */
	int letter;          /* or 0 */
	const char *name;
};
extern const struct cli_suite cli_suite[];

/* getopt_long() returned `kind`, ? or :. Ends the program. */
void cli_wrong_option(const struct option *, char **argv, int kind)
    __attribute__((noreturn));

/* End the program if an argument is a long option with one dash: getopt_long()
 * would take -collection for -c with an argument. */
void cli_check_dashes(const struct option *, char **argv);

#endif
