/* The counts of the status page: of made-up rows, and, with the name of a
 * database as operand, of its rows, which are printed. */
#include "config.h"

#include "libcar/serve/figures.h"
#include "t/lib/tap.h"

#define NOW (INT64_C(20000) * FIGURES_DAY_MS + 1000)

static struct status st;

static void
add(struct figures *f, const struct db_census_account *a)
{
	if (figures_add_account(f, a, &st) == -1)
		printf("Bail out! %s\n", st.msg);
}

static const char *
top(const struct figures_table *t, size_t i)
{
	return i < t->ntop ? t->top[i]->named.name : "none";
}

static void
accounts(void)
{
	struct db_census_account a = { .did = slice_of("did:plc:a"),
		.host = slice_of("https://a.example"),
		.loaded_ms = NOW - FIGURES_DAY_MS,
		.records = 5 };
	struct figures f;

	figures_begin(&f, NOW);
	add(&f, &a);
	a.loaded_ms = NOW - 40 * FIGURES_DAY_MS;
	a.missing = slice_of("gap");
	add(&f, &a);
	a.loaded_ms = NOW + 5 * FIGURES_DAY_MS;
	add(&f, &a);
	a.state = DB_CENSUS_FAILED;
	a.loaded_ms = 0;
	a.status = slice_of("deleted");
	a.error = slice_of("Timeout");
	a.message = slice_of("<b>no answer</b>");
	a.host = slice_of("https://b.example");
	a.retry = true;
	add(&f, &a);
	figures_end(&f, NOW + 5);
	is_int(f.accounts, 4, "accounts");
	is_int(f.states[DB_CENSUS_COMPLETED], 3, "completed");
	is_int(f.states[DB_CENSUS_FAILED], 1, "failed");
	is_int(f.retry, 1, "may be retried");
	is_int(f.synced, 1, "synced");
	is_int(f.records, 20, "records");
	is_int(f.loaded[FIGURES_DAYS - 2], 1, "loaded yesterday");
	is_int(f.loaded[FIGURES_DAYS - 1], 1, "the future counts as today");
	is_int(f.missing.top[0]->n, 3, "not synced, by reason");
	is_str(top(&f.missing, 0), "gap", "the reason");
	is_str(top(&f.hidden, 0), "deleted", "hidden");
	is_str(top(&f.failures, 0), "Timeout", "the error");
	is_mem(f.failures.top[0]->examples[0].message,
	    f.failures.top[0]->examples[0].message_len, a.message.at,
	    a.message.len, "its example");
	is_str(top(&f.hosts, 0), "https://a.example", "the largest host");
	is_str(top(&f.failing, 0), "https://b.example", "the one that fails");
	is_str(top(&f.failing, 1), "none", "the only one");
	is_int(f.failing.total, 1, "failed accounts of hosts");
	figures_free(&f);
}

/* More names than are kept apart, and more than are shown. */
static void
many_names(void)
{
	static struct figures f;
	char name[32];
	struct slice t;
	int i, j;

	figures_begin(&f, NOW);
	for (j = 0; j < 2; j++)
		for (i = 0; i < FIGURES_MAX_NAMES + 50; i++) {
			t.at = name;
			t.len = snprintf(name, sizeof(name), "E%05d", i);
			figures_add_errors(&f, &t, i % 100 + 1, &st);
		}
	figures_end(&f, NOW);
	is_int(f.record_errors.names.count, FIGURES_MAX_NAMES,
	    "names are bounded");
	is_int(f.record_errors.ntop, FIGURES_TOP, "so are those that count");
	is_str(top(&f.record_errors, 0), "E00099", "the first of the greatest");
	is_str(top(&f.record_errors, 19), "E01999", "in their order");
	is_int(f.record_errors.others + 20 * 200, f.record_errors.total,
	    "the others");
	is_int(f.record_errors.total,
	    2 * (50 * 51 / 2 + FIGURES_MAX_NAMES / 100 * 5050), "the total");
	figures_free(&f);
}

static void
long_names(void)
{
	static char did[FIGURES_DID_BYTES + 1], message[1000];
	struct db_census_account a = { .state = DB_CENSUS_FAILED,
		.error = slice_of("Timeout"),
		.did = { did, sizeof(did) },
		.message = { message, sizeof(message) } };
	struct figures f;

	memset(did, 'd', sizeof(did));
	memset(message, 'm', sizeof(message));
	figures_begin(&f, NOW);
	add(&f, &a);
	is_int(figures_add_account(&f, &a, &st), 0, "a long DID");
	a.did.len--;
	add(&f, &a);
	add(&f, &a);
	add(&f, &a);
	figures_end(&f, NOW);
	is_int(f.failures.top[0]->n, 5, "all count");
	is_int(f.failures.top[0]->nexamples, FIGURES_EXAMPLES, "two examples");
	is_int(f.failures.top[0]->examples[1].did_len, FIGURES_DID_BYTES,
	    "the longest DID");
	is_int(f.failures.top[0]->examples[1].message_len,
	    FIGURES_MESSAGE_BYTES, "the beginning of a message");
	figures_free(&f);
}

static void
print_table(const char *title, const struct figures_table *t)
{
	size_t i;

	for (i = 0; i < t->ntop; i++)
		printf("%s %s %lld %lld\n", title, t->top[i]->named.name,
		    (long long)t->top[i]->n, (long long)t->top[i]->failed);
	if (t->others > 0)
		printf("%s ... %lld\n", title, (long long)t->others);
}

static void
print_line(const char *title, int64_t n)
{
	if (n != 0)
		printf("%s %lld\n", title, (long long)n);
}

static void
print(const struct figures *f)
{
	int i;

	print_line("accounts", f->accounts);
	for (i = 0; i < DB_CENSUS_STATES; i++)
		print_line(db_census_states[i], f->states[i]);
	print_line("retry", f->retry);
	print_line("synced", f->synced);
	print_line("records", f->records);
	print_line("bad_records", f->bad_records);
	print_table("hidden", &f->hidden);
	print_table("missing", &f->missing);
	print_table("failure", &f->failures);
	print_table("record_error", &f->record_errors);
	print_table("host", &f->hosts);
	print_table("failing", &f->failing);
	print_line("dids", f->dids);
	print_line("operations", f->operations);
	print_line("audited", f->audited);
	print_line("newest_ms", f->newest_ms);
	print_line("newest_audited_ms", f->newest_audited_ms);
}

/* Count a whole database. */
static int
count_all(struct db *db, struct figures *f)
{
	struct db_census_place place = { 0 };
	int64_t from, after = DB_CENSUS_BEGIN;
	int more;

	do {
		from = after;
		more = db_census_accounts(db, &after, figures_add_account, f,
		    &st);
		if (more == 1 &&
		    db_census_errors(db, from, after, figures_add_errors, f,
			&st) == -1)
			more = -1;
	} while (more == 1);
	while (more != -1 &&
	    (more = db_census_operations(db, &place, figures_add_operation, f,
		 &st)) == 1)
		;
	db_census_place_free(&place);
	return more;
}

static int
of_database(const char *name)
{
	struct figures f;
	struct db *db;
	int rc;

	if (db_open_read(&db, name, 60000, &st) == -1) {
		fprintf(stderr, "%s\n", st.msg);
		return 1;
	}
	figures_begin(&f, 0);
	rc = count_all(db, &f);
	figures_end(&f, 0);
	if (rc == -1)
		fprintf(stderr, "%s\n", st.msg);
	else
		print(&f);
	figures_free(&f);
	db_close(db);
	return rc == -1;
}

int
main(int argc, char **argv)
{
	if (argc == 2)
		return of_database(argv[1]);
	accounts();
	many_names();
	long_names();
	return done_testing();
}
