/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The reference implementation's view of an object: loads it by libbpf and prints what the kernel made of it.
 *
 *   reference load OBJECT [BTF]    one line a map: "map NAME ID TYPE KEY VALUE ENTRIES FLAGS"
 *                                  one line a program: "program NAME TAG HEX", the xlated instructions
 *   reference instructions OBJECT [BTF]   "program NAME HEX": relocated, as they are given to the kernel
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int complain(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, args) : 0;
}

static void hex(const void *bytes, size_t length)
{
	for (size_t at = 0; at < length; at++)
		printf("%02x", ((const unsigned char *)bytes)[at]);
	printf("\n");
}

static int show_program(struct bpf_program *program)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);
	int fd = bpf_program__fd(program);
	void *code;

	if (fd < 0)
		return 0;
	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return -1;
	__u32 length = info.xlated_prog_len;

	code = calloc(1, length);
	memset(&info, 0, sizeof(info));
	info.xlated_prog_len = length;
	info.xlated_prog_insns = (__u64)(unsigned long)code;
	size = sizeof(info);
	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return -1;
	printf("program %s ", bpf_program__name(program));
	for (int at = 0; at < BPF_TAG_SIZE; at++)
		printf("%02x", info.tag[at]);
	printf(" ");
	hex(code, length);
	free(code);
	return 0;
}

int main(int count, char **arguments)
{
	struct bpf_program *program;
	struct bpf_object *object;
	struct bpf_map *map;

	if (count < 3) {
		fprintf(stderr, "usage: reference load|instructions OBJECT [BTF]\n");
		return 2;
	}
	LIBBPF_OPTS(bpf_object_open_opts, options, .btf_custom_path = count > 3 ? arguments[3] : NULL);
	libbpf_set_print(complain);
	object = bpf_object__open_file(arguments[2], &options);
	if (!object)
		return 1;
	bpf_object__for_each_map(map, object)
		bpf_map__set_pin_path(map, NULL);
	if (bpf_object__load(object))
		return 1;
	if (!strcmp(arguments[1], "instructions")) {
		bpf_object__for_each_program(program, object) {
			printf("program %s ", bpf_program__name(program));
			hex(bpf_program__insns(program), bpf_program__insn_cnt(program) * 8);
		}
		return 0;
	}
	bpf_object__for_each_map(map, object) {
		struct bpf_map_info info = {};
		__u32 size = sizeof(info);

		if (bpf_obj_get_info_by_fd(bpf_map__fd(map), &info, &size))
			return 1;
		printf("map %s %u %u %u %u %u %u\n", bpf_map__name(map), info.id, info.type, info.key_size,
		       info.value_size, info.max_entries, info.map_flags);
	}
	bpf_object__for_each_program(program, object)
		if (show_program(program))
			return 1;
	return 0;
}
