/*
 * address: which network addresses are public.
 *
 * Not public are the blocks that IANA's special-purpose registries (RFC 6890)
 * don't call globally reachable: "this network", private, CGNAT, loopback,
 * link-local, documentation, benchmarking, reserved, multicast, and for IPv6
 * everything outside 2000::/3, and Teredo, ORCHID, documentation and 6to4
 * inside it. An address that is v4-mapped, or has NAT64's well-known prefix
 * 64:ff9b::/96 (RFC 6052), counts as the IPv4 address in it.
 */
#ifndef LIBCAR_NET_ADDRESS_H
#define LIBCAR_NET_ADDRESS_H

#include <sys/socket.h>

#include <stdbool.h>

/* INET6_ADDRSTRLEN and a NUL. */
#define ADDRESS_MAX_TEXT 48

/* Is it a public address of AF_INET or AF_INET6? len: of the struct. */
bool address_is_public(const struct sockaddr *, socklen_t len);

/* Can a cloud machine find its credentials there? These are the link-local
 * addresses (169.254.0.0/16 and fe80::/10, also inside an IPv6 address),
 * 64:ff9b:1::/48, which may lead to them (RFC 8215), and fd00:ec2::254. */
bool address_is_secret(const struct sockaddr *, socklen_t len);

/* Write the address without its port; "?" for other families. */
void address_format(char out[ADDRESS_MAX_TEXT], const struct sockaddr *,
    socklen_t len);

#endif
