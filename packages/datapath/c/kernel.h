/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the programs need of the kernel's headers and libbpf's, and words that every header uses. */
#pragma once
#include <stddef.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/icmpv6.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define AXM_DOC(text) __attribute__((btf_decl_tag(text)))
#define AXM_INLINE static __always_inline
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define AXM_ONCE(x) (*(volatile typeof(x) *)&(x))
/* keeps a value in its register as it is: what the verifier learnt of it is not computed again from something else */
#define AXM_KEEP(x) asm volatile("" : "+r"(x))
