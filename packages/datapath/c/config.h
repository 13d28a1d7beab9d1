/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every knob: facts of the node that hold as long as the programs are loaded. Set before the load and frozen, so that the verifier
 * takes away what a node does not use. Zero is the safe value of each.
 */
#pragma once
#include "abi.h"

#define AXM_CONFIG(type, name, doc) volatile const type axm_##name SEC(".rodata.config") AXM_DOC(doc)
#define CONFIG(name) axm_##name

AXM_CONFIG(__u32, endpoint_mask, "slots of axm_endpoints less one; slots are a power of two");
AXM_CONFIG(__u32, tunnel_ifindex, "the collect-metadata tunnel; 0: none, what would go into it is dropped");
AXM_CONFIG(axm_ipv4, gateway4, "the pods' gateway: ARP for it is answered with the MAC of their own link");
AXM_CONFIG(axm_ipv6, gateway6, "the same for neighbour solicitations");
AXM_CONFIG(axm_ipv4, node4, "this node's address: packets to it pass the uplink at once, errors come from it where there is no gateway");
AXM_CONFIG(axm_ipv6, node6, "the same");
AXM_CONFIG(__u8, host_routing, "1: packets to the outside leave by the link that the routing table names, past the host's stack");
AXM_CONFIG(__u16, outside_mtu, "of packets to the outside that take the host's stack, in bytes; 0: not checked");

/* Enums that no map mentions: a constant pointer to each keeps it in the object's types, and so in what is generated from them. */
#define AXM_EXPORT(type) const volatile enum type *const volatile axm_export_##type SEC(".rodata.export") __attribute__((used))
AXM_EXPORT(axm_endpoint_flags);
AXM_EXPORT(axm_place);
AXM_EXPORT(axm_node_flags);
AXM_EXPORT(axm_action);
AXM_EXPORT(axm_scope);
AXM_EXPORT(axm_traffic);
AXM_EXPORT(axm_verdict);
AXM_EXPORT(axm_decision_flags);
AXM_EXPORT(axm_hook);
AXM_EXPORT(axm_reason);
AXM_EXPORT(axm_direction);
AXM_EXPORT(axm_flow_count);
AXM_EXPORT(axm_event_type);
AXM_EXPORT(axm_mark);
AXM_EXPORT(axm_stage);
/* the same for structs of the ring buffer and of what the control plane calls */
#define AXM_EXPORT_STRUCT(type) const volatile struct type *const volatile axm_export_##type SEC(".rodata.export") __attribute__((used))
AXM_EXPORT_STRUCT(axm_event);
AXM_EXPORT_STRUCT(axm_set_policy_args);
AXM_EXPORT_STRUCT(axm_clock_answer);
