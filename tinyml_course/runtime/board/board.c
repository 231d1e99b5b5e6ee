/* Printing through the UART, bulk data and exit through semihosting, the timer. */
#include "board.h"

#include <stdarg.h>

/* CMSDK UART: data, status (bit 0: transmit buffer full), control (bit 0:
 * transmitter on), interrupt, baud divider (at least 16). */
#define UART ((volatile uint32_t *)0x40004000u)

/* SysTick: control, reload value, current value; it counts down. */
#define SYSTICK ((volatile uint32_t *)0xE000E010u)

enum { SYS_OPEN = 0x01, SYS_WRITE = 0x05, SYS_READ = 0x06, SYS_EXIT_EXTENDED = 0x20 };

static int semihost(int operation, const void *argument)
{
    register int r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

/* The console ":tt" is standard input in mode 0 ("r"), output in mode 4 ("w"). */
static int console(int mode)
{
    const uintptr_t open[3] = {(uintptr_t) ":tt", (uintptr_t)mode, 3};
    return semihost(SYS_OPEN, open);
}

size_t board_read(void *to, size_t bytes)
{
    static int input; /* handles are never 0 */
    if (input == 0)
        input = console(0);
    size_t done = 0;
    while (done < bytes) {
        const uintptr_t read[3] = {(uintptr_t)input, (uintptr_t)to + done, bytes - done};
        const size_t missing = (size_t)semihost(SYS_READ, read);
        if (missing >= bytes - done)
            break; /* the end of the input */
        done = bytes - missing;
    }
    return done;
}

void board_write(const void *from, size_t bytes)
{
    static int output;
    if (output == 0)
        output = console(4);
    const uintptr_t write[3] = {(uintptr_t)output, (uintptr_t)from, bytes};
    semihost(SYS_WRITE, write);
}

void board_exit(int code)
{
    const uintptr_t exit[2] = {0x20026, (uintptr_t)code}; /* "application exit" */
    for (;;)
        semihost(SYS_EXIT_EXTENDED, exit);
}

void board_timer_start(uint32_t cycles)
{
    SYSTICK[1] = cycles - 1;
    SYSTICK[2] = 0;
    SYSTICK[0] = 7; /* on, with its interrupt, at the processor's clock */
}

void board_timer_stop(void)
{
    SYSTICK[0] = 0;
}

uint32_t board_timer_late(void)
{
    return SYSTICK[1] - SYSTICK[2];
}

void board_putc(char c)
{
    if ((UART[2] & 1u) == 0) {
        UART[4] = 16;
        UART[2] = 1;
    }
    while (UART[1] & 1u) {
    }
    UART[0] = (uint8_t)c;
}

void board_puts(const char *text)
{
    while (*text)
        board_putc(*text++);
}

static void print_unsigned(uint32_t value, uint32_t base, int width, char pad, int minus)
{
    char digits[12];
    int n = 0;
    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    if (minus && pad == '0')
        board_putc('-');
    for (int i = n + (minus ? 1 : 0); i < width; i++)
        board_putc(pad);
    if (minus && pad != '0')
        board_putc('-');
    while (n)
        board_putc(digits[--n]);
}

static void print_signed(int32_t value, int width, char pad)
{
    const uint32_t size = value < 0 ? 0u - (uint32_t)value : (uint32_t)value;
    print_unsigned(size, 10, width, pad, value < 0);
}

void board_print_int(int32_t value)
{
    print_signed(value, 0, ' ');
}

void board_print_hex(uint32_t value)
{
    print_unsigned(value, 16, 0, ' ', 0);
}

void board_printf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    for (; *format; format++) {
        if (*format != '%') {
            board_putc(*format);
            continue;
        }
        format++;
        const char pad = *format == '0' ? '0' : ' ';
        int width = 0;
        for (; *format >= '0' && *format <= '9'; format++)
            width = width * 10 + (*format - '0');
        while (*format == 'l')
            format++; /* long is 32 bits here, like int */
        if (*format == 'd' || *format == 'i')
            print_signed(va_arg(arguments, int), width, pad);
        else if (*format == 'u')
            print_unsigned(va_arg(arguments, unsigned), 10, width, pad, 0);
        else if (*format == 'x')
            print_unsigned(va_arg(arguments, unsigned), 16, width, pad, 0);
        else if (*format == 'c')
            board_putc((char)va_arg(arguments, int));
        else if (*format == 's')
            board_puts(va_arg(arguments, const char *));
        else if (*format == 0)
            break;
        else
            board_putc(*format);
    }
    va_end(arguments);
}
