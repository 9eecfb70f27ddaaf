// Says which library each allocation function of this process comes from, and uses them all, on two
// threads, so that a preloaded allocator that takes over only some of them, or fails, is found out:
//   from <function> <file>     one line for each function
//   per_cpu_caches 0|1         Google's tcmalloc alone: whether it runs on restartable sequences
// Ends with 1 after "wrong: …" when a block is not what it should be.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <malloc.h>
#include <map>
#include <new>
#include <string>
#include <thread>
#include <vector>

static const char *const FUNCTIONS[] = {
    "malloc", "free", "calloc", "realloc", "posix_memalign", "aligned_alloc", "malloc_usable_size",
    "_Znwm", "_Znam", "_ZdlPv", "_ZdaPv", "_ZdlPvm", "_ZnwmSt11align_val_t", "_ZdlPvSt11align_val_t",
};

static void wrong(const char *what) {
    printf("wrong: %s\n", what);
    exit(1);
}

// A block of `size` bytes: aligned, as large as it says, writable.
static void *checked(void *block, size_t size, size_t alignment) {
    if (!block) wrong("no memory");
    if (reinterpret_cast<uintptr_t>(block) % alignment) wrong("alignment");
    if (malloc_usable_size(block) < size) wrong("usable size");
    memset(block, 0xa5, size);
    return block;
}

// Of a block that was not asked to be aligned: a small one need not be more than its size allows.
static size_t alignment(size_t size) { return size < 16 ? 8 : 16; }

static void c_functions(size_t size) {
    char *zeroed = static_cast<char *>(calloc(size, 1));
    for (size_t i = 0; i < size; i++)
        if (zeroed[i]) wrong("calloc is not zeroed");
    free(checked(zeroed, size, alignment(size)));
    char *grown = static_cast<char *>(checked(malloc(size), size, 8));
    grown = static_cast<char *>(realloc(grown, size * 5));
    for (size_t i = 0; i < size; i++)
        if (grown[i] != static_cast<char>(0xa5)) wrong("realloc lost what was in the block");
    free(checked(grown, size * 5, alignment(size * 5)));
    void *aligned = nullptr;
    if (posix_memalign(&aligned, 256, size)) wrong("posix_memalign");
    free(checked(aligned, size, 256));
    free(checked(aligned_alloc(64, (size + 63) & ~size_t(63)), size, 64));
}

static void operators(size_t size) {
    ::operator delete(checked(::operator new(size), size, 8));
    ::operator delete(checked(::operator new(size), size, 8), size);
    ::operator delete[](checked(::operator new[](size), size, 8));
    auto wide = std::align_val_t(128);
    ::operator delete(checked(::operator new(size, wide), size, 128), wide);
}

static void use() {
    for (size_t size = 1; size < 3000000; size = size * 3 / 2 + 7) {
        c_functions(size);
        operators(size);
    }
    std::map<int, std::vector<std::string>> map;
    for (int i = 0; i < 20000; i++) map[i % 500].emplace_back(size_t(i % 90), 'x');
}

int main() {
    std::thread other(use);
    use();
    other.join();
    for (const char *name : FUNCTIONS) {
        Dl_info where;
        void *function = dlsym(RTLD_DEFAULT, name);
        if (!function || !dladdr(function, &where)) wrong(name);
        printf("from %s %s\n", name, where.dli_fname);
    }
    auto active = reinterpret_cast<bool (*)()>(
        dlsym(RTLD_DEFAULT, "MallocExtension_Internal_GetPerCpuCachesActive"));
    if (active) printf("per_cpu_caches %d\n", active());
    return 0;
}
