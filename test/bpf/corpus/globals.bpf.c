/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every form of global data, read and written at offsets, through arrays and structs. */
#include "corpus.h"

struct limits {
	__u32 rate;
	__u16 ports[4];
	__u8 enabled;
};

const volatile __u32 node_ip = 0x0100007f;
const volatile struct limits limits = { .rate = 77, .ports = { 1, 2, 3, 4 }, .enabled = 1 };
volatile const __u64 config_mtu SEC(".rodata.config") __tag("the largest packet, in bytes") = 1500;
volatile const __u8 config_flags SEC(".rodata.config") = 3;
static const volatile char greeting[] = "hello";

__u64 counter = 5;
__u32 table[8] = { 1, 2, 3 };
__u32 other SEC(".data.custom") = 9;
static volatile __u32 hidden_static = 4;

__u64 zeroed;
__u8 large[300];
static volatile __u16 zero_static;

SEC("tc")
int sum(struct __sk_buff *skb)
{
	__u32 at = skb->mark & 7;

	counter += limits.rate + limits.ports[at & 3] + node_ip + config_mtu + config_flags;
	table[at] += greeting[at & 3];
	other += table[3];
	hidden_static++;
	zeroed += hidden_static;
	large[skb->len & 255] = 1;
	zero_static += 2;
	return limits.enabled ? (int)counter : TC_ACT_SHOT;
}

SEC("tc")
int print(struct __sk_buff *skb)
{
	bpf_printk("mark %u of %u", skb->mark, zero_static);
	return TC_ACT_OK;
}
