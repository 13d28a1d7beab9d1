/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Returns what nobody ever computed. */
#include "../corpus/corpus.h"

SEC("tc")
int never_written(struct __sk_buff *skb)
{
	long value;

	asm volatile("%0 = r9" : "=r"(value));
	return value;
}
