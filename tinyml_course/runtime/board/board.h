/* What a program may ask of the board.
 *
 * Printing goes through a UART (CMSDK UART0, as on ARM's mps2-an386 board);
 * bulk data and the end of the program go through semihosting, ARM's standard
 * door from a program under a debugger to the host. Both are there under the
 * course's emulator and under `qemu-system-arm -M mps2-an386`. */
#ifndef BOARD_H
#define BOARD_H

#include <stddef.h>
#include <stdint.h>

/* Print one character, a text, a signed number, a number in hexadecimal. */
void board_putc(char c);
void board_puts(const char *text);
void board_print_int(int32_t value);
void board_print_hex(uint32_t value);

/* printf with %d %i %u %x %c %s %% and a width such as %5d or %08x; no %f. */
__attribute__((format(printf, 1, 2))) void board_printf(const char *format, ...);

/* Read up to `bytes` from standard input; returns how many came. */
size_t board_read(void *to, size_t bytes);

/* Write `bytes` to standard output. */
void board_write(const void *from, size_t bytes);

/* Call board_tick() every `cycles` processor cycles (2 to 16,777,216), from the
 * interrupt of SysTick, the timer of every Cortex-M4; and stop that. */
void board_timer_start(uint32_t cycles);
void board_timer_stop(void);

/* Write this function to use the timer. It interrupts whatever runs; share variables
 * with it as volatile. A tick that comes while an earlier one still waits is lost. */
void board_tick(void);

/* In board_tick: how many cycles ago the timer ticked. */
uint32_t board_timer_late(void);

/* End the program; 0 is success. */
__attribute__((noreturn)) void board_exit(int code);

#endif
