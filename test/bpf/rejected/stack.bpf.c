/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Gives a function a key of which a part was never written. */
#include "../corpus/corpus.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__uint(key_size, 16);
	__uint(value_size, 4);
} table SEC(".maps");

SEC("tc")
int uninitialised(struct __sk_buff *skb)
{
	__u64 key[2];

	key[0] = skb->mark;
	return bpf_map_lookup_elem(&table, key) != 0;
}
