/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who is at either end of a packet: by address, by link, or by what the tunnel's key says. */
#pragma once
#include "flow.h"
#include "forward.h"
#include "scratch.h"

/* What is behind an address. 0 or a reason. */
AXM_INLINE int find_end(struct axm_end *end, const axm_ipv6 *address, int v6)
{
	struct axm_prefix4 key4;
	struct axm_prefix6 key6;
	struct axm_peer *peer;
	struct axm_endpoint *ep;

	*(__u64 *)&end->policy = 0; /* not local, until it turns out to be */
	end->slot = 0;
	end->identity = end->peer = end->generation = end->index = end->to = 0;
	end->place = AXM_AT_NOWHERE;
	if (v6) {
		key6.length = 128;
		key6.address = *address;
		peer = bpf_map_lookup_elem(&axm_ipcache6, &key6);
	} else {
		key4.length = 32;
		key4.address = *ipv4_of(address);
		peer = bpf_map_lookup_elem(&axm_ipcache4, &key4);
	}
	if (!peer || !peer->identity)
		return AXM_DROP_UNKNOWN_IDENTITY;
	end->generation = AXM_ONCE(peer->generation);
	end->identity = peer->identity;
	end->peer = peer->peer;
	end->index = peer->index;
	end->to = peer->to;
	end->place = peer->place;
	if (end->place != AXM_AT_ENDPOINT && end->place != AXM_AT_HOST)
		return 0;
	end->slot = end->place == AXM_AT_HOST ? 0 : end->to;
	ep = endpoint_in(end->slot);
	if (!ep || !ep->ifindex)
		return AXM_DROP_NO_WAY;
	*(__u64 *)&end->policy = AXM_ONCE(*(__u64 *)&ep->policy);
	return end->policy.revision ? 0 : AXM_DROP_NO_ENDPOINT;
}

/*
 * An end that is known by its link. Its revision alone vouches for it: generation 0 never moves. 0 or a reason.
 */
AXM_INLINE int local_end(struct axm_end *end, const struct axm_endpoint *ep, __u32 slot)
{
	*(__u64 *)&end->policy = AXM_ONCE(*(const __u64 *)&ep->policy);
	end->generation = end->peer = 0;
	end->identity = ep->identity;
	end->index = ep->index;
	end->to = end->slot = slot;
	end->place = ep->flags & AXM_ENDPOINT_NODE ? AXM_AT_HOST : AXM_AT_ENDPOINT;
	return end->policy.revision ? 0 : AXM_DROP_NO_ENDPOINT;
}

/* Both ends, by what each hook knows of them. 0, a reason, or -1: not ours. */
AXM_INLINE int find_ends(struct axm_walk *w, __u32 hook, const struct axm_endpoint *ep, __u32 mark, int v6)
{
	const int related = w->t.kind & TUPLE_RELATED;
	int why;

	/* what an endpoint sends is most of what is judged */
	if (likely(hook == AXM_FROM_CONTAINER && !related && ep)) {
		why = local_end(&w->sender, ep, w->slot);
		if (!why)
			why = find_end(&w->receiver, &w->t.destination, v6);
		w->told.source_identity = w->sender.identity;
		w->told.destination_identity = w->receiver.identity;
		return why;
	}
	/* the receiver */
	if (hook == AXM_TO_CONTAINER && ep) {
		why = local_end(&w->receiver, ep, w->slot);
	} else {
		why = find_end(&w->receiver, &w->t.destination, v6);
		/* what only crosses the host was judged where it came from */
		if (hook == AXM_TO_HOST && (why || w->receiver.place != AXM_AT_HOST))
			return (mark & AXM_MARK_MASK) == AXM_MARK_JUDGED ? -1 : AXM_DROP_NOT_JUDGED;
		if (hook == AXM_FROM_NETDEV && (why == AXM_DROP_UNKNOWN_IDENTITY || (!why && w->receiver.place != AXM_AT_ENDPOINT)))
			return -1;
		if (hook == AXM_FROM_HOST && !why && (w->receiver.place == AXM_AT_OUTSIDE || w->receiver.place == AXM_AT_HOST))
			return -1;
	}
	w->told.destination_identity = w->receiver.identity;
	if (why)
		return why;
	if (hook == AXM_FROM_OVERLAY && w->receiver.place != AXM_AT_ENDPOINT && w->receiver.place != AXM_AT_HOST)
		return AXM_DROP_NO_WAY; /* this node is nobody's way */
	if (hook == AXM_TO_OVERLAY && w->receiver.place != AXM_AT_NODE)
		return AXM_DROP_NO_WAY;

	/* the sender */
	why = find_end(&w->sender, &w->t.source, v6);
	{
		if (hook == AXM_FROM_OVERLAY || hook == AXM_FROM_NETDEV) {
			if (!why && (w->sender.place == AXM_AT_ENDPOINT || w->sender.place == AXM_AT_HOST))
				why = AXM_DROP_SPOOFED;
			if (hook == AXM_FROM_OVERLAY && !related && why == AXM_DROP_UNKNOWN_IDENTITY)
				why = 0; /* its key names it; answers will have to be placed later */
		}
		/* the tunnel's key is what the sender's node says, and older or newer than what is known here */
		if (hook == AXM_FROM_OVERLAY && !related) {
			if (unlikely(w->sender.identity != w->identity)) {
				__u32 *index = bpf_map_lookup_elem(&axm_identities, &w->identity);
				w->sender.identity = w->identity;
				w->sender.index = index ? *index : 0;
			}
			if (!why && !w->sender.identity)
				why = AXM_DROP_UNKNOWN_IDENTITY;
		}
	}
	w->told.source_identity = w->sender.identity;
	return why;
}

