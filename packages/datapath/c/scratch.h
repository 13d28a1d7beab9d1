/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What crosses from stage to stage: one packet on its walk, in memory of the CPU. A packet's stages run one after the other on one. */
#pragma once
#include "report.h"

AXM_INLINE struct axm_walk *scratch(void)
{
	__u32 zero = 0;
	return bpf_map_lookup_elem(&axm_scratch, &zero);
}

AXM_INLINE int dropped(struct __sk_buff *skb, struct axm_walk *w, __u32 reason, __u32 direction)
{
	count(skb, reason & (AXM_REASONS - 1), w->hook, direction & 1);
	if (unlikely(is_told(AXM_EVENT_DROP))) {
		w->told.type = AXM_EVENT_DROP;
		w->told.reason = reason;
		w->told.direction = direction;
		tell(skb, &w->told, &w->t);
	}
	return TC_ACT_SHOT;
}


