/* Run a target with files, each in memory of exactly its length. */
#include "config.h"

#include <stdio.h>
#include <sys/stat.h>

#include "t/fuzz/fuzz.h"

static int
run(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat s;
	uint8_t *data;
	size_t len;

	if (f == NULL || fstat(fileno(f), &s) == -1) {
		perror(path);
		return -1;
	}
	fprintf(stderr, "%s\n", path); /* the last input, if it crashes */
	len = s.st_size;
	data = calloc(1, len);
	if (data == NULL || fread(data, 1, len, f) != len) {
		perror(path);
		return -1;
	}
	fclose(f);
	LLVMFuzzerTestOneInput(data, len);
	free(data);
	return 0;
}

int
main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (run(argv[i]) == -1)
			return 2;
	return printf("%d\n", argc - 1) < 0 || fflush(stdout) == EOF;
}
