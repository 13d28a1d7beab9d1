/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every form that a shared type takes: what bpf2ts writes codecs for. */
#include "corpus.h"
#include <stdbool.h>

typedef __be32 axm_ipv4;
typedef struct { __u8 bytes[16]; } axm_ipv6;
typedef struct { __u8 bytes[6]; } axm_mac;

enum axm_reason {
	AXM_REASON_NONE = 0,
	AXM_REASON_POLICY = 130,
	AXM_REASON_FULL = 131,
};

enum axm_wide {
	AXM_WIDE_ONE = 1,
	AXM_WIDE_LARGE = 0x1234567890ULL,
};

struct axm_inner {
	__u16 first;
	__be16 port;
	__u8 flag;
	__u8 pad1;
};

struct axm_event {
	__u64 time __tag("nanoseconds since the start of the machine");
	axm_ipv4 source __tag("of the packet");
	axm_ipv6 address;
	axm_mac mac;
	__be16 port;
	__be32 label;
	__be64 big;
	enum axm_reason reason;
	enum axm_wide wide;
	char name[16];
	__u8 digest[20];
	struct axm_inner inner;
	struct axm_inner pair[2];
	__s8 s8;
	__s16 s16;
	__s32 s32;
	__s64 s64;
	bool yes;
	__u32 low : 3;
	__u32 middle : 17;
	__s32 high : 5;
	__u64 many[12];
	union {
		__u32 word;
		__u8 part[4];
	} either;
	void *pointer;
	__u8 last;
} __tag("what happened");

/* exported for its type's sake */
struct axm_event *unused_event;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, struct axm_inner);
	__type(value, struct axm_event);
} axm_events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} axm_seen SEC(".maps");

volatile const axm_ipv4 axm_node SEC(".rodata.config") __tag("the node's own address") = 0;
volatile const bool axm_strict SEC(".rodata.config") = false;

SEC("tc")
int axm_sum(struct __sk_buff *skb)
{
	struct axm_inner key = { .first = 7 };
	struct axm_event *event = bpf_map_lookup_elem(&axm_events, &key);
	__u32 zero = 0;
	__u64 *seen = bpf_map_lookup_elem(&axm_seen, &zero);

	if (!event || !seen)
		return axm_strict ? TC_ACT_SHOT : TC_ACT_OK;
	/* each field as C reads it: the test compares with what it wrote */
	*seen = event->time + event->source + event->port + event->label + (event->reason == AXM_REASON_FULL) + event->low +
		event->middle + event->high + event->many[11] + event->pair[1].port + event->s8 + event->s16 + event->s32 +
		event->s64 + event->yes + event->last + event->name[2] + event->digest[19] + axm_node +
		(event->wide == AXM_WIDE_LARGE) + event->either.part[1] + event->mac.bytes[5] + event->address.bytes[15];
	event->s32 = -5;
	event->middle = 99;
	event->inner.port = 0x3412;
	return TC_ACT_OK;
}
