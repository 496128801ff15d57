#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/lexicon/lint_private.h"
#include "libcar/lexicon/set_private.h"
#include "libcar/lexicon/text_private.h"

/*
 * References are texts until all documents are there. Linking gives each the
 * schema that it leads to, or 0 if its document is missing, and lists the
 * records by NSID. It may be repeated after documents were added or removed.
 */

/* Definitions are sorted by their names, as the tree's members were. */
static const struct lexicon_def *
find_def(const struct lexicons *set, const struct lexicon_doc *doc,
    const char *name, size_t len)
{
	const struct lexicon_def *defs, *def;
	size_t low = 0, high = doc->def_count, middle;
	int c;

	defs = LEXICON_AT(set, defs, const struct lexicon_def, doc->defs);
	while (low < high) {
		middle = (low + high) / 2;
		def = &defs[middle];
		c = lexicon_compare(name, len, set->strings.data + def->text,
		    def->len);
		if (c == 0)
			return def;
		if (c < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static int
refuse(const struct lexicon_doc *doc, const char *text, size_t len,
    const char *why, struct status *st)
{
	return status_set(st, STATUS_BAD_SYNTAX, 0, "%.80s: %s to %.*s: %s",
	    doc->id, "reference", (int)(len < 100 ? len : 100), text, why);
}

/* A union's members must be objects, because only these have a $type. */
static int
link_name(struct lexicons *set, const struct lexicon_doc *doc,
    struct lexicon_name *name, bool member, struct status *st)
{
	const char *text = set->strings.data + name->text, *hash;
	const struct lexicon_doc *other;
	const struct lexicon_def *def;
	size_t n = name->len;

	name->target = 0;
	if ((hash = memchr(text, '#', name->len)) != NULL)
		n = hash - text;
	if ((other = lexicon_find_doc(set, text, n)) == NULL)
		return 0;
	def = hash != NULL ? find_def(set, other, hash + 1, name->len - n - 1) :
			     find_def(set, other, "main", 4);
	if (def == NULL)
		return refuse(doc, text, name->len, "no such definition", st);
	if (def->schema == 0)
		return refuse(doc, text, name->len, "can't be referred to", st);
	if (member && LEXICON_SCHEMA(set, def->schema)->kind != KIND_OBJECT)
		return refuse(doc, text, name->len, "not an object", st);
	name->target = def->schema;
	return 0;
}

static int
link_doc(struct lexicons *set, const struct lexicon_doc *doc, struct status *st)
{
	const struct lexicon_schema *s;
	struct lexicon_name *names;
	uint32_t i, k;

	if (doc->removed)
		return 0;
	for (i = 0; i < doc->schema_count; i++) {
		s = LEXICON_SCHEMA(set, doc->schemas + i);
		if (s->kind != KIND_REF && s->kind != KIND_UNION)
			continue;
		names = LEXICON_AT(set, names, struct lexicon_name, s->first);
		for (k = 0; k < s->count; k++)
			if (link_name(set, doc, &names[k],
				s->kind == KIND_UNION, st) == -1)
				return -1;
	}
	return 0;
}

static int
compare_records(const void *a, const void *b)
{
	const struct lexicon_record *x = a, *y = b;

	return strcmp(x->doc->id, y->doc->id);
}

static int
list_records(struct lexicons *set, struct status *st)
{
	const struct lexicon_def *def;
	struct lexicon_record *r;
	size_t i;

	free(set->records);
	set->record_count = 0;
	set->records = calloc(set->doc_count + 1, sizeof(*set->records));
	if (set->records == NULL)
		return status_no_memory(st);
	for (i = 0; i < set->doc_count; i++) {
		if (set->docs[i]->removed)
			continue;
		def = find_def(set, set->docs[i], "main", 4);
		if (def == NULL || def->kind != KIND_RECORD)
			continue;
		r = &set->records[set->record_count++];
		r->doc = set->docs[i];
		r->def = def -
		    LEXICON_AT(set, defs, const struct lexicon_def, 0);
	}
	qsort(set->records, set->record_count, sizeof(*set->records),
	    compare_records);
	return 0;
}

/* Removing a document only leaves references without a target, which is valid.
 * So no document is checked twice, even if many have bad references. */
int
lexicons_link(struct lexicons *set, struct status *st)
{
	size_t i;

	set->blamed = NULL;
	for (; set->checked < set->doc_count; set->checked++)
		if (link_doc(set, set->docs[set->checked], st) == -1) {
			set->blamed = set->docs[set->checked];
			return -1;
		}
	for (i = 0; i < set->doc_count; i++)
		if (link_doc(set, set->docs[i], st) == -1)
			return -1;
	return list_records(set, st);
}

const char *
lexicons_blamed(const struct lexicons *set)
{
	return set->blamed != NULL ? set->blamed->id : NULL;
}
