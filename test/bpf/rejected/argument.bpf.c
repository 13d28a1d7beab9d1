/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Gives a function a number where it takes a pointer. */
#include "../corpus/corpus.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__uint(value_size, 4);
} table SEC(".maps");

SEC("tc")
int number(struct __sk_buff *skb)
{
	return bpf_map_lookup_elem(&table, (void *)(long)skb->mark) != 0;
}
