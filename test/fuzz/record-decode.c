/*
 * Any bytes as a file of records: nothing is read beyond the end, what is accepted is what the encoder writes, byte
 * for byte, and no beginning of a record is taken for a whole one.
 * Input: number of columns, a bit for the type of each, a place to cut, the file.
 */
#include "record-input.h"

static void check_record(const char *record, size_t size, const lp_kind *kinds, const lp_value *values,
                         uint16_t columns) {
    char *again = malloc(size);

    for (uint16_t i = 0; i < columns; i++) {
        if (values[i].null || kinds[i] == LP_FLOAT8) continue;
        REQUIRE(values[i].text >= record && values[i].text + values[i].size <= record + size);
        REQUIRE(memchr(values[i].text, '\0', values[i].size) == NULL);
    }
    REQUIRE(lp_encoded_size(kinds, values, columns) == size);
    lp_encode(kinds, values, columns, again);
    REQUIRE(memcmp(again, record, size) == 0);
    free(again);
}

static void check_cut(const char *record, size_t size, const lp_kind *kinds, uint16_t columns) {
    char *part = malloc(size);
    lp_value values[COLUMNS] = {{0}};
    lp_fault fault;
    size_t found;

    memcpy(part, record, size);
    REQUIRE(lp_decode(part, size, kinds, columns, values, &found, &fault) == LP_INCOMPLETE);
    free(part);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length) {
    input in = {data, length};
    lp_kind kinds[COLUMNS] = {0};
    lp_value values[COLUMNS] = {{0}};
    uint16_t columns = take_kinds(&in, kinds);
    uint8_t cut = take_byte(&in);
    size_t left;
    char *file = take_rest(&in, &left);
    lp_outcome outcome = LP_COMPLETE;

    for (const char *at = file; outcome == LP_COMPLETE || outcome == LP_DAMAGED;) {
        size_t size;
        lp_fault fault;

        outcome = lp_decode(at, left, kinds, columns, values, &size, &fault);
        REQUIRE(size <= left && (size > 0) == (outcome == LP_COMPLETE || outcome == LP_DAMAGED));
        REQUIRE((fault.kind != LP_NO_FAULT) == (outcome == LP_DAMAGED || outcome == LP_LOST));
        REQUIRE(fault.kind != LP_VALUE_TOO_LONG || fault.found > fault.left);
        if (size > 0) check_cut(at, size * cut / 256, kinds, columns);
        if (outcome == LP_COMPLETE) check_record(at, size, kinds, values, columns);
        at += size;
        left -= size;
    }
    free(file);
    return 0;
}
