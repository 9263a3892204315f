/* What the format's functions refuse before a record is read or written; the records are test/fuzz/formatter.c's. */
#include "server-stub.h"

#include "access/formatter.h"
#include "access/htup_details.h"
#include "catalog/pg_type.h"

#include "check.h"

extern Datum formatter_import(PG_FUNCTION_ARGS);
extern Datum formatter_export(PG_FUNCTION_ARGS);

static FormData_pg_class class = {.relname = {"t"}};
static RelationData relation = {.rd_rel = &class};

static TupleDesc table_of(int columns, Oid type) {
    TupleDesc table = palloc0(sizeof *table + columns * sizeof(FormData_pg_attribute));

    table->natts = columns;
    for (int i = 0; i < columns; i++) {
        strcpy(NameStr(TupleDescAttr(table, i)->attname), "named");
        TupleDescAttr(table, i)->atttypid = type;
    }
    return table;
}

static bool calls(PGFunction function, TupleDesc table) {
    FmgrInfo self = {.fn_mcxt = server_query};
    HeapTupleHeaderData row;
    FormatterData context = {.type = T_FormatterData,
                             .fmt_relation = &relation,
                             .fmt_tupDesc = table,
                             .fmt_perrow_ctx = server_row,
                             .fmt_external_encoding = PG_UTF8};
    Datum result;
    LOCAL_FCINFO(fcinfo, 1);

    memset(&row, 0, sizeof row);
    InitFunctionCallInfoData(*fcinfo, &self, 1, InvalidOid, table == NULL ? NULL : (Node *)&context, NULL);
    fcinfo->args[0].value = PointerGetDatum(&row);
    fcinfo->args[0].isnull = false;
    return server_try(function, fcinfo, &result);
}

static void nobody_else_may_call(void) {
    CHECK(!calls(formatter_import, NULL) && server_said.sqlstate == ERRCODE_EXTERNAL_ROUTINE_INVOCATION_EXCEPTION);
    CHECK(!calls(formatter_export, NULL) && server_said.sqlstate == ERRCODE_EXTERNAL_ROUTINE_INVOCATION_EXCEPTION);
}

static void other_types_are_refused_with_their_column(void) {
    CHECK(!calls(formatter_import, table_of(1, INT4OID)) && server_said.sqlstate == ERRCODE_FEATURE_NOT_SUPPORTED);
    CHECK(strstr(server_said.message, "\"named\"") != NULL && strstr(server_said.message, "some type") != NULL);
    CHECK(!calls(formatter_export, table_of(1, FLOAT4OID)) && server_said.sqlstate == ERRCODE_FEATURE_NOT_SUPPORTED);
}

static void dropped_columns_are_refused(void) {
    TupleDesc table = table_of(3, TEXTOID);

    TupleDescAttr(table, 1)->attisdropped = true;
    CHECK(!calls(formatter_import, table) && server_said.sqlstate == ERRCODE_FEATURE_NOT_SUPPORTED);
    CHECK(strstr(server_said.message, "number 2") != NULL);
}

/* The texts only say that they are so long: their bytes are never looked at. */
static void rows_beyond_the_limit_are_refused(void) {
    struct varlena *text = palloc0(VARHDRSZ);
    Datum values[] = {PointerGetDatum(text), PointerGetDatum(text)};
    bool nulls[] = {false, false};

    SET_VARSIZE(text, 600 << 20);
    server_row_values = values;
    server_row_nulls = nulls;
    CHECK(!calls(formatter_export, table_of(2, TEXTOID)) && server_said.sqlstate == ERRCODE_PROGRAM_LIMIT_EXCEEDED);
    CHECK(strstr(server_said.detail, "1258291206 bytes") != NULL);
}

int main(void) {
    nobody_else_may_call();
    other_types_are_refused_with_their_column();
    dropped_columns_are_refused();
    rows_beyond_the_limit_are_refused();
    server_empty(server_row);
    server_empty(server_query);
    return failures != 0;
}
