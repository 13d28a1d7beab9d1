/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the same work costs a C program on libbpf. Prints one number: milliseconds, or nanoseconds for one of many.
 *
 *   measure batch-update COUNT      ms: COUNT ready entries into a hash of 4-byte keys and 16-byte values
 *   measure update-single COUNT     ns: one update, the mean of COUNT
 *   measure lookup-single COUNT     ns
 *   measure object-load OBJECT      ms: open and load
 *   measure kernel-btf              ms: read and index the kernel's types
 *   measure ring-produce PROGRAM STATE COUNT   runs a pinned program until the pinned array STATE says COUNT
 *   measure ring-consume RING COUNT            records a second, from the first to the last of COUNT
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

static int make_map(unsigned int count)
{
	return bpf_map_create(BPF_MAP_TYPE_HASH, "measure", 4, 16, count, NULL);
}

static double batch(unsigned int count)
{
	unsigned int *keys = calloc(count, 4);
	unsigned char *values = calloc(count, 16);
	int map = make_map(count);
	double begun;

	for (unsigned int at = 0; at < count; at++) {
		keys[at] = at;
		memcpy(values + at * 16UL, &at, 4);
	}
	LIBBPF_OPTS(bpf_map_batch_opts, options);
	begun = now();
	__u32 done = count;
	if (bpf_map_update_batch(map, keys, values, &done, &options) || done != count)
		exit(1);
	return now() - begun;
}

static double single(unsigned int count, int lookup)
{
	unsigned char value[16] = {};
	int map = make_map(1024);
	double begun;

	for (unsigned int key = 0; key < 1024; key++)
		bpf_map_update_elem(map, &key, value, 0);
	begun = now();
	for (unsigned int at = 0; at < count; at++) {
		unsigned int key = at & 1023;

		if (lookup ? bpf_map_lookup_elem(map, &key, value) : bpf_map_update_elem(map, &key, value, 0))
			exit(1);
	}
	return (now() - begun) * 1e6 / count;
}

static double load(const char *path)
{
	double begun = now(), took;
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
		bpf_map__set_pin_path(map, NULL);
	if (!object || bpf_object__load(object))
		exit(1);
	took = now() - begun;
	bpf_object__close(object);
	return took;
}

/* as fast as the ring takes them */
static void produce(const char *program, const char *state, unsigned long wanted)
{
	unsigned char packet[64] = {};
	int fd = bpf_obj_get(program), map = bpf_obj_get(state);
	unsigned int key = 0;
	unsigned long done = 0;

	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_size_in = sizeof(packet), .repeat = 1);
	while (done < wanted) {
		if (bpf_prog_test_run_opts(fd, &options) || bpf_map_lookup_elem(map, &key, &done))
			exit(1);
	}
}

static unsigned long consumed;
static double first_at;

static int consume(void *context, void *record, size_t size)
{
	if (*(unsigned long *)record != consumed)
		exit(3);
	if (consumed++ == 0)
		first_at = now();
	return 0;
}

static double consume_all(const char *path, unsigned long wanted)
{
	struct ring_buffer *ring = ring_buffer__new(bpf_obj_get(path), consume, NULL, NULL);

	while (consumed < wanted)
		ring_buffer__poll(ring, 1000);
	return consumed / (now() - first_at) * 1e3;
}

int main(int count, char **arguments)
{
	const char *what = count > 1 ? arguments[1] : "";
	unsigned int number = count > 2 ? strtoul(arguments[2], NULL, 10) : 0;
	double result;

	libbpf_set_print(quiet);
	if (!strcmp(what, "batch-update")) {
		result = batch(number);
	} else if (!strcmp(what, "update-single")) {
		result = single(number, 0);
	} else if (!strcmp(what, "lookup-single")) {
		result = single(number, 1);
	} else if (!strcmp(what, "object-load")) {
		/* the second time, as in a process that goes on */
		load(arguments[2]);
		result = load(arguments[2]);
	} else if (!strcmp(what, "ring-produce")) {
		produce(arguments[2], arguments[3], strtoul(arguments[4], NULL, 10));
		return 0;
	} else if (!strcmp(what, "ring-consume")) {
		result = consume_all(arguments[2], strtoul(arguments[3], NULL, 10));
	} else if (!strcmp(what, "kernel-btf")) {
		double begun = now();
		struct btf *btf = btf__load_vmlinux_btf();

		if (!btf || btf__find_by_name_kind(btf, "task_struct", BTF_KIND_STRUCT) < 0)
			return 1;
		result = now() - begun;
	} else {
		return 2;
	}
	printf("%f\n", result);
	return 0;
}
