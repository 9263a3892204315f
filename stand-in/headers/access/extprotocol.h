/*
 * What sources of custom protocols take from Greenplum's header of this name, declared anew for PostgreSQL 15, so
 * that they compile over the stand-in. PostgreSQL has no external tables: a library can be loaded and its functions
 * declared, and nothing ever calls them.
 */
#ifndef STAND_IN_EXTPROTOCOL_H
#define STAND_IN_EXTPROTOCOL_H

#include "nodes/nodes.h"
#include "nodes/pg_list.h"
#include "nodes/value.h"
#include "utils/rel.h"

/* Numbers that no node of PostgreSQL has. */
#define T_ExtProtocolData ((NodeTag)30001)
#define T_ExtProtocolValidatorData ((NodeTag)30002)

typedef struct ExtProtocolData {
    NodeTag type;
    Relation prot_relation;
    char *prot_url;
    char *prot_databuf;
    int prot_maxbytes;
    void *prot_user_ctx;
    bool prot_last_call;
} ExtProtocolData;

#define STAND_IN_PROTOCOL(fcinfo) ((ExtProtocolData *)(fcinfo)->context)
#define CALLED_AS_EXTPROTOCOL(fcinfo) ((fcinfo)->context != NULL && IsA((fcinfo)->context, ExtProtocolData))
#define EXTPROTOCOL_GET_URL(fcinfo) (STAND_IN_PROTOCOL(fcinfo)->prot_url)
#define EXTPROTOCOL_GET_RELATION(fcinfo) (STAND_IN_PROTOCOL(fcinfo)->prot_relation)
#define EXTPROTOCOL_GET_DATABUF(fcinfo) (STAND_IN_PROTOCOL(fcinfo)->prot_databuf)
#define EXTPROTOCOL_GET_DATALEN(fcinfo) (STAND_IN_PROTOCOL(fcinfo)->prot_maxbytes)
#define EXTPROTOCOL_GET_USER_CTX(fcinfo) (STAND_IN_PROTOCOL(fcinfo)->prot_user_ctx)
#define EXTPROTOCOL_IS_LAST_CALL(fcinfo) (STAND_IN_PROTOCOL(fcinfo)->prot_last_call)
#define EXTPROTOCOL_SET_LAST_CALL(fcinfo) (STAND_IN_PROTOCOL(fcinfo)->prot_last_call = true)
#define EXTPROTOCOL_SET_USER_CTX(fcinfo, own) (STAND_IN_PROTOCOL(fcinfo)->prot_user_ctx = (own))

typedef enum ValidatorDirection { EXT_VALIDATE_READ, EXT_VALIDATE_WRITE } ValidatorDirection;

typedef struct ExtProtocolValidatorData {
    NodeTag type;
    List *url_list;
    ValidatorDirection direction;
    char *errmsg;
} ExtProtocolValidatorData;

#define STAND_IN_VALIDATOR(fcinfo) ((ExtProtocolValidatorData *)(fcinfo)->context)
#define CALLED_AS_EXTPROTOCOL_VALIDATOR(fcinfo) \
    ((fcinfo)->context != NULL && IsA((fcinfo)->context, ExtProtocolValidatorData))
#define EXTPROTOCOL_VALIDATOR_GET_URL_LIST(fcinfo) (STAND_IN_VALIDATOR(fcinfo)->url_list)
#define EXTPROTOCOL_VALIDATOR_GET_NUM_URLS(fcinfo) list_length(STAND_IN_VALIDATOR(fcinfo)->url_list)
/* From 1. */
#define EXTPROTOCOL_VALIDATOR_GET_NTH_URL(fcinfo, n) \
    strVal(list_nth(STAND_IN_VALIDATOR(fcinfo)->url_list, (n)-1))
#define EXTPROTOCOL_VALIDATOR_GET_DIRECTION(fcinfo) (STAND_IN_VALIDATOR(fcinfo)->direction)

#endif
