/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every map, and nothing else. Sizes are defaults: the loader may set others. */
#pragma once
#include "tuple.h"

#define AXM_MAP(name, kind, entries, key_type, value_type, flags) \
	struct { \
		__uint(type, BPF_MAP_TYPE_##kind); \
		__uint(max_entries, entries); \
		__uint(map_flags, flags); \
		__type(key, key_type); \
		__type(value, value_type); \
	} name SEC(".maps")

/* written by the control plane */
AXM_MAP(axm_endpoints, ARRAY, 4096, __u32, struct axm_endpoint, 0);
AXM_MAP(axm_more_endpoints, HASH, 4096, __u32, __u32, BPF_F_NO_PREALLOC); /* ifindex to slot, where ifindex & mask was taken */
AXM_MAP(axm_ipcache4, LPM_TRIE, 512000, struct axm_prefix4, struct axm_peer, BPF_F_NO_PREALLOC);
AXM_MAP(axm_ipcache6, LPM_TRIE, 512000, struct axm_prefix6, struct axm_peer, BPF_F_NO_PREALLOC);
AXM_MAP(axm_peer_generations, ARRAY, 65536, __u32, __u32, 0);
AXM_MAP(axm_nodes, ARRAY, 8192, __u32, struct axm_node, 0);
AXM_MAP(axm_tables, ARRAY, 4096, __u32, struct axm_table, 0);
AXM_MAP(axm_directories, ARRAY, 512, __u32, struct axm_directory, 0);
AXM_MAP(axm_chunks, ARRAY, 65536, __u32, struct axm_chunk, 0);
AXM_MAP(axm_rows, ARRAY, 262144, __u32, __u16, 0);
AXM_MAP(axm_peer_rows, ARRAY, 262144, __u32, __u16, 0); /* of a table and 32 identities: chunk of their rows */
AXM_MAP(axm_identities, HASH, 65536, __u32, __u32, BPF_F_NO_PREALLOC); /* identity to index, for what a tunnel's key names */
AXM_MAP(axm_decisions, ARRAY, 65536, __u32, struct axm_decision, 0);
AXM_MAP(axm_listeners, ARRAY, 256, __u32, struct axm_listener, 0);
AXM_MAP(axm_settings, ARRAY, 1, __u32, struct axm_settings, 0);

/* written by the programs */
AXM_MAP(axm_flows4, LRU_HASH, 262144, struct axm_flow_key4, struct axm_flow, 0);
AXM_MAP(axm_flows6, LRU_HASH, 131072, struct axm_flow_key6, struct axm_flow, 0);
AXM_MAP(axm_fragments4, LRU_HASH, 8192, struct axm_fragment_key4, struct axm_fragment, 0);
AXM_MAP(axm_fragments6, LRU_HASH, 8192, struct axm_fragment_key6, struct axm_fragment, 0);
AXM_MAP(axm_metrics, PERCPU_ARRAY, AXM_METRICS, __u32, struct axm_counter, 0);
AXM_MAP(axm_flow_counts, PERCPU_ARRAY, AXM_FLOW_COUNTS, __u32, __u64, 0);
AXM_MAP(axm_event_budgets, PERCPU_ARRAY, 1, __u32, struct axm_event_budget, 0);
AXM_MAP(axm_told, PERCPU_ARRAY, AXM_TOLD, __u32, __u64, 0); /* flows that were told of: hash and interval */

AXM_MAP(axm_scratch, PERCPU_ARRAY, 1, __u32, struct axm_walk, 0);

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 22);
} axm_events SEC(".maps");

/* filled by the loader from the programs' own tags */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 8);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} axm_calls SEC(".maps");
