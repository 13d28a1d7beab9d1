/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A program in every section that the network uses. */
#include "corpus.h"

#define PROGRAM(section, name, context, result)                                \
	SEC(section)                                                           \
	int name(context *ctx)                                                 \
	{                                                                      \
		return result;                                                 \
	}

PROGRAM("socket", run_socket_filter, struct __sk_buff, 0)
PROGRAM("tc", run_classifier, struct __sk_buff, 0)
PROGRAM("action", run_action, struct __sk_buff, 0)
PROGRAM("xdp", run_xdp, struct xdp_md, 2)
PROGRAM("xdp.frags", run_xdp_frags, struct xdp_md, 2)
PROGRAM("xdp/devmap", run_xdp_devmap, struct xdp_md, 2)
PROGRAM("xdp/cpumap", run_xdp_cpumap, struct xdp_md, 2)
PROGRAM("cgroup_skb/ingress", run_cgroup_ingress, struct __sk_buff, 1)
PROGRAM("cgroup_skb/egress", run_cgroup_egress, struct __sk_buff, 1)
PROGRAM("cgroup/sock_create", run_cgroup_sock, struct bpf_sock, 1)
PROGRAM("cgroup/post_bind4", run_cgroup_post_bind, struct bpf_sock, 1)
PROGRAM("cgroup/bind4", run_cgroup_bind4, struct bpf_sock_addr, 1)
PROGRAM("cgroup/connect4", run_cgroup_connect4, struct bpf_sock_addr, 1)
PROGRAM("cgroup/connect6", run_cgroup_connect6, struct bpf_sock_addr, 1)
PROGRAM("cgroup/sendmsg4", run_cgroup_sendmsg4, struct bpf_sock_addr, 1)
PROGRAM("cgroup/recvmsg4", run_cgroup_recvmsg4, struct bpf_sock_addr, 1)
PROGRAM("cgroup/getpeername4", run_cgroup_getpeername4, struct bpf_sock_addr, 1)
PROGRAM("cgroup/getsockname4", run_cgroup_getsockname4, struct bpf_sock_addr, 1)
PROGRAM("cgroup/sysctl", run_cgroup_sysctl, struct bpf_sysctl, 1)
PROGRAM("cgroup/getsockopt", run_cgroup_getsockopt, struct bpf_sockopt, 1)
PROGRAM("cgroup/setsockopt", run_cgroup_setsockopt, struct bpf_sockopt, 1)
PROGRAM("cgroup/dev", run_cgroup_device, struct bpf_cgroup_dev_ctx, 1)
PROGRAM("sockops", run_sock_ops, struct bpf_sock_ops, 0)
PROGRAM("sk_skb/stream_parser", run_stream_parser, struct __sk_buff, 0)
PROGRAM("sk_skb/stream_verdict", run_stream_verdict, struct __sk_buff, 1)
PROGRAM("sk_msg", run_sk_message, struct sk_msg_md, 1)
PROGRAM("sk_lookup", run_sk_lookup, struct bpf_sk_lookup, 1)
PROGRAM("sk_reuseport", run_reuseport, struct sk_reuseport_md, 1)
PROGRAM("flow_dissector", run_dissector, struct __sk_buff, 0)
PROGRAM("lwt_in", run_lwt_in, struct __sk_buff, 0)
PROGRAM("lwt_out", run_lwt_out, struct __sk_buff, 0)
PROGRAM("lwt_xmit", run_lwt_xmit, struct __sk_buff, 0)
PROGRAM("lwt_seg6local", run_lwt_seg6local, struct __sk_buff, 0)
PROGRAM("raw_tp/sys_enter", run_raw_tracepoint, struct bpf_raw_tracepoint_args, 0)
PROGRAM("syscall", run_system_call, struct __sk_buff, 0)
