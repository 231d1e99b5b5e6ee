/* Watches every load and store: adds up the bytes, and stops the program at an access
 * that the real core would refuse, because Unicorn lets all of them pass.
 *
 * ARMv6-M (Cortex-M0+) refuses every unaligned access; ARMv7-M only those of
 * instructions that move several words, or that move registers of the FPU.
 *
 * Compiled for the host by tinyml_course.device.alignment. */
#include <stddef.h>
#include <stdint.h>

enum { MEM_READ = 16, REGISTER_PC = 11 };

typedef struct {
    /* set by Python */
    const uint8_t *flash;
    uint32_t flash_origin, flash_bytes;
    uint32_t strict; /* ARMv6-M */
    int (*stop)(void *emulator);
    int (*read_register)(void *emulator, int id, void *value);
    /* results */
    uint64_t loaded, stored; /* bytes */
    uint32_t refused, address, size;
} alignment_t;

static int needs_alignment(const alignment_t *a, uint32_t pc)
{
    const uint32_t at = pc - a->flash_origin;
    if (at + 1 >= a->flash_bytes)
        return 0;
    const uint32_t code = a->flash[at] | (uint32_t)a->flash[at + 1] << 8;
    return (code & 0xF000) == 0xC000     /* LDM, STM */
        || (code & 0xF600) == 0xB400     /* PUSH, POP */
        || (code & 0xFE00) == 0xE800     /* LDM.W, STM.W, LDRD, STRD, LDREX, STREX */
        || (code & 0xFE00) == 0xEC00;    /* VLDR, VSTR, VLDM, VSTM */
}

void alignment_access(void *emulator, int type, uint64_t at, int bytes, int64_t value,
                      void *user)
{
    alignment_t *a = user;
    const uint32_t address = (uint32_t)at, size = (uint32_t)bytes;
    (void)value;
    if (type == MEM_READ)
        a->loaded += size;
    else
        a->stored += size;
    if (!(address & (size - 1)) || a->refused)
        return;
    if (!a->strict) {
        uint32_t pc = 0;
        a->read_register(emulator, REGISTER_PC, &pc);
        if (!(address & 3) || !needs_alignment(a, pc & ~1u))
            return;
    }
    a->refused = 1;
    a->address = address;
    a->size = size;
    a->stop(emulator);
}
