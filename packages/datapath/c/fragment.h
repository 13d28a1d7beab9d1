/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The first fragment of a packet has its ports; the others have the packet's identification. */
#pragma once
#include "maps.h"
#include "parse.h"

/* Keeps the ports of a first fragment, or finds those of a later one. 0, or a reason. */
AXM_INLINE int fragment_ports(struct axm_tuple *t, __u32 identification, const int v6)
{
	struct axm_fragment_key6 key6 = {};
	struct axm_fragment_key4 key4 = {};
	struct axm_fragment ports = { .source_port = t->source_port, .destination_port = t->destination_port, .protocol = t->protocol };
	struct axm_fragment *known;

	if (v6) {
		key6.source = t->source;
		key6.destination = t->destination;
		key6.identification = identification;
	} else {
		key4.source = *ipv4_of(&t->source);
		key4.destination = *ipv4_of(&t->destination);
		key4.identification = identification;
		key4.protocol = t->protocol;
	}
	if (t->kind & TUPLE_FIRST_FRAGMENT) {
		long failed = v6 ? bpf_map_update_elem(&axm_fragments6, &key6, &ports, BPF_ANY)
				 : bpf_map_update_elem(&axm_fragments4, &key4, &ports, BPF_ANY);
		/* the later ones could not be judged: none of the packet goes on */
		return failed ? AXM_DROP_FRAGMENT : 0;
	}
	known = v6 ? bpf_map_lookup_elem(&axm_fragments6, &key6) : bpf_map_lookup_elem(&axm_fragments4, &key4);
	if (!known)
		return AXM_DROP_FRAGMENT;
	t->protocol = known->protocol;
	t->source_port = known->source_port;
	t->destination_port = known->destination_port;
	if (t->protocol == IPPROTO_ICMP || t->protocol == IPPROTO_ICMPV6) {
		const __u8 request = v6 ? ICMPV6_ECHO_REQUEST : ICMP_ECHO, reply = v6 ? ICMPV6_ECHO_REPLY : ICMP_ECHOREPLY;
		t->answered = request;
		/* what icmp_ports made of the type, turned back */
		t->number = t->source_port == ICMP_PORT && t->destination_port ? bpf_ntohs(t->destination_port) & 0xff : t->destination_port == 0 ? request : reply;
	} else {
		t->number = bpf_ntohs(t->destination_port);
		t->answered = bpf_ntohs(t->source_port);
	}
	return 0;
}
