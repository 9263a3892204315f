/*
 * The format's own functions over any file, called as Greenplum's scan of an external table calls them: the data
 * comes in pieces, what a record leaves is moved to the front, with a reject limit the scan goes on after errors of
 * SQLSTATE class 22. Each row that comes out is written again, and has to be the bytes that it was.
 * Input: columns as in record-input.h, flags, the size of a piece, the file.
 */
#include "../protocols/server-stub.h"

#include "access/formatter.h"
#include "access/htup_details.h"
#include "catalog/pg_type.h"

#include "record-input.h"

extern Datum formatter_import(PG_FUNCTION_ARGS);
extern Datum formatter_export(PG_FUNCTION_ARGS);

enum { REJECT_LIMIT = 1, NO_CALL_AT_END = 2 };

typedef struct scan {
    input in;
    uint8_t flags;
    size_t piece;
    bool at_end;
    FormatterData reader, writer;
    FmgrInfo function;
    FmgrInfo conversions[COLUMNS];
    Oid parameters[COLUMNS];
} scan;

static TupleDesc describe(const lp_kind *kinds, uint16_t columns) {
    const Oid texts[] = {TEXTOID, VARCHAROID, BPCHAROID};
    TupleDesc table = calloc(1, sizeof *table + COLUMNS * sizeof(FormData_pg_attribute));

    table->natts = columns;
    for (int i = 0; i < columns; i++) {
        FormData_pg_attribute *column = TupleDescAttr(table, i);

        column->atttypid = kinds[i] == LP_FLOAT8 ? FLOAT8OID : texts[i % 3];
        column->atttypmod = -1;
        snprintf(NameStr(column->attname), NAMEDATALEN, "c%d", i);
    }
    return table;
}

static bool call(PGFunction function, scan *of, FormatterData *context, Datum argument, Datum *result) {
    LOCAL_FCINFO(fcinfo, 1);

    InitFunctionCallInfoData(*fcinfo, &of->function, 1, InvalidOid, (Node *)context, NULL);
    fcinfo->args[0].value = argument;
    fcinfo->args[0].isnull = false;
    context->fmt_notification = FMT_NONE;
    context->fmt_badrow_len = 0;
    context->fmt_saw_eof = of->at_end;
    return server_try(function, fcinfo, result);
}

/* The buffer is always exactly as large as what is in it. */
static void set_buffer(StringInfo buffer, const char *first, size_t kept, const void *more, size_t added) {
    char *data = malloc(kept + added + (kept + added == 0));

    if (kept > 0) memcpy(data, first, kept);
    if (added > 0) memcpy(data + kept, more, added);
    free(buffer->data);
    *buffer = (StringInfoData){.data = data, .len = (int)(kept + added)};
}

static void read_piece(scan *of) {
    StringInfo buffer = &of->reader.fmt_databuf;
    size_t count = of->piece < of->in.left ? of->piece : of->in.left;

    of->at_end = count == 0;
    set_buffer(buffer, buffer->data, (size_t)buffer->len, of->in.at, count);
    of->in.at += count;
    of->in.left -= count;
}

static void check_row(scan *of, const char *record, size_t size) {
    HeapTupleHeaderData row;
    Datum written;

    memset(&row, 0, sizeof row);
    server_row_values = server_formed_values;
    server_row_nulls = server_formed_nulls;
    REQUIRE(call(formatter_export, of, &of->writer, PointerGetDatum(&row), &written));
    REQUIRE(VARSIZE(DatumGetPointer(written)) - VARHDRSZ == size);
    server_empty(server_row);
    REQUIRE(memcmp(VARDATA(DatumGetPointer(written)), record, size) == 0);
}

/* False when the scan is over. */
static bool next(scan *of) {
    StringInfo buffer = &of->reader.fmt_databuf;
    const int before = buffer->cursor;
    Datum row;

    if (!call(formatter_import, of, &of->reader, (Datum)0, &row)) {
        REQUIRE(server_said.level == ERROR && server_said.message[0] != '\0');
        if (!(of->flags & REJECT_LIMIT) || ERRCODE_TO_CATEGORY(server_said.sqlstate) != ERRCODE_DATA_EXCEPTION)
            return false;
        REQUIRE(of->reader.fmt_badrow_len > 0); /* or the scan would see the same row for ever */
        buffer->cursor += of->reader.fmt_badrow_len;
        REQUIRE(buffer->cursor <= buffer->len);
        server_empty(server_row);
        return true;
    }
    if (of->reader.fmt_notification == FMT_NONE) {
        REQUIRE(buffer->cursor > before && buffer->cursor <= buffer->len);
        check_row(of, buffer->data + before, (size_t)(buffer->cursor - before));
        return true;
    }
    REQUIRE(buffer->cursor == before);
    set_buffer(buffer, buffer->data + before, (size_t)(buffer->len - before), NULL, 0);
    if (of->at_end || ((of->flags & NO_CALL_AT_END) && of->in.left == 0)) return false;
    read_piece(of);
    return buffer->len > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length) {
    static FormData_pg_class class = {.relname = {"t"}};
    static RelationData relation = {.rd_rel = &class};
    lp_kind kinds[COLUMNS] = {0};
    scan of = {.in = {data, length}};
    uint16_t columns = take_kinds(&of.in, kinds);
    TupleDesc table = describe(kinds, columns);

    of.flags = take_byte(&of.in);
    of.piece = take_byte(&of.in) + 1;
    of.function.fn_mcxt = server_query;
    of.reader = (FormatterData){.type = T_FormatterData,
                                .fmt_relation = &relation,
                                .fmt_tupDesc = table,
                                .fmt_conv_funcs = of.conversions,
                                .fmt_typioparams = of.parameters,
                                .fmt_perrow_ctx = server_row,
                                .fmt_external_encoding = PG_UTF8};
    of.writer = of.reader;
    read_piece(&of);
    while (of.reader.fmt_databuf.len > 0 && next(&of)) continue;

    free(of.reader.fmt_databuf.data);
    free(table);
    server_empty(server_row);
    server_empty(server_query);
    return 0;
}
