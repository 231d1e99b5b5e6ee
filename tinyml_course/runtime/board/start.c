/* From reset to main: the vector table, the FPU, static data; then faults. */
#include <stdint.h>

#include "board.h"

extern uint32_t board_data_load[], board_data_begin[], board_data_end[];
extern uint32_t board_bss_begin[], board_bss_end[], board_stack_top[];
int main(void);

#define CPACR (*(volatile uint32_t *)0xE000ED88u)

__attribute__((noreturn)) void board_reset(void)
{
#if defined(__ARM_FP)
    CPACR |= 0xFu << 20; /* full access to coprocessors 10 and 11: the FPU */
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
    const uint32_t *from = board_data_load;
    for (uint32_t *to = board_data_begin; to < board_data_end;)
        *to++ = *from++;
    for (uint32_t *to = board_bss_begin; to < board_bss_end;)
        *to++ = 0;
    board_exit(main());
}

/* A fault on a real board (or in QEMU) ends here; the course's emulator stops
 * earlier, at the faulting instruction, and explains it. */
__attribute__((noreturn)) void board_fault(void)
{
    board_exit(255);
}

/* The timer's interrupt, if the program has none of its own. */
__attribute__((weak, alias("board_fault"))) void board_tick(void);

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    board_stack_top, (const void *)board_reset,
    (const void *)board_fault, (const void *)board_fault,
    (const void *)board_fault, (const void *)board_fault,
    (const void *)board_fault, 0,
    0, 0, 0, (const void *)board_fault,
    (const void *)board_fault, 0,
    (const void *)board_fault, (const void *)board_tick,
};
