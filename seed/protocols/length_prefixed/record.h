/*
 * One row as bytes, and back. Knows nothing of the server, so that it can be tested and fuzzed by itself.
 *
 * A file is a sequence of records and nothing else. All numbers are in network byte order, the most significant
 * byte first; negative ones are in two's complement.
 *
 *   bytes   field     meaning
 *   4       length    bytes that follow in this record: unsigned, from LP_LENGTH_MIN to LP_LENGTH_MAX
 *   2       columns   how many columns follow: unsigned
 *   for each column, in the order of the table:
 *   4       size      bytes of the value: signed; -1 means NULL, and no value follows
 *   size    value     FLOAT8: 8 bytes, IEEE 754 binary64
 *                     TEXT, VARCHAR, BPCHAR: the characters, in the external table's encoding, no zero byte
 *
 * Columns are laid out as COPY BINARY of PostgreSQL does it. The length before them lets a reader tell in four bytes
 * whether the record is whole, and step over a record that is damaged inside.
 */
#ifndef LENGTH_PREFIXED_RECORD_H
#define LENGTH_PREFIXED_RECORD_H

#include <stddef.h>
#include <stdint.h>

#define LP_HEADER_SIZE 4
#define LP_LENGTH_MIN 2
/*
 * The server collects a record in a buffer that cannot reach 1 GB, and adds up to 64 kB at a time to it: 128 kB less
 * leave room for both.
 */
#define LP_LENGTH_MAX ((UINT32_C(1) << 30) - (UINT32_C(1) << 17) - LP_HEADER_SIZE)
#define LP_COLUMNS_MAX UINT16_MAX

typedef enum lp_kind { LP_FLOAT8, LP_TEXT } lp_kind;

/*
 * Of a text the characters are not owned: they lie in the buffer that was decoded, or with the caller. No bool, and no
 * stdbool.h: Greenplum 6 has a bool of its own.
 */
typedef struct lp_value {
    int null;
    double number;
    const char *text;
    uint32_t size;
} lp_value;

typedef enum lp_outcome {
    LP_COMPLETE,   /* the values are filled in, and record_size is what to step over */
    LP_INCOMPLETE, /* the record goes on beyond the buffer */
    LP_DAMAGED,    /* this record cannot be read; record_size leads to the next one */
    LP_LOST        /* no record of this table begins here, so none can be looked for further on */
} lp_outcome;

typedef enum lp_fault_kind {
    LP_NO_FAULT,
    LP_BAD_LENGTH,        /* found: the length */
    LP_OTHER_COLUMNS,     /* found: the number of columns in the record */
    LP_NO_ROOM_FOR_SIZE,  /* found: bytes left in the record */
    LP_BAD_SIZE,          /* found: the size */
    LP_VALUE_TOO_LONG,    /* found: the size; left: bytes left in the record */
    LP_ZERO_BYTE,         /* found: its place in the text, from 0 */
    LP_BYTES_LEFT         /* found: how many */
} lp_fault_kind;

typedef struct lp_fault {
    lp_fault_kind kind;
    uint16_t column; /* from 0 */
    int64_t found;
    int64_t left;
} lp_fault;

/* Reads the record at the beginning of `data`. `values` and `fault` are the caller's; both may be half filled. */
lp_outcome lp_decode(const char *data, size_t available, const lp_kind *kinds, uint16_t columns, lp_value *values,
                     size_t *record_size, lp_fault *fault);

/* What lp_encode writes, its first four bytes included; may be more than a record is allowed to have. */
uint64_t lp_encoded_size(const lp_kind *kinds, const lp_value *values, uint16_t columns);

/* The caller has made sure that lp_encoded_size is at most LP_HEADER_SIZE + LP_LENGTH_MAX and fits into `out`. */
void lp_encode(const lp_kind *kinds, const lp_value *values, uint16_t columns, char *out);

#endif
