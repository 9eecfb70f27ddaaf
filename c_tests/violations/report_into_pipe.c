// Standard error is a full pipe, and the thread that reads it asks the heap for its figures first, which needs every pool:
// a report holds none of them while it is written.
// A patrol of hardened finds some of this first.
// holds: fast default
// talkative: yes
// expect: stderr contains "heap check of 0x"
// expect: stderr contains "reuse of 0x"
// expect: stderr contains "malloc_usable_size of 0x"
#include "misuse.h"
#include "threads.h"

enum { MANY = 400, LENGTH = 1000 };
static int pipe_ends[2], terminal;
static size_t filled;
static atomic_int told;

// Lets the writer wait for a while, looks at the heap, reads all that was there, and passes on what DAM says.
static void *reader(void *arg) {
    sleep_ms(200);
    dam_stats_t s;
    dam_get_stats(&s, sizeof s);
    char text[4096];
    while (filled > 0) {
        ssize_t n = read(pipe_ends[0], text, filled < sizeof text ? filled : sizeof text);
        CHECK(n > 0);
        filled -= (size_t)n;
    }
    ssize_t n = read(pipe_ends[0], text, sizeof text);
    CHECK(n > 0 && write(terminal, text, (size_t)n) == n);
    told++;
    return arg;
}

// Fills the pipe to the last byte, so that whoever writes next waits for the reader.
static pthread_t listen_slowly(void) {
    char text[4096] = {0};
    CHECK_EQ(fcntl(pipe_ends[1], F_SETFL, O_NONBLOCK), 0);
    for (size_t length = sizeof text; length > 0; length /= 2)
        for (ssize_t n; (n = write(pipe_ends[1], text, length)) > 0;) filled += (size_t)n;
    CHECK_EQ(fcntl(pipe_ends[1], F_SETFL, 0), 0);
    return start(reader, NULL);
}

// A free slot behind a live block whose last bytes are its canary: whoever takes the slot finds them changed.
static void reuse(void) {
    static unsigned char *p[MANY];
    size_t n = LENGTH;
    // As many bytes as fill a slot to its end.
    unsigned char *a = malloc(n), *b = malloc(n);
    n = (size_t)(b > a ? b - a : a - b) - 8;
    free(a), free(b);
    for (size_t i = 0; i < MANY; i++) p[i] = malloc(n);
    for (size_t i = 0; i + 1 < MANY; i++) {
        if (p[i + 1] != p[i] + n + 8) continue;
        free(p[i + 1]);
        malloc_trim(0);
        *(unsigned char *)opaque(p[i] + n) ^= 1;
        break;
    }
    for (size_t i = 0; i < MANY && !told; i++) p[i] = malloc(n);
}

int main(void) {
    alarm(20);
    terminal = dup(2);
    CHECK_EQ(pipe(pipe_ends), 0);
    CHECK(dup2(pipe_ends[1], 2) == 2);
    malloc_trim(0);

    pthread_t t = listen_slowly();
    unsigned char *p = malloc(500);
    *(unsigned char *)opaque(p + 500) ^= 1;
    CHECK_EQ(dam_check_heap(), 1);
    join(t);

    told = 0;
    t = listen_slowly();
    reuse();
    join(t);

    unsigned char *zero = malloc(0);
    free(zero);
    t = listen_slowly();
    CHECK_EQ(malloc_usable_size(opaque(zero)), 0);
    join(t);
    dup2(terminal, 2);
    CHECK_EQ(violations(), 3);
    return 0;
}
