/* See record.h for the format. Nothing here allocates, and nothing is read beyond what the caller says is there. */
#include "record.h"

#include <stdbool.h>
#include <string.h>

#define NULL_SIZE (-1)
#define NUMBER_SIZE 8

typedef struct cursor {
    const char *at;
    size_t left;
} cursor;

static uint64_t read_number(const char *from, int bytes) {
    uint64_t number = 0;
    for (int i = 0; i < bytes; i++) number = number << 8 | (unsigned char)from[i];
    return number;
}

static char *write_number(char *to, uint64_t number, int bytes) {
    for (int i = bytes - 1; i >= 0; i--, number >>= 8) to[i] = (char)(number & 0xFF);
    return to + bytes;
}

/* The caller has checked that so many bytes are left. */
static const char *take(cursor *record, size_t bytes) {
    const char *taken = record->at;
    record->at += bytes;
    record->left -= bytes;
    return taken;
}

/* Sizes are signed on disk; a cast of the upper half to int32_t would be left to the compiler. */
static int64_t take_size(cursor *record) {
    int64_t size = (int64_t)read_number(take(record, 4), 4);
    return size > INT32_MAX ? size - (INT64_C(1) << 32) : size;
}

static bool fails(lp_fault *fault, lp_fault_kind kind, int64_t found, size_t left) {
    fault->kind = kind;
    fault->found = found;
    fault->left = (int64_t)left;
    return false;
}

static bool decode_number(cursor *record, int64_t size, lp_value *value, lp_fault *fault) {
    uint64_t bits;

    if (size != NUMBER_SIZE) return fails(fault, LP_BAD_SIZE, size, record->left);
    bits = read_number(take(record, NUMBER_SIZE), NUMBER_SIZE);
    memcpy(&value->number, &bits, sizeof bits);
    return true;
}

static bool decode_text(cursor *record, int64_t size, lp_value *value, lp_fault *fault) {
    const char *zero;

    value->size = (uint32_t)size;
    value->text = take(record, value->size);
    zero = memchr(value->text, '\0', value->size);
    return zero == NULL || fails(fault, LP_ZERO_BYTE, zero - value->text, record->left);
}

static bool decode_column(cursor *record, lp_kind kind, lp_value *value, lp_fault *fault) {
    int64_t size;

    if (record->left < 4) return fails(fault, LP_NO_ROOM_FOR_SIZE, (int64_t)record->left, record->left);
    size = take_size(record);
    memset(value, 0, sizeof *value);
    value->null = size == NULL_SIZE;
    if (value->null) return true;
    if (size < 0) return fails(fault, LP_BAD_SIZE, size, record->left);
    if ((uint64_t)size > record->left) return fails(fault, LP_VALUE_TOO_LONG, size, record->left);
    return kind == LP_FLOAT8 ? decode_number(record, size, value, fault) : decode_text(record, size, value, fault);
}

lp_outcome lp_decode(const char *data, size_t available, const lp_kind *kinds, uint16_t columns, lp_value *values,
                     size_t *record_size, lp_fault *fault) {
    cursor record;
    uint64_t length;
    uint64_t found_columns;

    memset(fault, 0, sizeof *fault);
    *record_size = 0;
    if (available < LP_HEADER_SIZE) return LP_INCOMPLETE;
    length = read_number(data, LP_HEADER_SIZE);
    if (length < LP_LENGTH_MIN || length > LP_LENGTH_MAX) {
        fails(fault, LP_BAD_LENGTH, (int64_t)length, 0);
        return LP_LOST;
    }
    /* Before the record is whole: else a few bytes that are no record would have a gigabyte read and kept. */
    if (available < LP_HEADER_SIZE + LP_LENGTH_MIN) return LP_INCOMPLETE;
    found_columns = read_number(data + LP_HEADER_SIZE, 2);
    if (found_columns != columns) {
        fails(fault, LP_OTHER_COLUMNS, (int64_t)found_columns, 0);
        return LP_LOST;
    }
    if (available - LP_HEADER_SIZE < length) return LP_INCOMPLETE;

    *record_size = (size_t)(LP_HEADER_SIZE + length);
    record.at = data + LP_HEADER_SIZE + 2;
    record.left = (size_t)length - 2;
    for (uint16_t i = 0; i < columns; i++) {
        fault->column = i;
        if (!decode_column(&record, kinds[i], &values[i], fault)) return LP_DAMAGED;
    }
    if (record.left == 0) return LP_COMPLETE;
    fails(fault, LP_BYTES_LEFT, (int64_t)record.left, record.left);
    return LP_DAMAGED;
}

uint64_t lp_encoded_size(const lp_kind *kinds, const lp_value *values, uint16_t columns) {
    uint64_t size = LP_HEADER_SIZE + 2;

    for (uint16_t i = 0; i < columns; i++) {
        size += 4;
        if (!values[i].null) size += kinds[i] == LP_FLOAT8 ? NUMBER_SIZE : values[i].size;
    }
    return size;
}

void lp_encode(const lp_kind *kinds, const lp_value *values, uint16_t columns, char *out) {
    out = write_number(out, lp_encoded_size(kinds, values, columns) - LP_HEADER_SIZE, LP_HEADER_SIZE);
    out = write_number(out, columns, 2);
    for (uint16_t i = 0; i < columns; i++) {
        const lp_value *value = &values[i];

        if (value->null) {
            out = write_number(out, UINT32_MAX, 4);
        } else if (kinds[i] == LP_FLOAT8) {
            uint64_t bits;

            memcpy(&bits, &value->number, sizeof bits);
            out = write_number(out, NUMBER_SIZE, 4);
            out = write_number(out, bits, NUMBER_SIZE);
        } else {
            out = write_number(out, value->size, 4);
            if (value->size > 0) memcpy(out, value->text, value->size);
            out += value->size;
        }
    }
}
