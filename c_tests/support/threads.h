// Starting and joining threads in tests.
#ifndef DAM_TEST_THREADS_H
#define DAM_TEST_THREADS_H
#include "check.h"

#include <pthread.h>

__attribute__((unused)) static pthread_t start(void *(*f)(void *), void *arg) {
    pthread_t t;
    CHECK_EQ(pthread_create(&t, NULL, f, arg), 0);
    return t;
}

__attribute__((unused)) static void *join(pthread_t t) {
    void *result;
    CHECK_EQ(pthread_join(t, &result), 0);
    return result;
}

// n threads running f((void *)0), f((void *)1) …; returns when all have ended.
__attribute__((unused)) static void run_threads(size_t n, void *(*f)(void *)) {
    pthread_t t[256];
    CHECK_LE(n, 256);
    for (size_t i = 0; i < n; i++) t[i] = start(f, (void *)i);
    for (size_t i = 0; i < n; i++) join(t[i]);
}

// Sanitizers make everything slower: the same test with less of it.
#if defined(__SANITIZE_THREAD__)
#define LESS(n) ((n) / 10)
#elif defined(__SANITIZE_ADDRESS__)
#define LESS(n) ((n) / 4)
#else
#define LESS(n) (n)
#endif
#endif
