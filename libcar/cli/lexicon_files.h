/*
 * lexicon_files: reads lexicons from directories and files into a catalog, and
 * reports bad ones on standard error.
 */
#ifndef LIBCAR_CLI_LEXICON_FILES_H
#define LIBCAR_CLI_LEXICON_FILES_H

#include <stddef.h>

#include "libcar/base/status.h"
#include "libcar/lexicon/catalog.h"

#define LEXICON_FILES_MAX_DEPTH 32 /* of directories */

/*
 * Collect the lexicons at these paths, and link them. A directory stands for
 * the *.json files in it and below it. A file that isn't named *.json stands
 * for the records of com.atproto.lexicon.schema in its lines of at-ndjson(5).
 *
 * -1, with the path in the message: STATUS_UNREADABLE, STATUS_BAD_LINE (there
 * is no lexicon), STATUS_TOO_LARGE, STATUS_SYSTEM; or what
 * lexicon_catalog_link() says.
 */
int lexicon_files_load(struct lexicon_catalog *, const char *const *paths,
    size_t count, struct status *);

#endif
