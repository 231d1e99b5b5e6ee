/* The board writes: one step of the LSTM at a time; its state is kept here. */
#include <stdint.h>

#include "board.h"
#include "model.h"
#include "tables.h" /* sizes, marks of zero and one, and five tables */

static int8_t h[UNITS], c[UNITS]; /* the state and the memory, as marks */
static uint32_t dice = SEED;

static void read_one(int letter)
{
    for (int k = 0; k < KINDS; k++)
        model_input_0()[k] = k == letter ? ONE : ZERO;
    for (int k = 0; k < UNITS; k++) {
        model_input_1()[k] = h[k];
        model_input_2()[k] = c[k];
    }
    (void)model_invoke();
    for (int k = 0; k < UNITS; k++) { /* marks as given -> marks as taken */
        h[k] = STATE[model_output_1()[k] + 128];
        c[k] = MEMORY[model_output_2()[k] + 128];
    }
}

static int choose(const int8_t *score)
{
    int top = -128, k = 0;
    uint32_t all = 0; /* at most KINDS * 65,536 */
    for (k = 0; k < KINDS; k++)
        top = score[k] > top ? score[k] : top;
    for (k = 0; k < KINDS; k++)
        all += CHANCE[top - score[k]];
    dice ^= dice << 13; /* Marsaglia's xorshift: never 0 if it does not begin so */
    dice ^= dice >> 17;
    dice ^= dice << 5;
    uint32_t left = dice % all;
    for (k = 0; left >= CHANCE[top - score[k]]; k++)
        left -= CHANCE[top - score[k]];
    return k;
}

int main(void)
{
    for (int k = 0; k < UNITS; k++) {
        h[k] = STATE_ZERO; /* zero is a mark, and not the byte 0 */
        c[k] = MEMORY_ZERO;
    }
    for (int k = 0; k < (int)sizeof START; k++)
        read_one(START[k]);
    for (int n = 0; n < LENGTH; n++) {
        const int letter = choose(model_output_0());
        board_write(&LETTERS[letter], 1);
        read_one(letter);
    }
    return 0;
}
