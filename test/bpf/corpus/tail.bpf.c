/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A table of tail calls, filled from its declaration in part and from the programs' tags in part. */
#include "corpus.h"

int parsed(struct __sk_buff *skb);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__array(values, int(struct __sk_buff *));
} stages SEC(".maps") = {
	.values = { [1] = &parsed },
};

SEC("tc")
int entry(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &stages, 1);
	return 100;
}

SEC("tc")
int parsed(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &stages, 3);
	return 101;
}

__tag("tail_call:stages:3")
SEC("tc")
int forwarded(struct __sk_buff *skb)
{
	return 103;
}
