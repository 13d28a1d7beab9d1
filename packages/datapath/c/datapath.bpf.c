/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The programs: one for each hook, the stages that they share, and two that the control plane calls. */
#include "error.h"
#include "known.h"
#include "neighbour.h"
#include "judge.h"
#include "open.h"
#include "read.h"
#include "send.h"

char axm_license[] SEC("license") = "Dual BSD/GPL";

/* ---- hooks ---- */

SEC("tc")
int axm_from_container(struct __sk_buff *skb)
{
	__u32 slot;
	struct axm_endpoint *ep = endpoint_of(skb->ifindex, &slot);

	if (unlikely(!ep))
		return drop(skb, AXM_DROP_NO_ENDPOINT, AXM_FROM_CONTAINER, AXM_EGRESS);
	if (likely(skb->protocol == bpf_htons(ETH_P_IP)))
		return known4(skb, ep, slot, 0, AXM_FROM_CONTAINER);
	if (likely(skb->protocol == bpf_htons(ETH_P_IPV6)))
		return known6(skb, ep, slot, 0, AXM_FROM_CONTAINER);
	if (skb->protocol == bpf_htons(ETH_P_ARP))
		return to_stage(skb, AXM_STAGE_NEIGHBOUR, AXM_FROM_CONTAINER);
	return drop(skb, AXM_DROP_UNKNOWN_PROTOCOL, AXM_FROM_CONTAINER, AXM_EGRESS);
}

SEC("tc")
int axm_to_container(struct __sk_buff *skb)
{
	__u32 slot;
	struct axm_endpoint *ep = endpoint_of(skb->ifindex, &slot);

	if (unlikely(!ep))
		return drop(skb, AXM_DROP_NO_ENDPOINT, AXM_TO_CONTAINER, AXM_INGRESS);
	if (likely(skb->protocol == bpf_htons(ETH_P_IP)))
		return known4(skb, ep, slot, 0, AXM_TO_CONTAINER);
	if (likely(skb->protocol == bpf_htons(ETH_P_IPV6)))
		return known6(skb, ep, slot, 0, AXM_TO_CONTAINER);
	if (skb->protocol == bpf_htons(ETH_P_ARP)) { /* the host asks, or we answered */
		count(skb, AXM_FORWARD_PASSED, AXM_TO_CONTAINER, AXM_INGRESS);
		return TC_ACT_OK;
	}
	return drop(skb, AXM_DROP_UNKNOWN_PROTOCOL, AXM_TO_CONTAINER, AXM_INGRESS);
}

SEC("tc")
int axm_from_overlay(struct __sk_buff *skb)
{
	struct bpf_tunnel_key key;
	__u32 identity;

	if (unlikely(bpf_skb_get_tunnel_key(skb, &key, sizeof(key), 0) && bpf_skb_get_tunnel_key(skb, &key, sizeof(key), BPF_F_TUNINFO_IPV6)))
		return drop(skb, AXM_DROP_TUNNEL_KEY, AXM_FROM_OVERLAY, AXM_INGRESS);
	/* another node calls itself host; here it is not */
	identity = key.tunnel_id == 1 ? 6 : key.tunnel_id;
	skb->cb[CB_IDENTITY] = identity;
	if (unlikely(!identity))
		return drop(skb, AXM_DROP_UNKNOWN_IDENTITY, AXM_FROM_OVERLAY, AXM_INGRESS);
	if (likely(skb->protocol == bpf_htons(ETH_P_IP)))
		return known4(skb, NULL, 0, identity, AXM_FROM_OVERLAY);
	if (likely(skb->protocol == bpf_htons(ETH_P_IPV6)))
		return known6(skb, NULL, 0, identity, AXM_FROM_OVERLAY);
	return drop(skb, AXM_DROP_UNKNOWN_PROTOCOL, AXM_FROM_OVERLAY, AXM_INGRESS);
}

AXM_INLINE int anything(struct __sk_buff *skb, const __u32 hook)
{
	if (skb->protocol == bpf_htons(ETH_P_IP))
		return to_stage(skb, AXM_STAGE_IPV4, hook);
	if (skb->protocol == bpf_htons(ETH_P_IPV6))
		return to_stage(skb, AXM_STAGE_IPV6, hook);
	return passed(skb, hook);
}

SEC("tc")
int axm_to_overlay(struct __sk_buff *skb)
{
	if (likely((skb->mark & AXM_MARK_MASK) == AXM_MARK_JUDGED)) {
		count(skb, AXM_FORWARD_TUNNEL, AXM_TO_OVERLAY, AXM_EGRESS);
		return TC_ACT_OK;
	}
	if (skb->protocol != bpf_htons(ETH_P_IP) && skb->protocol != bpf_htons(ETH_P_IPV6))
		return drop(skb, AXM_DROP_UNKNOWN_PROTOCOL, AXM_TO_OVERLAY, AXM_EGRESS);
	return anything(skb, AXM_TO_OVERLAY);
}

SEC("tc")
int axm_from_host(struct __sk_buff *skb)
{
	return anything(skb, AXM_FROM_HOST);
}

SEC("tc")
int axm_to_host(struct __sk_buff *skb)
{
	return anything(skb, AXM_TO_HOST);
}

SEC("tc")
int axm_from_netdev(struct __sk_buff *skb)
{
	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = at(skb, L3, 20);
		if (likely(ip && ip->daddr == CONFIG(node4)))
			return passed(skb, AXM_FROM_NETDEV);
		return known4(skb, NULL, 0, 0, AXM_FROM_NETDEV);
	}
	if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip = at(skb, L3, 40);
		const axm_ipv6 *to = (const axm_ipv6 *)&ip->daddr;
		if (likely(ip && to->part[0] == CONFIG(node6.part[0]) && to->part[1] == CONFIG(node6.part[1])))
			return passed(skb, AXM_FROM_NETDEV);
		return known6(skb, NULL, 0, 0, AXM_FROM_NETDEV);
	}
	return passed(skb, AXM_FROM_NETDEV);
}

/* The last look at what leaves: an endpoint's packets were judged where they came from, or do not leave. */
SEC("tc")
int axm_to_netdev(struct __sk_buff *skb)
{
	struct axm_end sender = {};
	axm_ipv6 source = {};
	int why;

	if (likely((skb->mark & AXM_MARK_MASK) == AXM_MARK_JUDGED))
		return passed(skb, AXM_TO_NETDEV);
	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = pulled(skb, L3, 20);
		if (!ip)
			return drop(skb, AXM_DROP_MALFORMED, AXM_TO_NETDEV, AXM_EGRESS);
		*ipv4_of(&source) = ip->saddr;
		why = find_end(&sender, &source, 0);
	} else if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip = pulled(skb, L3, 40);
		if (!ip)
			return drop(skb, AXM_DROP_MALFORMED, AXM_TO_NETDEV, AXM_EGRESS);
		__builtin_memcpy(&source, &ip->saddr, 16);
		why = find_end(&sender, &source, 1);
	} else {
		return passed(skb, AXM_TO_NETDEV);
	}
	if (sender.place == AXM_AT_ENDPOINT)
		return drop(skb, AXM_DROP_NOT_JUDGED, AXM_TO_NETDEV, AXM_EGRESS);
	(void)why;
	return passed(skb, AXM_TO_NETDEV);
}

/* ---- stages ---- */

AXM_STAGE(0) SEC("tc")
int axm_stage_ipv4(struct __sk_buff *skb)
{
	return read(skb, 0);
}

AXM_STAGE(1) SEC("tc")
int axm_stage_ipv6(struct __sk_buff *skb)
{
	return read(skb, 1);
}

AXM_STAGE(2) SEC("tc")
int axm_stage_judge(struct __sk_buff *skb)
{
	return judge_packet(skb);
}

AXM_STAGE(3) SEC("tc")
int axm_stage_open(struct __sk_buff *skb)
{
	return open_flow(skb);
}

AXM_STAGE(4) SEC("tc")
int axm_stage_send(struct __sk_buff *skb)
{
	return send(skb);
}

AXM_STAGE(5) SEC("tc")
int axm_stage_neighbour(struct __sk_buff *skb)
{
	__u32 slot;
	struct axm_endpoint *ep = endpoint_of(skb->ifindex, &slot);

	if (!ep)
		return drop(skb, AXM_DROP_NO_ENDPOINT, AXM_FROM_CONTAINER, AXM_EGRESS);
	if (skb->protocol == bpf_htons(ETH_P_ARP))
		return answer_arp(skb, ep);
	return answer_solicitation(skb, ep);
}

AXM_STAGE(6) SEC("tc")
int axm_stage_error(struct __sk_buff *skb)
{
	__u32 hook = skb->cb[CB_HOOK] & (AXM_HOOKS - 1), mtu = skb->cb[CB_ERROR], quoted = skb->cb[CB_QUOTED];

	if (hook != AXM_FROM_CONTAINER && hook != AXM_FROM_NETDEV)
		return TC_ACT_SHOT;
	if (skb->protocol == bpf_htons(ETH_P_IP))
		return answer_error4(skb, hook, mtu, quoted);
	return answer_error6(skb, hook, mtu, quoted);
}

/* ---- for the control plane ---- */

/* Stores an endpoint's word: tables and revision change together, which an update from user space does not promise. */
SEC("syscall")
int axm_set_policy(struct axm_set_policy_args *args)
{
	__u32 slot = args->slot;
	struct axm_endpoint *ep = bpf_map_lookup_elem(&axm_endpoints, &slot);

	if (!ep)
		return 1;
	AXM_ONCE(*(__u64 *)&ep->policy) = args->word;
	return 0;
}

/* Two clocks at once, to tell how long a jiffy is. */
SEC("syscall")
int axm_clock(struct axm_clock_answer *answer)
{
	answer->jiffies = bpf_jiffies64();
	answer->monotonic_ns = bpf_ktime_get_ns();
	return 0;
}
