#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/hash.h"
#include "libcar/lexicon/lint_private.h"
#include "libcar/lexicon/meaning_private.h"
#include "libcar/lexicon/set_private.h"
#include "libcar/lexicon/text_private.h"
#include "libcar/lexicon/tree_private.h"

/*
 * The set of documents. A new document is parsed to a tree and linted. Unless
 * a document with the same digest is there, it is compiled. The documents are
 * in a hash table with linear probing. A removed document keeps its slot until
 * another of its id takes it, because an empty slot would hide the documents
 * behind it.
 */

/* The first allocation of each array, which is made at once: none is NULL. */
#define FIRST_BYTES 256

static int
start_arrays(struct lexicons *set)
{
	static const struct lexicon_schema none;
	struct buf *arrays[] = { &set->schemas, &set->names, &set->props,
		&set->objects, &set->slots, &set->defs, &set->integers,
		&set->strings };
	size_t i;

	for (i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
		if (buf_grow(arrays[i], FIRST_BYTES) == -1)
			return -1;
	buf_put(&set->schemas, &none, sizeof(none));
	return 0;
}

struct lexicons *
lexicons_new(void)
{
	struct lexicons *set = calloc(1, sizeof(*set));

	if (set != NULL && start_arrays(set) == -1) {
		lexicons_free(set);
		return NULL;
	}
	return set;
}

void
lexicons_free(struct lexicons *set)
{
	size_t i;

	if (set == NULL)
		return;
	for (i = 0; i < set->doc_count; i++)
		free(set->docs[i]);
	free(set->docs);
	free(set->doc_slots);
	free(set->records);
	buf_free(&set->schemas);
	buf_free(&set->names);
	buf_free(&set->props);
	buf_free(&set->objects);
	buf_free(&set->slots);
	buf_free(&set->defs);
	buf_free(&set->integers);
	buf_free(&set->strings);
	free(set);
}

size_t
lexicons_count(const struct lexicons *set)
{
	return set->doc_count - set->removed_count;
}

/* Strangers choose the ids. SHA-256 keeps them from choosing many ids with the
 * same slot. */
static size_t
slot_of(const struct lexicons *set, const char *id, size_t len)
{
	uint8_t digest[32];
	const struct lexicon_doc *doc;
	uint64_t at;

	hash_sha256(digest, id, len);
	memcpy(&at, digest, sizeof(at));
	for (at &= set->doc_cap - 1; set->doc_slots[at] != 0;
	     at = (at + 1) & (set->doc_cap - 1)) {
		doc = set->docs[set->doc_slots[at] - 1];
		if (doc->id_len == len && memcmp(doc->id, id, len) == 0)
			break;
	}
	return at;
}

const struct lexicon_doc *
lexicon_find_doc(const struct lexicons *set, const char *id, size_t len)
{
	const struct lexicon_doc *doc;
	uint32_t found;

	if (set->doc_cap == 0)
		return NULL;
	if ((found = set->doc_slots[slot_of(set, id, len)]) == 0)
		return NULL;
	doc = set->docs[found - 1];
	return doc->removed ? NULL : doc;
}

static int
grow_docs(struct lexicons *set)
{
	size_t cap = set->doc_cap > 0 ? 2 * set->doc_cap : 64, i;
	struct lexicon_doc **docs;
	uint32_t *slots;

	if (2 * (set->doc_count + 1) <= set->doc_cap)
		return 0;
	docs = realloc(set->docs, cap * sizeof(struct lexicon_doc *));
	if (docs == NULL)
		return -1;
	set->docs = docs;
	if ((slots = calloc(cap, sizeof(*slots))) == NULL)
		return -1;
	free(set->doc_slots);
	set->doc_slots = slots;
	set->doc_cap = cap;
	for (i = 0; i < set->doc_count; i++)
		slots[slot_of(set, docs[i]->id, docs[i]->id_len)] = i + 1;
	return 0;
}

static struct lexicon_doc *
new_doc(const struct lexicon_node *id)
{
	struct lexicon_doc *doc = calloc(1, sizeof(*doc) + id->len + 1);

	if (doc != NULL) {
		doc->id_len = id->len;
		memcpy(doc->id, id->text, id->len);
	}
	return doc;
}

/* Does the set have a document of this id, with the same meaning? */
static enum lexicon_added
find_known(const struct lexicons *set, const struct lexicon_node *id,
    const uint8_t digest[32], const char **known, struct status *st)
{
	const struct lexicon_doc *doc;

	if ((doc = lexicon_find_doc(set, id->text, id->len)) == NULL)
		return LEXICON_ADDED;
	*known = doc->id;
	if (memcmp(doc->digest, digest, sizeof(doc->digest)) == 0)
		return LEXICON_KNOWN;
	return status_set(st, STATUS_BAD_RECORD, 0,
	    "%s: another lexicon has this id", doc->id);
}

/* Use its own slot, or the one of a removed document. */
static void
place_doc(struct lexicons *set, struct lexicon_doc *doc)
{
	uint32_t *slot = &set->doc_slots[slot_of(set, doc->id, doc->id_len)];

	if (*slot != 0) {
		free(set->docs[*slot - 1]);
		set->removed_count--;
	} else
		*slot = ++set->doc_count;
	set->docs[*slot - 1] = doc;
	set->checked = 0;
}

static enum lexicon_added
add_tree(struct lexicons *set, const struct lexicon_tree *tree,
    const char **name, struct status *st)
{
	const struct lexicon_node *id = lexicon_tree_get(&tree->root, "id");
	struct lexicon_doc *doc;
	uint8_t digest[32];
	enum lexicon_added known;

	if (lexicon_meaning_digest(&tree->root, digest, st) == -1)
		return -1;
	if ((known = find_known(set, id, digest, name, st)) != LEXICON_ADDED)
		return known;
	if (grow_docs(set) == -1 || (doc = new_doc(id)) == NULL)
		return status_no_memory(st);
	if (lexicon_compile(set, &tree->root, doc) == -1) {
		free(doc);
		return status_no_memory(st);
	}
	memcpy(doc->digest, digest, sizeof(digest));
	place_doc(set, doc);
	*name = doc->id;
	return LEXICON_ADDED;
}

void
lexicons_remove(struct lexicons *set, const char *id, size_t len)
{
	struct lexicon_doc *doc;

	if (lexicon_find_doc(set, id, len) == NULL)
		return;
	doc = set->docs[set->doc_slots[slot_of(set, id, len)] - 1];
	doc->removed = true;
	set->removed_count++;
}

enum lexicon_added
lexicons_add(struct lexicons *set, const char *json, size_t len,
    const char **id, struct status *st)
{
	enum lexicon_added added = LEXICON_REFUSED;
	struct lexicon_tree tree;
	const char *name = NULL;

	if (id != NULL)
		*id = NULL;
	if (len > LEXICON_MAX_BYTES)
		return status_set(st, STATUS_TOO_LARGE, 0,
		    "lexicon of %zu bytes, want at most %d", len,
		    LEXICON_MAX_BYTES);
	if (lexicon_tree_parse(&tree, json, len, st) == -1)
		return -1;
	if (lexicon_lint(&tree.root, st) == 0)
		added = add_tree(set, &tree, &name, st);
	lexicon_tree_free(&tree);
	if (id != NULL)
		*id = name;
	return added;
}

const struct lexicon_name *
lexicon_find_name(const struct lexicons *set, uint32_t first, uint32_t count,
    const char *text, size_t len)
{
	const struct lexicon_name *names, *name;
	const char *strings = set->strings.data;
	size_t low = 0, high = count, middle;
	int c;

	names = LEXICON_AT(set, names, const struct lexicon_name, first);
	while (low < high) {
		middle = (low + high) / 2;
		name = &names[middle];
		c = lexicon_compare(text, len, strings + name->text, name->len);
		if (c == 0)
			return name;
		if (c < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct lexicon_record *
lexicon_find_record(const struct lexicons *set, const char *nsid, size_t len)
{
	size_t low = 0, high = set->record_count, middle;
	const struct lexicon_doc *doc;
	int c;

	while (low < high) {
		middle = (low + high) / 2;
		doc = set->records[middle].doc;
		if ((c = lexicon_compare(nsid, len, doc->id, doc->id_len)) == 0)
			return &set->records[middle];
		if (c < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

bool
lexicons_has_record(const struct lexicons *set, const char *nsid, size_t len)
{
	return lexicon_find_record(set, nsid, len) != NULL;
}
