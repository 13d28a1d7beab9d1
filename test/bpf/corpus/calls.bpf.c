/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Subprograms: static and global, shared by programs, nested, hidden, and as callbacks. */
#include "corpus.h"

struct bpf_map;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

__u64 total;

static __noinline int leaf(int value)
{
	total += value;
	return value * 3;
}

static __noinline int branch(int value)
{
	if (value > 3)
		return leaf(value) + leaf(value + 1);
	return leaf(value - 1);
}

__noinline int global_sum(int a, int b)
{
	return branch(a) + b;
}

__hidden __noinline int hidden_sum(struct __sk_buff *skb, int b)
{
	return skb->len + b;
}

static int each(__u32 index, void *context)
{
	*(__u64 *)context += branch(index);
	return 0;
}

static __u64 visit(struct bpf_map *map, __u32 *key, __u64 *value, void *context)
{
	*value += 1;
	return leaf(*key) == 77;
}

SEC("tc")
int first(struct __sk_buff *skb)
{
	return global_sum(skb->mark, 2) + branch(skb->len);
}

SEC("tc")
int second(struct __sk_buff *skb)
{
	__u64 sum = 0;

	bpf_loop(5, each, &sum, 0);
	bpf_for_each_map_elem(&counts, visit, 0, 0);
	return sum + hidden_sum(skb, 4) + leaf(1);
}

SEC("xdp")
int third(struct xdp_md *ctx)
{
	return leaf(2) ? XDP_PASS : XDP_DROP;
}
