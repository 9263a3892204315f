/* The format of length_prefixed, byte by byte, and each way in which a record can be wrong. */
#include "record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static const lp_kind kinds[] = {LP_FLOAT8, LP_TEXT, LP_TEXT};

/* In memory of exactly its size, so that a sanitizer sees one byte too many. */
static lp_outcome decode(const char *bytes, size_t length, lp_value *values, size_t *size, lp_fault *fault) {
    char *copy = malloc(length + (length == 0));
    lp_outcome outcome;

    memcpy(copy, bytes, length);
    outcome = lp_decode(copy, length, kinds, 3, values, size, fault);
    free(copy);
    return outcome;
}

static void bytes_are_as_documented(void) {
    const lp_value row[] = {{.number = 1.5}, {.text = "Ada", .size = 3}, {.null = 1}};
    const char expected[] = "\x00\x00\x00\x19" "\x00\x03"
                            "\x00\x00\x00\x08" "\x3F\xF8\x00\x00\x00\x00\x00\x00"
                            "\x00\x00\x00\x03" "Ada"
                            "\xFF\xFF\xFF\xFF";
    char written[64];

    CHECK(lp_encoded_size(kinds, row, 3) == sizeof expected - 1);
    lp_encode(kinds, row, 3, written);
    CHECK(memcmp(written, expected, sizeof expected - 1) == 0);
}

static void values_stay_what_they_are(void) {
    const lp_value row[] = {{.number = NAN}, {.text = "", .size = 0}, {.null = 1}};
    lp_value back[3];
    lp_fault fault;
    size_t size;
    char written[64];

    lp_encode(kinds, row, 3, written);
    CHECK(lp_decode(written, lp_encoded_size(kinds, row, 3), kinds, 3, back, &size, &fault) == LP_COMPLETE);
    CHECK(size == lp_encoded_size(kinds, row, 3));
    CHECK(isnan(back[0].number) && !back[0].null);
    CHECK(!back[1].null && back[1].size == 0);
    CHECK(back[2].null);
}

static void expect(const char *bytes, size_t length, lp_outcome outcome, lp_fault_kind kind, int column,
                   int64_t found) {
    lp_value values[3];
    lp_fault fault;
    size_t size;

    CHECK(decode(bytes, length, values, &size, &fault) == outcome);
    CHECK(fault.kind == kind && fault.column == column && fault.found == found);
    CHECK(size == (outcome == LP_DAMAGED ? length : 0));
}
#define EXPECT(bytes, outcome, kind, column, found) expect(bytes, sizeof(bytes) - 1, outcome, kind, column, found)

static void faults_are_told_apart(void) {
    EXPECT("", LP_INCOMPLETE, LP_NO_FAULT, 0, 0);
    EXPECT("\x00\x00\x00", LP_INCOMPLETE, LP_NO_FAULT, 0, 0);
    EXPECT("\x00\x00\x00\x01", LP_LOST, LP_BAD_LENGTH, 0, 1);
    EXPECT("\xFF\xFF\xFF\xFF", LP_LOST, LP_BAD_LENGTH, 0, UINT32_MAX);
    EXPECT("\x3F\xFD\xFF\xFC", LP_INCOMPLETE, LP_NO_FAULT, 0, 0);
    EXPECT("\x3F\xFD\xFF\xFD", LP_LOST, LP_BAD_LENGTH, 0, 0x3FFDFFFD);
    EXPECT("\x3F\xFD\xFF\xFC\x00\x02", LP_LOST, LP_OTHER_COLUMNS, 0, 2);
    EXPECT("\x00\x00\x00\x02\x00\x03", LP_DAMAGED, LP_NO_ROOM_FOR_SIZE, 0, 0);
    EXPECT("\x00\x00\x00\x05\x00\x03\xFF\xFF\xFF", LP_DAMAGED, LP_NO_ROOM_FOR_SIZE, 0, 3);
    EXPECT("\x00\x00\x00\x06\x00\x03\xFF\xFF\xFF\xFE", LP_DAMAGED, LP_BAD_SIZE, 0, -2);
    EXPECT("\x00\x00\x00\x06\x00\x03\x80\x00\x00\x00", LP_DAMAGED, LP_BAD_SIZE, 0, INT32_MIN);
    EXPECT("\x00\x00\x00\x0A\x00\x03\x00\x00\x00\x04" "abcd", LP_DAMAGED, LP_BAD_SIZE, 0, 4);
    EXPECT("\x00\x00\x00\x0A\x00\x03\xFF\xFF\xFF\xFF\x7F\xFF\xFF\xFF", LP_DAMAGED, LP_VALUE_TOO_LONG, 1, INT32_MAX);
    EXPECT("\x00\x00\x00\x0D\x00\x03\xFF\xFF\xFF\xFF\x00\x00\x00\x03" "a\0b", LP_DAMAGED, LP_ZERO_BYTE, 1, 1);
    EXPECT("\x00\x00\x00\x0F\x00\x03\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF" "x", LP_DAMAGED, LP_BYTES_LEFT,
           2, 1);
}

static void sizes_beyond_the_limit_are_counted_right(void) {
    const lp_value row[] = {{.number = 0}, {.text = NULL, .size = UINT32_MAX}, {.text = NULL, .size = UINT32_MAX}};

    CHECK(lp_encoded_size(kinds, row, 3) == UINT64_C(6) + 12 + 8 + 2 * (uint64_t)UINT32_MAX);
}

int main(void) {
    bytes_are_as_documented();
    values_stay_what_they_are();
    faults_are_told_apart();
    sizes_beyond_the_limit_are_counted_right();
    return failures != 0;
}
