// Counts the instructions that a program executes under qemu's emulation of a user's processor, all threads together.
//
//     cc -shared -fPIC -O2 -o insns.so insns.c
//     qemu-aarch64 -plugin ./insns.so PROGRAM...        the last line on standard error: "insns: N"
//
// The few declarations stand here because the header (qemu-plugin.h) is not packaged everywhere; version 1 of the
// interface, which every qemu with plugins takes.

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, void (*)(unsigned, void *), int, void *);
void qemu_plugin_register_atexit_cb(plugin_id, void (*)(plugin_id, void *), void *);

int qemu_plugin_version = 1;
static uint64_t count;

static void executed(unsigned cpu, void *insns) {
    (void)cpu;
    __atomic_fetch_add(&count, (uint64_t)(uintptr_t)insns, __ATOMIC_RELAXED);
}

static void translated(plugin_id id, struct qemu_plugin_tb *block) {
    (void)id;
    qemu_plugin_register_vcpu_tb_exec_cb(block, executed, 0, (void *)(uintptr_t)qemu_plugin_tb_n_insns(block));
}

static void ended(plugin_id id, void *nothing) {
    (void)id, (void)nothing;
    fprintf(stderr, "insns: %" PRIu64 "\n", count);
}

int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv) {
    (void)info, (void)argc, (void)argv;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, ended, NULL);
    return 0;
}
