// A handler that comes every 30 microseconds, wherever the thread is.
#ifndef DAM_TEST_TICKING_H
#define DAM_TEST_TICKING_H
#include "check.h"

#include <signal.h>
#include <time.h>

static timer_t start_ticking(void (*handler)(int)) {
    struct sigaction sa = {.sa_handler = handler};
    CHECK_EQ(sigaction(SIGVTALRM, &sa, NULL), 0);
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGVTALRM};
    CHECK_EQ(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    struct itimerspec often = {{0, 30000}, {0, 30000}};
    CHECK_EQ(timer_settime(timer, 0, &often, NULL), 0);
    return timer;
}
#endif
