/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every kind of CO-RE relocation, against types that every kernel has. */
#include "corpus.h"
#include <bpf/bpf_core_read.h>

/* the layouts here are wrong on purpose: the kernel's own must be used */
struct ns_common {
	unsigned int inum;
} __core;

struct net {
	struct ns_common ns;
	int ifindex;
} __core;

struct net_device {
	int ifindex;
	struct net *unrelated;
	unsigned int mtu;
	char name[16];
	unsigned char addr_len;
} __core;

struct sk_buff___ours {
	unsigned char pkt_type : 3;
	unsigned char nf_trace : 1;
	unsigned int len;
	__u16 protocol;
	struct net_device *dev;
	char cb[48];
} __core;

struct sk_buff___gone {
	int never_was_there;
} __core;

struct no_such_struct {
	int field;
} __core;

struct task_struct {
	int pid;
	struct task_struct *real_parent;
} __core;

enum bpf_map_type___ours {
	BPF_MAP_TYPE_RINGBUF___ours = 1,
};

enum no_such_enum {
	NO_SUCH_VALUE = 7,
};

typedef int (*no_such_function)(int);

__u64 results[32];

SEC("raw_tp/sys_enter")
int fields(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct sk_buff___ours *skb = (void *)ctx->args[0];
	struct sk_buff___gone *gone = (void *)skb;
	struct net_device *device = (void *)skb;
	struct no_such_struct *none = (void *)skb;

	results[0] = BPF_CORE_READ(task, pid);
	results[1] = BPF_CORE_READ(task, real_parent, pid);
	results[2] = bpf_core_field_offset(skb->len);
	results[3] = bpf_core_field_size(skb->cb);
	results[4] = bpf_core_field_exists(skb->protocol);
	results[5] = bpf_core_field_exists(gone->never_was_there);
	results[6] = bpf_core_field_exists(none->field);
	results[7] = BPF_CORE_READ_BITFIELD_PROBED(skb, pkt_type);
	results[8] = __builtin_preserve_field_info(skb->pkt_type, 3);
	results[9] = __builtin_preserve_field_info(device->ifindex, 3);
	results[10] = bpf_core_field_offset(skb->cb[17]);
	results[11] = bpf_core_field_offset(device->name[3]);
	results[12] = bpf_core_field_size(device->addr_len);
	if (bpf_core_field_exists(gone->never_was_there))
		results[13] = BPF_CORE_READ(gone, never_was_there);
	results[14] = BPF_CORE_READ(device, mtu);
	return 0;
}

SEC("raw_tp/sys_enter")
int types(struct bpf_raw_tracepoint_args *ctx)
{
	results[0] = bpf_core_type_id_local(struct sk_buff___ours);
	results[1] = bpf_core_type_id_kernel(struct net_device) != 0;
	results[2] = bpf_core_type_exists(struct task_struct);
	results[3] = bpf_core_type_exists(struct no_such_struct);
	results[4] = bpf_core_type_size(struct net);
	results[5] = bpf_core_type_size(struct no_such_struct);
	results[6] = bpf_core_enum_value_exists(enum bpf_map_type___ours, BPF_MAP_TYPE_RINGBUF___ours);
	results[7] = bpf_core_enum_value(enum bpf_map_type___ours, BPF_MAP_TYPE_RINGBUF___ours);
	results[8] = bpf_core_enum_value_exists(enum no_such_enum, NO_SUCH_VALUE);
	results[9] = bpf_core_type_exists(no_such_function);
	results[10] = __builtin_preserve_type_info(*(typeof(struct ns_common) *)0, 2);
	results[11] = __builtin_preserve_type_info(*(typeof(struct net_device) *)0, 2);
	return 0;
}
