/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Turns a packet into the ICMP error about it, to its sender: time exceeded, or too big with the size that would do. RFC 792, RFC 1191,
 * RFC 4443. It quotes the headers and 8 bytes of what they carry. The drop itself was counted by whoever sent the packet here.
 */
#pragma once
#include "forward.h"

AXM_INLINE __u16 folded(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

enum {
	QUOTED4 = 28 + 60, /* an IPv4 header with all options takes 40 of the 60 */
	QUOTED6 = 48 + 120,
};

struct error4 {
	struct iphdr ip;
	__u8 type, code;
	__be16 checksum;
	__be16 unused, mtu;
	__u8 quoted[QUOTED4];
} __attribute__((packed, aligned(4)));

struct error6 {
	struct ipv6hdr ip;
	__u8 type, code;
	__be16 checksum;
	__be32 mtu;
	__u8 quoted[QUOTED6];
} __attribute__((packed, aligned(8)));

AXM_INLINE int send_back(struct __sk_buff *skb, __u32 hook)
{
	struct ethhdr *eth = pulled(skb, 0, ETH_HLEN);
	__u8 mac[6];

	if (!eth)
		return TC_ACT_SHOT;
	__builtin_memcpy(mac, eth->h_dest, 6);
	__builtin_memcpy(eth->h_dest, eth->h_source, 6);
	__builtin_memcpy(eth->h_source, mac, 6);
	count(skb, AXM_ANSWERED_ERROR, hook, AXM_EGRESS);
	skb->mark = AXM_MARK_ANSWER;
	return bpf_redirect(skb->ifindex, 0);
}

AXM_INLINE int answer_error4(struct __sk_buff *skb, __u32 hook, __u32 mtu, __u32 quoted)
{
	struct error4 error = {};
	struct iphdr *ip;
	__be32 source = CONFIG(gateway4) ? CONFIG(gateway4) : CONFIG(node4);

	if (hook == AXM_FROM_NETDEV)
		source = CONFIG(node4);
	/* between 28 and QUOTED4 by its making, which every verifier understands */
	quoted -= 28;
	AXM_KEEP(quoted);
	quoted = (quoted & 60) + 28;
	if (!source || bpf_skb_load_bytes(skb, L3, error.quoted, quoted))
		return TC_ACT_SHOT;
	ip = (struct iphdr *)error.quoted;
	error.ip.version = 4;
	error.ip.ihl = 5;
	error.ip.tot_len = bpf_htons(28 + quoted);
	error.ip.ttl = 64;
	error.ip.protocol = IPPROTO_ICMP;
	error.ip.saddr = source;
	error.ip.daddr = ip->saddr;
	error.ip.check = folded(bpf_csum_diff(NULL, 0, (__be32 *)&error.ip, sizeof(error.ip), 0));
	error.type = mtu ? ICMP_DEST_UNREACH : ICMP_TIME_EXCEEDED;
	error.code = mtu ? ICMP_FRAG_NEEDED : 0;
	error.mtu = bpf_htons(mtu);
	error.checksum = folded(bpf_csum_diff(NULL, 0, (__be32 *)&error.type, sizeof(error) - sizeof(error.ip), 0)); /* zeros behind add nothing */
	if (bpf_skb_change_tail(skb, L3 + 28 + quoted, 0) || bpf_skb_store_bytes(skb, L3, &error, 28 + quoted, 0))
		return TC_ACT_SHOT;
	return send_back(skb, hook);
}

AXM_INLINE int answer_error6(struct __sk_buff *skb, __u32 hook, __u32 mtu, __u32 quoted)
{
	struct error6 error = {};
	struct ipv6hdr *ip;
	axm_ipv6 source;
	__be32 pseudo[2];
	__u32 sum;

	source.part[0] = CONFIG(gateway6.part[0]);
	source.part[1] = CONFIG(gateway6.part[1]);
	if (hook == AXM_FROM_NETDEV || !(source.part[0] | source.part[1])) {
		source.part[0] = CONFIG(node6.part[0]);
		source.part[1] = CONFIG(node6.part[1]);
	}
	quoted = quoted > QUOTED6 ? QUOTED6 - 48 : quoted - 48;
	AXM_KEEP(quoted);
	quoted = (quoted & 120) + 48;
	if (!(source.part[0] | source.part[1]) || bpf_skb_load_bytes(skb, L3, error.quoted, quoted))
		return TC_ACT_SHOT;
	ip = (struct ipv6hdr *)error.quoted;
	error.ip.version = 6;
	error.ip.payload_len = bpf_htons(8 + quoted);
	error.ip.nexthdr = IPPROTO_ICMPV6;
	error.ip.hop_limit = 64;
	__builtin_memcpy(&error.ip.saddr, &source, 16);
	__builtin_memcpy(&error.ip.daddr, &ip->saddr, 16);
	error.type = mtu ? 2 : 3;
	error.mtu = bpf_htonl(mtu);
	pseudo[0] = error.ip.payload_len << 16;
	pseudo[1] = bpf_htonl(IPPROTO_ICMPV6);
	sum = bpf_csum_diff(NULL, 0, (__be32 *)&error.ip.saddr, 32, 0);
	sum = bpf_csum_diff(NULL, 0, pseudo, sizeof(pseudo), sum);
	sum = bpf_csum_diff(NULL, 0, (__be32 *)&error.type, sizeof(error) - sizeof(error.ip), sum);
	error.checksum = folded(sum);
	if (bpf_skb_change_tail(skb, L3 + 48 + quoted, 0) || bpf_skb_store_bytes(skb, L3, &error, 48 + quoted, 0))
		return TC_ACT_SHOT;
	return send_back(skb, hook);
}
