/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the corpus needs of the kernel's headers and libbpf's, and no more. */
#pragma once
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#define __tag(text) __attribute__((btf_decl_tag(text)))
#define __noinline __attribute__((noinline))
#define __core __attribute__((preserve_access_index))

char _license[] SEC("license") = "GPL";
