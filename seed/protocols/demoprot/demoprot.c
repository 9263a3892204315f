/*
 * The custom protocol `demoprot://<file name>`: on each segment the file of that name in the segment's own data
 * directory. url.h says which names there are.
 *
 * What holds between writers and readers: a writer appends what the server hands over, one row or more, as a whole or
 * not at all, under a lock of the file (flock) that lasts as long as that write. A reader notes under the same lock
 * where the file ends, and reads no further. So nobody sees half a row, a query that reads the table it writes ends,
 * and no one waits for a whole statement of another. As with every writable external table of the server, rows that
 * were written stay when the transaction fails later.
 *
 * Files are opened with OpenTransientFile: when a statement ends without the last call (error, cancel), the server
 * closes them with the transaction or subtransaction.
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/extprotocol.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/fd.h"

#include "url.h"

/* The server decides itself on the mode of new files since PostgreSQL 11 (Greenplum 7). */
#if PG_VERSION_NUM < 110000
#define OPEN_FILE(path, flags) OpenTransientFile((path), (flags), S_IRUSR | S_IWUSR)
#else
#define OPEN_FILE(path, flags) OpenTransientFile((path), (flags))
#endif

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(demoprot_export);
PG_FUNCTION_INFO_V1(demoprot_import);
PG_FUNCTION_INFO_V1(demoprot_validate_urls);

#define READABLE_URLS_MAX 2
#define NO_FILE (-1)
#define LOCK_PAUSE_US 1000L
/* A write takes the lock for milliseconds; whoever keeps it so long hangs. */
#define LOCK_TRIES 30000

typedef struct demo_file {
    int fd;
    bool made_here;
    off_t left; /* reading: bytes up to the end that was noted */
    char name[DEMOPROT_NAME_MAX + 1];
    char path[MAXPGPATH];
} demo_file;

/* --- URLs -------------------------------------------------------------------------------------------------------- */

static void name_from_url(const char *url, char name[DEMOPROT_NAME_MAX + 1]) {
    demoprot_verdict verdict = demoprot_judge(url, strlen(url), name);

    if (verdict == DEMOPROT_ACCEPTED) return;
    if (verdict == DEMOPROT_IS_SECURED)
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("URL \"%s\" is not allowed", url),
                        errdetail("%s", demoprot_explain(verdict))));
    ereport(ERROR, (errcode(ERRCODE_INVALID_NAME), errmsg("URL \"%s\" names no file of demoprot", url),
                    errdetail("%s", demoprot_explain(verdict)),
                    errhint("For example: demoprot://customers.demo")));
}

Datum demoprot_validate_urls(PG_FUNCTION_ARGS) {
    char name[DEMOPROT_NAME_MAX + 1];
    int count;

    if (!CALLED_AS_EXTPROTOCOL_VALIDATOR(fcinfo))
        ereport(ERROR, (errcode(ERRCODE_EXTERNAL_ROUTINE_INVOCATION_EXCEPTION),
                        errmsg("demoprot_validate_urls is called by CREATE EXTERNAL TABLE only")));
    count = EXTPROTOCOL_VALIDATOR_GET_NUM_URLS(fcinfo);
    for (int i = 1; i <= count; i++) name_from_url(EXTPROTOCOL_VALIDATOR_GET_NTH_URL(fcinfo, i), name);
    if (EXTPROTOCOL_VALIDATOR_GET_DIRECTION(fcinfo) == EXT_VALIDATE_READ && count > READABLE_URLS_MAX)
        ereport(ERROR, (errcode(ERRCODE_INVALID_TABLE_DEFINITION),
                        errmsg("a readable table over demoprot has at most %d URLs", READABLE_URLS_MAX),
                        errdetail("There are %d.", count)));
    PG_RETURN_VOID();
}

/* --- files ------------------------------------------------------------------------------------------------------- */

static void refuse_kind(const demo_file *file, const char *why) {
    ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("demoprot does not touch \"%s\"", file->path),
                    errdetail("%s", why)));
}

static void fail_to(const char *verb, const demo_file *file) {
    ereport(ERROR, (errcode_for_file_access(), errmsg("demoprot could not %s file \"%s\": %m", verb, file->path)));
}

static void status_of(const demo_file *file, struct stat *status) {
    if (fstat(file->fd, status) != 0) fail_to("look at", file);
}

/*
 * By the data directory's own path, as a session's procedures may have changed the working directory. O_NOFOLLOW is
 * enough, as the name has no directories; O_NONBLOCK, because opening a FIFO would wait for its other side.
 */
static void open_demo(demo_file *file, int flags) {
    file->fd = OPEN_FILE(file->path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file->fd >= 0) return;
    file->fd = NO_FILE;
    if (errno == ELOOP) refuse_kind(file, "It is a symbolic link.");
    if (errno == EISDIR) refuse_kind(file, "It is a directory.");
    if (errno == ENXIO) refuse_kind(file, "It is a FIFO or a socket.");
    if (errno != ENOENT) fail_to("open", file);
}

static void check_kind(const demo_file *file, bool writing) {
    struct stat status;

    status_of(file, &status);
    if (!S_ISREG(status.st_mode)) refuse_kind(file, "It is not a regular file.");
    /* Under its other name it might be a file of the server. */
    if (writing && status.st_nlink > 1) refuse_kind(file, "It has more than one name (hard links).");
}

static void lock(const demo_file *file, int mode) {
    for (int tries = 0; flock(file->fd, mode | LOCK_NB) != 0; tries++) {
        if (errno != EWOULDBLOCK && errno != EINTR) fail_to("lock", file);
        if (tries >= LOCK_TRIES)
            ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE),
                            errmsg("demoprot could not lock file \"%s\"", file->path),
                            errdetail("Another process has kept it locked for half a minute.")));
        CHECK_FOR_INTERRUPTS();
        pg_usleep(LOCK_PAUSE_US);
    }
}

static void unlock(const demo_file *file) {
    if (flock(file->fd, LOCK_UN) != 0) fail_to("unlock", file);
}

static demo_file *file_from_url(FunctionCallInfo fcinfo) {
    demo_file *file = palloc0(sizeof *file);
    int length;

    file->fd = NO_FILE;
    name_from_url(EXTPROTOCOL_GET_URL(fcinfo), file->name);
    length = snprintf(file->path, sizeof file->path, "%s/%s", DataDir, file->name);
    if (length < 0 || (size_t)length >= sizeof file->path)
        ereport(ERROR, (errcode(ERRCODE_INVALID_NAME), errmsg("the path of file \"%s\" is too long", file->name)));
    return file;
}

static demo_file *called_with(FunctionCallInfo fcinfo) {
    if (!CALLED_AS_EXTPROTOCOL(fcinfo))
        ereport(ERROR, (errcode(ERRCODE_EXTERNAL_ROUTINE_INVOCATION_EXCEPTION),
                        errmsg("functions of demoprot are called by external tables only")));
    return (demo_file *)EXTPROTOCOL_GET_USER_CTX(fcinfo);
}

static void close_demo(demo_file *file) {
    const int fd = file->fd;

    file->fd = NO_FILE;
    if (fd != NO_FILE && CloseTransientFile(fd) != 0) fail_to("close", file);
}

/* --- reading ----------------------------------------------------------------------------------------------------- */

/* A writable table makes the file on those segments that get a row, so elsewhere there may rightly be none. */
static demo_file *open_for_reading(FunctionCallInfo fcinfo) {
    demo_file *file = file_from_url(fcinfo);
    struct stat status;

    open_demo(file, O_RDONLY);
    if (file->fd == NO_FILE) {
        ereport(WARNING, (errcode(ERRCODE_UNDEFINED_FILE),
                          errmsg("there is no file \"%s\": this segment has no rows", file->path)));
        return file;
    }
    check_kind(file, false);
    lock(file, LOCK_SH);
    status_of(file, &status);
    unlock(file);
    file->left = status.st_size;
    return file;
}

static int read_demo(demo_file *file, char *buffer, int room) {
    const size_t wanted = file->left < room ? (size_t)file->left : (size_t)room;
    ssize_t got;

    if (file->fd == NO_FILE || wanted == 0) return 0;
    do {
        CHECK_FOR_INTERRUPTS();
        got = read(file->fd, buffer, wanted);
    } while (got < 0 && errno == EINTR);
    if (got < 0) fail_to("read", file);
    if (got == 0)
        ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
                        errmsg("file \"%s\" became shorter while it was read", file->path)));
    file->left -= got;
    return (int)got;
}

Datum demoprot_import(PG_FUNCTION_ARGS) {
    demo_file *file = called_with(fcinfo);

    if (EXTPROTOCOL_IS_LAST_CALL(fcinfo)) {
        if (file != NULL) close_demo(file);
        PG_RETURN_INT32(0);
    }
    if (file == NULL) {
        file = open_for_reading(fcinfo);
        EXTPROTOCOL_SET_USER_CTX(fcinfo, file);
    }
    PG_RETURN_INT32(read_demo(file, EXTPROTOCOL_GET_DATABUF(fcinfo), EXTPROTOCOL_GET_DATALEN(fcinfo)));
}

/* --- writing ----------------------------------------------------------------------------------------------------- */

static demo_file *open_for_writing(FunctionCallInfo fcinfo) {
    demo_file *file = file_from_url(fcinfo);

    open_demo(file, O_WRONLY | O_APPEND);
    if (file->fd == NO_FILE) {
        file->made_here = true;
        open_demo(file, O_WRONLY | O_APPEND | O_CREAT);
        if (file->fd == NO_FILE) fail_to("make", file);
    }
    check_kind(file, true);
    return file;
}

static bool write_all(int fd, const char *data, int length) {
    while (length > 0) {
        ssize_t wrote = write(fd, data, (size_t)length);

        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) {
            if (wrote == 0) errno = ENOSPC;
            return false;
        }
        data += wrote;
        length -= (int)wrote;
    }
    return true;
}

/* Half a record would spoil all that are appended after it. */
static void append(const demo_file *file, const char *data, int length) {
    struct stat before;

    lock(file, LOCK_EX);
    status_of(file, &before);
    if (!write_all(file->fd, data, length)) {
        const int cause = errno;
        const bool undone = ftruncate(file->fd, before.st_size) == 0;

        unlock(file);
        errno = cause;
        ereport(ERROR, (errcode_for_file_access(), errmsg("demoprot could not write file \"%s\": %m", file->path),
                        undone ? errdetail("The file ends with the row before.")
                               : errdetail("The file ends with a part of this row, which could not be removed.")));
    }
    unlock(file);
}

static void sync_directory(const demo_file *file) {
    int directory = OPEN_FILE(DataDir, O_RDONLY);

    if (directory < 0 || pg_fsync(directory) != 0 || CloseTransientFile(directory) != 0)
        fail_to("flush the directory of", file);
}

Datum demoprot_export(PG_FUNCTION_ARGS) {
    demo_file *file = called_with(fcinfo);

    if (EXTPROTOCOL_IS_LAST_CALL(fcinfo)) {
        if (file == NULL || file->fd == NO_FILE) PG_RETURN_INT32(0);
        if (pg_fsync(file->fd) != 0) fail_to("flush", file);
        if (file->made_here) sync_directory(file);
        close_demo(file);
        PG_RETURN_INT32(0);
    }
    if (file == NULL) {
        file = open_for_writing(fcinfo);
        EXTPROTOCOL_SET_USER_CTX(fcinfo, file);
    }
    append(file, EXTPROTOCOL_GET_DATABUF(fcinfo), EXTPROTOCOL_GET_DATALEN(fcinfo));
    PG_RETURN_INT32(EXTPROTOCOL_GET_DATALEN(fcinfo));
}
