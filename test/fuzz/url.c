/* Any bytes as a URL: what is accepted is exactly what the rule says, here once more in other words. */
#include "url.h"

#include <strings.h>

#include "harness.h"

static bool is_allowed(const char *url, size_t length) {
    const char *letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    const char *name = url + 11;

    if (strlen(url) != length || strncasecmp(url, "demoprot://", 11) != 0) return false;
    for (const char *at = url; *at != '\0'; at++)
        if (strncasecmp(at, "secured_directory", 17) == 0) return false;
    if (strlen(name) < 6 || strlen(name) > 255 || strchr(letters, name[0]) == NULL) return false;
    while (*name != '\0' && (strchr(letters, *name) != NULL || *name == '.' || *name == '-')) name++;
    return *name == '\0' && strcmp(name - 5, ".demo") == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length) {
    input in = {data, length};
    char *url = take_rest(&in, &length); /* without a zero byte at the end */
    char *name = malloc(DEMOPROT_NAME_MAX + 1);
    char *string = calloc(length + 1, 1);
    demoprot_verdict verdict;

    memcpy(string, url, length);
    verdict = demoprot_judge(url, length, name);
    REQUIRE((verdict == DEMOPROT_ACCEPTED) == is_allowed(string, length));
    if (strlen(string) == length)
        REQUIRE((verdict == DEMOPROT_IS_SECURED) == (strcasestr(string, DEMOPROT_SECURED) != NULL));
    REQUIRE((verdict == DEMOPROT_ACCEPTED) == (demoprot_explain(verdict)[0] == '\0'));
    if (verdict == DEMOPROT_ACCEPTED) {
        REQUIRE(strcmp(name, string + 11) == 0);
        REQUIRE(strchr(name, '/') == NULL && name[0] != '.');
    } else {
        REQUIRE(name[0] == '\0');
    }
    free(url);
    free(name);
    free(string);
    return 0;
}
