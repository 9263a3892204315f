/* As extprotocol.h beside it, for sources of custom formats. */
#ifndef STAND_IN_FORMATTER_H
#define STAND_IN_FORMATTER_H

#include "access/htup.h"
#include "access/tupdesc.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "nodes/nodes.h"
#include "nodes/pg_list.h"
#include "utils/rel.h"

#define T_FormatterData ((NodeTag)30003)

typedef enum FmtNotification { FMT_NONE, FMT_NEED_MORE_DATA } FmtNotification;

typedef struct FormatterData {
    NodeTag type;
    Relation fmt_relation;
    TupleDesc fmt_tupDesc;
    List *fmt_args;
    FmtNotification fmt_notification;
    HeapTuple fmt_tuple;
    StringInfoData fmt_databuf;
    bool fmt_saw_eof;
    FmgrInfo *fmt_conv_funcs;
    Oid *fmt_typioparams;
    MemoryContext fmt_perrow_ctx;
    void *fmt_user_ctx;
    int fmt_badrow_num;
    int fmt_badrow_len;
    char *fmt_badrow_data;
    int fmt_external_encoding;
} FormatterData;

#define STAND_IN_FORMATTER(fcinfo) ((FormatterData *)(fcinfo)->context)
#define CALLED_AS_FORMATTER(fcinfo) ((fcinfo)->context != NULL && IsA((fcinfo)->context, FormatterData))
#define FORMATTER_GET_TUPDESC(fcinfo) (STAND_IN_FORMATTER(fcinfo)->fmt_tupDesc)
#define FORMATTER_GET_RELATION(fcinfo) (STAND_IN_FORMATTER(fcinfo)->fmt_relation)
#define FORMATTER_GET_DATABUF(fcinfo) (STAND_IN_FORMATTER(fcinfo)->fmt_databuf.data)
#define FORMATTER_GET_DATALEN(fcinfo) (STAND_IN_FORMATTER(fcinfo)->fmt_databuf.len)
#define FORMATTER_GET_DATACURSOR(fcinfo) (STAND_IN_FORMATTER(fcinfo)->fmt_databuf.cursor)
#define FORMATTER_GET_SAW_EOF(fcinfo) (STAND_IN_FORMATTER(fcinfo)->fmt_saw_eof)
#define FORMATTER_GET_USER_CTX(fcinfo) (STAND_IN_FORMATTER(fcinfo)->fmt_user_ctx)
#define FORMATTER_GET_PER_ROW_MEM_CTX(fcinfo) (STAND_IN_FORMATTER(fcinfo)->fmt_perrow_ctx)
#define FORMATTER_GET_CONVERSION_FUNCS(fcinfo) (STAND_IN_FORMATTER(fcinfo)->fmt_conv_funcs)
#define FORMATTER_GET_TYPIOPARAMS(fcinfo) (STAND_IN_FORMATTER(fcinfo)->fmt_typioparams)
#define FORMATTER_GET_EXTENCODING(fcinfo) (STAND_IN_FORMATTER(fcinfo)->fmt_external_encoding)
#define FORMATTER_SET_USER_CTX(fcinfo, own) (STAND_IN_FORMATTER(fcinfo)->fmt_user_ctx = (own))
#define FORMATTER_SET_DATACURSOR(fcinfo, to) (STAND_IN_FORMATTER(fcinfo)->fmt_databuf.cursor = (to))
#define FORMATTER_SET_TUPLE(fcinfo, tuple) (STAND_IN_FORMATTER(fcinfo)->fmt_tuple = (tuple))
#define FORMATTER_SET_BAD_ROW_NUM(fcinfo, number) (STAND_IN_FORMATTER(fcinfo)->fmt_badrow_num = (number))
#define FORMATTER_SET_BAD_ROW_DATA(fcinfo, data, length) \
    (STAND_IN_FORMATTER(fcinfo)->fmt_badrow_len = (length), STAND_IN_FORMATTER(fcinfo)->fmt_badrow_data = (data))
#define FORMATTER_RETURN_TUPLE(tuple) PG_RETURN_DATUM(HeapTupleGetDatum(tuple))
#define FORMATTER_RETURN_NOTIFICATION(fcinfo, what) \
    do { \
        STAND_IN_FORMATTER(fcinfo)->fmt_notification = (what); \
        PG_RETURN_NULL(); \
    } while (0)

#endif
