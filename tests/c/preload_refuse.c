/*
 * For LD_PRELOAD: an allocator and a pthread_create that refuse when told to.
 * test_refusal.c finds the refuse_ functions by dlsym.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MEMORY = 1, THREADS = 2 };

/* The C library's own, under the names that it exports for such as us. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

void refuse_arm(int kinds, int nth, int from_then_on);
void refuse_disarm(void);
int refuse_calls(void);
int refuse_refused(void);

static atomic_int armed, which, always;
static atomic_int calls, refused;

/* Refuses the nth call of these kinds, or every one from the nth on. */
void refuse_arm(int kinds, int nth, int from_then_on)
{
    atomic_store(&calls, 0);
    atomic_store(&refused, 0);
    atomic_store(&which, nth);
    atomic_store(&always, from_then_on);
    atomic_store(&armed, kinds);
}

void refuse_disarm(void)
{
    atomic_store(&armed, 0);
}

int refuse_calls(void)
{
    return atomic_load(&calls);
}

int refuse_refused(void)
{
    return atomic_load(&refused);
}

static int refuse(int kind)
{
    if ((atomic_load(&armed) & kind) == 0) {
        return 0;
    }
    int call = atomic_fetch_add(&calls, 1) + 1;
    if (call != atomic_load(&which) && !(atomic_load(&always) && call > atomic_load(&which))) {
        return 0;
    }
    atomic_fetch_add(&refused, 1);
    return 1;
}

static void *no_memory(void)
{
    errno = ENOMEM;
    return NULL;
}

void *malloc(size_t size)
{
    return refuse(MEMORY) ? no_memory() : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return refuse(MEMORY) ? no_memory() : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return refuse(MEMORY) ? no_memory() : __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size)
{
    return refuse(MEMORY) ? no_memory() : __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return refuse(MEMORY) ? no_memory() : __libc_memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *memory = refuse(MEMORY) ? NULL : __libc_memalign(alignment, size);
    if (memory == NULL) {
        return ENOMEM;
    }
    *out = memory;
    return 0;
}

void *mmap(void *address, size_t length, int protection, int flags, int file, off_t offset)
{
    if (refuse(MEMORY)) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return (void *)(intptr_t)syscall(SYS_mmap, address, length, protection, flags, file, offset);
}

typedef int create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *),
                   void *argument)
{
    static create *_Atomic real;
    if (refuse(THREADS)) {
        return EAGAIN;
    }
    create *function = atomic_load(&real);
    if (function == NULL) {
        void *symbol = dlsym(RTLD_NEXT, "pthread_create");
        memcpy(&function, &symbol, sizeof symbol);
        atomic_store(&real, function);
    }
    return function(thread, attributes, body, argument);
}
