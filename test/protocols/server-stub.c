/* See server-stub.h. The encoding is UTF-8 on both sides. */
#include "server-stub.h"

#include <fcntl.h>
#include <setjmp.h>
#include <unistd.h>

#include "access/htup_details.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/builtins.h"

server_report server_said;
Datum *server_row_values, *server_formed_values;
bool *server_row_nulls, *server_formed_nulls;

static jmp_buf after_error;
static bool trying;

/* --- memory: a list for each context, so that it can be emptied; each piece has bounds of its own --- */

typedef struct chunk {
    struct chunk *next, *previous;
} chunk;
struct server_context {
    chunk chunks;
};
#define CONTEXT(name) \
    static struct server_context name##_memory = {{&name##_memory.chunks, &name##_memory.chunks}}; \
    const MemoryContext server_##name = (MemoryContext)(void *)&name##_memory
CONTEXT(query);
CONTEXT(row);
MemoryContext CurrentMemoryContext = (MemoryContext)(void *)&query_memory;
ErrorContextCallback *error_context_stack;

void *MemoryContextAlloc(MemoryContext context, Size size) {
    chunk *first = &((struct server_context *)(void *)context)->chunks;
    chunk *made;

    if (size > MaxAllocSize) ereport(ERROR, (errmsg("invalid memory alloc request size %zu", size)));
    made = malloc(sizeof *made + size);
    if (made == NULL) abort();
    *made = (chunk){first->next, first};
    made->next->previous = first->next = made;
    memset(made + 1, 0x7F, size); /* as the server's own debugging build: nothing happens to be zero */
    return made + 1;
}

void *palloc(Size size) { return MemoryContextAlloc(CurrentMemoryContext, size); }
void *palloc0(Size size) { return memset(palloc(size), 0, size); }

void pfree(void *pointer) {
    chunk *freed = (chunk *)pointer - 1;

    freed->next->previous = freed->previous;
    freed->previous->next = freed->next;
    free(freed);
}

void server_empty(MemoryContext context) {
    chunk *first = &((struct server_context *)(void *)context)->chunks;

    while (first->next != first) pfree(first->next + 1);
}

char *pnstrdup(const char *text, Size size) {
    Size length = strnlen(text, size);
    char *copy = palloc(length + 1);

    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *pstrdup(const char *text) { return pnstrdup(text, strlen(text)); }

/* --- reports --- */

static int saved_errno;

static int note(char *into, const char *format, va_list words) {
    errno = saved_errno; /* for %m */
    vsnprintf(into, sizeof server_said.message, format, words);
    return 0;
}

#define NOTES(function, field) \
    int function(const char *format, ...) { \
        va_list words; \
        va_start(words, format); \
        note(server_said.field, format, words); \
        va_end(words); \
        return 0; \
    }
NOTES(errmsg, message)
NOTES(errdetail, detail)
NOTES(errcontext_msg, context)

int errhint(const char *format, ...) { return format == NULL; }
int set_errcontext_domain(const char *domain) { return domain != NULL; }

bool errstart(int level, const char *domain) {
    saved_errno = errno;
    memset(&server_said, 0, sizeof server_said);
    server_said.level = level;
    return level > DEBUG1 && domain == TEXTDOMAIN;
}

bool errstart_cold(int level, const char *domain) { return errstart(level, domain); }
int errcode(int sqlstate) { return server_said.sqlstate = sqlstate; }
int errcode_for_file_access(void) {
    return errcode(saved_errno == ENOSPC ? ERRCODE_DISK_FULL : saved_errno == EFBIG ? ERRCODE_INTERNAL_ERROR : ERRCODE_IO_ERROR);
}

void errfinish(const char *file, int line, const char *function) {
    (void)file, (void)line, (void)function;
    for (ErrorContextCallback *at = error_context_stack; at != NULL; at = at->previous) at->callback(at->arg);
    if (server_said.level < ERROR) return;
    error_context_stack = NULL;
    if (!trying) abort();
    longjmp(after_error, 1);
}

bool server_try(PGFunction function, FunctionCallInfo call, Datum *result) {
    memset(&server_said, 0, sizeof server_said);
    trying = true;
    CurrentMemoryContext = server_query;
    if (setjmp(after_error) != 0) {
        trying = false;
        return false;
    }
    call->isnull = false;
    *result = function(call);
    trying = false;
    if (CurrentMemoryContext != server_query || error_context_stack != NULL) abort(); /* left as it was found */
    return true;
}

/* --- strings and types --- */

/* port.h gives the C library's functions these names; without its macros they are the C library's again. */
#undef vsnprintf
#undef snprintf
#undef fprintf
#undef vfprintf
int pg_vsnprintf(char *to, size_t room, const char *format, va_list words) {
    return vsnprintf(to, room, format, words);
}

int pg_snprintf(char *to, size_t room, const char *format, ...) {
    va_list words;
    int length;

    va_start(words, format);
    length = vsnprintf(to, room, format, words);
    va_end(words);
    return length;
}

int pg_fprintf(FILE *stream, const char *format, ...) {
    va_list words;
    int length;

    va_start(words, format);
    length = vfprintf(stream, format, words);
    va_end(words);
    return length;
}

void initStringInfo(StringInfo string) {
    string->data = palloc(1024);
    string->data[0] = '\0';
    string->maxlen = 1024;
    string->len = string->cursor = 0;
}

void appendStringInfo(StringInfo string, const char *format, ...) {
    va_list words;

    va_start(words, format);
    string->len += vsnprintf(string->data + string->len, 1024 - string->len, format, words);
    va_end(words);
}

int GetDatabaseEncoding(void) { return PG_UTF8; }
const char *pg_encoding_to_char(int encoding) { return encoding == PG_UTF8 ? "UTF8" : "other"; }
char *format_type_be(Oid type) { return type == 0 ? "-" : "some type"; }
char *pg_any_to_server(const char *text, int length, int encoding) { return encoding < 0 ? NULL : length < 0 ? NULL : (char *)text; }
char *pg_server_to_any(const char *text, int length, int encoding) { return pg_any_to_server(text, length, encoding); }

/* Reads every byte; what is no ASCII is valid or not by its last bit, so that both answers come. */
bool pg_verify_mbstr(int encoding, const char *text, int length, bool no_error) {
    for (int i = 0; i < length; i++)
        if (text[i] == '\0' || (text[i] & 0x81) == 0x81) return false;
    return encoding == PG_UTF8 && no_error;
}

/* As VARCHAR(100): the type's own errors pass through the library. */
Datum InputFunctionCall(FmgrInfo *function, char *text, Oid parameter, int32 modifier) {
    (void)function, (void)parameter, (void)modifier;
    if (strlen(text) > 100)
        ereport(ERROR, (errcode(ERRCODE_STRING_DATA_RIGHT_TRUNCATION), errmsg("value too long")));
    return PointerGetDatum(cstring_to_text(text));
}

text *cstring_to_text(const char *string) {
    size_t length = strlen(string);
    text *made = palloc(VARHDRSZ + length);

    SET_VARSIZE(made, VARHDRSZ + length);
    memcpy(VARDATA(made), string, length);
    return made;
}

struct varlena *pg_detoast_datum(struct varlena *datum) { return datum; }
struct varlena *pg_detoast_datum_packed(struct varlena *datum) { return datum; }
HeapTupleHeader DatumGetHeapTupleHeader(Datum datum) { return (HeapTupleHeader)DatumGetPointer(datum); }
Datum HeapTupleHeaderGetDatum(HeapTupleHeader tuple) { return PointerGetDatum(tuple); }

void heap_deform_tuple(HeapTuple tuple, TupleDesc columns, Datum *values, bool *nulls) {
    (void)tuple;
    memcpy(values, server_row_values, sizeof(Datum) * columns->natts);
    memcpy(nulls, server_row_nulls, sizeof(bool) * columns->natts);
}

HeapTuple heap_form_tuple(TupleDesc columns, Datum *values, bool *nulls) {
    (void)columns;
    server_formed_values = values;
    server_formed_nulls = nulls;
    return palloc0(sizeof(HeapTupleData));
}

/* --- files --- */

char *DataDir;
volatile sig_atomic_t InterruptPending;
void ProcessInterrupts(void) {}
void pg_usleep(long microseconds) { usleep((useconds_t)microseconds); }
int OpenTransientFile(const char *path, int flags) { return open(path, flags, 0600); }
int CloseTransientFile(int fd) { return close(fd); }
int pg_fsync(int fd) { return fsync(fd); }
