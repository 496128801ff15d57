/* Which network addresses are public, by the first and last address of each
 * special block. */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "libcar/net/address.h"
#include "t/lib/tap.h"

/* The first and last address of a block, and the addresses before and after it.
 * Empty: there is none, or another row has it. */
static const struct {
	const char *before, *first, *last, *after;
} blocks[] = {
	{ "", "0.0.0.0", "0.255.255.255", "1.0.0.0" },
	{ "9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0" },
	{ "100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0" },
	{ "126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0" },
	{ "169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0" },
	{ "172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0" },
	{ "191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0" },
	{ "192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0" },
	{ "192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0" },
	{ "192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0" },
	{ "198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0" },
	{ "198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0" },
	{ "203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0" },
	{ "223.255.255.255", "224.0.0.0", "239.255.255.255", "" },
	{ "", "240.0.0.0", "255.255.255.255", "" },
	{ "", "::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2000::" },
	{ "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::" },
	{ "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::",
	    "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::" },
	{ "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::" },
	{ "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::" },
	{ "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "" },
};

/* One address each that isn't a whole block. */
static const struct {
	const char *text;
	bool is_public;
} others[] = {
	{ "1.1.1.1", true }, { "192.0.0.9", false },
	{ "2606:4700:4700::1111", true }, { "2a00::1", true }, { "::1", false },
	{ "::1.1.1.1", false },      /* v4-compatible */
	{ "::fffe:1.1.1.1", false }, /* beside v4-mapped */
	{ "::1:0:1.1.1.1", false },
	{ "::ffff:0:1.1.1.1", false }, /* RFC 2765's translated */
	{ "::1:ffff:1.1.1.1", false }, { "100::", false }, /* discard-only */
	{ "64:ff9a:ffff:ffff:ffff:ffff:1.1.1.1", false },
	{ "64:ff9b::1:1.1.1.1", false }, /* 64:ff9b::/96 ends before */
	{ "64:ff9b:1::1.1.1.1", false }, /* NAT64 of local use */
	{ "64:ff9b:1:ffff:ffff:ffff:1.1.1.1", false },
	{ "2001::1.1.1.1", false },                 /* Teredo */
	{ "2001:20::1", false },                    /* ORCHIDv2 */
	{ "2002:101:101::", false },                /* 6to4 of 1.1.1.1 */
	{ "5f00::1", false },                       /* segment routing */
	{ "fc00::1", false },                       /* unique local */
	{ "fdff::1", false }, { "fe80::1", false }, /* link-local */
	{ "fec0::1", false },                       /* site-local */
	{ "ff02::1", false },                       /* multicast */
};

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
};

static socklen_t
parse(union address *address, const char *text)
{
	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, text, &address->in.sin_addr) == 1) {
		address->in.sin_family = AF_INET;
		address->in.sin_port = htons(443);
		return sizeof(address->in);
	}
	if (inet_pton(AF_INET6, text, &address->in6.sin6_addr) == 1) {
		address->in6.sin6_family = AF_INET6;
		address->in6.sin6_port = htons(443);
		return sizeof(address->in6);
	}
	printf("Bail out! no address %s\n", text);
	exit(2);
}

/* A sanitizer notices a read beyond the length. */
static bool
is_public(const union address *address, socklen_t len)
{
	struct sockaddr *exact = malloc(len);
	bool result;

	memcpy(exact, address, len);
	result = address_is_public(exact, len);
	free(exact);
	return result;
}

static void
check(const char *text, bool want)
{
	union address address;
	socklen_t len = parse(&address, text);

	ok(is_public(&address, len) == want, "%s is %s", text,
	    want ? "public" : "not public");
}

static void
check_inside(const char *head, const char *text, bool want)
{
	char inside[ADDRESS_MAX_TEXT];

	snprintf(inside, sizeof(inside), "%s%s", head, text);
	check(inside, want);
}

static void
edge(const char *text, bool want)
{
	if (*text == '\0')
		return;
	check(text, want);
	if (strchr(text, ':') != NULL)
		return;
	check_inside("::ffff:", text, want);
	check_inside("64:ff9b::", text, want);
}

static void
test_blocks(void)
{
	size_t i;

	for (i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		edge(blocks[i].before, true);
		edge(blocks[i].first, false);
		edge(blocks[i].last, false);
		edge(blocks[i].after, true);
	}
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		check(others[i].text, others[i].is_public);
}

static void
test_secret(void)
{
	static const struct {
		const char *text;
		bool want;
	} rows[] = {
		{ "169.253.255.255", false },
		{ "169.254.0.0", true },
		{ "169.254.255.255", true },
		{ "169.255.0.0", false },
		{ "::ffff:169.254.169.254", true },
		{ "64:ff9b::169.254.169.254", true },
		{ "64:ff9b:1::169.254.169.254", true },
		{ "64:ff9b:1:ffff:ffff:ffff:1.1.1.1", true },
		{ "64:ff9b:2::169.254.169.254", false },
		{ "fd00:ec2::254", true },
		{ "fd00:ec2::255", false },
		{ "fe7f:ffff::1", false },
		{ "fe80::1", true },
		{ "febf:ffff::1", true },
		{ "fec0::1", false },
		{ "127.0.0.1", false },
		{ "fd00::1", false },
		{ "1.1.1.1", false },
		{ "::169.254.169.254", false },
	};
	union address address;
	socklen_t len;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		len = parse(&address, rows[i].text);
		ok(address_is_secret(&address.any, len) == rows[i].want,
		    "%s is %swhere credentials are", rows[i].text,
		    rows[i].want ? "" : "not ");
	}
}

/* Too short, or of another address family. */
static void
test_structs(void)
{
	union address address;
	socklen_t len = parse(&address, "1.1.1.1");
	char text[ADDRESS_MAX_TEXT];

	ok(!is_public(&address, len - 1), "an IPv4 address that is cut");
	ok(!is_public(&address, 1), "a byte");
	ok(!is_public(&address, 0), "nothing");
	address_format(text, &address.any, len - 1);
	is_str(text, "?", "no text of one that is cut");
	address_format(text, &address.any, 0);
	is_str(text, "?", "no text of nothing");
	len = parse(&address, "2a00::1");
	ok(!is_public(&address, len - 1), "an IPv6 address that is cut");
	ok(is_public(&address, sizeof(address)), "one with more room");
	address.any.sa_family = AF_UNIX;
	ok(!is_public(&address, sizeof(address.un)), "another family");
	address_format(text, &address.any, sizeof(address.un));
	is_str(text, "?", "no text of another family");
}

static void
formats(const char *text)
{
	char got[ADDRESS_MAX_TEXT];
	union address address;
	socklen_t len = parse(&address, text);

	address_format(got, &address.any, len);
	is_str(got, text, "writes %s", text);
}

int
main(void)
{
	test_blocks();
	test_secret();
	test_structs();
	formats("0.0.0.0");
	formats("203.0.113.255");
	formats("::");
	formats("2a00:1234::1");
	formats("::ffff:127.0.0.1");
	formats("1111:2222:3333:4444:5555:6666:7777:8888");
	return done_testing();
}
