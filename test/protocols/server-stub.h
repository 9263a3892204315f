/*
 * As much of the server as the libraries of seed/protocols call, so that they run in a program of their own, where a
 * sanitizer sees them. Compiled with the headers of PostgreSQL 15 and stand-in/headers; memory is malloc's, so each
 * palloc has its own bounds, and an ERROR comes back to server_try.
 */
#ifndef SERVER_STUB_H
#define SERVER_STUB_H

#include "postgres.h"

#include "fmgr.h"

typedef struct server_report {
    int level;
    int sqlstate;
    char message[1024];
    char detail[1024];
    char context[1024];
} server_report;

/* The latest report, a WARNING or an ERROR; its level is 0 when there was none since server_try began. */
extern server_report server_said;

/* Calls the function as the server does; false when it raised an error. */
extern bool server_try(PGFunction function, FunctionCallInfo call, Datum *result);

/* The two contexts that there are; functions are called in the first. */
extern const MemoryContext server_query, server_row;
extern void server_empty(MemoryContext context);

/* What heap_deform_tuple hands out: the row of the test, whatever tuple it is asked for. */
extern Datum *server_row_values;
extern bool *server_row_nulls;

/* What heap_form_tuple was given last. */
extern Datum *server_formed_values;
extern bool *server_formed_nulls;

#endif
