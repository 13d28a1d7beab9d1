/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reads a packet to the end of its transport header, whatever stands in between, and says what is wrong with it: 0 or a reason to drop
 * it. All access goes through `at`.
 */
#pragma once
#include "tuple.h"

enum {
	L3 = ETH_HLEN,
	/* extension headers that are followed, and how far into the frame: what is longer is dropped with a reason of its own */
	MAX_EXTENSIONS = 6,
	MAX_HEADERS = 511,
	IP_MF = 0x2000,
	IP_DF = 0x4000,
	IP_OFFSET = 0x1fff,
	/* of the tuple of ICMP messages that are no echo: no echo has two ports */
	ICMP_PORT = 0xffff,
	ICMP_TYPE_BIT = 0x100,
};

/* RFC 792; linux/icmp.h has them, and with them all of the C library */
enum {
	ICMP_ECHOREPLY = 0,
	ICMP_DEST_UNREACH = 3,
	ICMP_FRAG_NEEDED = 4,
	ICMP_SOURCE_QUENCH = 4,
	ICMP_REDIRECT = 5,
	ICMP_ECHO = 8,
	ICMP_TIME_EXCEEDED = 11,
	ICMP_PARAMETERPROB = 12,
};

/* `size` bytes of the frame at `offset`; NULL where the frame ends before, or its linear part */
AXM_INLINE void *at(struct __sk_buff *skb, __u32 offset, const __u32 size)
{
	void *found = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	if (offset > MAX_HEADERS)
		return NULL;
	AXM_KEEP(offset);
	found += offset & MAX_HEADERS; /* which it is: said once more to the verifier, of the register that is added */
	AXM_KEEP(found); /* one pointer is compared and used: the verifier takes two equal sums for two pointers */
	return found + size > end ? NULL : found;
}

/* the same, and makes the first bytes linear if they are not: pointers into the packet are void afterwards */
AXM_INLINE void *pulled(struct __sk_buff *skb, __u32 offset, const __u32 size)
{
	void *found = at(skb, offset, size);
	if (likely(found))
		return found;
	if (offset + size > skb->len || bpf_skb_pull_data(skb, offset + size))
		return NULL;
	return at(skb, offset, size);
}

AXM_INLINE int is_icmp_error(__u8 family, __u8 type)
{
	if (family == 6)
		return type >= 1 && type <= 4; /* RFC 4443 */
	return type == ICMP_DEST_UNREACH || type == ICMP_SOURCE_QUENCH || type == ICMP_REDIRECT || type == ICMP_TIME_EXCEEDED ||
	       type == ICMP_PARAMETERPROB;
}

/* An echo is a flow from the asker's identifier to port 0, so that both may ask under the same one; other messages have none of it. */
AXM_INLINE void icmp_ports(struct axm_tuple *t, __u8 type, __be16 id)
{
	const __u8 request = t->family == 6 ? ICMPV6_ECHO_REQUEST : ICMP_ECHO;
	const __u8 reply = t->family == 6 ? ICMPV6_ECHO_REPLY : ICMP_ECHOREPLY;

	t->number = type;
	t->answered = request;
	if (type == request) {
		t->source_port = id;
		t->destination_port = 0;
	} else if (type == reply) {
		t->source_port = 0;
		t->destination_port = id;
	} else {
		t->source_port = ICMP_PORT;
		t->destination_port = bpf_htons(type | ICMP_TYPE_BIT);
	}
}

/* The transport header at t->l4, of which the packet has `length` bytes with its payload. Not of later fragments. */
AXM_INLINE int parse_transport(struct __sk_buff *skb, struct axm_tuple *t, __u32 length)
{
	__u8 *l4;

	switch (t->protocol) {
	case IPPROTO_TCP:
		if (length < 20 || !(l4 = pulled(skb, t->l4, 20)))
			return AXM_DROP_MALFORMED;
		if ((l4[12] >> 4) < 5 || (!(t->kind & TUPLE_FIRST_FRAGMENT) && (l4[12] >> 4) * 4 > length))
			return AXM_DROP_MALFORMED;
		t->tcp = l4[13];
		break;
	case IPPROTO_UDP:
		if (length < 8 || !(l4 = pulled(skb, t->l4, 8)))
			return AXM_DROP_MALFORMED;
		/* a length of 0: the rest of a jumbogram, RFC 2675 §4 */
		__u32 udp = bpf_ntohs(*(__be16 *)(l4 + 4));
		if ((udp || t->family == 4) && (udp < 8 || (!(t->kind & TUPLE_FIRST_FRAGMENT) && udp > length)))
			return AXM_DROP_MALFORMED;
		break;
	case IPPROTO_SCTP:
		if (length < 12 || !(l4 = pulled(skb, t->l4, 12)))
			return AXM_DROP_MALFORMED;
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		/* each belongs to its own family */
		if ((t->protocol == IPPROTO_ICMP) != (t->family == 4) || length < 8 || !(l4 = pulled(skb, t->l4, 8)))
			return AXM_DROP_MALFORMED;
		icmp_ports(t, l4[0], *(__be16 *)(l4 + 4));
		return 0;
	default:
		t->source_port = t->destination_port = 0;
		t->number = t->answered = 0;
		return 0;
	}
	t->source_port = *(__be16 *)l4;
	t->destination_port = *(__be16 *)(l4 + 2);
	t->number = bpf_ntohs(t->destination_port);
	t->answered = bpf_ntohs(t->source_port);
	return 0;
}

/* Groups and a link's own addresses: what is sent there is not forwarded. */
AXM_INLINE int is_group4(__be32 address)
{
	return (address & bpf_htonl(0xf0000000)) == bpf_htonl(0xe0000000) || address == 0xffffffff;
}

AXM_INLINE int is_group6(const __u8 *address)
{
	return address[0] == 0xff || (address[0] == 0xfe && (address[1] & 0xc0) == 0x80);
}

AXM_INLINE int parse4(struct __sk_buff *skb, struct axm_tuple *t, __u32 *identification, __u32 *rest)
{
	struct iphdr *ip = pulled(skb, L3, 20);
	__u32 header, total, fragment, room = skb->len - L3;

	__builtin_memset(t, 0, sizeof(*t));
	t->family = 4;
	if (!ip || skb->len < L3 + 20 || ip->version != 4 || ip->ihl < 5)
		return AXM_DROP_MALFORMED;
	*ipv4_of(&t->source) = ip->saddr;
	*ipv4_of(&t->destination) = ip->daddr;
	t->protocol = ip->protocol;
	t->hops = ip->ttl;
	header = ip->ihl * 4;
	total = bpf_ntohs(ip->tot_len);
	if (!total && skb->gso_segs) /* more than fits into 16 bits: BIG TCP */
		total = room;
	if (total < header || total > room)
		return AXM_DROP_MALFORMED;
	if (is_group4(ip->daddr))
		t->kind |= TUPLE_GROUP;
	t->l4 = L3 + header;
	fragment = bpf_ntohs(ip->frag_off);
	*identification = ip->id;
	if (fragment & IP_DF)
		t->kind |= TUPLE_DONT_FRAGMENT;
	if (fragment & IP_OFFSET)
		t->kind |= TUPLE_LATER_FRAGMENT;
	else if (fragment & IP_MF)
		t->kind |= TUPLE_FIRST_FRAGMENT;
	*rest = total - header;
	return 0;
}

/* Extension headers of IPv6, from `next` at `offset` on; afterwards those are of what follows them. */
struct axm_extensions {
	__u32 next, offset, end; /* the packet's, in the frame */
	__u32 kind;              /* TUPLE_FIRST_FRAGMENT, TUPLE_LATER_FRAGMENT */
	__u32 identification;
};

AXM_INLINE int is_extension(__u32 next)
{
	return next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS || next == IPPROTO_FRAGMENT || next == IPPROTO_AH;
}

/* 0 or a reason. Rarely called, and a function of its own to the verifier. */
__noinline int follow_extensions(struct __sk_buff *skb, struct axm_extensions *found)
{
	__u32 next, offset, end;

	if (!found)
		return AXM_DROP_MALFORMED;
	next = found->next;
	offset = found->offset;
	end = found->end;
	for (int i = 0; i < MAX_EXTENSIONS; i++) {
		__u8 header[8];

		if (!is_extension(next))
			break;
		if (offset + 8 > end || bpf_skb_load_bytes(skb, offset, header, 8))
			return AXM_DROP_MALFORMED;
		if (next == IPPROTO_FRAGMENT) {
			__u32 fragment = header[2] << 8 | header[3];
			found->identification = *(__u32 *)(header + 4);
			if (fragment & 0xfff8)
				found->kind |= TUPLE_LATER_FRAGMENT;
			else if (fragment & 1)
				found->kind |= TUPLE_FIRST_FRAGMENT;
			offset += 8;
		} else {
			offset += next == IPPROTO_AH ? (header[1] + 2) * 4 : (header[1] + 1) * 8;
		}
		next = header[0];
		if (offset > end)
			return AXM_DROP_MALFORMED;
		if (offset > MAX_HEADERS)
			return AXM_DROP_EXTENSIONS;
		/* what follows a later fragment's header is the middle of something */
		if (found->kind & TUPLE_LATER_FRAGMENT)
			break;
	}
	if (!(found->kind & TUPLE_LATER_FRAGMENT) && is_extension(next))
		return AXM_DROP_EXTENSIONS;
	found->next = next;
	found->offset = offset;
	return 0;
}

AXM_INLINE int parse6(struct __sk_buff *skb, struct axm_tuple *t, __u32 *identification, __u32 *rest)
{
	struct ipv6hdr *ip = pulled(skb, L3, 40);
	__u32 total, offset = L3 + 40, room = skb->len - L3;
	__u8 next;

	__builtin_memset(t, 0, sizeof(*t));
	t->family = 6;
	if (!ip || skb->len < L3 + 40 || ip->version != 6)
		return AXM_DROP_MALFORMED;
	__builtin_memcpy(&t->source, &ip->saddr, 16);
	__builtin_memcpy(&t->destination, &ip->daddr, 16);
	t->hops = ip->hop_limit;
	t->kind = TUPLE_DONT_FRAGMENT; /* nobody but the sender cuts up: RFC 8200 §5 */
	next = ip->nexthdr;
	total = bpf_ntohs(ip->payload_len) + 40;
	if (total == 40 && skb->gso_segs) /* BIG TCP */
		total = room;
	if (total > room)
		return AXM_DROP_MALFORMED;
	if (is_group6(ip->daddr.s6_addr))
		t->kind |= TUPLE_GROUP;

	if (next != IPPROTO_TCP && next != IPPROTO_UDP && next != IPPROTO_ICMPV6 && next != IPPROTO_SCTP) {
		struct axm_extensions found = { .next = next, .offset = offset, .end = L3 + total };
		int why = follow_extensions(skb, &found);

		if (why)
			return why;
		t->kind |= found.kind;
		*identification = found.identification;
		next = found.next;
		offset = found.offset;
	}
	t->protocol = next;
	t->l4 = offset;
	*rest = total + L3 - offset;
	return 0;
}
