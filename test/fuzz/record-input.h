/* The columns of a table, from an input: how many, and a bit for the type of each. */
#ifndef RECORD_INPUT_H
#define RECORD_INPUT_H

#include "harness.h"
#include "record.h"

#define COLUMNS 16

static inline uint16_t take_kinds(input *in, lp_kind *kinds) {
    uint16_t columns = take_byte(in) % (COLUMNS + 1);
    uint8_t bits[COLUMNS / 8];

    take_bytes(in, bits, sizeof bits);
    for (int i = 0; i < columns; i++) kinds[i] = bits[i / 8] >> (i % 8) & 1 ? LP_TEXT : LP_FLOAT8;
    return columns;
}

#endif
