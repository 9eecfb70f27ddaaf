// gperftools' C functions as its header declares them, without needing the header. Weak, as in check.h.
#ifndef DAM_TEST_GPERFTOOLS_H
#define DAM_TEST_GPERFTOOLS_H
#include "check.h"

extern int MallocExtension_VerifyAllMemory(void) __attribute__((weak));
extern int MallocExtension_VerifyNewMemory(const void *) __attribute__((weak));
extern int MallocExtension_VerifyArrayNewMemory(const void *) __attribute__((weak));
extern int MallocExtension_VerifyMallocMemory(const void *) __attribute__((weak));
extern int MallocExtension_MallocMemoryStats(int *, size_t *, int[64]) __attribute__((weak));
extern void MallocExtension_GetStats(char *, int) __attribute__((weak));
extern int MallocExtension_GetNumericProperty(const char *, size_t *) __attribute__((weak));
extern int MallocExtension_SetNumericProperty(const char *, size_t) __attribute__((weak));
extern void MallocExtension_MarkThreadIdle(void) __attribute__((weak));
extern void MallocExtension_MarkThreadTemporarilyIdle(void) __attribute__((weak));
extern void MallocExtension_MarkThreadBusy(void) __attribute__((weak));
extern void MallocExtension_ReleaseToSystem(size_t) __attribute__((weak));
extern void MallocExtension_ReleaseFreeMemory(void) __attribute__((weak));
extern size_t MallocExtension_GetEstimatedAllocatedSize(size_t) __attribute__((weak));
extern size_t MallocExtension_GetAllocatedSize(const void *) __attribute__((weak));
extern size_t MallocExtension_GetThreadCacheSize(void) __attribute__((weak));
enum { UNKNOWN_OWNERSHIP, OWNED, NOT_OWNED };
extern int MallocExtension_GetOwnership(const void *) __attribute__((weak));

__attribute__((unused)) static size_t property(const char *name) {
    size_t value = (size_t)-1;
    if (MallocExtension_GetNumericProperty(name, &value) != 1) check_failed(__FILE__, __LINE__, name, value, 0);
    return value;
}
#endif
