/*
 * The custom format's two functions: rows of an external table to the records of record.h, and back. What is theirs:
 * which types there are, the text's encoding, memory, and what the user is told.
 *
 * The server's external tables call them with a FormatterData as context, once for each row. With a reject limit on
 * the table the server turns errors of SQLSTATE class 22 into rejected rows, and steps over as many bytes as were
 * given with FORMATTER_SET_BAD_ROW_DATA; every other class ends the query.
 */
#include "postgres.h"

#include "access/formatter.h"
#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "record.h"

/* Greenplum 6 has the columns as an array of pointers, and no macro for it. */
#ifndef TupleDescAttr
#define TupleDescAttr(tupdesc, i) ((tupdesc)->attrs[(i)])
#endif

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(formatter_export);
PG_FUNCTION_INFO_V1(formatter_import);

/* Lives as long as the scan or the INSERT. */
typedef struct rows {
    TupleDesc columns;
    const char *table;
    int encoding;
    uint16_t count;
    lp_kind *kinds;
    lp_value *values;
    Datum *datums;
    bool *nulls;
    bytea *buffer;
    uint64_t room;
    int64 record;
} rows;

static lp_kind kind_of(rows *state, int i) {
    Form_pg_attribute column = TupleDescAttr(state->columns, i);

    if (column->attisdropped)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("external table \"%s\" has a dropped column, number %d, which the length-prefixed "
                               "format does not have",
                               state->table, i + 1),
                        errhint("Recreate the table without that column.")));
    switch (column->atttypid) {
        case FLOAT8OID:
            return LP_FLOAT8;
        case TEXTOID:
        case VARCHAROID:
        case BPCHAROID:
            return LP_TEXT;
    }
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("column \"%s\" of external table \"%s\" has type %s, which the length-prefixed format "
                           "does not have",
                           NameStr(column->attname), state->table, format_type_be(column->atttypid)),
                    errhint("It has double precision, text, character varying and character.")));
    return LP_TEXT; /* not reached */
}

static rows *begin(FunctionCallInfo fcinfo) {
    MemoryContext caller;
    rows *state;

    if (!CALLED_AS_FORMATTER(fcinfo))
        ereport(ERROR, (errcode(ERRCODE_EXTERNAL_ROUTINE_INVOCATION_EXCEPTION),
                        errmsg("a formatter is called by external tables only"),
                        errhint("Name it in FORMAT 'CUSTOM' (FORMATTER=...).")));
    state = (rows *)FORMATTER_GET_USER_CTX(fcinfo);
    if (state != NULL) return state;

    /* Not the context of the moment: that may be emptied after each row. */
    caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
    state = palloc0(sizeof *state);
    state->columns = FORMATTER_GET_TUPDESC(fcinfo);
    state->table = pstrdup(RelationGetRelationName(FORMATTER_GET_RELATION(fcinfo)));
    state->encoding = FORMATTER_GET_EXTENCODING(fcinfo);
    state->count = (uint16_t)state->columns->natts; /* the server has at most 1600 */
    state->kinds = palloc0(sizeof(lp_kind) * (state->count + 1));
    state->values = palloc0(sizeof(lp_value) * (state->count + 1));
    state->datums = palloc0(sizeof(Datum) * (state->count + 1));
    state->nulls = palloc0(sizeof(bool) * (state->count + 1));
    for (int i = 0; i < state->count; i++) state->kinds[i] = kind_of(state, i);
    MemoryContextSwitchTo(caller);
    FORMATTER_SET_USER_CTX(fcinfo, state);
    return state;
}

/* --- writing ------------------------------------------------------------------------------------------------- */

static void text_to_value(const rows *state, Datum datum, lp_value *value) {
    text *stored = DatumGetTextPP(datum);
    int size = VARSIZE_ANY_EXHDR(stored);
    char *converted = pg_server_to_any(VARDATA_ANY(stored), size, state->encoding);

    value->text = converted;
    value->size = (uint32_t)(converted == VARDATA_ANY(stored) ? (size_t)size : strlen(converted));
}

static void row_to_values(rows *state, HeapTupleHeader row) {
    HeapTupleData tuple;

    memset(&tuple, 0, sizeof tuple);
    tuple.t_len = HeapTupleHeaderGetDatumLength(row);
    ItemPointerSetInvalid(&tuple.t_self);
    tuple.t_data = row;
    heap_deform_tuple(&tuple, state->columns, state->datums, state->nulls);
    for (int i = 0; i < state->count; i++) {
        lp_value *value = &state->values[i];

        memset(value, 0, sizeof *value);
        value->null = state->nulls[i];
        if (value->null) continue;
        if (state->kinds[i] == LP_FLOAT8)
            value->number = DatumGetFloat8(state->datums[i]);
        else
            text_to_value(state, state->datums[i], value);
    }
}

/* One buffer for all rows: the server gives the result back to nobody, and frees nothing before the query's end. */
static void make_room(rows *state, MemoryContext context, uint64_t size) {
    if (size <= state->room) return;
    if (state->buffer != NULL) pfree(state->buffer);
    state->buffer = NULL;
    state->room = 0;
    state->buffer = MemoryContextAlloc(context, (Size)(VARHDRSZ + size));
    state->room = size;
}

Datum formatter_export(PG_FUNCTION_ARGS) {
    rows *state = begin(fcinfo);
    /* The server empties this one after each call, but reads the result after that. */
    MemoryContext caller = MemoryContextSwitchTo(FORMATTER_GET_PER_ROW_MEM_CTX(fcinfo));
    uint64_t size;

    row_to_values(state, PG_GETARG_HEAPTUPLEHEADER(0));
    size = lp_encoded_size(state->kinds, state->values, state->count);
    if (size > LP_HEADER_SIZE + LP_LENGTH_MAX)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("a row of external table \"%s\" is too long for the length-prefixed format",
                               state->table),
                        errdetail("It takes " UINT64_FORMAT " bytes; at most %u are possible.", (uint64)size,
                                  (unsigned)(LP_HEADER_SIZE + LP_LENGTH_MAX))));
    make_room(state, fcinfo->flinfo->fn_mcxt, size);
    lp_encode(state->kinds, state->values, state->count, VARDATA(state->buffer));
    SET_VARSIZE(state->buffer, VARHDRSZ + size);
    MemoryContextSwitchTo(caller);
    PG_RETURN_BYTEA_P(state->buffer);
}

/* --- reading ------------------------------------------------------------------------------------------------- */

static const char *column_name(const rows *state, int i) {
    return i < state->count ? NameStr(TupleDescAttr(state->columns, i)->attname) : "";
}

/* All of it in the message, as an error log of rejected rows keeps nothing else. */
static const char *explain(const rows *state, const lp_fault *fault) {
    const char *name = column_name(state, fault->column);
    const long long found = fault->found;
    StringInfoData words;

    initStringInfo(&words);
    switch (fault->kind) {
        case LP_NO_FAULT:
            break;
        case LP_BAD_LENGTH:
            appendStringInfo(&words, "it would have a length of %lld bytes", found);
            break;
        case LP_OTHER_COLUMNS:
            appendStringInfo(&words, "it has %lld columns, and the table has %d", found, state->count);
            break;
        case LP_NO_ROOM_FOR_SIZE:
            appendStringInfo(&words, "it ends before column \"%s\"", name);
            break;
        case LP_BAD_SIZE:
            appendStringInfo(&words, "column \"%s\" cannot have a size of %lld bytes", name, found);
            break;
        case LP_VALUE_TOO_LONG:
            appendStringInfo(&words, "column \"%s\" would have %lld bytes, and the record has %lld more", name,
                             found, (long long)fault->left);
            break;
        case LP_ZERO_BYTE:
            appendStringInfo(&words, "column \"%s\" has a zero byte at place %lld", name, found + 1);
            break;
        case LP_BYTES_LEFT:
            appendStringInfo(&words, "after the last column there are %lld bytes more", found);
            break;
    }
    return words.data;
}

static void refuse(const rows *state, const lp_fault *fault, bool lost) {
    if (lost)
        ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
                        errmsg("no record " INT64_FORMAT " in the data of external table \"%s\": %s", state->record,
                               state->table, explain(state, fault)),
                        errhint("The data is of another format or another table, or it is damaged.")));
    ereport(ERROR, (errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
                    errmsg("record " INT64_FORMAT " of external table \"%s\" is damaged: %s", state->record,
                           state->table, explain(state, fault))));
}

static Datum text_to_datum(const rows *state, FunctionCallInfo fcinfo, int i) {
    const lp_value *value = &state->values[i];
    const int size = (int)value->size;
    /* SQL_ASCII as the file's encoding says nothing about it: the database's own has to hold. */
    const int encoding = state->encoding == PG_SQL_ASCII ? GetDatabaseEncoding() : state->encoding;
    char *converted = NULL;

    /* pg_any_to_server would look, too, but could not tell in which column. */
    if (!pg_verify_mbstr(encoding, value->text, size, true))
        ereport(ERROR, (errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
                        errmsg("record " INT64_FORMAT " of external table \"%s\" is damaged: column \"%s\" is not "
                               "valid in encoding %s",
                               state->record, state->table, column_name(state, i), pg_encoding_to_char(encoding))));
    if (encoding != GetDatabaseEncoding()) converted = pg_any_to_server(value->text, size, encoding);
    if (converted == NULL || converted == value->text) converted = pnstrdup(value->text, size);
    /* The type's own function, for the lengths of VARCHAR(n) and the blanks of CHAR(n). */
    return InputFunctionCall(&FORMATTER_GET_CONVERSION_FUNCS(fcinfo)[i], converted,
                             FORMATTER_GET_TYPIOPARAMS(fcinfo)[i], TupleDescAttr(state->columns, i)->atttypmod);
}

typedef struct place {
    const rows *state;
    int column;
} place;

static void tell_place(void *argument) {
    const place *at = argument;

    errcontext("record " INT64_FORMAT ", column \"%s\"", at->state->record, column_name(at->state, at->column));
}

static void values_to_datums(rows *state, FunctionCallInfo fcinfo) {
    place at = {state, 0};
    ErrorContextCallback context = {error_context_stack, tell_place, &at};

    error_context_stack = &context;
    for (; at.column < state->count; at.column++) {
        const lp_value *value = &state->values[at.column];

        state->nulls[at.column] = value->null;
        state->datums[at.column] = (Datum)0;
        if (value->null) continue;
        state->datums[at.column] = state->kinds[at.column] == LP_FLOAT8
                                       ? Float8GetDatum(value->number)
                                       : text_to_datum(state, fcinfo, at.column);
    }
    error_context_stack = context.previous;
}

/*
 * At the end of the file the server itself only warns, and the last row is missing from the answer. Not every version
 * calls once more at the end; where one does, this is the error that it should be.
 */
static Datum ask_for_more(rows *state, FunctionCallInfo fcinfo, char *data, int available) {
    if (available > 0 && FORMATTER_GET_SAW_EOF(fcinfo)) {
        FORMATTER_SET_BAD_ROW_NUM(fcinfo, (int)(state->record + 1));
        FORMATTER_SET_BAD_ROW_DATA(fcinfo, data, available);
        ereport(ERROR, (errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
                        errmsg("the data of external table \"%s\" ends in the middle of record " INT64_FORMAT,
                               state->table, state->record + 1),
                        errdetail("There are %d bytes of it.", available)));
    }
    FORMATTER_RETURN_NOTIFICATION(fcinfo, FMT_NEED_MORE_DATA);
}

Datum formatter_import(PG_FUNCTION_ARGS) {
    rows *state = begin(fcinfo);
    const int from = FORMATTER_GET_DATACURSOR(fcinfo);
    const int available = FORMATTER_GET_DATALEN(fcinfo) - from;
    char *data = FORMATTER_GET_DATABUF(fcinfo) + from;
    MemoryContext caller;
    HeapTuple tuple;
    size_t size;
    lp_fault fault;
    lp_outcome outcome =
        lp_decode(data, (size_t)available, state->kinds, state->count, state->values, &size, &fault);

    if (outcome == LP_INCOMPLETE) return ask_for_more(state, fcinfo, data, available);
    state->record++;
    /* From here on the server knows what to step over if it goes on after an error. */
    FORMATTER_SET_BAD_ROW_NUM(fcinfo, (int)state->record);
    FORMATTER_SET_BAD_ROW_DATA(fcinfo, data, (int)size);
    if (outcome != LP_COMPLETE) refuse(state, &fault, outcome == LP_LOST);

    caller = MemoryContextSwitchTo(FORMATTER_GET_PER_ROW_MEM_CTX(fcinfo));
    values_to_datums(state, fcinfo);
    /* The row outlives the call, and the server frees it. */
    MemoryContextSwitchTo(caller);
    tuple = heap_form_tuple(state->columns, state->datums, state->nulls);
    FORMATTER_SET_DATACURSOR(fcinfo, from + (int)size);
    FORMATTER_SET_TUPLE(fcinfo, tuple);
    FORMATTER_RETURN_TUPLE(tuple);
}
