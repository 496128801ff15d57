/*
 * fields: a line of fields that are separated by tabs, as jq's @tsv writes it.
 */
#ifndef T_LIB_FIELDS_H
#define T_LIB_FIELDS_H

#include <string.h>

/* Take the next field from the line, and end it with a NUL. */
static inline char *
next_field(char **line)
{
	char *field = *line;

	*line += strcspn(field, "\t\n");
	if (**line != '\0')
		*(*line)++ = '\0';
	return field;
}

#endif
