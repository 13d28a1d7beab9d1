/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Goes round as often as a packet says. */
#include "../corpus/corpus.h"

SEC("tc")
int unbounded(struct __sk_buff *skb)
{
	volatile __u32 sum = 1;

	while (sum != skb->mark)
		sum += sum;
	return sum;
}
