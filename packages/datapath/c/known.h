/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The hot path: a plain packet of a flow that is known and up to date. It writes nothing that did not change and calls nothing that is
 * not inlined but the helpers that it cannot do without. Everything else goes to the family's stage.
 */
#pragma once
#include "forward.h"
#include "scratch.h"

/* Whether the flow holds for a packet from side `s` at this hook; `*to` becomes the receiver, if it is local. */
AXM_INLINE int is_current(const struct axm_flow *flow, __u32 s, const struct axm_endpoint *ep, __u32 identity, const __u32 hook,
			  const struct axm_endpoint **to)
{
	const struct axm_flow_side *from = &flow->side[s & 1], *other = &flow->side[(s ^ 1) & 1];
	struct axm_endpoint *receiver;

	switch (hook) {
	case AXM_FROM_CONTAINER:
		if (unlikely(from->revision != AXM_ONCE(ep->policy.revision) || !same_generation(other)))
			return 0;
		break;
	case AXM_TO_CONTAINER:
		/* of a local sender there is more to be asked: the stage does */
		if (unlikely(from->revision || other->revision != AXM_ONCE(ep->policy.revision) || !same_generation(from)))
			return 0;
		*to = ep;
		return from->action == AXM_ACTION_LOCAL;
	case AXM_FROM_OVERLAY:
		if (unlikely(from->identity != identity || from->revision || from->action != AXM_ACTION_LOCAL))
			return 0;
		break;
	default: /* from-netdev */
		if (unlikely(from->revision || from->action != AXM_ACTION_LOCAL || !same_generation(from)))
			return 0;
	}
	if (other->revision) {
		receiver = endpoint_in(flow->slot[(s ^ 1) & 1]);
		if (unlikely(!receiver || AXM_ONCE(receiver->policy.revision) != other->revision))
			return 0;
		*to = receiver;
	}
	return 1;
}

/* The second thing that is asked of a flow, for what the first cannot know: TCP that begins or ends, time. */
AXM_INLINE int goes_on(struct axm_flow *flow, __u32 s, __u8 tcp)
{
	if (unlikely(flow->seen != coarse_now() || opens_again(flow, tcp)))
		return 0; /* once an interval; the stage looks at time, and stamps */
	keep_tcp(&flow->side[s & 1], tcp);
	return 1;
}

/* A plain packet of no known flow: what was read of it goes to be judged. */
AXM_INLINE int unknown(struct __sk_buff *skb, struct axm_walk *w, __u32 hook, __u32 slot, __u32 identity, __u32 side)
{
	w->t.hops = w->t.kind = 0;
	w->t.l4 = w->t.family == 6 ? L3 + 40 : L3 + 20;
	w->t.number = bpf_ntohs(w->t.destination_port);
	w->t.answered = bpf_ntohs(w->t.source_port);
	w->hook = hook;
	w->slot = slot;
	w->identity = identity;
	w->side = side;
	w->now = coarse_now();
	w->found = w->known = 0;
	w->sender_opens = 1;
	__builtin_memset(&w->told, 0, sizeof(w->told));
	w->told.hook = hook;
	return to_stage(skb, AXM_STAGE_JUDGE, hook);
}

AXM_INLINE int known4(struct __sk_buff *skb, const struct axm_endpoint *ep, __u32 slot, __u32 identity, const __u32 hook)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = data + L3;
	__u8 *l4 = data + L3 + 20, tcp = 0;
	const struct axm_endpoint *to = NULL;
	struct axm_flow_key4 key;
	struct axm_flow *flow;
	__u32 s, total;

	if (unlikely(data + L3 + 20 + 8 > end))
		return to_stage(skb, AXM_STAGE_IPV4, hook);
	if (unlikely(*(__u8 *)ip != 0x45 || (ip->frag_off & bpf_htons(IP_MF | IP_OFFSET))))
		return to_stage(skb, AXM_STAGE_IPV4, hook);
	if (hook == AXM_FROM_CONTAINER) {
		/* the MAC, half at a time: not its own, or none to compare, is for the stage to say */
		if (unlikely(ip->saddr != ep->ipv4 || *(__u32 *)eth->h_source != *(const __u32 *)ep->mac.octet ||
			     *(__u16 *)(eth->h_source + 4) != *(const __u16 *)(ep->mac.octet + 4)))
			return to_stage(skb, AXM_STAGE_IPV4, hook);
	} else if (hook == AXM_TO_CONTAINER) {
		if (unlikely(ip->daddr != ep->ipv4))
			return to_stage(skb, AXM_STAGE_IPV4, hook);
	}
	total = bpf_ntohs(ip->tot_len);
	if (unlikely(total > skb->len - L3))
		return to_stage(skb, AXM_STAGE_IPV4, hook);
	if (likely(ip->protocol == IPPROTO_TCP)) {
		if (unlikely(data + L3 + 40 > end || l4[12] < 0x50 || total < 20 + (l4[12] >> 2 & 0x3c)))
			return to_stage(skb, AXM_STAGE_IPV4, hook);
		tcp = l4[13];
	} else if (unlikely((ip->protocol != IPPROTO_UDP || bpf_ntohs(*(__be16 *)(l4 + 4)) != total - 20) &&
			    ip->protocol != IPPROTO_SCTP) || total < 32) {
		return to_stage(skb, AXM_STAGE_IPV4, hook);
	}
	s = flow_key4(&key, ip->saddr, ip->daddr, *(__be16 *)l4, *(__be16 *)(l4 + 2), ip->protocol);
	flow = bpf_map_lookup_elem(&axm_flows4, &key);
	if (unlikely(!flow)) {
		struct axm_walk *w = scratch();
		/* groups, and an address that an endpoint without one seems to have */
		if (!w || is_group4(ip->daddr) || !ip->saddr || !ip->daddr)
			return to_stage(skb, AXM_STAGE_IPV4, hook);
		w->key.v4 = key;
		w->t.source.part[0] = ip->saddr;
		w->t.destination.part[0] = ip->daddr;
		w->t.source.part[1] = w->t.destination.part[1] = 0;
		w->t.source_port = *(__be16 *)l4;
		w->t.destination_port = *(__be16 *)(l4 + 2);
		w->t.protocol = ip->protocol;
		w->t.tcp = tcp;
		w->t.family = 4;
		return unknown(skb, w, hook, slot, identity, s);
	}
	if (unlikely(!is_current(flow, s, ep, identity, hook, &to) || !goes_on(flow, s, tcp)))
		return to_stage(skb, AXM_STAGE_IPV4, hook);
	return forward(skb, &flow->side[s & 1], to, hook, 0, L3 + 20, ip->protocol, 0);
}

AXM_INLINE int known6(struct __sk_buff *skb, const struct axm_endpoint *ep, __u32 slot, __u32 identity, const __u32 hook)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct ethhdr *eth = data;
	struct ipv6hdr *ip = data + L3;
	const axm_ipv6 *source = (const axm_ipv6 *)&ip->saddr, *destination = (const axm_ipv6 *)&ip->daddr;
	__u8 *l4 = data + L3 + 40, tcp = 0;
	const struct axm_endpoint *to = NULL;
	struct axm_flow_key6 key;
	struct axm_flow *flow;
	__u32 s, length;

	if (unlikely(data + L3 + 40 + 8 > end))
		return to_stage(skb, AXM_STAGE_IPV6, hook);
	if (unlikely((*(__u8 *)ip & 0xf0) != 0x60))
		return to_stage(skb, AXM_STAGE_IPV6, hook);
	if (hook == AXM_FROM_CONTAINER) {
		if (unlikely(!same6(source, &ep->ipv6) || *(__u32 *)eth->h_source != *(const __u32 *)ep->mac.octet ||
			     *(__u16 *)(eth->h_source + 4) != *(const __u16 *)(ep->mac.octet + 4)))
			return to_stage(skb, AXM_STAGE_IPV6, hook);
	} else if (hook == AXM_TO_CONTAINER) {
		if (unlikely(!same6(destination, &ep->ipv6)))
			return to_stage(skb, AXM_STAGE_IPV6, hook);
	}
	length = bpf_ntohs(ip->payload_len);
	if (unlikely(length > skb->len - L3 - 40))
		return to_stage(skb, AXM_STAGE_IPV6, hook);
	if (likely(ip->nexthdr == IPPROTO_TCP)) {
		if (unlikely(data + L3 + 60 > end || l4[12] < 0x50 || length < (l4[12] >> 2 & 0x3c)))
			return to_stage(skb, AXM_STAGE_IPV6, hook);
		tcp = l4[13];
	} else if (unlikely((ip->nexthdr != IPPROTO_UDP || bpf_ntohs(*(__be16 *)(l4 + 4)) != length) && ip->nexthdr != IPPROTO_SCTP) ||
		   length < 12) {
		return to_stage(skb, AXM_STAGE_IPV6, hook);
	}
	s = flow_key6(&key, source, destination, *(__be16 *)l4, *(__be16 *)(l4 + 2), ip->nexthdr);
	flow = bpf_map_lookup_elem(&axm_flows6, &key);
	if (unlikely(!flow)) {
		struct axm_walk *w = scratch();
		if (!w || is_group6(ip->daddr.s6_addr) || !(source->part[0] | source->part[1]) || !(destination->part[0] | destination->part[1]))
			return to_stage(skb, AXM_STAGE_IPV6, hook);
		w->key.v6 = key;
		w->t.source = *source;
		w->t.destination = *destination;
		w->t.source_port = *(__be16 *)l4;
		w->t.destination_port = *(__be16 *)(l4 + 2);
		w->t.protocol = ip->nexthdr;
		w->t.tcp = tcp;
		w->t.family = 6;
		return unknown(skb, w, hook, slot, identity, s);
	}
	if (unlikely(!is_current(flow, s, ep, identity, hook, &to) || !goes_on(flow, s, tcp)))
		return to_stage(skb, AXM_STAGE_IPV6, hook);
	return forward(skb, &flow->side[s & 1], to, hook, 1, L3 + 40, ip->nexthdr, 0);
}
