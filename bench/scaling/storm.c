// A storm of 500 MiB in small (16 to 1,024 bytes) or middle (32 KiB to 1 MiB) blocks, all freed: a server after its peak
// hour. Then two seconds of nothing at all, and after them a small request every 5 ms.
//   storm small|middle <milliseconds>
// Reports resident KiB (y) by milliseconds since the last free (x).
#include "scaling.h"

#define STORM ((size_t)500 << 20)
#define SAMPLE_MS 50
#define WORK_MS 5
#define IDLE_MS 2000

static size_t resident_kib(void) {
    return proc_number("/proc/self/status", "VmRSS:");
}

static uint64_t storm(int is_small) {
    // More than there can be: the mean sizes are twice as large.
    size_t room = is_small ? STORM / 256 : STORM / 32768, count = 0;
    void **blocks = table(room * sizeof *blocks);
    uint64_t random = seed_of(1), sum = 0;
    for (size_t held = 0; held < STORM && count < room; count++) {
        size_t size = is_small ? between(&random, 16, 1024) : between(&random, 32 << 10, 1 << 20);
        blocks[count] = checked(malloc(size));
        memset(blocks[count], (int)(count & 127), size);
        held += size;
    }
    for (size_t i = 0; i < count; i++) {
        sum = sum * 31 + *(unsigned char *)blocks[i];
        free(blocks[i]);
    }
    munmap(blocks, room * sizeof *blocks);
    return sum;
}

// A small request: a hundred small blocks and two buffers, alive together, so that it goes beyond what a thread keeps at
// hand; an allocator that works off its backlog when it is called has its chance.
static void a_little_work(uint64_t *random) {
    enum { SMALL = 100, BUFFERS = 2 };
    void *blocks[SMALL + BUFFERS];
    for (int i = 0; i < SMALL + BUFFERS; i++) {
        size_t size = i < SMALL ? between(random, 16, 1024) : between(random, 32 << 10, 64 << 10);
        blocks[i] = checked(malloc(size));
        *(volatile char *)blocks[i] = 1;
    }
    for (int i = 0; i < SMALL + BUFFERS; i++) free(blocks[i]);
}

static void sleep_until(uint64_t at) {
    struct timespec t = {.tv_sec = (time_t)(at / 1000000000u), .tv_nsec = (long)(at % 1000000000u)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0) {}
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    int is_small = strcmp(argv[1], "small") == 0;
    if (!is_small && strcmp(argv[1], "middle") != 0) return 2;
    size_t length = number(argv[2]);
    static size_t samples[4096];
    if (length / SAMPLE_MS >= 4096) return 2;
    uint64_t sum = storm(is_small);
    uint64_t start = nanos(CLOCK_MONOTONIC), random = seed_of(2);
    for (size_t ms = 0; ms <= length; ms += WORK_MS) {
        sleep_until(start + ms * 1000000);
        if (ms >= IDLE_MS) a_little_work(&random);
        if (ms % SAMPLE_MS == 0) samples[ms / SAMPLE_MS] = resident_kib();
    }
    // printf allocates: only now.
    for (size_t ms = 0; ms <= length; ms += SAMPLE_MS) printf("figure resident@%zu %zu\n", ms, samples[ms / SAMPLE_MS]);
    print_checksum(sum);
    return 0;
}
