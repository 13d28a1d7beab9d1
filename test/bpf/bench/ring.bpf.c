/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records of 64 bytes, as many as the ring has room for: none is ever refused, so none is lost. */
#include "../corpus/corpus.h"

#define RING_BYTES (16 << 20)

struct record {
	__u64 sequence;
	__u64 rest[7];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RING_BYTES);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} produced SEC(".maps");

/* exported for its type's sake */
struct record *unused_record;

static int emit(__u32 index, void *context)
{
	__u64 *sequence = *(__u64 **)context;
	struct record record = {};

	record.sequence = *sequence;
	if (bpf_ringbuf_output(&ring, &record, sizeof(record), 0))
		return 1;
	*sequence += 1;
	return 0;
}

SEC("tc")
int produce(struct __sk_buff *skb)
{
	__u32 zero = 0;
	__u64 *sequence = bpf_map_lookup_elem(&produced, &zero);

	if (!sequence)
		return 1;
	/* half of it stays free: the next thousand fit for certain */
	if (bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) > RING_BYTES / 2)
		return 1;
	bpf_loop(1000, emit, &sequence, 0);
	return 0;
}
