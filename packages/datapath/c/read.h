/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The first stage: any packet at any hook, from its first byte. Read, admitted, its flow found; what the hot path does is a part of it.
 * A flow that holds is sent on, another one is judged.
 */
#pragma once
#include "ends.h"
#include "fragment.h"
#include "related.h"

AXM_INLINE int is_neighbour_message(const struct axm_tuple *t)
{
	return t->protocol == IPPROTO_ICMPV6 && !(t->kind & TUPLE_LATER_FRAGMENT) && t->number >= 133 && t->number <= 137;
}

/* Whether the address is the endpoint's: its first one, or one that the ipcache places there. */
AXM_INLINE int is_address_of(const struct axm_endpoint *ep, __u32 slot, const axm_ipv6 *address, const int v6)
{
	struct axm_end found = {};

	/* one of zeros is none */
	if (v6 ? !(address->part[0] | address->part[1]) : !*ipv4_of(address))
		return 0;
	if (v6 ? same6(address, &ep->ipv6) : *ipv4_of(address) == ep->ipv4)
		return 1;
	return !find_end(&found, address, v6) && found.place == AXM_AT_ENDPOINT && found.slot == slot;
}

/* What a hook knows before any flow is looked for: its endpoint, and that the packet may be there. 0 or a reason. */
AXM_INLINE int admit(struct __sk_buff *skb, struct axm_walk *w, const struct axm_endpoint **endpoint, const int v6)
{
	const struct axm_endpoint *ep;
	struct ethhdr *eth;

	if (w->hook != AXM_FROM_CONTAINER && w->hook != AXM_TO_CONTAINER)
		return 0;
	ep = endpoint_of(skb->ifindex, &w->slot);
	if (!ep)
		return AXM_DROP_NO_ENDPOINT;
	*endpoint = ep;
	if (w->hook == AXM_TO_CONTAINER)
		return is_address_of(ep, w->slot, &w->t.destination, v6) ? 0 : AXM_DROP_NOT_FOR_ENDPOINT;
	if (ep->flags & AXM_ENDPOINT_ANY_SOURCE)
		return 0;
	eth = at(skb, 0, ETH_HLEN);
	if (!eth)
		return AXM_DROP_MALFORMED;
	if (!(ep->flags & AXM_ENDPOINT_NO_LINK_LAYER) && (*(__u32 *)eth->h_source != *(const __u32 *)ep->mac.octet ||
							    *(__u16 *)(eth->h_source + 4) != *(const __u16 *)(ep->mac.octet + 4)))
		return AXM_DROP_SPOOFED;
	return is_address_of(ep, w->slot, &w->t.source, v6) ? 0 : AXM_DROP_SPOOFED;
}

/* Whether the flow holds for this packet. */
AXM_INLINE int holds(const struct axm_walk *w, const struct axm_flow *flow, __u32 s)
{
	const struct axm_flow_side *from = &flow->side[s & 1], *other = &flow->side[(s ^ 1) & 1];

	if (!same_end(flow, 0) || !same_end(flow, 1) || !from->action)
		return 0;
	switch (w->hook) {
	case AXM_FROM_CONTAINER:
		return from->revision && flow->slot[s & 1] == w->slot;
	case AXM_TO_CONTAINER:
		return other->revision && flow->slot[(s ^ 1) & 1] == w->slot;
	case AXM_FROM_OVERLAY:
		return !from->revision && other->revision && (w->t.kind & TUPLE_RELATED || from->identity == w->identity);
	case AXM_FROM_NETDEV:
		return !from->revision && other->revision;
	case AXM_TO_HOST:
		return from->action == AXM_ACTION_HOST;
	case AXM_TO_OVERLAY:
		return from->action == AXM_ACTION_TUNNEL;
	default:
		return 1;
	}
}


/* A flow that goes on is told of once an interval. */
AXM_INLINE void trace(struct __sk_buff *skb, struct axm_walk *w, struct axm_flow *flow, __u32 s)
{
	struct axm_settings *wanted = settings();

	if (!wanted || !(wanted->events & 1 << AXM_EVENT_TRACE) || (__u16)(w->now - flow->reported) < wanted->report_every)
		return;
	flow->reported = w->now;
	w->told.type = AXM_EVENT_TRACE;
	w->told.reason = flow->side[s & 1].action;
	w->told.verdict = AXM_VERDICT_ALLOW;
	w->told.source_identity = flow->side[s & 1].identity;
	w->told.destination_identity = flow->side[(s ^ 1) & 1].identity;
	w->told.egress = flow->egress;
	w->told.ingress = flow->ingress;
	tell(skb, &w->told, &w->t);
}

AXM_INLINE int read(struct __sk_buff *skb, const int v6)
{
	struct axm_walk *w = scratch();
	const struct axm_endpoint *ep = NULL;
	struct axm_flow *flow = NULL;
	__u32 hook = skb->cb[CB_HOOK] & (AXM_HOOKS - 1), identification = 0, rest = 0, lies = 0, s;
	int why;

	if (!w)
		return drop(skb, AXM_DROP_MISSED_CALL, hook, AXM_EGRESS);
	w->hook = hook;
	w->known = 0;
	w->sender_opens = 1;
	w->slot = 0;
	w->identity = hook == AXM_FROM_OVERLAY ? skb->cb[CB_IDENTITY] : 0;
	__builtin_memset(&w->told, 0, sizeof(w->told));
	w->told.hook = hook;
	why = v6 ? parse6(skb, &w->t, &identification, &rest) : parse4(skb, &w->t, &identification, &rest);
	if (!why && !(w->t.kind & TUPLE_LATER_FRAGMENT))
		why = parse_transport(skb, &w->t, rest);
	if (why)
		return dropped(skb, w, why, AXM_EGRESS);
	if (v6 && is_neighbour_message(&w->t)) {
		if (hook == AXM_FROM_CONTAINER)
			return to_stage(skb, AXM_STAGE_NEIGHBOUR, hook);
		if (hook != AXM_FROM_OVERLAY && hook != AXM_TO_OVERLAY)
			return passed(skb, hook);
	}
	if (w->t.kind & TUPLE_GROUP) {
		if (hook == AXM_FROM_NETDEV || hook == AXM_FROM_HOST || hook == AXM_TO_HOST)
			return passed(skb, hook);
		return dropped(skb, w, AXM_DROP_LINK_LOCAL, AXM_EGRESS);
	}
	why = admit(skb, w, &ep, v6);
	if (why)
		return dropped(skb, w, why, hook == AXM_TO_CONTAINER ? AXM_INGRESS : AXM_EGRESS);
	if (hook == AXM_TO_CONTAINER && (skb->mark & AXM_MARK_MASK) == AXM_MARK_ANSWER) {
		count(skb, AXM_ANSWERED_ERROR, hook, AXM_INGRESS);
		return TC_ACT_OK;
	}
	if (w->t.kind & (TUPLE_FIRST_FRAGMENT | TUPLE_LATER_FRAGMENT))
		why = fragment_ports(&w->t, identification, v6);
	else if (w->t.protocol == (v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP) && is_icmp_error(w->t.family, w->t.number)) {
		/* any router may say it, but nobody else in the name of this node or its endpoints */
		if (hook == AXM_FROM_OVERLAY || hook == AXM_FROM_NETDEV) {
			struct axm_end speaker = {};
			find_end(&speaker, &w->t.source, v6);
			lies = speaker.place == AXM_AT_ENDPOINT || speaker.place == AXM_AT_HOST;
		}
		why = related_tuple(skb, &w->t, rest, v6);
	}
	/* an endpoint speaks of its own flows only */
	if (!why && ep && hook == AXM_FROM_CONTAINER && w->t.kind & TUPLE_RELATED && !(ep->flags & AXM_ENDPOINT_ANY_SOURCE) &&
	    !is_address_of(ep, w->slot, &w->t.source, v6))
		why = AXM_DROP_RELATED_UNKNOWN;
	if (why)
		return dropped(skb, w, why, AXM_EGRESS);

	w->now = coarse_now();
	if (v6) {
		s = flow_key6(&w->key.v6, &w->t.source, &w->t.destination, w->t.source_port, w->t.destination_port, w->t.protocol);
		flow = bpf_map_lookup_elem(&axm_flows6, &w->key.v6);
	} else {
		s = flow_key4(&w->key.v4, *ipv4_of(&w->t.source), *ipv4_of(&w->t.destination), w->t.source_port, w->t.destination_port, w->t.protocol);
		flow = bpf_map_lookup_elem(&axm_flows4, &w->key.v4);
	}
	w->side = s;
	w->found = 0;
	if (flow) {
		const struct axm_flow_side *from = &flow->side[s & 1], *other = &flow->side[(s ^ 1) & 1];

		w->found = 1;
		if (is_expired(flow, w->now, w->t.protocol))
			count_flow(AXM_FLOWS_EXPIRED);
		else if (!opens_again(flow, w->t.tcp))
			w->known = 1;
		if (w->known)
			w->sender_opens = (flow->origin & 1) == s;
		if (lies)
			return dropped(skb, w, AXM_DROP_SPOOFED, AXM_INGRESS);
		if (w->known && holds(w, flow, s)) {
			if (flow->seen != w->now)
				flow->seen = w->now;
			keep_tcp(&flow->side[s & 1], w->t.tcp);
			trace(skb, w, flow, s);
			w->way = *from;
			w->local = other->revision != 0;
			w->to = flow->slot[(s ^ 1) & 1];
			return to_stage(skb, AXM_STAGE_SEND, hook);
		}
	}
	return to_stage(skb, AXM_STAGE_JUDGE, hook);
}
