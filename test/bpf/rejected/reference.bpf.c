/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Finds a socket and forgets to let go of it. */
#include "../corpus/corpus.h"

SEC("tc")
int leaked(struct __sk_buff *skb)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *found;

	found = bpf_sk_lookup_udp(skb, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);
	return found ? found->mark : 0;
}
