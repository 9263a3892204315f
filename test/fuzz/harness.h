/* What the harnesses share: taking an input apart, and a requirement that ends the run when it does not hold. */
#ifndef HARNESS_H
#define HARNESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

#define REQUIRE(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
            abort(); \
        } \
    } while (0)

typedef struct input {
    const uint8_t *at;
    size_t left;
} input;

static inline void take_bytes(input *in, void *to, size_t count) {
    size_t there = count < in->left ? count : in->left;

    memset(to, 0, count);
    if (there > 0) memcpy(to, in->at, there);
    in->at += there;
    in->left -= there;
}

static inline uint8_t take_byte(input *in) {
    uint8_t byte;

    take_bytes(in, &byte, 1);
    return byte;
}

/* What is left, in memory of exactly its size; to be freed. */
static inline char *take_rest(input *in, size_t *length) {
    char *rest = malloc(in->left + (in->left == 0));

    *length = in->left;
    take_bytes(in, rest, in->left);
    return rest;
}

#endif
