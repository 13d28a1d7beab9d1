/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The measuring wrapper: the kernel's test loop reuses one packet, so its first 64 bytes and the mark are put back, then the program
 * under test is called, from slot 0. `axm_next` gives packet after packet another source port and address, `axm_cycle` of them in turn;
 * 0: the packet stays as it is.
 */
#include "../corpus/corpus.h"
#include <bpf/bpf_endian.h>

__u8 axm_template[64];
__u32 axm_cycle, axm_next;
/* where in the frame the source port is */
__u32 axm_port_at;
/* of the tunnel's key */
__u32 axm_identity, axm_remote;

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	__uint(value_size, 4);
} axm_under_test SEC(".maps");

/* as large as the datapath's: what the insertion of a flow costs by itself */
struct flow_key {
	__be32 address[2];
	__be16 port[2];
	__u32 rest;
};
struct flow_value {
	__u64 word[8];
};
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 262144);
	__type(key, struct flow_key);
	__type(value, struct flow_value);
} axm_bare_flows SEC(".maps");

SEC("tc")
int axm_insert(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct flow_value value = {};
	struct flow_key key = {};

	if (data + 38 > end)
		return 97;
	key.address[0] = *(__be32 *)(data + 26);
	key.address[1] = *(__be32 *)(data + 30);
	key.port[0] = *(__be16 *)(data + 34);
	key.port[1] = *(__be16 *)(data + 36);
	/* it is not there: whoever inserts has looked */
	if (bpf_map_lookup_elem(&axm_bare_flows, &key))
		return 96;
	return bpf_map_update_elem(&axm_bare_flows, &key, &value, BPF_ANY) ? 95 : 0;
}

static __always_inline int restore(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	__u64 *to = data, *from = (__u64 *)axm_template;

	if (data + 64 > end)
		return -1;
	to[0] = from[0];
	to[1] = from[1];
	to[2] = from[2];
	to[3] = from[3];
	to[4] = from[4];
	to[5] = from[5];
	to[6] = from[6];
	to[7] = from[7];
	skb->mark = 0;
	if (axm_cycle) {
		__u32 at = axm_next;
		axm_next = at + 1 == axm_cycle ? 0 : at + 1;
		/* 50 000 ports, then the destination port's upper half too */
		if (axm_port_at == 34) {
			*(__be16 *)(data + 34) = bpf_htons(1024 + at % 50000);
			*(__be16 *)(data + 36) = bpf_htons(bpf_ntohs(*(__be16 *)(data + 36)) + at / 50000);
		} else {
			*(__be16 *)(data + 54) = bpf_htons(1024 + at % 50000);
			*(__be16 *)(data + 56) = bpf_htons(bpf_ntohs(*(__be16 *)(data + 56)) + at / 50000);
		}
	}
	return 0;
}

static __always_inline void put_key(struct __sk_buff *skb)
{
	struct bpf_tunnel_key key = { .tunnel_id = axm_identity, .remote_ipv4 = axm_remote };
	bpf_skb_set_tunnel_key(skb, &key, sizeof(key), 0);
}

SEC("tc")
int axm_pass(struct __sk_buff *skb)
{
	return TC_ACT_OK;
}

SEC("tc")
int axm_wrapped(struct __sk_buff *skb)
{
	if (restore(skb))
		return 98;
	bpf_tail_call(skb, &axm_under_test, 0);
	return 99;
}

SEC("tc")
int axm_wrapped_floor(struct __sk_buff *skb)
{
	if (restore(skb))
		return 98;
	bpf_tail_call(skb, &axm_under_test, 1);
	return 99;
}

/* the same with a tunnel's key on the packet, as it comes from the tunnel's link */
SEC("tc")
int axm_tunnelled(struct __sk_buff *skb)
{
	if (restore(skb))
		return 98;
	put_key(skb);
	bpf_tail_call(skb, &axm_under_test, 0);
	return 99;
}

/* the packet as it is given, with a tunnel's key on it */
SEC("tc")
int axm_keyed(struct __sk_buff *skb)
{
	put_key(skb);
	bpf_tail_call(skb, &axm_under_test, 0);
	return 99;
}

SEC("tc")
int axm_tunnelled_floor(struct __sk_buff *skb)
{
	if (restore(skb))
		return 98;
	put_key(skb);
	bpf_tail_call(skb, &axm_under_test, 1);
	return 99;
}
