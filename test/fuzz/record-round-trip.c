/*
 * Any row: what was encoded is decoded to the same values, and a text with a zero byte is refused in its column.
 * Input: number of columns, a bit for the type of each; for each column: NULL or not, a number or a text.
 */
#include "record-input.h"

static void fill(input *in, lp_kind kind, lp_value *value) {
    memset(value, 0, sizeof *value);
    value->null = take_byte(in) % 4 == 0;
    if (value->null) return;
    if (kind == LP_FLOAT8) {
        take_bytes(in, &value->number, sizeof value->number);
        return;
    }
    value->size = take_byte(in);
    if (value->size > in->left) value->size = (uint32_t)in->left;
    value->text = (const char *)in->at;
    in->at += value->size;
    in->left -= value->size;
}

static bool has_zero(lp_kind kind, const lp_value *value) {
    return !value->null && kind == LP_TEXT && memchr(value->text, '\0', value->size) != NULL;
}

static bool same(lp_kind kind, const lp_value *a, const lp_value *b) {
    if (a->null || b->null) return a->null == b->null;
    if (kind == LP_FLOAT8) return memcmp(&a->number, &b->number, sizeof a->number) == 0;
    return a->size == b->size && memcmp(a->text, b->text, a->size) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length) {
    input in = {data, length};
    lp_kind kinds[COLUMNS] = {0};
    lp_value before[COLUMNS] = {{0}}, after[COLUMNS] = {{0}};
    uint16_t columns = take_kinds(&in, kinds);
    int bad = -1;
    size_t size, found;
    lp_fault fault;
    lp_outcome outcome;
    char *bytes;

    for (int i = 0; i < columns; i++) {
        fill(&in, kinds[i], &before[i]);
        if (bad < 0 && has_zero(kinds[i], &before[i])) bad = i;
    }
    size = lp_encoded_size(kinds, before, columns);
    bytes = malloc(size);
    lp_encode(kinds, before, columns, bytes);
    outcome = lp_decode(bytes, size, kinds, columns, after, &found, &fault);
    REQUIRE(found == size);
    if (bad >= 0) {
        REQUIRE(outcome == LP_DAMAGED && fault.kind == LP_ZERO_BYTE && fault.column == bad);
    } else {
        REQUIRE(outcome == LP_COMPLETE);
        for (int i = 0; i < columns; i++) REQUIRE(same(kinds[i], &before[i], &after[i]));
    }
    free(bytes);
    return 0;
}
