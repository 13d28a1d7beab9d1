/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every type of map, each with attributes of its own, all used by one program. */
#include "corpus.h"

struct flow_key {
	__u32 source;
	__u32 destination;
	__u16 ports[2];
};

struct flow_value {
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 100);
	__type(key, struct flow_key);
	__type(value, struct flow_value);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 128);
	__uint(key_size, 4);
	__uint(value_size, 8);
} lru SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, struct flow_value);
} percpu_hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} percpu_array SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 512);
	__type(key, __u32);
	__type(value, __u64);
	__uint(map_flags, BPF_F_MMAPABLE);
} mapped SEC(".maps");

struct prefix_key {
	__u32 length;
	__u8 address[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 32);
	__type(key, struct prefix_key);
	__type(value, __u32);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} prefixes SEC(".maps");

struct inner_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} inner_a SEC(".maps"), inner_b SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 3);
	__type(key, __u32);
	__array(values, struct inner_map);
} outer_array SEC(".maps") = {
	.values = { &inner_a, 0, &inner_b },
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 8);
	__type(key, __u32);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_HASH);
		__uint(max_entries, 5);
		__type(key, __u64);
		__type(value, __u64);
	});
} outer_hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} devices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} devices_hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 4);
	__type(key, struct flow_key);
	__type(value, __u64);
} sockets_hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 4);
	__type(value, __u32);
} queue SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, 4);
	__type(value, __u32);
} stack SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 64);
	__type(value, __u32);
	__uint(map_extra, 3);
} bloom SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 7);
	__type(key, __u32);
	__type(value, __u32);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} pinned SEC(".maps");

SEC("tc")
int use_maps(struct __sk_buff *skb)
{
	struct flow_key key = { .source = skb->mark };
	struct flow_value first = { .packets = 1, .bytes = skb->len }, *value;
	struct prefix_key prefix = { .length = 32 };
	__u32 zero = 0, two = 2, *number;
	__u64 *count;
	void *inner;

	value = bpf_map_lookup_elem(&flows, &key);
	if (value)
		__sync_fetch_and_add(&value->packets, 1);
	else
		bpf_map_update_elem(&flows, &key, &first, BPF_NOEXIST);
	bpf_map_lookup_elem(&lru, &zero);
	bpf_map_lookup_elem(&percpu_hash, &zero);
	count = bpf_map_lookup_elem(&percpu_array, &zero);
	if (count)
		*count += 1;
	bpf_map_lookup_elem(&mapped, &two);
	bpf_map_lookup_elem(&prefixes, &prefix);
	inner = bpf_map_lookup_elem(&outer_array, &two);
	if (inner) {
		number = bpf_map_lookup_elem(inner, &zero);
		if (number)
			*number += 1;
	}
	bpf_map_lookup_elem(&outer_hash, &zero);
	bpf_map_push_elem(&queue, &two, 0);
	bpf_map_push_elem(&stack, &two, 0);
	bpf_map_peek_elem(&bloom, &two);
	bpf_map_lookup_elem(&pinned, &zero);
	bpf_ringbuf_output(&events, &key, sizeof(key), 0);
	return TC_ACT_OK;
}

SEC("xdp")
int redirect(struct xdp_md *ctx)
{
	bpf_redirect_map(&devices, 0, XDP_PASS);
	bpf_redirect_map(&devices_hash, 0, XDP_PASS);
	return bpf_redirect_map(&cpus, 0, XDP_PASS);
}

SEC("sk_msg")
int steer(struct sk_msg_md *message)
{
	struct flow_key key = {};

	bpf_msg_redirect_map(message, &sockets, 0, 0);
	return bpf_msg_redirect_hash(message, &sockets_hash, &key, 0);
}
