/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The last stage: sends a packet the way that was found for it. */
#pragma once
#include "forward.h"
#include "scratch.h"

AXM_INLINE int send(struct __sk_buff *skb)
{
	struct axm_walk *w = scratch();
	__u32 hook = skb->cb[CB_HOOK] & (AXM_HOOKS - 1);
	const struct axm_endpoint *to = NULL;

	if (!w)
		return drop(skb, AXM_DROP_MISSED_CALL, hook, AXM_EGRESS);
	if (w->local)
		to = endpoint_in(w->to);
	return forward(skb, &w->way, to, hook, w->t.family == 6, w->t.l4, w->t.protocol, w->t.kind);
}
