/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ARP (RFC 826) and neighbour solicitations (RFC 4861) of endpoints: asked for the gateway, the endpoint's own link answers. What an
 * endpoint says of itself goes to the host, which may have asked.
 */
#pragma once
#include "forward.h"

struct arp_ipv4 {
	__be16 hardware, protocol;
	__u8 hardware_size, protocol_size;
	__be16 operation;
	__u8 sender_mac[6];
	__be32 sender;
	__u8 target_mac[6];
	__be32 target;
} __attribute__((packed));

struct neighbour_message {
	__u8 type, code;
	__be16 checksum;
	__be32 flags;
	axm_ipv6 target;
	__u8 option, option_size;
	__u8 mac[6];
} __attribute__((packed, aligned(8)));

AXM_INLINE void copy_mac(__u8 *to, const __u8 *from)
{
#pragma unroll
	for (int i = 0; i < 6; i++)
		to[i] = from[i];
}

AXM_INLINE int same_mac(const __u8 *a, const __u8 *b)
{
	return !__builtin_memcmp(a, b, 4) && a[4] == b[4] && a[5] == b[5];
}

AXM_INLINE int answer_arp(struct __sk_buff *skb, const struct axm_endpoint *ep)
{
	struct arp_ipv4 *arp = pulled(skb, L3, sizeof(*arp));
	struct ethhdr *eth = at(skb, 0, ETH_HLEN);

	if (!arp || !eth || arp->hardware != bpf_htons(1) || arp->protocol != bpf_htons(ETH_P_IP) || arp->hardware_size != 6 ||
	    arp->protocol_size != 4)
		return drop(skb, AXM_DROP_MALFORMED, AXM_FROM_CONTAINER, AXM_EGRESS);
	if (!(ep->flags & AXM_ENDPOINT_ANY_SOURCE) &&
	    (!same_mac(eth->h_source, ep->mac.octet) || !same_mac(arp->sender_mac, ep->mac.octet) || (arp->sender && arp->sender != ep->ipv4)))
		return drop(skb, AXM_DROP_SPOOFED, AXM_FROM_CONTAINER, AXM_EGRESS);
	if (arp->operation == bpf_htons(2)) { /* an answer to the host */
		count(skb, AXM_FORWARD_HOST, AXM_FROM_CONTAINER, AXM_EGRESS);
		return TC_ACT_OK;
	}
	if (arp->operation != bpf_htons(1) || !CONFIG(gateway4) || arp->target != CONFIG(gateway4))
		return drop(skb, AXM_DROP_LINK_LOCAL, AXM_FROM_CONTAINER, AXM_EGRESS);
	arp->operation = bpf_htons(2);
	copy_mac(eth->h_dest, arp->sender_mac);
	copy_mac(eth->h_source, ep->gateway_mac.octet);
	copy_mac(arp->target_mac, arp->sender_mac);
	arp->target = arp->sender;
	copy_mac(arp->sender_mac, ep->gateway_mac.octet);
	arp->sender = CONFIG(gateway4);
	count(skb, AXM_ANSWERED_ARP, AXM_FROM_CONTAINER, AXM_EGRESS);
	skb->mark = AXM_MARK_ANSWER;
	return bpf_redirect(skb->ifindex, 0);
}

AXM_INLINE int answer_solicitation(struct __sk_buff *skb, const struct axm_endpoint *ep)
{
	const __u32 message_at = L3 + 40, size = sizeof(struct neighbour_message);
	struct neighbour_message *message = pulled(skb, message_at, 24);
	struct neighbour_message answer;
	struct ipv6hdr *ip = at(skb, L3, 40);
	struct ethhdr *eth = at(skb, 0, ETH_HLEN);
	axm_ipv6 asker, gateway;
	const int any = ep->flags & AXM_ENDPOINT_ANY_SOURCE;
	__u32 sum;

	if (!message || !ip || !eth || ip->nexthdr != IPPROTO_ICMPV6 || ip->hop_limit != 255 ||
	    bpf_ntohs(ip->payload_len) < 24 || message->code)
		return drop(skb, AXM_DROP_MALFORMED, AXM_FROM_CONTAINER, AXM_EGRESS);
	if (!any && !same_mac(eth->h_source, ep->mac.octet))
		return drop(skb, AXM_DROP_SPOOFED, AXM_FROM_CONTAINER, AXM_EGRESS);
	__builtin_memcpy(&asker, &ip->saddr, 16);
	if (message->type == 136) { /* an answer to the host, about itself */
		const __u8 *target = (const __u8 *)&message->target;
		if (!(message->target.part[0] | message->target.part[1]) ||
		    (!any && !same6(&message->target, &ep->ipv6) && !(target[0] == 0xfe && (target[1] & 0xc0) == 0x80)))
			return drop(skb, AXM_DROP_SPOOFED, AXM_FROM_CONTAINER, AXM_EGRESS);
		count(skb, AXM_FORWARD_HOST, AXM_FROM_CONTAINER, AXM_EGRESS);
		return TC_ACT_OK;
	}
	gateway.part[0] = CONFIG(gateway6.part[0]);
	gateway.part[1] = CONFIG(gateway6.part[1]);
	/* duplicate detection of its own address, router solicitations: nobody is meant to answer */
	if (message->type != 135 || !(gateway.part[0] | gateway.part[1]) || !(asker.part[0] | asker.part[1]) ||
	    !same6(&message->target, &gateway))
		return drop(skb, AXM_DROP_LINK_LOCAL, AXM_FROM_CONTAINER, AXM_EGRESS);
	{
		const __u8 *from = (const __u8 *)&asker;
		if (!any && !same6(&asker, &ep->ipv6) && !(from[0] == 0xfe && (from[1] & 0xc0) == 0x80))
			return drop(skb, AXM_DROP_SPOOFED, AXM_FROM_CONTAINER, AXM_EGRESS);
	}
	if (bpf_skb_change_tail(skb, message_at + size, 0))
		return drop(skb, AXM_DROP_WRITE, AXM_FROM_CONTAINER, AXM_EGRESS);
	ip = pulled(skb, L3, 40);
	eth = at(skb, 0, ETH_HLEN);
	if (!ip || !eth)
		return drop(skb, AXM_DROP_WRITE, AXM_FROM_CONTAINER, AXM_EGRESS);
	copy_mac(eth->h_dest, eth->h_source);
	copy_mac(eth->h_source, ep->gateway_mac.octet);
	ip->payload_len = bpf_htons(size);
	__builtin_memcpy(&ip->saddr, &gateway, 16);
	__builtin_memcpy(&ip->daddr, &asker, 16);
	__builtin_memset(&answer, 0, sizeof(answer));
	answer.type = 136;
	answer.flags = bpf_htonl(0xe0000000); /* router, solicited, override */
	answer.target = gateway;
	answer.option = 2;
	answer.option_size = 1;
	copy_mac(answer.mac, ep->gateway_mac.octet);
	{
		__be32 pseudo[2] = { bpf_htonl(size), bpf_htonl(IPPROTO_ICMPV6) };
		sum = bpf_csum_diff(NULL, 0, (__be32 *)&gateway, 16, 0);
		sum = bpf_csum_diff(NULL, 0, (__be32 *)&asker, 16, sum);
		sum = bpf_csum_diff(NULL, 0, pseudo, 8, sum);
		sum = bpf_csum_diff(NULL, 0, (__be32 *)&answer, sizeof(answer), sum);
	}
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	answer.checksum = ~sum;
	if (bpf_skb_store_bytes(skb, message_at, &answer, sizeof(answer), 0))
		return drop(skb, AXM_DROP_WRITE, AXM_FROM_CONTAINER, AXM_EGRESS);
	count(skb, AXM_ANSWERED_NEIGHBOUR, AXM_FROM_CONTAINER, AXM_EGRESS);
	skb->mark = AXM_MARK_ANSWER;
	return bpf_redirect(skb->ifindex, 0);
}
