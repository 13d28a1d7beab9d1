/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The tail calls. A hook's program knows the common packet of a known flow and hands everything else to the first stage of its family,
 * which begins anew; from there on what crosses is in the scratch. A jump that misses is a drop with a reason.
 */
#pragma once
#include "report.h"

/* The stage of a program: fills its slot of axm_calls. */
#define AXM_STAGE(number) AXM_DOC("tail_call:axm_calls:" #number)

/* Words of the control block. */
enum {
	CB_HOOK = 0,     /* enum axm_hook */
	CB_IDENTITY = 1, /* of the sender, from the tunnel's key */
	CB_ERROR = 2,    /* which error: the packet's size is above this; 0: its hops are over */
	CB_QUOTED = 3,   /* how much of the packet an error is to quote: up to 8 bytes behind the transport header's beginning */
};
enum { CB_HOOK_MASK = 0xff };

AXM_INLINE int passed(struct __sk_buff *skb, __u32 hook)
{
	count(skb, AXM_FORWARD_PASSED, hook, AXM_EGRESS);
	return TC_ACT_UNSPEC; /* whoever else is at the hook may look at it */
}

AXM_INLINE int to_stage(struct __sk_buff *skb, const __u32 stage, __u32 hook)
{
	skb->cb[CB_HOOK] = hook;
	/* by its own instruction at each place: clang would else share one among stages, and the jump be an indirect one */
	bpf_tail_call_static(skb, &axm_calls, stage);
	return drop(skb, AXM_DROP_MISSED_CALL, hook & CB_HOOK_MASK, AXM_EGRESS);
}
