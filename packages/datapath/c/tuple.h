/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who speaks to whom: what the parsers find, and all that is common to both families. */
#pragma once
#include "abi.h"

enum {
	TUPLE_RELATED = 1 << 0, /* an ICMP error: the tuple is that of the flow it is about, as if the sender had answered */
	TUPLE_FIRST_FRAGMENT = 1 << 1,
	TUPLE_LATER_FRAGMENT = 1 << 2,
	TUPLE_DONT_FRAGMENT = 1 << 3,
	TUPLE_GROUP = 1 << 4, /* multicast, broadcast, or a link's own addresses */
};

struct axm_tuple {
	axm_ipv6 source, destination; /* IPv4: the first four bytes, the others zero */
	__be16 source_port, destination_port;
	__u8 protocol, tcp, family, kind;
	__u16 number;   /* what policies look at when the sender opens: destination port, or ICMP type */
	__u16 answered; /* the same, when the receiver opened and this is an answer */
	__u16 l4;       /* where the transport header begins */
	__u8 hops;
	__u8 reserved;
};

AXM_INLINE __be32 *ipv4_of(const axm_ipv6 *address)
{
	return (__be32 *)address;
}

AXM_INLINE int same6(const axm_ipv6 *a, const axm_ipv6 *b)
{
	return a->part[0] == b->part[0] && a->part[1] == b->part[1];
}

/* One end of a packet. */
struct axm_end {
	struct axm_policy_word policy; /* all zero: not local */
	__u32 identity, peer, generation;
	__u32 index; /* of the identity, in tables of peers */
	__u32 to;    /* slot, node */
	__u32 place; /* enum axm_place */
	__u32 slot;
};

/* What is told of a packet besides its tuple. */
struct axm_told {
	__u32 type, reason, hook, direction, verdict;
	__u32 source_identity, destination_identity;
	__u16 egress, ingress;
};

/* Decisions on a flow, and which of them counts. */
struct axm_judgement {
	__u16 egress, ingress; /* 0: no table is asked on that side */
	__u8 verdict, direction;
	__u16 listener;
};

/* One packet on its walk from stage to stage. */
struct axm_walk {
	struct axm_tuple t;
	struct axm_end sender, receiver;
	struct axm_told told;
	struct axm_flow_side way; /* that it is sent */
	union {
		struct axm_flow_key4 v4;
		struct axm_flow_key6 v6;
	} key;
	__u32 hook, now;
	__u32 slot;     /* of the endpoint of the hook's link */
	__u32 identity; /* of the sender, from the tunnel's key */
	__u32 side;     /* of the flow, that sent it */
	__u32 found;    /* there is an entry */
	__u32 known;    /* and it is of this flow: neither over nor out of time */
	__u32 sender_opens; /* the packet is not an answer */
	__u32 listener; /* of a flow that is redirected */
	__u32 local;    /* the receiver is an endpoint here, in the slot `to` */
	__u32 to;
};

enum { TH_FIN = 1, TH_SYN = 2, TH_RST = 4, TH_ACK = 16, TH_KEPT = TH_FIN | TH_SYN | TH_RST };
