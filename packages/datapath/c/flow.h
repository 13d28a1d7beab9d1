/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Conntrack: one entry for a flow, found from either side; whether what it says still holds; TCP state and time. */
#pragma once
#include "config.h"
#include "maps.h"
#include "report.h"

/* Any order of the ends does, so they are compared as their bytes lie. The side that sends: 0 or 1. */
AXM_INLINE __u32 flow_key4(struct axm_flow_key4 *key, __be32 source, __be32 destination, __be16 source_port, __be16 destination_port,
			   __u8 protocol)
{
	__u64 a = (__u64)source << 16 | source_port, b = (__u64)destination << 16 | destination_port;
	__u32 side = a > b;

	if (side) {
		key->address[0] = destination;
		key->address[1] = source;
		key->port[0] = destination_port;
		key->port[1] = source_port;
	} else {
		key->address[0] = source;
		key->address[1] = destination;
		key->port[0] = source_port;
		key->port[1] = destination_port;
	}
	key->protocol = protocol;
	key->zone = 0;
	key->reserved = 0;
	return side;
}

AXM_INLINE __u32 flow_key6(struct axm_flow_key6 *key, const axm_ipv6 *source, const axm_ipv6 *destination, __be16 source_port,
			   __be16 destination_port, __u8 protocol)
{
	__u64 s0 = source->part[0], s1 = source->part[1], d0 = destination->part[0], d1 = destination->part[1];
	__u32 side = s0 != d0 ? s0 > d0 : s1 != d1 ? s1 > d1 : source_port > destination_port;

	if (side) {
		key->address[0].part[0] = d0;
		key->address[0].part[1] = d1;
		key->address[1].part[0] = s0;
		key->address[1].part[1] = s1;
		key->port[0] = destination_port;
		key->port[1] = source_port;
	} else {
		key->address[0].part[0] = s0;
		key->address[0].part[1] = s1;
		key->address[1].part[0] = d0;
		key->address[1].part[1] = d1;
		key->port[0] = source_port;
		key->port[1] = destination_port;
	}
	key->protocol = protocol;
	key->zone = 0;
	key->reserved = 0;
	return side;
}

AXM_INLINE struct axm_endpoint *endpoint_in(__u32 slot)
{
	return bpf_map_lookup_elem(&axm_endpoints, &slot);
}

/* The endpoint of a link: in the slot of its number, else where the table of the others says. */
AXM_INLINE struct axm_endpoint *endpoint_of(__u32 ifindex, __u32 *slot)
{
	struct axm_endpoint *ep;
	__u32 *more;

	*slot = ifindex & CONFIG(endpoint_mask);
	ep = endpoint_in(*slot);
	if (likely(ep && ep->ifindex == ifindex))
		return ep;
	more = bpf_map_lookup_elem(&axm_more_endpoints, &ifindex);
	if (!more)
		return NULL;
	*slot = *more;
	ep = endpoint_in(*slot);
	return ep && ep->ifindex == ifindex ? ep : NULL;
}

/* Whether what was known of a peer when the flow was judged is still so. */
AXM_INLINE int same_generation(const struct axm_flow_side *side)
{
	__u32 index = side->peer, *now = bpf_map_lookup_elem(&axm_peer_generations, &index);
	return likely(now && *now == side->generation);
}

/* The same of an end of which nothing else is known: its own tables too, if it is local. */
AXM_INLINE int same_end(const struct axm_flow *flow, __u32 side)
{
	const struct axm_flow_side *end = &flow->side[side & 1];
	if (end->revision) {
		struct axm_endpoint *ep = endpoint_in(flow->slot[side & 1]);
		if (!ep || ep->policy.revision != end->revision)
			return 0;
	}
	return same_generation(end);
}

AXM_INLINE __u32 idle_limit(const struct axm_flow *flow, __u8 protocol)
{
	struct axm_settings *limits = settings();
	__u8 a = flow->side[0].tcp, b = flow->side[1].tcp;
	if (!limits)
		return 0;
	switch (protocol) {
	case IPPROTO_TCP:
		if ((a & b & TH_FIN) || ((a | b) & TH_RST))
			return limits->tcp_closing;
		return a && b ? limits->tcp : limits->tcp_opening;
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
		return limits->udp;
	default:
		return limits->other;
	}
}

AXM_INLINE int is_expired(const struct axm_flow *flow, __u32 now, __u8 protocol)
{
	return now - flow->seen > idle_limit(flow, protocol);
}

/* A SYN on a flow that both sides, or a reset, have closed opens another one. */
AXM_INLINE int opens_again(const struct axm_flow *flow, __u8 tcp)
{
	__u8 a = flow->side[0].tcp, b = flow->side[1].tcp;
	return unlikely((tcp & (TH_SYN | TH_ACK)) == TH_SYN) && ((a & b & TH_FIN) || ((a | b) & TH_RST));
}

/* What a packet changes in its flow: written only where it does. `now` differs from flow->seen once in 256 jiffies. */
AXM_INLINE void keep_tcp(struct axm_flow_side *side, __u8 tcp)
{
	/* a side that has spoken has a bit set, so that an established flow is known without its SYN */
	__u8 bits = (tcp & TH_KEPT) | (tcp & TH_ACK ? 8 : 0);
	if (unlikely(bits & ~side->tcp))
		side->tcp |= bits;
}
