/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads the packet without looking where it ends. */
#include "../corpus/corpus.h"

SEC("tc")
int unchecked(struct __sk_buff *skb)
{
	__u8 *data = (void *)(long)skb->data;

	return data[14];
}
