/*
 * mutate: write variants of the file on standard input into the current
 * directory, each named by its position and `.car`.
 *
 * mutate flip MASK: for each byte, a file in which it is combined with MASK by
 *	exclusive or
 * mutate cut: for each length below that of the input, a file of this length
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned char data[1 << 20];

static void
write_file(size_t number, size_t len)
{
	char name[32];
	FILE *f;

	snprintf(name, sizeof(name), "%07zu.car", number);
	if ((f = fopen(name, "w")) == NULL || fwrite(data, 1, len, f) != len ||
	    fclose(f) != 0) {
		perror(name);
		exit(2);
	}
}

int
main(int argc, char **argv)
{
	size_t len = fread(data, 1, sizeof(data), stdin), i;
	unsigned char mask;

	if (len == 0 || len == sizeof(data))
		return 2;
	if (argc == 3 && strcmp(argv[1], "flip") == 0) {
		mask = strtoul(argv[2], NULL, 16);
		for (i = 0; i < len; i++) {
			data[i] ^= mask;
			write_file(i, len);
			data[i] ^= mask;
		}
	} else if (argc == 2 && strcmp(argv[1], "cut") == 0)
		for (i = 0; i < len; i++)
			write_file(i, i);
	else
		return 2;
	return 0;
}
