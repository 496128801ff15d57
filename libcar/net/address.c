#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

#include "libcar/net/address.h"

/*
 * Two tables of blocks, for IPv4 and IPv6. If an IPv6 address contains an IPv4
 * address, the table for IPv4 decides.
 */

#define IPV4_IN_IPV6 12 /* offset of the IPv4 address, after 96 bits */

enum scope { PRIVATE, SECRET, PUBLIC, IPV4 };

struct block {
	uint8_t prefix[16];
	unsigned bits;
	enum scope is; /* IPV4: decided by its last four bytes */
};

/* The first block that contains an address decides. */
static const struct block ipv4_blocks[] = {
	{ { 0 }, 8, PRIVATE },             /* this network */
	{ { 10 }, 8, PRIVATE },            /* private */
	{ { 100, 64 }, 10, PRIVATE },      /* CGNAT */
	{ { 127 }, 8, PRIVATE },           /* loopback */
	{ { 169, 254 }, 16, SECRET },      /* link-local */
	{ { 172, 16 }, 12, PRIVATE },      /* private */
	{ { 192, 0, 0 }, 24, PRIVATE },    /* protocol assignments */
	{ { 192, 0, 2 }, 24, PRIVATE },    /* documentation */
	{ { 192, 88, 99 }, 24, PRIVATE },  /* 6to4 relays */
	{ { 192, 168 }, 16, PRIVATE },     /* private */
	{ { 198, 18 }, 15, PRIVATE },      /* benchmarking */
	{ { 198, 51, 100 }, 24, PRIVATE }, /* documentation */
	{ { 203, 0, 113 }, 24, PRIVATE },  /* documentation */
	{ { 224 }, 4, PRIVATE },           /* multicast */
	{ { 240 }, 4, PRIVATE },           /* reserved, broadcast */
	{ { 0 }, 0, PUBLIC },
};

static const struct block ipv6_blocks[] = {
	{ { [10] = 0xff, 0xff }, 96, IPV4 },      /* v4-mapped */
	{ { 0x00, 0x64, 0xff, 0x9b }, 96, IPV4 }, /* NAT64 */
	/* Local NAT64: the network chooses where the IPv4 address is. */
	{ { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 }, 48, SECRET },
	/* A cloud's credentials over IPv6: fd00:ec2::254 */
	{ { 0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, 0x54 }, 128, SECRET },
	{ { 0x20, 0x01 }, 23, PRIVATE },             /* Teredo, ORCHID */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32, PRIVATE }, /* documentation */
	{ { 0x20, 0x02 }, 16, PRIVATE },             /* 6to4 */
	{ { 0x3f, 0xff }, 20, PRIVATE },             /* documentation */
	{ { 0xfe, 0x80 }, 10, SECRET },              /* link-local */
	{ { 0x20 }, 3, PUBLIC },
	{ { 0 }, 0, PRIVATE },
};

static bool
contains(const struct block *block, const uint8_t *bytes)
{
	unsigned whole = block->bits / 8, rest = block->bits % 8;

	return memcmp(bytes, block->prefix, whole) == 0 &&
	    (rest == 0 ||
		(bytes[whole] ^ block->prefix[whole]) >> (8 - rest) == 0);
}

/* The last block of a table contains every address. */
static const struct block *
find(const struct block *block, const uint8_t *bytes)
{
	while (!contains(block, bytes))
		block++;
	return block;
}

/* Its 4 or 16 bytes; 0 for other families. */
static size_t
get_bytes(uint8_t out[16], const struct sockaddr *address, socklen_t len)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (len >= sizeof(in) && address->sa_family == AF_INET) {
		memcpy(&in, address, sizeof(in));
		memcpy(out, &in.sin_addr, 4);
		return 4;
	}
	if (len >= sizeof(in6) && address->sa_family == AF_INET6) {
		memcpy(&in6, address, sizeof(in6));
		memcpy(out, &in6.sin6_addr, 16);
		return 16;
	}
	return 0;
}

static enum scope
scope_of(const struct sockaddr *address, socklen_t len)
{
	enum scope is;
	uint8_t bytes[16];
	size_t n = get_bytes(bytes, address, len);

	if (n == 0)
		return PRIVATE;
	if (n == 4)
		return find(ipv4_blocks, bytes)->is;
	is = find(ipv6_blocks, bytes)->is;
	return is == IPV4 ? find(ipv4_blocks, bytes + IPV4_IN_IPV6)->is : is;
}

bool
address_is_public(const struct sockaddr *address, socklen_t len)
{
	return scope_of(address, len) == PUBLIC;
}

bool
address_is_secret(const struct sockaddr *address, socklen_t len)
{
	return scope_of(address, len) == SECRET;
}

void
address_format(char out[ADDRESS_MAX_TEXT], const struct sockaddr *address,
    socklen_t len)
{
	uint8_t bytes[16];
	size_t n = get_bytes(bytes, address, len);

	if (n == 0)
		strcpy(out, "?");
	else
		inet_ntop(n == 4 ? AF_INET : AF_INET6, bytes, out,
		    ADDRESS_MAX_TEXT);
}
