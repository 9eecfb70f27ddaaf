// Why a request was refused: the limit of addresses, the limit of mappings, a size that no block can have.
#include "check.h"

#include <sys/mman.h>
#include <sys/resource.h>

// As many mappings as there may be, each beside one of another kind.
static void use_up_mappings(void) {
    for (;;) {
        unsigned char *two = mmap(NULL, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (two == MAP_FAILED) return;
        if (mprotect(two, 4096, PROT_READ) != 0) break;
    }
    // Shared ones are never joined, whatever they come to lie beside.
    while (mmap(NULL, 4096, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) != MAP_FAILED) {}
}

static rlim_t mapped(void) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file && fscanf(file, "%lu", &pages) == 1);
    fclose(file);
    return pages * 4096;
}

int main(void) {
    if (!dam_version) return 0;
    volatile size_t most = (size_t)1 << 62;
    CHECK(!malloc(most));
    CHECK_EQ(stats().failures_size, 1);
    struct rlimit old, low;
    CHECK_EQ(getrlimit(RLIMIT_AS, &old), 0);
    low = old, low.rlim_cur = mapped() + GIB;
    CHECK_EQ(setrlimit(RLIMIT_AS, &low), 0);
    CHECK(!malloc(2 * GIB));
    CHECK_EQ(stats().failures_addresses, 1);
    CHECK_EQ(setrlimit(RLIMIT_AS, &old), 0);
    use_up_mappings();
    CHECK(!malloc(GIB));
    dam_stats_t s = stats();
    CHECK_EQ(s.failures_mappings, 1);
    CHECK_EQ(s.failures_addresses, 1);
    CHECK_EQ(s.failures_size, 1);
    CHECK_EQ(s.failures_memory, 0);
    CHECK_EQ(s.failures_limit, 0);
    CHECK_EQ(s.large_failures, 3);
    return 0;
}
