/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Functions and variables of the kernel: there, weak and there, weak and not there. */
#include "corpus.h"

/* not only declared: libbpf compares it with the kernel's */
struct nf_conn {
	long unused;
};
struct bpf_ct_opts___ours {
	__s32 netns_id;
	__s32 error;
	__u8 l4proto;
	__u8 direction;
	__u8 reserved[2];
};

extern struct nf_conn *bpf_skb_ct_lookup(struct __sk_buff *skb, struct bpf_sock_tuple *tuple, __u32 size, struct bpf_ct_opts___ours *options, __u32 options_size) __ksym;
extern void bpf_ct_release(struct nf_conn *connection) __ksym;
extern void bpf_no_such_kfunc(int value) __ksym __weak;
extern const int bpf_no_such_variable __ksym __weak;
extern const void _stext __ksym;
extern const void no_such_symbol __ksym __weak;

__u64 seen[4];

SEC("tc")
int lookup(struct __sk_buff *skb)
{
	struct bpf_ct_opts___ours options = { .netns_id = -1, .l4proto = 17 };
	struct bpf_sock_tuple tuple = {};
	struct nf_conn *found;

	found = bpf_skb_ct_lookup(skb, &tuple, sizeof(tuple.ipv4), &options, sizeof(options));
	if (found)
		bpf_ct_release(found);
	seen[0] = options.error;
	if (bpf_no_such_kfunc)
		bpf_no_such_kfunc(1);
	return TC_ACT_OK;
}

SEC("tc")
int variables(struct __sk_buff *skb)
{
	seen[1] = (__u64)&_stext;
	seen[2] = (__u64)&no_such_symbol;
	seen[3] = &bpf_no_such_variable ? 1 : 2;
	return TC_ACT_OK;
}
