// A handler that comes again and again, wherever the thread is: each time 30 microseconds after it has ended. A timer with a
// period would leave the thread no time at all where the handler takes longer than that.
#ifndef DAM_TEST_TICKING_H
#define DAM_TEST_TICKING_H
#include "check.h"

#include <signal.h>
#include <time.h>

static timer_t ticking_timer;
static void (*ticking_handler)(int);

static void tick_later(void) {
    int saved = errno;
    struct itimerspec once = {{0, 0}, {0, 30000}};
    timer_settime(ticking_timer, 0, &once, NULL);  // fails where it was deleted meanwhile
    errno = saved;
}

static void tick(int sig) {
    ticking_handler(sig);
    tick_later();
}

static timer_t start_ticking(void (*handler)(int)) {
    struct sigaction sa = {.sa_handler = tick};
    ticking_handler = handler;
    CHECK_EQ(sigaction(SIGVTALRM, &sa, NULL), 0);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGVTALRM};
    CHECK_EQ(timer_create(CLOCK_MONOTONIC, &event, &ticking_timer), 0);
    tick_later();
    return ticking_timer;
}
#endif
