/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a table says of an identity and a traffic. A constant number of lookups: directory and chunk give the class of traffic, the
 * chunk of the identity's index its row (else its scope's), row and class the number of a decision. Whatever is not there denies.
 */
#pragma once
#include "maps.h"
#include "tuple.h"

AXM_INLINE __u32 traffic_of(__u8 protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return AXM_TRAFFIC_TCP;
	case IPPROTO_UDP:
		return AXM_TRAFFIC_UDP;
	case IPPROTO_SCTP:
		return AXM_TRAFFIC_SCTP;
	case IPPROTO_ICMP:
		return AXM_TRAFFIC_ICMP;
	case IPPROTO_ICMPV6:
		return AXM_TRAFFIC_ICMP6;
	default:
		return AXM_TRAFFIC_OTHER;
	}
}

AXM_INLINE __u32 scope_of(__u32 identity)
{
	if (identity < 0x100)
		return AXM_SCOPE_RESERVED;
	if (identity < 0x1000000)
		return AXM_SCOPE_ENDPOINT;
	if (identity < 0x1800000)
		return AXM_SCOPE_IPV4;
	return identity < 0x2000000 ? AXM_SCOPE_IPV6 : AXM_SCOPE_NODE;
}

AXM_INLINE __u32 class_of(const struct axm_table *table, __u8 protocol, __u16 number)
{
	__u32 traffic = traffic_of(protocol), index;
	struct axm_directory *directory;
	struct axm_chunk *chunk;

	if (traffic == AXM_TRAFFIC_OTHER)
		number = protocol;
	index = table->directory[traffic];
	directory = bpf_map_lookup_elem(&axm_directories, &index);
	if (!directory)
		return ~0u;
	index = directory->chunk[(number >> 5) & (AXM_DIRECTORY_CHUNKS - 1)];
	chunk = bpf_map_lookup_elem(&axm_chunks, &index);
	return chunk ? chunk->number[number & (AXM_CHUNK - 1)] : ~0u;
}

AXM_INLINE __u32 row_of(const struct axm_table *table, __u32 identity, __u32 index)
{
	__u32 at = table->peers + index / AXM_CHUNK, number;
	struct axm_chunk *chunk;
	__u16 *rows;

	if (index / AXM_CHUNK < table->peer_chunks) {
		rows = bpf_map_lookup_elem(&axm_peer_rows, &at);
		number = rows ? *rows : 0;
		chunk = bpf_map_lookup_elem(&axm_chunks, &number);
		/* 0: not listed; listed ones are counted from 1 */
		if (chunk && chunk->number[index & (AXM_CHUNK - 1)])
			return chunk->number[index & (AXM_CHUNK - 1)] - 1;
	}
	return table->scope_row[scope_of(identity)];
}

/* The number of the decision; 0 when the table cannot say. */
AXM_INLINE __u32 ask(__u32 id, __u32 identity, __u32 peer, __u8 protocol, __u16 number)
{
	struct axm_table *table = bpf_map_lookup_elem(&axm_tables, &id);
	__u32 class, row, index;
	struct axm_chunk *chunk;
	__u16 *cells;

	if (!table || !table->row_count)
		return 0;
	class = class_of(table, protocol, number);
	row = row_of(table, identity, peer);
	if (row >= table->row_count || class / AXM_CHUNK >= table->stride)
		return 0;
	index = table->rows + row * table->stride + class / AXM_CHUNK;
	cells = bpf_map_lookup_elem(&axm_rows, &index);
	if (!cells)
		return 0;
	index = *cells;
	chunk = bpf_map_lookup_elem(&axm_chunks, &index);
	return chunk ? chunk->number[class & (AXM_CHUNK - 1)] : 0;
}
