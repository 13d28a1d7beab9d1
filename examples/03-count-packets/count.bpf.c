/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define __tag(text) __attribute__((btf_decl_tag(text)))

struct count {
	__u64 packets;
	__u64 octets __tag("from the Ethernet header on");
} __tag("what a link has received, by protocol");

struct seen {
	__be16 protocol;
	__u16 pad1;
	__u32 length;
} __tag("one packet longer than the limit");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __be16);
	__type(value, struct count);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} events SEC(".maps");

/* exported for its type's sake */
struct seen *unused_seen;

volatile const __u32 limit SEC(".rodata.config") __tag("packets longer than this are told") = 1000;

SEC("tcx/ingress")
int count_packets(struct __sk_buff *skb)
{
	__be16 protocol = skb->protocol;
	struct count first = { .packets = 1, .octets = skb->len };
	struct count *known = bpf_map_lookup_elem(&counts, &protocol);
	struct seen event = { .protocol = protocol, .length = skb->len };

	if (known) {
		__sync_fetch_and_add(&known->packets, 1);
		__sync_fetch_and_add(&known->octets, skb->len);
	} else {
		bpf_map_update_elem(&counts, &protocol, &first, BPF_NOEXIST);
	}
	if (skb->len > limit)
		bpf_ringbuf_output(&events, &event, sizeof(event), 0);
	return TC_ACT_UNSPEC;
}

char _license[] SEC("license") = "Dual BSD/GPL";
