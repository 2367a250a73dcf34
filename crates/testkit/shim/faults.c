/*
 * Loaded into a process under test with LD_PRELOAD. It stands between the program and the system and
 *
 *   - counts: every write, sync and send becomes one line of the file MINGQU_FAULTS_LOG,
 *         began ended pid call path bytes result marks
 *     with the monotonic clock in nanoseconds, the path behind the descriptor, and the words in the data that begin
 *     with one of MINGQU_FAULTS_MARK (both comma-separated; "-" for no word), so that a reader can tell which act a write carries;
 *   - fills the disk: the file MINGQU_FAULTS_SPACE holds the bytes that may still be written below the folder
 *     MINGQU_FAULTS_FOLDER as a 64-bit number, negative for "as many as you like"; when they are used up, writes come
 *     back short and then with ENOSPC, until somebody writes another number into the file.
 *
 * The calls go straight to the system, so nothing has to be looked up while a program starts.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static int log_fd = -1;
static const char *marks_wanted;
static const char *folder;
static size_t folder_length;
static _Atomic int64_t *space;

/* A copy: PostgreSQL writes the title of the process over the environment that it was started with. */
static const char *setting(const char *name) {
    const char *value = getenv(name);
    return value ? strdup(value) : NULL;
}

__attribute__((constructor)) static void begin(void) {
    const char *log = getenv("MINGQU_FAULTS_LOG");
    if (log && *log) {
        int fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
        /* High up, where programs that close their first descriptors do not reach. */
        log_fd = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 700);
        if (fd >= 0) syscall(SYS_close, fd);
    }
    marks_wanted = setting("MINGQU_FAULTS_MARK");
    folder = setting("MINGQU_FAULTS_FOLDER");
    folder_length = folder ? strlen(folder) : 0;
    const char *path = getenv("MINGQU_FAULTS_SPACE");
    if (path && *path && folder_length) {
        int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
        if (fd >= 0) {
            void *page = mmap(NULL, sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
            if (page != MAP_FAILED) space = page;
            syscall(SYS_close, fd);
        }
    }
}

static uint64_t now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

static void path_of(int fd, char *path, size_t size) {
    char link[32];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, size - 1);
    path[length < 0 ? 0 : length] = 0;
    /* A line is split at blanks. */
    for (char *c = path; *c; c++)
        if (*c == ' ') *c = '?';
    if (length <= 0) snprintf(path, size, "?");
}

static int is_word(unsigned char c) {
    return c == '-' || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The words of the data that begin with the mark. */
static size_t marks_in(const char *mark, size_t mark_length, const char *data, size_t length, char *out, size_t used,
                       size_t size) {
    const char *at = data, *end = data + length;
    while (at < end && (at = memmem(at, (size_t)(end - at), mark, mark_length))) {
        const char *stop = at + mark_length;
        while (stop < end && is_word((unsigned char)*stop)) stop++;
        size_t word = (size_t)(stop - at);
        if (used + word + 2 >= size) break;
        if (used) out[used++] = ',';
        memcpy(out + used, at, word);
        used += word;
        at = stop;
    }
    return used;
}

static void note(const char *call, int fd, uint64_t began, long result, const struct iovec *data, int count) {
    if (log_fd < 0 || fd == log_fd) return;
    int kept = errno;
    uint64_t ended = now();
    char path[PATH_MAX], marks[65536], line[PATH_MAX + 65536 + 256];
    size_t used = 0, bytes = 0;
    path_of(fd, path, sizeof path);
    for (int i = 0; i < count; i++) {
        bytes += data[i].iov_len;
        const char *one = marks_wanted;
        while (one && *one) {
            size_t length = strcspn(one, ",");
            if (length) used = marks_in(one, length, data[i].iov_base, data[i].iov_len, marks, used, sizeof marks);
            one += length + (one[length] == ',');
        }
    }
    marks[used] = 0;
    int length = snprintf(line, sizeof line, "%llu %llu %d %s %s %zu %ld %s\n", (unsigned long long)began,
                          (unsigned long long)ended, (int)getpid(), call, path, bytes, result, used ? marks : "-");
    syscall(SYS_write, log_fd, line, (size_t)length);
    errno = kept;
}

/* How much of a write to this file may go through: all of it, a part, or -1 for none. */
static ssize_t room(int fd, size_t wanted) {
    if (!space || atomic_load(space) < 0) return (ssize_t)wanted;
    char path[PATH_MAX];
    path_of(fd, path, sizeof path);
    if (strncmp(path, folder, folder_length) || path[folder_length] != '/') return (ssize_t)wanted;
    int64_t left = atomic_load(space);
    for (;;) {
        if (left < 0) return (ssize_t)wanted;
        int64_t taken = left < (int64_t)wanted ? left : (int64_t)wanted;
        if (taken == 0 && wanted > 0) return -1;
        if (atomic_compare_exchange_weak(space, &left, left - taken)) return (ssize_t)taken;
    }
}

static ssize_t full(void) {
    errno = ENOSPC;
    return -1;
}

ssize_t write(int fd, const void *data, size_t length) {
    uint64_t began = now();
    ssize_t fits = room(fd, length);
    ssize_t done = fits < 0 ? full() : syscall(SYS_write, fd, data, (size_t)fits);
    struct iovec one = {(void *)data, length};
    note("write", fd, began, done, &one, 1);
    return done;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) {
    uint64_t began = now();
    ssize_t fits = room(fd, length);
    ssize_t done = fits < 0 ? full() : syscall(SYS_pwrite64, fd, data, (size_t)fits, offset);
    struct iovec one = {(void *)data, length};
    note("pwrite", fd, began, done, &one, 1);
    return done;
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) {
    return pwrite(fd, data, length, (off_t)offset);
}

static size_t total(const struct iovec *data, int count) {
    size_t bytes = 0;
    for (int i = 0; i < count; i++) bytes += data[i].iov_len;
    return bytes;
}

/* Several pieces are written whole or not at all here: callers go on after a short write piece by piece anyway. */
ssize_t writev(int fd, const struct iovec *data, int count) {
    uint64_t began = now();
    size_t bytes = total(data, count);
    ssize_t fits = room(fd, bytes);
    ssize_t done = fits < (ssize_t)bytes ? full() : syscall(SYS_writev, fd, data, count);
    note("writev", fd, began, done, data, count);
    return done;
}

ssize_t pwritev(int fd, const struct iovec *data, int count, off_t offset) {
    uint64_t began = now();
    size_t bytes = total(data, count);
    ssize_t fits = room(fd, bytes);
    ssize_t done = fits < (ssize_t)bytes ? full() : syscall(SYS_pwritev, fd, data, count, offset, 0L);
    note("pwritev", fd, began, done, data, count);
    return done;
}

ssize_t pwritev64(int fd, const struct iovec *data, int count, off64_t offset) {
    return pwritev(fd, data, count, (off_t)offset);
}

int fallocate(int fd, int mode, off_t offset, off_t length) {
    if (room(fd, (size_t)length) < (ssize_t)length) return (int)full();
    return (int)syscall(SYS_fallocate, fd, mode, offset, length);
}

int fallocate64(int fd, int mode, off64_t offset, off64_t length) {
    return fallocate(fd, mode, (off_t)offset, (off_t)length);
}

/* Unlike the others this one returns the error. */
int posix_fallocate(int fd, off_t offset, off_t length) {
    int kept = errno;
    int error = fallocate(fd, 0, offset, length) < 0 ? errno : 0;
    errno = kept;
    return error;
}

int posix_fallocate64(int fd, off64_t offset, off64_t length) {
    return posix_fallocate(fd, (off_t)offset, (off_t)length);
}

int fsync(int fd) {
    uint64_t began = now();
    int done = (int)syscall(SYS_fsync, fd);
    note("fsync", fd, began, done, NULL, 0);
    return done;
}

int fdatasync(int fd) {
    uint64_t began = now();
    int done = (int)syscall(SYS_fdatasync, fd);
    note("fdatasync", fd, began, done, NULL, 0);
    return done;
}

ssize_t sendto(int fd, const void *data, size_t length, int flags, const struct sockaddr *to, socklen_t size) {
    uint64_t began = now();
    ssize_t done = syscall(SYS_sendto, fd, data, length, flags, to, size);
    struct iovec one = {(void *)data, length};
    note("send", fd, began, done, &one, 1);
    return done;
}

ssize_t send(int fd, const void *data, size_t length, int flags) {
    return sendto(fd, data, length, flags, NULL, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    uint64_t began = now();
    ssize_t done = syscall(SYS_sendmsg, fd, message, flags);
    note("send", fd, began, done, message->msg_iov, (int)message->msg_iovlen);
    return done;
}
