/* A disk that forgets what was not flushed, for tests: loaded into the server by LD_PRELOAD.
 *
 * Writes to the database file and to its write-ahead log stay in this process; reading sees them. fsync and fdatasync
 * pass them on to the real file. So when the process is killed, exactly what was not flushed is lost, as when the power
 * fails. With AMNESIA_LIES=1 flushing the log passes nothing on and says it did: a disk that lies, which any test of
 * durability must find out.
 *
 * While the file that AMNESIA_FULL names exists, the disk is full: what would make a file grow fails with ENOSPC.
 *
 * While the file that AMNESIA_FAILS names exists, flushing fails with EIO, and as on Linux the system then takes for
 * flushed what is lost: later flushes do not try it again.
 *
 * Shared memory (-shm) is left alone: SQLite makes it anew after a crash. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define DESCRIPTORS 4096
#define FILES 16

/* A file as this process sees it. Descriptors of one file share it. */
struct image {
    dev_t device;
    ino_t inode;
    int is_log;
    int users;
    unsigned char *bytes;
    /* One byte for each block: whether it differs from the real file. */
    unsigned char *dirty;
    size_t size, room;
    /* Whether the real file has another length. */
    int is_resized;
};

#define BLOCK 512

static struct image images[FILES];
static struct image *opened[DESCRIPTORS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int lies;
static const char *full_while, *fails_while;

static int (*real_open)(const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_pread)(int, void *, size_t, off_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_fstat)(int, struct stat *);

static void fail(const char *what) {
    fprintf(stderr, "amnesia: %s\n", what);
    _exit(99);
}

__attribute__((constructor)) static void begin(void) {
    real_open = dlsym(RTLD_NEXT, "open");
    real_close = dlsym(RTLD_NEXT, "close");
    real_pread = dlsym(RTLD_NEXT, "pread");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fstat = dlsym(RTLD_NEXT, "fstat");
    const char *said = getenv("AMNESIA_LIES");
    full_while = getenv("AMNESIA_FULL");
    fails_while = getenv("AMNESIA_FAILS");
    lies = said != NULL && said[0] == '1';
}

static int is_there(const char *path) { return path != NULL && access(path, F_OK) == 0; }

static int ends_with(const char *text, const char *ending) {
    size_t length = strlen(text), of_ending = strlen(ending);
    return length >= of_ending && strcmp(text + length - of_ending, ending) == 0;
}

static struct image *image_of(int descriptor) {
    return descriptor >= 0 && descriptor < DESCRIPTORS ? opened[descriptor] : NULL;
}

/* Makes room for this many bytes; what is new is zero. */
static void grow(struct image *image, size_t size) {
    if (size <= image->room) return;
    size_t room = image->room ? image->room : 1 << 20;
    while (room < size) room *= 2;
    image->bytes = realloc(image->bytes, room);
    image->dirty = realloc(image->dirty, room / BLOCK);
    if (!image->bytes || !image->dirty) fail("no memory");
    memset(image->bytes + image->room, 0, room - image->room);
    memset(image->dirty + image->room / BLOCK, 0, (room - image->room) / BLOCK);
    image->room = room;
}

static void load(struct image *image, int descriptor) {
    struct stat about;
    if (real_fstat(descriptor, &about) != 0) fail("fstat");
    image->size = 0;
    grow(image, (size_t)about.st_size + 1);
    while (image->size < (size_t)about.st_size) {
        ssize_t got = real_pread(descriptor, image->bytes + image->size, (size_t)about.st_size - image->size,
                                 (off_t)image->size);
        if (got <= 0) fail("pread");
        image->size += (size_t)got;
    }
}

/* From now on the descriptor is of the image of its file. */
static void watch(int descriptor, int is_log) {
    struct stat about;
    if (descriptor < 0 || descriptor >= DESCRIPTORS || real_fstat(descriptor, &about) != 0) return;
    pthread_mutex_lock(&lock);
    struct image *found = NULL, *free_one = NULL;
    for (int i = 0; i < FILES; i++) {
        struct image *it = &images[i];
        if (it->users && it->inode == about.st_ino && it->device == about.st_dev) found = it;
        if (!it->users && !free_one) free_one = it;
    }
    if (!found) {
        if (!free_one) fail("too many files");
        found = free_one;
        free(found->bytes);
        free(found->dirty);
        memset(found, 0, sizeof *found);
        found->device = about.st_dev;
        found->inode = about.st_ino;
        found->is_log = is_log;
        load(found, descriptor);
    }
    found->users++;
    opened[descriptor] = found;
    pthread_mutex_unlock(&lock);
}

static int open_watched(const char *path, int flags, mode_t mode) {
    int descriptor = real_open(path, flags, mode);
    if (ends_with(path, ".db")) watch(descriptor, 0);
    if (ends_with(path, ".db-wal")) watch(descriptor, 1);
    return descriptor;
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open_watched(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open_watched(path, flags, mode);
}

/* The last one who closes a file leaves its unflushed bytes to the system, as a disk's cache would; they may be lost
 * later, so here they always are. */
int close(int descriptor) {
    pthread_mutex_lock(&lock);
    struct image *image = image_of(descriptor);
    if (image) {
        opened[descriptor] = NULL;
        image->users--;
    }
    pthread_mutex_unlock(&lock);
    return real_close(descriptor);
}

ssize_t pread(int descriptor, void *into, size_t count, off_t from) {
    pthread_mutex_lock(&lock);
    struct image *image = image_of(descriptor);
    if (!image) {
        pthread_mutex_unlock(&lock);
        return real_pread(descriptor, into, count, from);
    }
    size_t start = (size_t)from;
    size_t got = start >= image->size ? 0 : image->size - start;
    if (got > count) got = count;
    memcpy(into, image->bytes + start, got);
    pthread_mutex_unlock(&lock);
    return (ssize_t)got;
}

ssize_t pread64(int descriptor, void *into, size_t count, off_t from) {
    return pread(descriptor, into, count, from);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t to) {
    pthread_mutex_lock(&lock);
    struct image *image = image_of(descriptor);
    if (!image) {
        pthread_mutex_unlock(&lock);
        return real_pwrite(descriptor, bytes, count, to);
    }
    size_t end = (size_t)to + count;
    if (end > image->size && is_there(full_while)) {
        pthread_mutex_unlock(&lock);
        errno = ENOSPC;
        return -1;
    }
    grow(image, end);
    memcpy(image->bytes + to, bytes, count);
    for (size_t block = (size_t)to / BLOCK; block * BLOCK < end; block++) image->dirty[block] = 1;
    if (end > image->size) {
        image->size = end;
        image->is_resized = 1;
    }
    pthread_mutex_unlock(&lock);
    return (ssize_t)count;
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off_t to) {
    return pwrite(descriptor, bytes, count, to);
}

int ftruncate(int descriptor, off_t size) {
    pthread_mutex_lock(&lock);
    struct image *image = image_of(descriptor);
    if (!image) {
        pthread_mutex_unlock(&lock);
        return real_ftruncate(descriptor, size);
    }
    grow(image, (size_t)size);
    if ((size_t)size < image->size) memset(image->bytes + size, 0, image->size - (size_t)size);
    image->size = (size_t)size;
    image->is_resized = 1;
    pthread_mutex_unlock(&lock);
    return 0;
}

int ftruncate64(int descriptor, off_t size) { return ftruncate(descriptor, size); }

static int about_image(int descriptor, struct stat *about) {
    int result = real_fstat(descriptor, about);
    pthread_mutex_lock(&lock);
    struct image *image = image_of(descriptor);
    if (result == 0 && image) about->st_size = (off_t)image->size;
    pthread_mutex_unlock(&lock);
    return result;
}

int fstat(int descriptor, struct stat *about) { return about_image(descriptor, about); }

int fstat64(int descriptor, struct stat64 *about) { return about_image(descriptor, (struct stat *)about); }

static int flush(int descriptor) {
    pthread_mutex_lock(&lock);
    struct image *image = image_of(descriptor);
    if (!image || (image->is_log && lies)) {
        pthread_mutex_unlock(&lock);
        return image ? 0 : real_fsync(descriptor);
    }
    if (is_there(fails_while)) {
        memset(image->dirty, 0, image->room / BLOCK);
        pthread_mutex_unlock(&lock);
        errno = EIO;
        return -1;
    }
    if (image->is_resized && real_ftruncate(descriptor, (off_t)image->size) != 0) fail("ftruncate");
    image->is_resized = 0;
    for (size_t block = 0; block * BLOCK < image->size; block++) {
        if (!image->dirty[block]) continue;
        size_t start = block * BLOCK;
        size_t count = image->size - start < BLOCK ? image->size - start : BLOCK;
        if (real_pwrite(descriptor, image->bytes + start, count, (off_t)start) != (ssize_t)count) fail("pwrite");
        image->dirty[block] = 0;
    }
    pthread_mutex_unlock(&lock);
    return real_fsync(descriptor);
}

int fsync(int descriptor) { return flush(descriptor); }

int fdatasync(int descriptor) { return flush(descriptor); }
