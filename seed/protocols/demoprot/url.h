/*
 * Which file a URL `demoprot://<file name>` means, if any. Knows nothing of the server, so that it can be tested and
 * fuzzed by itself.
 *
 * The file lies directly in a server's data directory, beside postgresql.conf and pg_hba.conf. What may be named
 * there is therefore said, not what may not: a plain name of ASCII letters, digits, `.`, `_` and `-`, which begins
 * with a letter, a digit or `_`, ends in `.demo` and has at most 255 bytes. No file of the server's is called so, and
 * without a slash no name leads out of the directory or into another.
 */
#ifndef DEMOPROT_URL_H
#define DEMOPROT_URL_H

#include <stddef.h>

#define DEMOPROT_SCHEME "demoprot://"
#define DEMOPROT_ENDING ".demo"
#define DEMOPROT_SECURED "secured_directory"
/* The longest name that Linux file systems take. */
#define DEMOPROT_NAME_MAX 255

typedef enum demoprot_verdict {
    DEMOPROT_ACCEPTED,
    DEMOPROT_IS_SECURED,
    DEMOPROT_OTHER_SCHEME,
    DEMOPROT_NO_NAME,
    DEMOPROT_HAS_SLASH,
    DEMOPROT_BAD_CHARACTER,
    DEMOPROT_BAD_BEGINNING,
    DEMOPROT_BAD_ENDING,
    DEMOPROT_TOO_LONG
} demoprot_verdict;

/* `name` is empty unless the answer is DEMOPROT_ACCEPTED. The URL need not end with a zero byte. */
demoprot_verdict demoprot_judge(const char *url, size_t length, char name[DEMOPROT_NAME_MAX + 1]);

/* A sentence for the user, about what is wrong with the URL; empty for DEMOPROT_ACCEPTED. */
const char *demoprot_explain(demoprot_verdict verdict);

#endif
