/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads a made-up struct in every way: the test fits it to kernels that were made up as well. */
#include "../corpus/corpus.h"
#include <bpf/bpf_core_read.h>

struct small {
	__u16 one;
	__u32 two;
} __core;

union choice {
	__u32 number;
	__u8 bytes[4];
} __core;

enum colour {
	RED = 1,
	GREEN = 2,
	BLUE = 3,
};

struct thing {
	__u8 a;
	__u16 b;
	__u32 c;
	__u64 d;
	__s32 e;
	struct small inner;
	struct small list[4];
	union choice choice;
	__u32 array[8];
	void *pointer;
	__u32 low : 3;
	__u32 middle : 9;
	__s32 high : 7;
	enum colour colour;
	char name[12];
	__u64 gone;
} __core;

struct missing {
	int field;
} __core;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, 4096);
} memory SEC(".maps");

volatile __u64 out[64];

#define READ(index, field)                                                     \
	if (bpf_core_field_exists(thing->field))                               \
		out[index] = thing->field;

#define TELL(index, field, what)                                               \
	if (bpf_core_field_exists(thing->field))                               \
		out[index] = what(thing->field);

SEC("tc")
int direct(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct thing *thing = bpf_map_lookup_elem(&memory, &zero);

	if (!thing)
		return 0;
	READ(0, a)
	READ(1, b)
	READ(2, c)
	READ(3, d)
	READ(4, inner.one)
	READ(5, inner.two)
	READ(6, list[2].two)
	READ(7, choice.number)
	READ(8, array[5])
	READ(9, choice.bytes[1])
	if (bpf_core_field_exists(thing->c))
		thing->c = 7;
	if (bpf_core_field_exists(thing->d))
		thing->d = out[1];
	return 0;
}

SEC("tc")
int told(struct __sk_buff *skb)
{
	struct thing *thing = (void *)skb;
	struct missing *missing = (void *)skb;

	TELL(0, a, bpf_core_field_offset)
	TELL(1, list[3].one, bpf_core_field_offset)
	TELL(2, array[7], bpf_core_field_offset)
	TELL(3, name, bpf_core_field_size)
	TELL(4, inner, bpf_core_field_size)
	out[5] = bpf_core_field_exists(thing->gone);
	out[6] = bpf_core_field_exists(thing->pointer);
	out[7] = bpf_core_field_exists(missing->field);
	if (bpf_core_field_exists(thing->e))
		out[8] = __builtin_preserve_field_info(thing->e, 3);
	if (bpf_core_field_exists(thing->colour))
		out[9] = __builtin_preserve_field_info(thing->colour, 3);
	out[10] = bpf_core_type_exists(struct thing);
	out[11] = bpf_core_type_exists(struct missing);
	out[12] = bpf_core_type_size(struct thing);
	out[13] = bpf_core_type_size(struct small);
	out[14] = bpf_core_enum_value_exists(enum colour, GREEN);
	out[15] = bpf_core_enum_value_exists(enum colour, BLUE);
	if (bpf_core_enum_value_exists(enum colour, GREEN))
		out[16] = bpf_core_enum_value(enum colour, GREEN);
	out[17] = bpf_core_type_id_kernel(struct small);
	out[18] = bpf_core_type_id_local(struct small);
	if (bpf_core_field_exists(thing->low))
		out[19] = __builtin_preserve_field_info(thing->low, 0) + __builtin_preserve_field_info(thing->low, 1) +
			  __builtin_preserve_field_info(thing->low, 4) + __builtin_preserve_field_info(thing->low, 5);
	if (bpf_core_field_exists(thing->high))
		out[20] = __builtin_preserve_field_info(thing->high, 0) + __builtin_preserve_field_info(thing->high, 3) +
			  __builtin_preserve_field_info(thing->high, 4) + __builtin_preserve_field_info(thing->high, 5);
	out[21] = __builtin_preserve_type_info(*(struct small *)0, 2);
	out[22] = __builtin_preserve_type_info(*(struct thing *)0, 2);
	return 0;
}
