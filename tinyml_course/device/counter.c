/* Counts what the emulated processor executes. Unicorn calls counter_block at the
 * start of every basic block; everything else is set up and read from Python.
 *
 * A *slot* is who the work is charged to: 0 is everything outside, the others are
 * marked functions (the model's entry and its layers). Entering a marked function
 * switches to its slot until the program comes back to its return address, so that a
 * kernel shared by several layers is charged to the layer that called it.
 *
 * Per slot and block two numbers are kept: how often it ran, and how often it fell
 * through to the next address; the difference tells the taken branches.
 *
 * A timer ticks in estimated cycles. When its interrupt is due, the emulator is stopped
 * in front of a block; Python stacks the registers, and what the handler does is charged
 * to a slot of its own, outside the model that it interrupted.
 *
 * Compiled for the host by tinyml_course.device.counter; no header but these two. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MARKS_DEEP = 256, CALLS_DEEP = 256, REGISTER_LR = 10, REGISTER_PRIMASK = 123 };

typedef struct {
    uint32_t address, bytes, instructions;
    int32_t mark;     /* slot of the marked function that begins here, or -1 */
    uint32_t is_call; /* ends in BL or BLX */
    uint32_t next;    /* another block from the same address, index + 1 */
    uint32_t cycles, taken; /* its price, and a taken branch's; 0: not asked yet */
} block_t;

typedef struct {
    uint64_t runs, falls;
} cell_t;

typedef struct {
    uint32_t return_address;
    uint32_t slot, caller;
} active_t;

typedef struct {
    /* set by Python */
    const uint8_t *flash;
    uint32_t flash_origin, flash_bytes;
    uint32_t slots, capacity;
    uint32_t invoke_slot; /* a mark whose calls are recorded one by one; 0: none */
    uint64_t limit;       /* of instructions, between two ends of an invocation */
    int (*stop)(void *emulator);
    int (*read_register)(void *emulator, int id, void *value);
    /* results */
    uint64_t instructions;
    uint32_t stopped; /* 1: over the limit, 2: more blocks than capacity */
    uint32_t blocks;
    uint64_t calls_deep; /* the call chain at the end: depth, and return addresses */
    uint32_t calls[CALLS_DEEP];
    uint32_t slot; /* who was running at the end */
    uint64_t invocations, invocations_room;
    uint64_t *invocation; /* instructions of each */
    block_t *block;
    cell_t *total; /* [slots][capacity], without `now` */
    cell_t *worst; /* the longest invocation alone */
    cell_t *now;   /* since the last boundary of an invocation */
    /* the timer: set by Python while it runs */
    uint64_t (*price)(uint32_t address, uint32_t bytes); /* cycles, taken << 32 */
    uint64_t period;        /* cycles; 0: off */
    uint64_t due;           /* when it ticks next */
    uint32_t interrupts_on; /* a tick asks for an interrupt */
    uint32_t interrupt_slot, exception_cycles;
    uint64_t cycles; /* while the timer ran */
    uint32_t ticked, wanted; /* since Python looked; an interrupt is due now */
    uint64_t ticks, handled, lost, worst_late, handler_instructions;
    /* private */
    uint32_t pending, handling;
    uint64_t since; /* the tick that is pending */
    const block_t *unpaid;
    struct {
        uint32_t previous, previous_end, slot;
        cell_t *previous_cell;
        uint64_t began;
    } interrupted;
    uint64_t invoke_began, invoke_ended, longest;
    uint32_t *first; /* by (address - flash_origin) / 2: block index + 1 */
    uint32_t previous; /* index + 1 */
    uint32_t previous_end;
    cell_t *previous_cell;
    uint32_t marks_deep;
    active_t marks[MARKS_DEEP];
} counter_t;

size_t counter_bytes(void)
{
    return sizeof(counter_t);
}

int counter_open(counter_t *c)
{
    const size_t cells = (size_t)c->slots * c->capacity;
    c->block = calloc(c->capacity, sizeof *c->block);
    c->first = calloc(c->flash_bytes / 2 + 1, sizeof *c->first);
    c->total = calloc(cells, sizeof *c->total);
    c->worst = calloc(cells, sizeof *c->worst);
    c->now = calloc(cells, sizeof *c->now);
    return c->block && c->first && c->total && c->worst && c->now;
}

void counter_close(counter_t *c)
{
    free(c->block);
    free(c->first);
    free(c->total);
    free(c->worst);
    free(c->now);
    free(c->invocation);
}

static uint32_t halfword(const counter_t *c, uint32_t address)
{
    const uint32_t at = address - c->flash_origin;
    return at + 1 < c->flash_bytes ? c->flash[at] | (uint32_t)c->flash[at + 1] << 8 : 0;
}

static uint32_t find(counter_t *c, uint32_t address, uint32_t bytes)
{
    uint32_t *link = &c->first[((address - c->flash_origin) / 2) % (c->flash_bytes / 2)];
    for (; *link; link = &c->block[*link - 1].next)
        if (c->block[*link - 1].address == address && c->block[*link - 1].bytes == bytes)
            return *link;
    if (c->blocks == c->capacity) {
        c->stopped = 2;
        return 0;
    }
    block_t *block = &c->block[c->blocks];
    *block = (block_t){.address = address, .bytes = bytes, .mark = -1};
    for (uint32_t at = address; at < address + bytes;) {
        const uint32_t code = halfword(c, at);
        const uint32_t wide = code >> 11 >= 0x1D; /* 32-bit Thumb instruction */
        block->is_call = wide ? code >> 11 == 0x1E && (halfword(c, at + 2) & 0xD000) == 0xD000
                              : (code & 0xFF87) == 0x4780;
        block->instructions++;
        at += wide ? 4 : 2;
    }
    return *link = ++c->blocks;
}

/* Python marks the first instruction of a function; block sizes are not known yet, so
 * marks are entries of zero bytes that find() chains in front of the real block. */
int counter_mark(counter_t *c, uint32_t address, uint32_t slot)
{
    const uint32_t index = find(c, address, 0);
    if (index)
        c->block[index - 1].mark = (int32_t)slot;
    return index != 0;
}

static int mark_of(const counter_t *c, uint32_t address)
{
    uint32_t index = c->first[((address - c->flash_origin) / 2) % (c->flash_bytes / 2)];
    for (; index; index = c->block[index - 1].next)
        if (c->block[index - 1].bytes == 0 && c->block[index - 1].address == address)
            return c->block[index - 1].mark;
    return -1;
}

/* Move `now` into `total`, and keep it as `worst` when it is the longest yet. */
static void flush(counter_t *c, int longest)
{
    for (uint32_t slot = 0; slot < c->slots; slot++) {
        const size_t row = (size_t)slot * c->capacity;
        for (uint32_t i = 0; i < c->blocks; i++) {
            c->total[row + i].runs += c->now[row + i].runs;
            c->total[row + i].falls += c->now[row + i].falls;
        }
        if (longest)
            memcpy(c->worst + row, c->now + row, c->blocks * sizeof(cell_t));
        memset(c->now + row, 0, c->blocks * sizeof(cell_t));
    }
}

void counter_finish(counter_t *c)
{
    flush(c, 0);
}

/* Instructions of the program itself, without those of its interrupts. */
static uint64_t own(const counter_t *c)
{
    return c->instructions - c->handler_instructions;
}

static void invoke_ended(counter_t *c)
{
    const uint64_t took = own(c) - c->invoke_began;
    c->invoke_ended = c->instructions;
    if (c->invocations == c->invocations_room) {
        c->invocations_room = c->invocations_room ? 2 * c->invocations_room : 1024;
        void *more = realloc(c->invocation, c->invocations_room * sizeof(uint64_t));
        if (!more) {
            c->stopped = 2;
            return;
        }
        c->invocation = more;
    }
    c->invocation[c->invocations++] = took;
    flush(c, took > c->longest);
    if (took > c->longest)
        c->longest = took;
}

static void pay(counter_t *c, uint32_t next)
{
    if (c->unpaid)
        c->cycles += c->unpaid->cycles + (next == c->previous_end ? 0 : c->unpaid->taken);
    c->unpaid = 0;
}

/* Let the timer tick; is its interrupt to be taken in front of this block? */
static int interrupt_is_due(counter_t *c, void *emulator, uint32_t address)
{
    pay(c, address);
    if (c->cycles >= c->due) {
        const uint64_t n = 1 + (c->cycles - c->due) / c->period;
        c->ticks += n;
        c->ticked = 1;
        if (c->interrupts_on) {
            c->lost += c->pending ? n : n - 1;
            if (!c->pending)
                c->since = c->due;
            c->pending = 1;
        }
        c->due += n * c->period;
    }
    if (!c->pending || c->handling)
        return 0;
    uint32_t masked = 0;
    c->read_register(emulator, REGISTER_PRIMASK, &masked);
    return !(masked & 1);
}

void counter_timer(counter_t *c, uint64_t period)
{
    c->period = period;
    c->due = c->cycles + period;
    c->unpaid = 0;
}

void counter_enter_interrupt(counter_t *c)
{
    c->interrupted.previous = c->previous;
    c->interrupted.previous_end = c->previous_end;
    c->interrupted.previous_cell = c->previous_cell;
    c->interrupted.slot = c->slot;
    c->interrupted.began = c->instructions;
    c->previous = c->wanted = c->pending = 0;
    c->previous_end = 1; /* no address */
    c->previous_cell = 0;
    c->slot = c->interrupt_slot;
    c->handling = 1;
    c->handled++;
    if (c->cycles - c->since > c->worst_late)
        c->worst_late = c->cycles - c->since;
    c->cycles += c->exception_cycles;
}

void counter_leave_interrupt(counter_t *c)
{
    pay(c, 0);
    c->cycles += c->exception_cycles;
    c->handler_instructions += c->instructions - c->interrupted.began;
    c->previous = c->interrupted.previous;
    c->previous_end = c->interrupted.previous_end;
    c->previous_cell = c->interrupted.previous_cell;
    c->slot = c->interrupted.slot;
    c->handling = 0;
}

void counter_block(void *emulator, uint64_t at, uint32_t bytes, void *user)
{
    counter_t *c = user;
    const uint32_t address = (uint32_t)at;

    if (c->period && interrupt_is_due(c, emulator, address)) {
        c->wanted = 1;
        c->stop(emulator);
        return;
    }
    if (address == c->previous_end) {
        if (c->previous_cell)
            c->previous_cell->falls++;
    } else if (c->previous && c->block[c->previous - 1].is_call) {
        if (c->calls_deep < CALLS_DEEP)
            c->calls[c->calls_deep] = c->previous_end;
        c->calls_deep++;
    }
    if (c->calls_deep && c->calls_deep <= CALLS_DEEP
        && c->calls[c->calls_deep - 1] == address)
        c->calls_deep--;

    while (c->marks_deep && c->marks[c->marks_deep - 1].return_address == address) {
        const active_t done = c->marks[--c->marks_deep];
        if (done.slot == c->invoke_slot && done.slot)
            invoke_ended(c);
        c->slot = done.caller;
    }

    const uint32_t index = find(c, address, bytes);
    if (!index || c->stopped) {
        c->stop(emulator);
        return;
    }
    block_t *block = &c->block[index - 1];
    if (block->mark == -1) {
        block->mark = mark_of(c, address);
        if (block->mark == -1)
            block->mark = -2; /* looked up: not marked */
    }
    if (block->mark >= 0) {
        uint32_t lr = 0;
        c->read_register(emulator, REGISTER_LR, &lr);
        lr &= ~1u;
        const active_t *top = c->marks_deep ? &c->marks[c->marks_deep - 1] : 0;
        const uint32_t slot = (uint32_t)block->mark;
        const int again = top && top->slot == slot && top->return_address == lr;
        if (!again && c->marks_deep < MARKS_DEEP) {
            c->marks[c->marks_deep++] = (active_t){lr, slot, c->slot};
            if (slot == c->invoke_slot) {
                flush(c, 0);
                c->invoke_began = own(c);
            }
            c->slot = slot;
        }
    }

    cell_t *cell = &c->now[(size_t)c->slot * c->capacity + index - 1];
    cell->runs++;
    c->instructions += block->instructions;
    c->previous = index;
    c->previous_end = address + bytes;
    c->previous_cell = cell;
    if (c->period) {
        if (!block->cycles) {
            const uint64_t price = c->price(address, bytes);
            block->cycles = (uint32_t)price;
            block->taken = (uint32_t)(price >> 32);
        }
        c->unpaid = block;
    }
    if (c->instructions - c->invoke_ended > c->limit) {
        c->stopped = 1;
        c->stop(emulator);
    }
}
