// A thread that may be cancelled at any moment is, while its report waits for a full pipe: it writes the report to its end
// first. The next thread's report is a whole one, and does not wait.
// modes: preload static local
// talkative: yes
#include "report.h"
#include "threads.h"

static int ends[2];
static atomic_bool ready;

static void *reports(void *arg) {
    CHECK_EQ(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL), 0);
    atomic_store(&ready, true);
    free_nothing(NULL);
    for (;;) pause();
    return arg;
}

int main(void) {
    alarm(20);
    int terminal = dup(2);
    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(dup2(ends[1], 2), 2);
    CHECK_EQ(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    static char filler[4096];
    // To the last byte.
    CHECK_EQ(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    for (size_t n = sizeof filler; n > 0; n /= 2)
        while (write(ends[1], filler, n) > 0) {}
    CHECK_EQ(fcntl(ends[1], F_SETFL, 0), 0);

    pthread_t t = start(reports, NULL);
    while (!atomic_load(&ready)) sched_yield();
    sleep_ms(100);
    CHECK_EQ(pthread_cancel(t), 0);
    sleep_ms(100);
    size_t held = 0;
    static char got[1 << 20];
    for (int i = 0; i < 100 && !memmem(got, held, "now: the process goes on", 24); i++) {
        ssize_t n = read(ends[0], got + held, sizeof got - held);
        if (n > 0) held += (size_t)n;
        else sleep_ms(10);
    }
    bool whole = memmem(got, held, "DAM: invalid-free", 17) && memmem(got, held, "now: the process goes on", 24);
    CHECK_EQ(dup2(terminal, 2), 2);
    CHECK(join(t) == PTHREAD_CANCELED);
    CHECK(whole);
    CHECK(strstr(caught(free_nothing, NULL), "  caller: "));
    return 0;
}
