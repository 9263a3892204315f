/* See url.h. ASCII only, whatever the server's locale says about letters. */
#include "url.h"

#include <stdbool.h>
#include <string.h>

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

static bool is_name_start(char c) {
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_name_part(char c) { return is_name_start(c) || c == '.' || c == '-'; }

/* The caller has made sure that so many bytes are there; `words` is in lower case. */
static bool same_ignoring_case(const char *text, const char *words, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (lower(text[i]) != words[i]) return false;
    return true;
}

static bool contains_secured(const char *url, size_t length) {
    const size_t wanted = strlen(DEMOPROT_SECURED);

    for (size_t at = 0; at + wanted <= length; at++)
        if (same_ignoring_case(url + at, DEMOPROT_SECURED, wanted)) return true;
    return false;
}

static demoprot_verdict judge_name(const char *name, size_t length) {
    const size_t ending = strlen(DEMOPROT_ENDING);

    if (length == 0) return DEMOPROT_NO_NAME;
    if (memchr(name, '/', length) != NULL) return DEMOPROT_HAS_SLASH;
    for (size_t i = 0; i < length; i++)
        if (!is_name_part(name[i])) return DEMOPROT_BAD_CHARACTER;
    if (!is_name_start(name[0])) return DEMOPROT_BAD_BEGINNING;
    if (length <= ending || memcmp(name + length - ending, DEMOPROT_ENDING, ending) != 0) return DEMOPROT_BAD_ENDING;
    return length > DEMOPROT_NAME_MAX ? DEMOPROT_TOO_LONG : DEMOPROT_ACCEPTED;
}

demoprot_verdict demoprot_judge(const char *url, size_t length, char name[DEMOPROT_NAME_MAX + 1]) {
    const size_t scheme = strlen(DEMOPROT_SCHEME);
    demoprot_verdict verdict;

    name[0] = '\0';
    if (contains_secured(url, length)) return DEMOPROT_IS_SECURED;
    if (length < scheme || !same_ignoring_case(url, DEMOPROT_SCHEME, scheme)) return DEMOPROT_OTHER_SCHEME;
    verdict = judge_name(url + scheme, length - scheme);
    if (verdict == DEMOPROT_ACCEPTED) {
        memcpy(name, url + scheme, length - scheme);
        name[length - scheme] = '\0';
    }
    return verdict;
}

const char *demoprot_explain(demoprot_verdict verdict) {
    switch (verdict) {
        case DEMOPROT_ACCEPTED:
            return "";
        case DEMOPROT_IS_SECURED:
            return "A URL must not contain \"" DEMOPROT_SECURED "\".";
        case DEMOPROT_OTHER_SCHEME:
            return "It does not begin with \"" DEMOPROT_SCHEME "\".";
        case DEMOPROT_NO_NAME:
            return "There is no file name in it.";
        case DEMOPROT_HAS_SLASH:
            return "The file lies directly in the data directory: its name has no slash.";
        case DEMOPROT_BAD_CHARACTER:
            return "The file name has something else than ASCII letters, digits, \".\", \"_\" and \"-\".";
        case DEMOPROT_BAD_BEGINNING:
            return "The file name does not begin with a letter, a digit or \"_\".";
        case DEMOPROT_BAD_ENDING:
            return "The file name does not end in \"" DEMOPROT_ENDING "\".";
        case DEMOPROT_TOO_LONG:
            return "The file name is longer than 255 bytes.";
    }
    return "";
}
