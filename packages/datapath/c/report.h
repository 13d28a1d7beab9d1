/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What became of a packet: counted always, told where somebody asked for it and the budget allows. */
#pragma once
#include "maps.h"
#include "tuple.h"

AXM_INLINE void count(struct __sk_buff *skb, __u32 reason, __u32 hook, __u32 direction)
{
	__u32 index = (reason * AXM_HOOKS + hook) * 2 + direction;
	struct axm_counter *counter = bpf_map_lookup_elem(&axm_metrics, &index);
	if (likely(counter)) {
		counter->packets++;
		counter->bytes += skb->len;
	}
}

AXM_INLINE void count_flow(__u32 what)
{
	__u64 *counter = bpf_map_lookup_elem(&axm_flow_counts, &what);
	if (likely(counter))
		(*counter)++;
}

/* In 256 jiffies: coarse, and the cheapest clock that there is. */
AXM_INLINE __u32 coarse_now(void)
{
	return bpf_jiffies64() >> 8;
}

/* One word into a hash: an order of words, a pair with the same difference and a flow turned round all come out as others. */
AXM_INLINE __u64 mixed(__u64 hash, __u64 word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15;
	return hash ^ hash >> 29;
}

AXM_INLINE __u64 hash_tuple(const struct axm_tuple *t, __u32 reason)
{
	__u64 hash = mixed(mixed(0, t->source.part[0]), t->source.part[1]);

	hash = mixed(hash, t->destination.part[0]);
	hash = mixed(hash, t->destination.part[1]);
	hash = mixed(hash, (__u64)t->source_port << 48 | (__u64)t->destination_port << 32 | (__u32)t->protocol << 8 | reason);
	return mixed(hash, 0);
}

AXM_INLINE struct axm_settings *settings(void)
{
	__u32 zero = 0;
	return bpf_map_lookup_elem(&axm_settings, &zero);
}

/* `t`: NULL where the packet was not read so far. A function of its own to the verifier: it is walked once. */
__noinline int tell(struct __sk_buff *skb, const struct axm_told *told, const struct axm_tuple *t)
{
	struct axm_settings *wanted = settings();
	struct axm_event_budget *budget;
	struct axm_event *event;
	__u32 zero = 0, now, type;

	if (!told || !wanted || !(wanted->events & 1u << (told->type & 31)))
		return 0;
	type = told->type & (AXM_EVENT_TYPES - 1);
	budget = bpf_map_lookup_elem(&axm_event_budgets, &zero);
	if (!budget)
		return 0;
	now = coarse_now();
	if (t) { /* the same flow and reason once an interval; a collision of hashes tells too little, never something wrong */
		__u64 hash = hash_tuple(t, told->reason), mine = hash >> 32 << 32 | (__u32)(now + 1), *last;
		__u32 slot = hash % AXM_TOLD;

		last = bpf_map_lookup_elem(&axm_told, &slot);
		if (last) {
			if (*last == mine) {
				budget->repeated[type]++;
				return 0;
			}
			*last = mine;
		}
	}
	if (budget->interval != now) {
		budget->interval = now;
		budget->sent = 0;
	}
	if (budget->sent >= wanted->budget) {
		budget->unsent[type]++;
		return 0;
	}
	event = bpf_ringbuf_reserve(&axm_events, sizeof(*event), 0);
	if (!event) {
		budget->unsent[type]++;
		return 0;
	}
	budget->sent++;
	__builtin_memset(event, 0, sizeof(*event));
	event->time_ns = bpf_ktime_get_ns();
	event->type = type;
	event->hook = told->hook;
	event->reason = told->reason;
	event->direction = told->direction;
	event->verdict = told->verdict;
	event->ifindex = skb->ifindex;
	event->length = skb->len;
	event->source_identity = told->source_identity;
	event->destination_identity = told->destination_identity;
	event->egress = told->egress;
	event->ingress = told->ingress;
	if (t) {
		event->family = t->family;
		event->protocol = t->protocol;
		event->tcp_flags = t->tcp;
		event->source_port = t->source_port;
		event->destination_port = t->destination_port;
		event->source = t->source;
		event->destination = t->destination;
	}
	bpf_ringbuf_submit(event, 0);
	return 0;
}

/* Whether anybody asked: most often not, and a call costs more than the question. */
AXM_INLINE int is_told(__u32 type)
{
	struct axm_settings *wanted = settings();
	return wanted && wanted->events & 1u << type;
}

/* A drop of a packet that was not read; the mask keeps the counter's index in bounds. */
__noinline int drop(struct __sk_buff *skb, __u32 reason, __u32 hook, __u32 direction)
{
	struct axm_told told = { .type = AXM_EVENT_DROP, .reason = reason, .hook = hook, .direction = direction };
	count(skb, reason, hook & (AXM_HOOKS - 1), direction & 1);
	tell(skb, &told, NULL);
	return TC_ACT_SHOT;
}
