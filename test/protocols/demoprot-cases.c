/* demoprot over real files in a scratch folder, which is given as the argument and becomes the data directory. */
#include "server-stub.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "access/extprotocol.h"
#include "miscadmin.h"

#include "check.h"

extern Datum demoprot_import(PG_FUNCTION_ARGS);
extern Datum demoprot_export(PG_FUNCTION_ARGS);
extern Datum demoprot_validate_urls(PG_FUNCTION_ARGS);

static bool call(PGFunction function, void *context, Datum *result) {
    LOCAL_FCINFO(fcinfo, 0);

    InitFunctionCallInfoData(*fcinfo, NULL, 0, InvalidOid, (Node *)context, NULL);
    return server_try(function, fcinfo, result);
}

static ExtProtocolData table(const char *url) {
    return (ExtProtocolData){.type = T_ExtProtocolData, .prot_url = (char *)url};
}

static bool moves(PGFunction function, ExtProtocolData *at, char *bytes, int count, int *moved) {
    Datum result = 0;
    bool done;

    at->prot_databuf = bytes;
    at->prot_maxbytes = count;
    done = call(function, at, &result);
    *moved = DatumGetInt32(result);
    return done;
}

static bool finishes(PGFunction function, ExtProtocolData *at) {
    Datum result;

    at->prot_last_call = true;
    return call(function, at, &result);
}

static bool inserts(const char *url, const char *words) {
    ExtProtocolData at = table(url);
    int moved;

    return moves(demoprot_export, &at, (char *)words, (int)strlen(words), &moved) && moved == (int)strlen(words) &&
           finishes(demoprot_export, &at);
}

static bool selects(const char *url, const char *expected) {
    ExtProtocolData at = table(url);
    char all[256] = "";
    char piece[5];
    int moved;

    while (moves(demoprot_import, &at, piece, sizeof piece, &moved))
        if (moved == 0)
            return finishes(demoprot_import, &at) && strcmp(all, expected) == 0;
        else
            strncat(all, piece, (size_t)moved);
    return false;
}

static void what_is_inserted_is_selected(void) {
    struct stat status;

    CHECK(inserts("demoprot://a.demo", "one;") && inserts("demoprot://a.demo", "two;"));
    CHECK(selects("demoprot://a.demo", "one;two;"));
    CHECK(stat("a.demo", &status) == 0 && (status.st_mode & 0777) == 0600);
}

static void a_missing_file_has_no_rows_and_warns(void) {
    CHECK(selects("demoprot://none.demo", ""));
    CHECK(access("none.demo", F_OK) != 0);
    ExtProtocolData at = table("demoprot://none.demo");
    int moved;
    CHECK(moves(demoprot_import, &at, NULL, 0, &moved) && server_said.level == WARNING);
}

static void a_reader_sees_what_was_there_when_it_began(void) {
    ExtProtocolData at = table("demoprot://grow.demo");
    char bytes[64];
    int moved;

    CHECK(inserts("demoprot://grow.demo", "before"));
    CHECK(moves(demoprot_import, &at, bytes, 3, &moved) && moved == 3);
    CHECK(inserts("demoprot://grow.demo", "after"));
    CHECK(moves(demoprot_import, &at, bytes, 64, &moved) && moved == 3);
    CHECK(moves(demoprot_import, &at, bytes, 64, &moved) && moved == 0);
    CHECK(finishes(demoprot_import, &at));
}

static void a_file_that_shrinks_is_an_error(void) {
    ExtProtocolData at = table("demoprot://shrink.demo");
    char bytes[64];
    int moved;

    CHECK(inserts("demoprot://shrink.demo", "some words"));
    CHECK(moves(demoprot_import, &at, bytes, 4, &moved) && truncate("shrink.demo", 2) == 0);
    CHECK(!moves(demoprot_import, &at, bytes, 64, &moved) && server_said.sqlstate == ERRCODE_DATA_CORRUPTED);
    CHECK(finishes(demoprot_import, &at));
}

static void refused(const char *url, int sqlstate) {
    CHECK(!inserts(url, "x") && server_said.sqlstate == sqlstate);
    CHECK(!selects(url, "") && server_said.sqlstate == sqlstate);
}

static void only_plain_files_are_touched(void) {
    CHECK(inserts("demoprot://first.demo", "kept"));
    CHECK(symlink("first.demo", "link.demo") == 0 && symlink("nowhere", "dangling.demo") == 0);
    CHECK(mkdir("folder.demo", 0700) == 0 && mkfifo("fifo.demo", 0600) == 0);
    refused("demoprot://link.demo", ERRCODE_WRONG_OBJECT_TYPE);
    refused("demoprot://dangling.demo", ERRCODE_WRONG_OBJECT_TYPE);
    refused("demoprot://folder.demo", ERRCODE_WRONG_OBJECT_TYPE);
    refused("demoprot://fifo.demo", ERRCODE_WRONG_OBJECT_TYPE);
    refused("demoprot://postgresql.conf", ERRCODE_INVALID_NAME);
    refused("demoprot://../x.demo", ERRCODE_INVALID_NAME);
    refused("demoprot://secured_directory.demo", ERRCODE_INSUFFICIENT_PRIVILEGE);
    CHECK(link("first.demo", "second.demo") == 0);
    CHECK(!inserts("demoprot://second.demo", "x") && server_said.sqlstate == ERRCODE_WRONG_OBJECT_TYPE);
    CHECK(selects("demoprot://first.demo", "kept"));
}

/* A limit of the file's size stands for a full disk: a part of the row is written, the rest is not. */
static void half_a_row_is_taken_back(void) {
    struct rlimit before, small = {10, RLIM_INFINITY};
    bool done;

    CHECK(inserts("demoprot://full.demo", "whole;"));
    signal(SIGXFSZ, SIG_IGN);
    CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
    small.rlim_max = before.rlim_max;
    CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    done = inserts("demoprot://full.demo", "too long for it;");
    CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
    CHECK(!done && strstr(server_said.message, "could not write") != NULL);
    CHECK(selects("demoprot://full.demo", "whole;"));
    CHECK(inserts("demoprot://full.demo", "next;") && selects("demoprot://full.demo", "whole;next;"));
}

static void a_lock_of_another_process_is_waited_for(void) {
    pid_t other;
    int fd, ready[2];
    char byte;

    CHECK(inserts("demoprot://lock.demo", "a;") && pipe(ready) == 0);
    other = fork();
    if (other == 0) {
        fd = open("lock.demo", O_RDWR | O_APPEND);
        flock(fd, LOCK_EX);
        if (write(ready[1], "", 1) != 1) _exit(1);
        usleep(200000);
        _exit(write(fd, "b;", 2) == 2 ? 0 : 1);
    }
    CHECK(read(ready[0], &byte, 1) == 1);
    CHECK(inserts("demoprot://lock.demo", "c;"));
    CHECK(waitpid(other, &fd, 0) == other && fd == 0);
    CHECK(selects("demoprot://lock.demo", "a;b;c;"));
}

static bool validates(ValidatorDirection direction, const char *first, const char *second, const char *third) {
    String strings[] = {{T_String, (char *)first}, {T_String, (char *)second}, {T_String, (char *)third}};
    ListCell cells[] = {{&strings[0]}, {&strings[1]}, {&strings[2]}};
    List urls = {.type = T_List, .length = third == NULL ? 2 : 3, .max_length = 3, .elements = cells};
    ExtProtocolValidatorData context = {T_ExtProtocolValidatorData, &urls, direction, NULL};
    Datum result;

    return call(demoprot_validate_urls, &context, &result);
}

static void urls_are_counted_for_readers_only(void) {
    const char *a = "demoprot://a.demo", *secured = "demoprot://a_SECURED_Directory.demo";

    CHECK(validates(EXT_VALIDATE_READ, a, a, NULL));
    CHECK(!validates(EXT_VALIDATE_READ, a, a, a) && server_said.sqlstate == ERRCODE_INVALID_TABLE_DEFINITION);
    CHECK(validates(EXT_VALIDATE_WRITE, a, a, a));
    CHECK(!validates(EXT_VALIDATE_WRITE, a, secured, a) && server_said.sqlstate == ERRCODE_INSUFFICIENT_PRIVILEGE);
}

int main(int count, char **words) {
    char here[4096];

    if (count != 2 || chdir(words[1]) != 0) return 64;
    DataDir = getcwd(here, sizeof here);
    what_is_inserted_is_selected();
    a_missing_file_has_no_rows_and_warns();
    a_reader_sees_what_was_there_when_it_began();
    a_file_that_shrinks_is_an_error();
    only_plain_files_are_touched();
    half_a_row_is_taken_back();
    a_lock_of_another_process_is_waited_for();
    urls_are_counted_for_readers_only();
    server_empty(server_row);
    server_empty(server_query);
    return failures != 0;
}
