/* Runs a harness once over each file given, where there is no libFuzzer. */
#include "harness.h"

int main(int count, char **paths) {
    for (int i = 1; i < count; i++) {
        FILE *file = fopen(paths[i], "rb");
        uint8_t *data = malloc(1 << 20);
        size_t length;

        if (file == NULL || data == NULL) {
            fprintf(stderr, "cannot read %s\n", paths[i]);
            return 1;
        }
        length = fread(data, 1, 1 << 20, file);
        fprintf(stderr, "%s\n", paths[i]); /* the last one named is the one that failed */
        data = realloc(data, length + (length == 0));
        LLVMFuzzerTestOneInput(data, length);
        free(data);
        fclose(file);
    }
    printf("%d inputs\n", count - 1);
    return 0;
}
