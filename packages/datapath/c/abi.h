/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Everything that user space sees: layouts and numbers. TypeScript is generated from it, and nowhere is any of it written again.
 * Numbers of enums are never used for something else. Zero is the safe value of every field.
 */
#pragma once
#include "kernel.h"

typedef __be32 axm_ipv4;
typedef struct { __u64 part[2]; } axm_ipv6;
typedef struct { __u8 octet[6]; } axm_mac;

/* ---- endpoints ---- */

enum axm_endpoint_flags {
	AXM_ENDPOINT_REDIRECT_PEER = 1 << 0, /* its link has a peer in another namespace: frames may be put there at once */
	AXM_ENDPOINT_ANY_SOURCE = 1 << 1,    /* may send from addresses and MACs that are not its own */
	AXM_ENDPOINT_NODE = 1 << 2,          /* this node itself: slot 0 */
	AXM_ENDPOINT_NO_LINK_LAYER = 1 << 3, /* its link carries no Ethernet addresses that count: MACs are neither checked nor written */
};

/* The tables that judge an endpoint, and the revision of what they say: read and written as one word. */
struct axm_policy_word {
	__u16 egress AXM_DOC("table of what the endpoint opens; 0 denies everything");
	__u16 ingress AXM_DOC("table of what is opened to it; 0 denies everything");
	__u32 revision AXM_DOC("another one whenever a table says something else; 0: no endpoint");
} __attribute__((aligned(8)));

struct axm_endpoint {
	struct axm_policy_word policy AXM_DOC("stored by one instruction: see axm_set_policy");
	__u32 ifindex AXM_DOC("of the host's end of its link; 0: this slot is free");
	__u32 identity AXM_DOC("1 to 2^24 - 1");
	axm_ipv6 ipv6 AXM_DOC("zeros: none");
	axm_ipv4 ipv4 AXM_DOC("0: none");
	__u32 flags AXM_DOC("enum axm_endpoint_flags");
	axm_mac mac AXM_DOC("of the pod");
	axm_mac gateway_mac AXM_DOC("of the host's end, which the pod sees as its gateway");
	__u32 index AXM_DOC("of its identity in tables of peers; 0: no table lists it");
	__u32 reserved;
	__u32 reserved1;
};
_Static_assert(sizeof(struct axm_endpoint) == 64, "one line");

/* ---- addresses ---- */

enum axm_place {
	AXM_AT_NOWHERE = 0,  /* nothing is sent there */
	AXM_AT_ENDPOINT = 1, /* an endpoint of this node: its slot */
	AXM_AT_NODE = 2,     /* behind another node: its number */
	AXM_AT_HOST = 3,     /* this node itself */
	AXM_AT_OUTSIDE = 4,  /* wherever the host routes it */
};

struct axm_prefix4 {
	__u32 length;
	axm_ipv4 address;
};

struct axm_prefix6 {
	__u32 length;
	axm_ipv6 address;
} __attribute__((packed, aligned(4)));

/* What is behind a block of addresses: identity and way in one value, so that one lookup answers both. */
struct axm_peer {
	__u32 identity AXM_DOC("1 to 2^26 - 1; 0 is nobody's and is dropped");
	__u32 to AXM_DOC("slot of an endpoint, number of a node");
	__u32 peer AXM_DOC("which generation vouches for this value; 0: one that never moves");
	__u32 generation AXM_DOC("what axm_peer_generations said of it when this was written");
	__u32 index AXM_DOC("of the identity in tables of peers: dense on this node; 0: no table lists it");
	__u8 place AXM_DOC("enum axm_place");
	__u8 reserved;
	__u16 reserved1;
};

enum axm_node_flags {
	AXM_NODE_TUNNEL = 1 << 0, /* by the tunnel */
	AXM_NODE_IPV6 = 1 << 1,   /* its address is IPv6 */
	AXM_NODE_NATIVE = 1 << 2, /* without one: by its link, or as the host routes. Neither: it is not reached */
};

struct axm_node {
	axm_ipv6 ipv6 AXM_DOC("of the tunnel's other end, or the next hop");
	__u32 ipv4 AXM_DOC("the same; in the order of the host, as struct bpf_tunnel_key has it");
	__u32 ifindex AXM_DOC("native: out of this link, to the address above as the next hop; 0: as the host routes");
	__u16 mtu AXM_DOC("of a packet inside; 0: not checked");
	__u16 flags AXM_DOC("enum axm_node_flags");
	__u32 reserved;
};

/* ---- flows ---- */

/* Sides of a flow are in order: 0 has the lower address (then port), compared as the bytes lie. */
struct axm_flow_key4 {
	axm_ipv4 address[2];
	__be16 port[2];
	__u8 protocol;
	__u8 zone;
	__u16 reserved;
} __attribute__((aligned(8)));

struct axm_flow_key6 {
	axm_ipv6 address[2];
	__be16 port[2];
	__u8 protocol;
	__u8 zone;
	__u16 reserved;
} __attribute__((aligned(8)));

enum axm_action {
	AXM_ACTION_NONE = 0,   /* not known: judge */
	AXM_ACTION_LOCAL = 1,  /* to an endpoint of this node */
	AXM_ACTION_TUNNEL = 2, /* to a node by the tunnel */
	AXM_ACTION_NATIVE = 3, /* to a node by its link and next hop */
	AXM_ACTION_STACK = 4,  /* as the host routes it */
	AXM_ACTION_HOST = 5,   /* to the host itself */
	AXM_ACTION_PROXY = 6,  /* to a listener on the host */
	AXM_ACTION_ROUTE = 7,  /* out of a link that the routing table named, by its neighbour */
};

/* One end of a flow, and what becomes of the packets that it sends. */
struct axm_flow_side {
	__u32 revision AXM_DOC("of the endpoint, if this end is local; else 0");
	__u32 identity AXM_DOC("of this end");
	__u32 peer AXM_DOC("generation slot of this end");
	__u32 generation AXM_DOC("of the same, when judged");
	__u32 to AXM_DOC("where its packets go: endpoint slot, node, listener, link");
	__u8 action AXM_DOC("enum axm_action");
	__u8 tcp AXM_DOC("FIN 1, SYN 2, RST 4, ACK 8 that this end has sent");
	__u16 mtu AXM_DOC("of the way; 0: not checked");
};

struct axm_flow { /* one line */
	struct axm_flow_side side[2];
	__u32 seen AXM_DOC("jiffies / 256");
	__u16 egress AXM_DOC("decision of the opener's table; 0: it has none here");
	__u16 ingress AXM_DOC("decision of the table of whom it was opened to; 0: it has none here");
	__u8 origin AXM_DOC("the side that opened it");
	__u8 flags AXM_DOC("reserved: whether a rewrite applies");
	__u16 reported AXM_DOC("jiffies / 256 of the last report, low 16 bits");
	__u16 slot[2] AXM_DOC("of the endpoint on each side, where the side has a revision");
};
_Static_assert(sizeof(struct axm_flow) == 64, "one line");

/* Ports of the fragments of a packet, from the first. */
struct axm_fragment_key4 {
	axm_ipv4 source;
	axm_ipv4 destination;
	__u32 identification;
	__u8 protocol;
	__u8 reserved;
	__u16 reserved1;
};
struct axm_fragment_key6 {
	axm_ipv6 source;
	axm_ipv6 destination;
	__u32 identification;
	__u32 reserved;
};
struct axm_fragment {
	__be16 source_port;
	__be16 destination_port;
	__u8 protocol AXM_DOC("of IPv6: later fragments name the header that comes first in what was cut up");
	__u8 reserved;
	__u16 reserved1;
};

/* ---- policy ---- */

enum {
	AXM_CHUNK = 32,             /* numbers in a chunk: one line of 64 bytes */
	AXM_DIRECTORY_CHUNKS = 2048, /* 65 536 / 32 */
};

enum axm_scope { AXM_SCOPE_RESERVED = 0, AXM_SCOPE_ENDPOINT = 1, AXM_SCOPE_IPV4 = 2, AXM_SCOPE_IPV6 = 3, AXM_SCOPE_NODE = 4, AXM_SCOPES = 5 };

/* Which directory a protocol's numbers are looked up in; numbers of what has no ports are the protocol's own. */
enum axm_traffic { AXM_TRAFFIC_TCP = 0, AXM_TRAFFIC_UDP = 1, AXM_TRAFFIC_SCTP = 2, AXM_TRAFFIC_ICMP = 3, AXM_TRAFFIC_ICMP6 = 4, AXM_TRAFFIC_OTHER = 5, AXM_TRAFFICS = 6 };

struct axm_table {
	__u32 rows AXM_DOC("where its rows begin in axm_rows");
	__u16 row_count AXM_DOC("0: no table, everything is denied");
	__u16 stride AXM_DOC("chunks of a row: classes of traffic / 32, rounded up");
	__u16 directory[AXM_TRAFFICS] AXM_DOC("by enum axm_traffic: numbers to chunks of classes; directory 0 is empty");
	__u16 scope_row[AXM_SCOPES] AXM_DOC("the row of an identity that is not listed, by its scope");
	__u16 reserved;
	__u32 peers AXM_DOC("where its chunks of peers begin in axm_peer_rows");
	__u32 peer_chunks AXM_DOC("how many there are: indexes of identities / 32; those beyond are not listed");
};

struct axm_directory {
	__u16 chunk[AXM_DIRECTORY_CHUNKS];
};

struct axm_chunk {
	__u16 number[AXM_CHUNK];
};

enum axm_verdict {
	AXM_VERDICT_DENY = 0,
	AXM_VERDICT_ALLOW = 1,
	AXM_VERDICT_REDIRECT = 2,
	AXM_VERDICT_AUDIT = 3, /* would be denied, is let through and told of */
};

enum axm_decision_flags {
	AXM_DECISION_BY_RULE = 1 << 0,    /* a denial: a rule says so; otherwise nothing allows it */
	AXM_DECISION_AUTH = 1 << 1,       /* asks for authentication */
};

struct axm_decision {
	__u8 verdict AXM_DOC("enum axm_verdict");
	__u8 flags AXM_DOC("enum axm_decision_flags");
	__u16 listener;
	__u32 reserved;
};

struct axm_listener {
	__be16 port AXM_DOC("of the proxy on this host; 0: none");
	__u16 reserved;
	__u32 reserved1;
};

/* ---- what is told ---- */

enum axm_hook {
	AXM_FROM_CONTAINER = 0,
	AXM_TO_CONTAINER = 1,
	AXM_FROM_OVERLAY = 2,
	AXM_TO_OVERLAY = 3,
	AXM_FROM_HOST = 4,
	AXM_TO_HOST = 5,
	AXM_FROM_NETDEV = 6,
	AXM_TO_NETDEV = 7,
	AXM_HOOKS = 8,
};

/* What became of a packet: below AXM_DROP it went on, from there on it was dropped. */
enum axm_reason {
	AXM_FORWARD_LOCAL = 1,
	AXM_FORWARD_TUNNEL = 2,
	AXM_FORWARD_NATIVE = 3,
	AXM_FORWARD_STACK = 4,
	AXM_FORWARD_HOST = 5,
	AXM_FORWARD_PROXY = 6,
	AXM_FORWARD_ROUTE = 7,
	AXM_FORWARD_PASSED = 8,        /* not ours to judge at this hook */
	AXM_ANSWERED_ARP = 9,
	AXM_ANSWERED_NEIGHBOUR = 10,
	AXM_ANSWERED_ERROR = 11,       /* dropped, and its sender was told by ICMP; the drop has a reason of its own besides */
	AXM_NEW_FLOW = 12,             /* besides the way it went: it opened a flow */
	AXM_JUDGED_AGAIN = 13,         /* besides the way it went: the flow was out of date */
	AXM_MIDSTREAM = 14,            /* besides: the new flow is a TCP connection whose beginning was not seen: evicted, or older than we */
	AXM_AUDITED = 15,              /* besides: would have been denied */

	AXM_DROP = 32,
	AXM_DROP_NO_ENDPOINT = 33,     /* the link belongs to no endpoint */
	AXM_DROP_MALFORMED = 34,       /* lengths, versions or headers that cannot be */
	AXM_DROP_UNKNOWN_PROTOCOL = 35, /* neither IPv4, IPv6 nor ARP */
	AXM_DROP_SPOOFED = 36,         /* a source address or MAC that is not the endpoint's */
	AXM_DROP_UNKNOWN_IDENTITY = 37, /* nobody is known at the other end */
	AXM_DROP_DENIED_BY_RULE = 38,
	AXM_DROP_DENIED_BY_DEFAULT = 39,
	AXM_DROP_NO_TABLE = 40,        /* the endpoint's table, or a part of it, is not there */
	AXM_DROP_NO_WAY = 41,          /* the other end is nowhere, or its endpoint or node is gone */
	AXM_DROP_FLOWS_FULL = 42,      /* the flow could not be written */
	AXM_DROP_HOPS = 43,            /* time to live is over */
	AXM_DROP_TOO_BIG = 44,
	AXM_DROP_FRAGMENT = 45,        /* a later fragment without its first */
	AXM_DROP_RELATED_UNKNOWN = 46, /* an ICMP error about no flow that is known */
	AXM_DROP_MISSED_CALL = 47,     /* a stage is not loaded */
	AXM_DROP_NO_LISTENER = 48,
	AXM_DROP_AUTH_REQUIRED = 49,
	AXM_DROP_TUNNEL_KEY = 50,      /* the tunnel's key could not be read or set */
	AXM_DROP_LINK_LOCAL = 51,      /* link-local and multicast traffic is not forwarded */
	AXM_DROP_NOT_FOR_ENDPOINT = 52, /* sent to a link whose endpoint has another address */
	AXM_DROP_NOT_JUDGED = 53,      /* leaves the node with an endpoint's address past our programs */
	AXM_DROP_EXTENSIONS = 54,      /* more IPv6 extension headers than are followed, or one that is not known */
	AXM_DROP_NO_ROUTE = 55,        /* the host has no route */
	AXM_DROP_WRITE = 56,           /* the packet could not be changed */
	AXM_REASONS = 64,
};

struct axm_counter {
	__u64 packets;
	__u64 bytes;
};

/* Index of axm_metrics: reason * 16 + hook * 2 + direction. */
enum axm_direction { AXM_EGRESS = 0, AXM_INGRESS = 1 };
enum {
	AXM_METRICS = AXM_REASONS * AXM_HOOKS * 2,
	AXM_TOLD = 1024,
};

enum axm_flow_count {
	AXM_FLOWS_INSERTED = 0,
	AXM_FLOWS_ENOMEM = 1, /* not inserted: no element could be had */
	AXM_FLOWS_E2BIG = 2,  /* not inserted: a plain hash is full */
	AXM_FLOWS_EBUSY = 3,  /* not inserted: the bucket was locked */
	AXM_FLOWS_EOTHER = 4,
	AXM_FLOWS_EXPIRED = 5, /* found after its time, and judged as new */
	AXM_FLOW_COUNTS = 8,
};

enum axm_event_type {
	AXM_EVENT_DROP = 0,
	AXM_EVENT_VERDICT = 1, /* a flow was judged */
	AXM_EVENT_TRACE = 2,   /* a flow goes on: once an interval */
	AXM_EVENT_TYPES = 4,
};

/* What may change while it runs: what is told, and how long a flow may be idle. */
struct axm_settings {
	__u32 events AXM_DOC("bit by enum axm_event_type");
	__u32 budget AXM_DOC("events of a CPU in an interval of 256 jiffies");
	__u32 report_every AXM_DOC("intervals of 256 jiffies between two reports of one flow");
	__u32 tcp_opening AXM_DOC("idle time of a TCP flow that one side alone has spoken in; in 256 jiffies, like all of them; 0: at once");
	__u32 tcp AXM_DOC("of an established one");
	__u32 tcp_closing AXM_DOC("of one with FIN from both sides, or RST");
	__u32 udp AXM_DOC("of UDP and SCTP flows");
	__u32 other AXM_DOC("of ICMP and all others");
};

struct axm_event_budget {
	__u32 interval;
	__u32 sent;
	__u64 unsent[AXM_EVENT_TYPES] AXM_DOC("by type: the budget was spent, or the ring full");
	__u64 repeated[AXM_EVENT_TYPES] AXM_DOC("by type: the same flow was told of in the same interval");
};

struct axm_event {
	__u64 time_ns AXM_DOC("CLOCK_MONOTONIC");
	__u8 type AXM_DOC("enum axm_event_type");
	__u8 hook AXM_DOC("enum axm_hook");
	__u8 reason AXM_DOC("enum axm_reason");
	__u8 direction AXM_DOC("enum axm_direction: whose table decided");
	__u8 family AXM_DOC("4 or 6; 0: neither");
	__u8 protocol;
	__u8 tcp_flags;
	__u8 verdict AXM_DOC("enum axm_verdict");
	__u32 ifindex;
	__u32 length AXM_DOC("of the frame, in bytes");
	__u32 source_identity;
	__u32 destination_identity;
	__u16 egress AXM_DOC("decision of the sender's table, 0: none");
	__u16 ingress AXM_DOC("decision of the receiver's table, 0: none");
	__be16 source_port;
	__be16 destination_port;
	axm_ipv6 source AXM_DOC("IPv4: in the first four bytes");
	axm_ipv6 destination AXM_DOC("the same");
};

/* Marks on packets; the bits that the field has used for this since long. */
enum axm_mark {
	AXM_MARK_MASK = 0x0f00,
	AXM_MARK_PROXY = 0x0200,  /* to a listener: its port is in the upper 16 bits */
	AXM_MARK_JUDGED = 0x0a00, /* was judged by from-container or from-host */
	AXM_MARK_ANSWER = 0x0c00, /* an answer of our own on its way back to an endpoint */
};

/* Slots of axm_calls. */
enum axm_stage {
	AXM_STAGE_IPV4 = 0,  /* any IPv4 packet at any hook */
	AXM_STAGE_IPV6 = 1,
	AXM_STAGE_JUDGE = 2,
	AXM_STAGE_OPEN = 3,
	AXM_STAGE_SEND = 4,
	AXM_STAGE_NEIGHBOUR = 5, /* ARP and neighbour discovery */
	AXM_STAGE_ERROR = 6, /* turns the packet into an ICMP error to its sender */
};

/* What the program axm_set_policy takes: an endpoint's word, stored by one instruction. */
struct axm_set_policy_args {
	__u32 slot;
	__u32 reserved;
	__u64 word;
};

/* What the program axm_clock answers. */
struct axm_clock_answer {
	__u64 jiffies;
	__u64 monotonic_ns;
};
