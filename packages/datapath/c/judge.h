/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The stage that judges a flow that is new or out of date. Generations are read before the tables that they vouch for, and stored after:
 * a judgement that races with a change is out of date at once.
 */
#pragma once
#include "ends.h"
#include "policy.h"

/* Adds a decision; the worse one counts, of equal ones the first. 0 or a reason to drop. */
AXM_INLINE int weigh(struct axm_judgement *judgement, __u32 number, __u32 direction)
{
	struct axm_decision *decision = bpf_map_lookup_elem(&axm_decisions, &number);

	if (direction == AXM_EGRESS)
		judgement->egress = number;
	else
		judgement->ingress = number;
	if (!number || !decision) {
		judgement->direction = direction;
		judgement->verdict = AXM_VERDICT_DENY;
		return AXM_DROP_NO_TABLE;
	}
	switch (decision->verdict) {
	case AXM_VERDICT_ALLOW:
		break;
	case AXM_VERDICT_REDIRECT:
		if (judgement->verdict != AXM_VERDICT_REDIRECT) {
			judgement->verdict = AXM_VERDICT_REDIRECT;
			judgement->direction = direction;
			judgement->listener = decision->listener;
		}
		break;
	case AXM_VERDICT_AUDIT:
		if (judgement->verdict == AXM_VERDICT_ALLOW) {
			judgement->verdict = AXM_VERDICT_AUDIT;
			judgement->direction = direction;
		}
		break;
	default:
		judgement->verdict = AXM_VERDICT_DENY;
		judgement->direction = direction;
		return decision->flags & AXM_DECISION_BY_RULE ? AXM_DROP_DENIED_BY_RULE : AXM_DROP_DENIED_BY_DEFAULT;
	}
	/* who asks for authentication gets none here: the flow waits until somebody else can vouch for it */
	if (decision->flags & AXM_DECISION_AUTH) {
		judgement->verdict = AXM_VERDICT_DENY;
		judgement->direction = direction;
		return AXM_DROP_AUTH_REQUIRED;
	}
	return 0;
}

/*
 * Asks the opener's egress table of the other, and the other's ingress table of the opener. `traffic`: number, above it the protocol. A
 * function of its own to the verifier, which else walks it for every way that a packet can come.
 */
AXM_INLINE int judge(const struct axm_end *opener, const struct axm_end *other, __u32 traffic, struct axm_judgement *judgement)
{
	__u8 protocol = traffic >> 16;
	__u16 number = traffic;
	int why;

	if (!opener || !other || !judgement)
		return AXM_DROP_NO_TABLE;

	judgement->egress = judgement->ingress = judgement->listener = 0;
	judgement->verdict = AXM_VERDICT_ALLOW;
	judgement->direction = AXM_EGRESS;
	if (opener->policy.revision) {
		why = weigh(judgement, ask(opener->policy.egress, other->identity, other->index, protocol, number), AXM_EGRESS);
		if (why)
			return why;
	}
	if (other->policy.revision) {
		why = weigh(judgement, ask(other->policy.ingress, opener->identity, opener->index, protocol, number), AXM_INGRESS);
		if (why)
			return why;
	}
	return 0;
}

AXM_INLINE int judge_packet(struct __sk_buff *skb)
{
	struct axm_walk *w = scratch();
	const struct axm_endpoint *ep = NULL;
	struct axm_judgement judgement = {};
	__u32 hook = skb->cb[CB_HOOK] & (AXM_HOOKS - 1);
	int why;

	if (!w)
		return drop(skb, AXM_DROP_MISSED_CALL, hook, AXM_EGRESS);
	if (hook == AXM_FROM_CONTAINER || hook == AXM_TO_CONTAINER) {
		ep = endpoint_in(w->slot);
		if (!ep)
			return dropped(skb, w, AXM_DROP_NO_ENDPOINT, AXM_EGRESS);
	}
	why = find_ends(w, hook, ep, skb->mark, w->t.family == 6);
	if (why < 0)
		return passed(skb, hook);
	/* an error opens nothing; one that is not for an endpoint was let pass before */
	if (w->t.kind & TUPLE_RELATED && !w->known)
		return dropped(skb, w, AXM_DROP_RELATED_UNKNOWN, AXM_EGRESS);
	if (why)
		return dropped(skb, w, why, hook == AXM_FROM_CONTAINER ? AXM_EGRESS : AXM_INGRESS);
	if (w->sender_opens)
		why = judge(&w->sender, &w->receiver, (__u32)w->t.protocol << 16 | w->t.number, &judgement);
	else
		why = judge(&w->receiver, &w->sender, (__u32)w->t.protocol << 16 | w->t.answered, &judgement);
	w->told.egress = judgement.egress;
	w->told.ingress = judgement.ingress;
	w->told.verdict = judgement.verdict;
	w->told.direction = judgement.direction;
	if (why)
		return dropped(skb, w, why, judgement.direction);
	w->listener = judgement.listener;
	return to_stage(skb, AXM_STAGE_OPEN, hook);
}
