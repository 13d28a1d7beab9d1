/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An ICMP error belongs to the flow of the packet that it quotes. That packet was sent by whom the error goes to, so the error is taken
 * for an answer: the quoted tuple turned round.
 */
#pragma once
#include "parse.h"

/* 0 or a reason; afterwards the tuple is that of the flow. */
AXM_INLINE int related_tuple(struct __sk_buff *skb, struct axm_tuple *t, __u32 rest, const int v6)
{
	struct axm_tuple inner = { .family = v6 ? 6 : 4 };
	__u32 ip_at = t->l4 + 8, end = t->l4 + rest, l4_at;
	__be16 port;
	__u8 *l4;

	if (v6) {
		struct ipv6hdr *ip = pulled(skb, ip_at, 40);
		if (!ip || ip->version != 6)
			return AXM_DROP_MALFORMED;
		__builtin_memcpy(&inner.source, &ip->saddr, 16);
		__builtin_memcpy(&inner.destination, &ip->daddr, 16);
		inner.protocol = ip->nexthdr;
		l4_at = ip_at + 40;
		if (!same6(&inner.source, &t->destination))
			return AXM_DROP_RELATED_UNKNOWN;
		if (is_extension(inner.protocol)) {
			struct axm_extensions found = { .next = inner.protocol, .offset = l4_at, .end = end };
			int why = follow_extensions(skb, &found);

			if (why)
				return why;
			if (found.kind & TUPLE_LATER_FRAGMENT)
				return AXM_DROP_RELATED_UNKNOWN;
			inner.protocol = found.next;
			l4_at = found.offset;
		}
	} else {
		struct iphdr *ip = pulled(skb, ip_at, 20);
		if (!ip || ip->version != 4 || ip->ihl < 5)
			return AXM_DROP_MALFORMED;
		if (ip->frag_off & bpf_htons(IP_OFFSET))
			return AXM_DROP_RELATED_UNKNOWN;
		*ipv4_of(&inner.source) = ip->saddr;
		*ipv4_of(&inner.destination) = ip->daddr;
		inner.protocol = ip->protocol;
		l4_at = ip_at + ip->ihl * 4;
		if (ip->saddr != *ipv4_of(&t->destination))
			return AXM_DROP_RELATED_UNKNOWN;
	}
	l4 = l4_at + 8 > end ? NULL : pulled(skb, l4_at, 8);
	if (!l4)
		return AXM_DROP_MALFORMED;
	switch (inner.protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
		inner.source_port = *(__be16 *)l4;
		inner.destination_port = *(__be16 *)(l4 + 2);
		inner.number = bpf_ntohs(inner.destination_port);
		inner.answered = bpf_ntohs(inner.source_port);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		icmp_ports(&inner, l4[0], *(__be16 *)(l4 + 4));
		break;
	default: /* neither ports nor numbers */
		break;
	}
	t->source = inner.destination;
	t->destination = inner.source;
	t->source_port = inner.destination_port;
	t->destination_port = inner.source_port;
	port = inner.number;
	t->number = inner.answered;
	t->answered = port;
	t->protocol = inner.protocol;
	t->tcp = 0;
	t->kind |= TUPLE_RELATED;
	return 0;
}
