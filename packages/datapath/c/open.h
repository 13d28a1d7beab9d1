/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The stage that writes down a flow that was judged and may go on: ways for both sides, generations, decisions; and sends its packet. */
#pragma once
#include "ends.h"

/* The way to an end. */
AXM_INLINE void way_to(struct axm_flow_side *from, const struct axm_end *end)
{
	from->to = end->to;
	from->mtu = 0;
	switch (end->place) {
	case AXM_AT_ENDPOINT:
		from->action = AXM_ACTION_LOCAL;
		break;
	case AXM_AT_HOST:
		from->action = AXM_ACTION_HOST;
		from->to = 0;
		break;
	case AXM_AT_NODE: {
		__u32 index = end->to;
		struct axm_node *node = bpf_map_lookup_elem(&axm_nodes, &index);
		if (!node)
			break;
		from->mtu = node->mtu;
		if (node->flags & AXM_NODE_TUNNEL)
			from->action = AXM_ACTION_TUNNEL;
		else if (node->flags & AXM_NODE_NATIVE)
			from->action = node->ifindex ? AXM_ACTION_NATIVE : AXM_ACTION_STACK;
		break;
	}
	case AXM_AT_OUTSIDE:
		from->action = AXM_ACTION_STACK;
		from->mtu = CONFIG(outside_mtu);
		break;
	}
}

AXM_INLINE void write_side(struct axm_flow_side *side, const struct axm_end *end)
{
	side->revision = end->policy.revision;
	side->identity = end->identity;
	side->peer = end->peer;
	side->generation = end->generation;
}

/* `s` is a constant: an index that is not known makes clang OR it into a pointer to the stack, which the verifier refuses. */
AXM_INLINE void fill(struct axm_flow *flow, const int s, const struct axm_walk *w)
{
	const int o = s ^ 1;

	write_side(&flow->side[s], &w->sender);
	write_side(&flow->side[o], &w->receiver);
	way_to(&flow->side[s], &w->receiver);
	way_to(&flow->side[o], &w->sender);
	flow->slot[s] = w->sender.slot;
	flow->slot[o] = w->receiver.slot;
	flow->origin = w->sender_opens ? s : o;
	if (w->told.verdict == AXM_VERDICT_REDIRECT) {
		struct axm_flow_side *opener = w->sender_opens ? &flow->side[s] : &flow->side[o];
		opener->action = AXM_ACTION_PROXY;
		opener->to = w->listener;
		opener->mtu = 0;
	}
	keep_tcp(&flow->side[s], w->t.tcp);
}

/*
 * Writes over an entry that others may be reading. They look at revision and generation first and at the action last; here the action
 * goes first and comes back last, so that nobody takes an old way for a new reason.
 */
AXM_INLINE void overwrite(struct axm_flow *entry, const struct axm_flow *flow)
{
	AXM_ONCE(entry->side[0].action) = AXM_ACTION_NONE;
	AXM_ONCE(entry->side[1].action) = AXM_ACTION_NONE;
#pragma unroll
	for (int i = 0; i < 2; i++) {
		AXM_ONCE(entry->side[i].to) = flow->side[i].to;
		AXM_ONCE(entry->side[i].mtu) = flow->side[i].mtu;
		AXM_ONCE(entry->side[i].tcp) = flow->side[i].tcp;
		AXM_ONCE(entry->side[i].identity) = flow->side[i].identity;
		AXM_ONCE(entry->side[i].peer) = flow->side[i].peer;
		AXM_ONCE(entry->side[i].generation) = flow->side[i].generation;
		AXM_ONCE(entry->side[i].revision) = flow->side[i].revision;
		AXM_ONCE(entry->slot[i]) = flow->slot[i];
	}
	AXM_ONCE(entry->seen) = flow->seen;
	AXM_ONCE(entry->egress) = flow->egress;
	AXM_ONCE(entry->ingress) = flow->ingress;
	AXM_ONCE(entry->origin) = flow->origin;
	AXM_ONCE(entry->reported) = flow->reported;
	AXM_ONCE(entry->side[0].action) = flow->side[0].action;
	AXM_ONCE(entry->side[1].action) = flow->side[1].action;
}

/* The link that the host routes an outside address by, into the sender's side. 0 or a reason. */
AXM_INLINE int route(struct __sk_buff *skb, const struct axm_tuple *t, struct axm_flow_side *from, const int v6)
{
	struct bpf_fib_lookup fib = { .ifindex = skb->ifindex, .family = v6 ? 10 : 2, .l4_protocol = t->protocol };
	long found;

	if (v6) {
		__builtin_memcpy(fib.ipv6_src, &t->source, 16);
		__builtin_memcpy(fib.ipv6_dst, &t->destination, 16);
	} else {
		fib.ipv4_src = *ipv4_of(&t->source);
		fib.ipv4_dst = *ipv4_of(&t->destination);
	}
	found = bpf_fib_lookup(skb, &fib, sizeof(fib), BPF_FIB_LOOKUP_SKIP_NEIGH);
	if (found == BPF_FIB_LKUP_RET_NOT_FWDED || found == BPF_FIB_LKUP_RET_FWD_DISABLED)
		return 0; /* the host's own affair */
	if (found)
		return AXM_DROP_NO_ROUTE;
	from->action = AXM_ACTION_ROUTE;
	from->to = fib.ifindex;
	from->mtu = fib.mtu_result;
	return 0;
}

AXM_INLINE void count_insert(long failed)
{
	count_flow(!failed ? AXM_FLOWS_INSERTED : failed == -12 ? AXM_FLOWS_ENOMEM : failed == -7 ? AXM_FLOWS_E2BIG : failed == -16 ? AXM_FLOWS_EBUSY : AXM_FLOWS_EOTHER);
}



AXM_INLINE int open_flow(struct __sk_buff *skb)
{
	struct axm_walk *w = scratch();
	struct axm_flow *flow = NULL, made = {};
	__u32 hook = skb->cb[CB_HOOK] & (AXM_HOOKS - 1), known, s;
	const struct axm_endpoint *to = NULL;
	int why, v6;

	if (!w)
		return drop(skb, AXM_DROP_MISSED_CALL, hook, AXM_EGRESS);
	v6 = w->t.family == 6;
	s = w->side & 1;
	known = w->known;
	if (w->told.verdict == AXM_VERDICT_AUDIT)
		count(skb, AXM_AUDITED, hook, w->told.direction & 1);
	if (w->found) {
		flow = v6 ? bpf_map_lookup_elem(&axm_flows6, &w->key.v6) : bpf_map_lookup_elem(&axm_flows4, &w->key.v4);
		if (flow && known) {
			made.side[0].tcp = flow->side[0].tcp;
			made.side[1].tcp = flow->side[1].tcp;
		}
	}
	made.egress = w->told.egress;
	made.ingress = w->told.ingress;
	made.seen = w->now;
	made.reported = w->now;
	if (s)
		fill(&made, 1, w);
	else
		fill(&made, 0, w);
	/* nowhere to send it: nothing is remembered of it either */
	why = s ? made.side[1].action : made.side[0].action;
	if (unlikely(why == AXM_ACTION_NONE || (hook == AXM_TO_OVERLAY && why != AXM_ACTION_TUNNEL)))
		return dropped(skb, w, AXM_DROP_NO_WAY, AXM_EGRESS);
	if (CONFIG(host_routing) && hook == AXM_FROM_CONTAINER && w->receiver.place == AXM_AT_OUTSIDE) {
		why = s ? route(skb, &w->t, &made.side[1], v6) : route(skb, &w->t, &made.side[0], v6);
		if (why)
			return dropped(skb, w, why, AXM_EGRESS);
	}
	if (flow) {
		overwrite(flow, &made);
	} else {
		long failed = v6 ? bpf_map_update_elem(&axm_flows6, &w->key.v6, &made, BPF_ANY) : bpf_map_update_elem(&axm_flows4, &w->key.v4, &made, BPF_ANY);
		count_insert(failed);
		if (failed)
			return dropped(skb, w, AXM_DROP_FLOWS_FULL, AXM_EGRESS);
	}
	w->told.type = AXM_EVENT_VERDICT;
	w->told.reason = known ? AXM_JUDGED_AGAIN : AXM_NEW_FLOW;
	count(skb, w->told.reason, hook, AXM_EGRESS);
	if (!known && w->t.protocol == IPPROTO_TCP && (w->t.tcp & (TH_SYN | TH_RST)) == 0 && !(w->t.kind & TUPLE_LATER_FRAGMENT))
		count(skb, AXM_MIDSTREAM, hook, AXM_EGRESS);
	if (unlikely(is_told(AXM_EVENT_VERDICT)))
		tell(skb, &w->told, &w->t);

	if (w->receiver.policy.revision)
		to = endpoint_in(w->receiver.slot);
	if (s)
		return forward(skb, &made.side[1], to, hook, v6, w->t.l4, w->t.protocol, w->t.kind);
	return forward(skb, &made.side[0], to, hook, v6, w->t.l4, w->t.protocol, w->t.kind);
}
