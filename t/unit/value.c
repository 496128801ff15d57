/* Texts of arguments, as values of each kind. */
#include "config.h"

#include "libcar/cli/value.h"
#include "libcar/stream/filter.h"
#include "t/lib/tap.h"

#define AS_BEFORE 4711
#define NUMBERS "isn't a number such as 10"
#define SMALL(limit) "is too small, the minimum is " limit
#define LARGE(limit) "is too large, the maximum is " limit
#define SIZES "isn't a size such as 64M"
#define TIMES "isn't a time such as 30s"

static uint64_t number;
static unsigned count;

static const struct cli_option a_number = { 'n', "n", "n", "help",
	CLI_NUMBER(&number, NULL, 3, 100) };
static const struct cli_option any_number = { 'n', "n", "n", "help",
	CLI_NUMBER(&number, NULL, 0, UINT64_MAX) };
static const struct cli_option a_count = { 'j', "jobs", "n", "help",
	CLI_COUNT(&count, NULL, 1, UINT32_MAX) };
static const struct cli_option a_size = { 0, "size", "size", "help",
	CLI_SIZE(&number, NULL, 1, UINT64_MAX) };
static const struct cli_option a_time = { 't', "time", "time", "help",
	CLI_TIME(&number, NULL, 0, UINT64_MAX) };
static const struct cli_option a_long_time = { 't', "time", "time", "help",
	CLI_TIME(&number, NULL, 1000, 86400000) };

static void
test_numbers(void)
{
	static const struct {
		const struct cli_option *option;
		const char *text;
		uint64_t want;
	} all[] = {
		{ &a_number, "3", 3 },
		{ &a_number, "100", 100 },
		{ &a_number, "0007", 7 },
		{ &any_number, "0", 0 },
		{ &any_number, "18446744073709551615", UINT64_MAX },
		{ &a_size, "1", 1 },
		{ &a_size, "1k", 1024 },
		{ &a_size, "1K", 1024 },
		{ &a_size, "64M", 67108864 },
		{ &a_size, "4g", (uint64_t)4 << 30 },
		{ &a_size, "3T", (uint64_t)3 << 40 },
		{ &a_size, "16777215T", (uint64_t)16777215 << 40 },
		{ &a_time, "0", 0 },
		{ &a_time, "00", 0 },
		{ &a_time, "0d", 0 },
		{ &a_time, "1ms", 1 },
		{ &a_time, "10", 10000 },
		{ &a_time, "30s", 30000 },
		{ &a_time, "30S", 30000 },
		{ &a_time, "10m", 600000 },
		{ &a_time, "1h", 3600000 },
		{ &a_time, "2d", 172800000 },
		{ &a_long_time, "1s", 1000 },
		{ &a_long_time, "24h", 86400000 },
	};
	struct status st;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		number = AS_BEFORE;
		is_int(cli_value_set(all[i].option, all[i].text, &st), 0,
		    "%s is one", all[i].text);
		ok(number == all[i].want, "its value");
	}
}

static void
test_wrong_numbers(void)
{
	static const struct {
		const struct cli_option *option;
		const char *text, *want;
	} all[] = {
		{ &a_number, "", NUMBERS },
		{ &a_number, "x", NUMBERS },
		{ &a_number, "5x", NUMBERS },
		{ &a_number, "5 ", NUMBERS },
		{ &a_number, " 5", NUMBERS },
		{ &a_number, "+5", NUMBERS },
		{ &a_number, "-5", NUMBERS },
		{ &a_number, "0x5", NUMBERS },
		{ &a_number, "5k", NUMBERS },
		{ &a_number, "2", SMALL("3") },
		{ &a_number, "0", SMALL("3") },
		{ &a_number, "101", LARGE("100") },
		{ &any_number, "18446744073709551616",
		    LARGE("18446744073709551615") },
		{ &any_number, "99999999999999999999999x", NUMBERS },
		{ &a_size, "M", SIZES },
		{ &a_size, "1.5G", SIZES },
		{ &a_size, "64MB", SIZES },
		{ &a_size, "0", SMALL("1") },
		{ &a_size, "0G", SMALL("1") },
		{ &a_size, "16777216T", LARGE("18446744073709551615") },
		{ &a_size, "18446744073709551615k",
		    LARGE("18446744073709551615") },
		{ &a_time, "5x", TIMES },
		{ &a_time, "0x", TIMES },
		{ &a_time, "1h30m", TIMES },
		{ &a_time, "5.5", TIMES },
		{ &a_time, "999999999999d", LARGE("18446744073709551615ms") },
		{ &a_time, "99999999999999999",
		    LARGE("18446744073709551615ms") },
		{ &a_long_time, "0", SMALL("1s") },
		{ &a_long_time, "999ms", SMALL("1s") },
		{ &a_long_time, "86401s", LARGE("1d") },
		{ &a_long_time, "86401", LARGE("1d") },
	};
	char want[128];
	struct status st;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		number = AS_BEFORE;
		is_int(cli_value_set(all[i].option, all[i].text, &st), -1,
		    "'%s' is none", all[i].text);
		snprintf(want, sizeof(want), "'%s' %s", all[i].text,
		    all[i].want);
		is_str(st.msg, want, "why");
		is_int(st.code, STATUS_BAD_SYNTAX, "its code");
		is_int(number, AS_BEFORE, "nothing is stored");
	}
}

static void
test_count(void)
{
	struct status st;

	is_int(cli_value_set(&a_count, "4294967295", &st), 0, "a count");
	is_int(count, UINT32_MAX, "all bits of it");
	is_int(cli_value_set(&a_count, "4294967296", &st), -1, "one more");
	is_str(st.msg, "'4294967296' is too large, the maximum is 4294967295",
	    "why");
	is_int(count, UINT32_MAX, "nothing is stored");
}

static void
test_long(void)
{
	char text[1000];
	struct status st;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	cli_value_set(&a_number, text, &st);
	ok(strstr(st.msg, "x' isn't a number") != NULL,
	    "what is wrong with a long text is said, too");
}

static void
test_choice(void)
{
	static const char *const two[] = { "error", "pass", NULL };
	static const char *const three[] = { "a", "b", "c", NULL };
	static unsigned choice = AS_BEFORE;
	static const struct cli_option of_two = { 0, "invalid", "how", "help",
		CLI_CHOICE(&choice, two) };
	static const struct cli_option of_three = { 0, "x", "x", "help",
		CLI_CHOICE(&choice, three) };
	struct status st;

	is_int(cli_value_set(&of_two, "drop", &st), -1, "none of two");
	is_str(st.msg, "'drop' is neither error nor pass", "why");
	is_int(cli_value_set(&of_two, "", &st), -1, "an empty one");
	is_int(cli_value_set(&of_two, "pas", &st), -1, "its beginning");
	is_int(choice, AS_BEFORE, "nothing is stored");
	is_int(cli_value_set(&of_two, "pass", &st), 0, "the second");
	is_int(choice, 1, "its index");
	is_int(cli_value_set(&of_two, "error", &st), 0, "the first");
	is_int(choice, 0, "the last one counts");
	is_int(cli_value_set(&of_three, "d", &st), -1, "none of three");
	is_str(st.msg, "'d' is neither a, b nor c", "why");
}

static void
test_texts(void)
{
	static const char *text = "default";
	static struct cli_list list;
	static bool flag;
	static const struct cli_option a_text = { 0, "x", "x", "help",
		CLI_TEXT(&text, NULL) };
	static const struct cli_option a_list = { 0, "x", "x", "help",
		CLI_LIST(&list) };
	static const struct cli_option a_flag = { 0, "x", NULL, "help",
		CLI_FLAG(&flag) };
	struct status st;

	is_int(cli_value_set(&a_text, "", &st), 0, "a text may be empty");
	is_str(text, "", "it is that");
	is_int(cli_value_set(&a_list, "b", &st), 0, "one of a list");
	is_int(cli_value_set(&a_list, "a", &st), 0, "another one");
	is_int(cli_value_set(&a_list, "b", &st), 0, "the first again");
	is_int(list.count, 3, "all are there");
	is_str(list.items[0], "b", "as they came");
	is_str(list.items[1], "a", "as they came");
	cli_list_free(&list);
	ok(list.items == NULL && list.count == 0, "the list is empty again");
	cli_list_free(&list);
	is_int(cli_value_set(&a_flag, NULL, &st), 0, "a flag has no text");
	ok(flag, "it is set");
}

static void
test_filter(void)
{
	static struct filter filter;
	static const struct cli_option option = { 'c', "x", "x", "help",
		CLI_FILTER(&filter) };
	struct status st;

	is_int(cli_value_set(&option, "a.b.*", &st), 0, "a prefix");
	is_int(cli_value_set(&option, "a.b.c", &st), 0, "an NSID");
	is_int(cli_value_set(&option, "x", &st), -1, "neither");
	is_str(st.msg, "'x' is neither an NSID nor a prefix.*", "why");
	is_int(filter.count, 2, "what is good was added");
	filter_free(&filter);
}

int
main(void)
{
	test_numbers();
	test_wrong_numbers();
	test_count();
	test_long();
	test_choice();
	test_texts();
	test_filter();
	return done_testing();
}
