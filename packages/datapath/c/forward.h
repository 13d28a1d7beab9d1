/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sends a packet the way that its flow says. What it changes: MACs, hops, mark, the tunnel's key; nothing before it is sure to go. */
#pragma once
#include "flow.h"
#include "parse.h"
#include "stage.h"

AXM_INLINE void write_macs(struct ethhdr *eth, const struct axm_endpoint *to)
{
	const __u8 *mac = to->mac.octet, *gateway = to->gateway_mac.octet;
	*(__u32 *)eth->h_dest = *(const __u32 *)mac;
	*(__u16 *)(eth->h_dest + 4) = *(const __u16 *)(mac + 4);
	*(__u16 *)eth->h_source = *(const __u16 *)gateway;
	*(__u32 *)(eth->h_source + 2) = *(const __u32 *)(gateway + 2);
}

/* RFC 1141: the checksum of a header whose hops are one less. */
AXM_INLINE void less_hops4(struct iphdr *ip)
{
	__u32 sum = ip->check + bpf_htons(0x0100);
	ip->check = sum + (sum >= 0xffff);
	ip->ttl--;
}

/* Whether one hop can be taken, and takes it. */
AXM_INLINE int take_hop(struct __sk_buff *skb, int v6)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	if (data + L3 + (v6 ? 40 : 20) > end)
		return 0;
	if (v6) {
		struct ipv6hdr *ip = data + L3;
		if (unlikely(ip->hop_limit <= 1))
			return 0;
		ip->hop_limit--;
	} else {
		struct iphdr *ip = data + L3;
		if (unlikely(ip->ttl <= 1))
			return 0;
		less_hops4(ip);
	}
	return 1;
}

/* Whether a packet of more bytes than the way takes has to be refused; segments of a larger one are what counts. */
AXM_INLINE int exceeds(struct __sk_buff *skb, __u16 mtu, int v6, __u32 l4, __u8 protocol)
{
	__u32 segment = skb->gso_size;
	__u8 *ip = at(skb, L3, 20), *tcp;

	if (!ip)
		return 1;
	if (!v6 && !(*(__be16 *)(ip + 6) & bpf_htons(IP_DF)))
		return 0; /* whoever encapsulates or routes it may cut it up */
	if (!segment)
		return skb->len - L3 > mtu;
	if (protocol != IPPROTO_TCP)
		return segment + l4 - L3 + 8 > mtu;
	tcp = at(skb, l4, 20);
	return !tcp || segment + l4 - L3 + (tcp[12] >> 4) * 4 > mtu;
}

/* An answer to the sender, instead of the packet; none about an error, a later fragment, or what was sent to a group. */
AXM_INLINE int refuse(struct __sk_buff *skb, __u32 reason, __u32 mtu, __u32 hook, __u32 direction, __u32 l4, __u8 kind)
{
	count(skb, reason, hook, direction);
	if (kind & (TUPLE_RELATED | TUPLE_LATER_FRAGMENT | TUPLE_GROUP))
		return TC_ACT_SHOT;
	skb->cb[CB_ERROR] = mtu;
	skb->cb[CB_QUOTED] = l4 - L3 + 8;
	return to_stage(skb, AXM_STAGE_ERROR, hook);
}

AXM_INLINE int to_tunnel(struct __sk_buff *skb, __u32 index, __u32 identity, __u32 hook)
{
	struct axm_node *node = bpf_map_lookup_elem(&axm_nodes, &index);
	struct bpf_tunnel_key key = {};
	__u64 flags = BPF_F_ZERO_CSUM_TX;

	if (unlikely(!node || !(node->flags & AXM_NODE_TUNNEL) || !CONFIG(tunnel_ifindex)))
		return drop(skb, AXM_DROP_NO_WAY, hook, AXM_EGRESS);
	key.tunnel_id = identity;
	key.tunnel_ttl = 64;
	if (unlikely(node->flags & AXM_NODE_IPV6)) {
		__builtin_memcpy(key.remote_ipv6, &node->ipv6, 16);
		flags |= BPF_F_TUNINFO_IPV6;
	} else {
		key.remote_ipv4 = node->ipv4;
	}
	if (unlikely(bpf_skb_set_tunnel_key(skb, &key, sizeof(key), flags)))
		return drop(skb, AXM_DROP_TUNNEL_KEY, hook, AXM_EGRESS);
	skb->mark = AXM_MARK_JUDGED;
	count(skb, AXM_FORWARD_TUNNEL, hook, AXM_EGRESS);
	/* on the tunnel's own link: the key is all that was missing */
	if (hook == AXM_TO_OVERLAY)
		return TC_ACT_OK;
	return bpf_redirect(CONFIG(tunnel_ifindex), 0);
}

AXM_INLINE int to_neighbour(struct __sk_buff *skb, __u32 index, __u32 hook, int v6, __u32 l4, __u8 kind)
{
	struct axm_node *node = bpf_map_lookup_elem(&axm_nodes, &index);
	struct bpf_redir_neigh next = {};

	if (unlikely(!node || !node->ifindex))
		return drop(skb, AXM_DROP_NO_WAY, hook, AXM_EGRESS);
	if (!take_hop(skb, v6))
		return refuse(skb, AXM_DROP_HOPS, 0, hook, AXM_EGRESS, l4, kind);
	if (node->flags & AXM_NODE_IPV6) {
		next.nh_family = 10;
		__builtin_memcpy(next.ipv6_nh, &node->ipv6, 16);
	} else {
		next.nh_family = 2;
		next.ipv4_nh = bpf_htonl(node->ipv4);
	}
	skb->mark = AXM_MARK_JUDGED;
	count(skb, AXM_FORWARD_NATIVE, hook, AXM_EGRESS);
	return bpf_redirect_neigh(node->ifindex, &next, sizeof(next), 0);
}

AXM_INLINE int to_endpoint(struct __sk_buff *skb, const struct axm_endpoint *to, __u32 hook, int v6, __u32 l4, __u8 kind)
{
	void *data, *end;
	__u32 ifindex = to->ifindex, flags = to->flags;

	if (unlikely(!ifindex))
		return drop(skb, AXM_DROP_NO_WAY, hook, AXM_INGRESS);
	/* the last hop was taken where it entered the link's other end; here it only passes */
	if (hook == AXM_TO_CONTAINER) {
		count(skb, AXM_FORWARD_LOCAL, hook, AXM_INGRESS);
		return TC_ACT_OK;
	}
	if (unlikely(!take_hop(skb, v6)))
		return refuse(skb, AXM_DROP_HOPS, 0, hook, AXM_INGRESS, l4, kind);
	data = (void *)(long)skb->data;
	end = (void *)(long)skb->data_end;
	if (data + ETH_HLEN > end)
		return drop(skb, AXM_DROP_MALFORMED, hook, AXM_INGRESS);
	if (likely(!(flags & AXM_ENDPOINT_NO_LINK_LAYER)))
		write_macs(data, to);
	count(skb, AXM_FORWARD_LOCAL, hook, AXM_INGRESS);
	/* a peer device is reached from an ingress hook alone */
	if (likely(flags & AXM_ENDPOINT_REDIRECT_PEER) && hook != AXM_FROM_HOST && hook != AXM_TO_OVERLAY && hook != AXM_TO_NETDEV)
		return bpf_redirect_peer(ifindex, 0);
	return bpf_redirect(ifindex, 0);
}

/* By the flow's action for packets of this side; `l4`: where the transport header is; `kind`: TUPLE_*; `to` is the receiver where it is an endpoint here, else NULL. */
AXM_INLINE int forward(struct __sk_buff *skb, const struct axm_flow_side *from, const struct axm_endpoint *to, __u32 hook, int v6,
		       __u32 l4, __u8 protocol, __u8 kind)
{
	__u32 action = AXM_ONCE(from->action);

	if (likely(action == AXM_ACTION_LOCAL)) {
		if (unlikely(!to))
			return drop(skb, AXM_DROP_NO_WAY, hook, AXM_INGRESS);
		return to_endpoint(skb, to, hook, v6, l4, kind);
	}
	if (unlikely(from->mtu && skb->len > from->mtu + (__u32)ETH_HLEN) && exceeds(skb, from->mtu, v6, l4, protocol))
		return refuse(skb, AXM_DROP_TOO_BIG, from->mtu, hook, AXM_EGRESS, l4, kind);
	switch (action) {
	case AXM_ACTION_TUNNEL:
		return to_tunnel(skb, from->to, from->identity == 1 ? 6 : from->identity, hook);
	case AXM_ACTION_NATIVE:
		return to_neighbour(skb, from->to, hook, v6, l4, kind);
	case AXM_ACTION_ROUTE:
		if (!take_hop(skb, v6))
			return refuse(skb, AXM_DROP_HOPS, 0, hook, AXM_EGRESS, l4, kind);
		skb->mark = AXM_MARK_JUDGED;
		count(skb, AXM_FORWARD_ROUTE, hook, AXM_EGRESS);
		return bpf_redirect_neigh(from->to, NULL, 0, 0);
	case AXM_ACTION_STACK:
		skb->mark = AXM_MARK_JUDGED;
		count(skb, AXM_FORWARD_STACK, hook, AXM_EGRESS);
		return TC_ACT_OK;
	case AXM_ACTION_HOST:
		skb->mark = AXM_MARK_JUDGED;
		count(skb, AXM_FORWARD_HOST, hook, AXM_INGRESS);
		return TC_ACT_OK;
	case AXM_ACTION_PROXY: {
		__u32 index = from->to;
		struct axm_listener *listener = bpf_map_lookup_elem(&axm_listeners, &index);
		if (!listener || !listener->port)
			return drop(skb, AXM_DROP_NO_LISTENER, hook, AXM_INGRESS);
		skb->mark = AXM_MARK_PROXY | (__u32)listener->port << 16;
		count(skb, AXM_FORWARD_PROXY, hook, AXM_INGRESS);
		return TC_ACT_OK;
	}
	case AXM_ACTION_NONE:
		/* the flow has no way for this side yet, or is being written over: it is looked at again */
		return v6 ? to_stage(skb, AXM_STAGE_IPV6, hook) : to_stage(skb, AXM_STAGE_IPV4, hook);
	default:
		return drop(skb, AXM_DROP_NO_WAY, hook, AXM_EGRESS);
	}
}
