// A return address on the stack lies in a file that another thread maps and unmaps all the time: reports name it or end there,
// and never fault while they read its tables.
// modes: preload static local
// plugin: plugin.c
// options: max_reports=1000000
// talkative: yes
// timeout: 120
#include "report.h"
#include "threads.h"

#include <sys/mman.h>

enum { REPORTS = 3000 };
static atomic_bool stop;
static char *place;
static size_t length;
static int file;

static void *come_and_go(void *arg) {
    while (!atomic_load(&stop)) {
        CHECK(mmap(place, length, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, file, 0) == place);
        for (volatile int i = 0; i < 20000; i++) {}
        CHECK(mmap(place, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == place);
        for (volatile int i = 0; i < 2000; i++) {}
    }
    return arg;
}

// Its caller, as the stack says, is in the middle of that file.
__attribute__((noinline)) static void report_from(void *caller) {
    void *volatile *mine = (void **)__builtin_frame_address(0) + 1;
    void *real = *mine;
    *mine = caller;
    free_nothing(NULL);
    *mine = real;
}

int main(void) {
    alarm(100);
    char name[4096];
    snprintf(name, sizeof name, "%s/plugin.so", getenv("DAM_PLUGIN_DIR"));
    CHECK_GE(file = open(name, O_RDONLY), 0);
    length = ((size_t)lseek(file, 0, SEEK_END) + PAGE - 1) / PAGE * PAGE;
    CHECK((place = mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) != MAP_FAILED);
    int nowhere = open("/dev/null", O_WRONLY);
    CHECK_EQ(dup2(nowhere, 2), 2);
    pthread_t t = start(come_and_go, NULL);
    for (size_t i = 0; i < REPORTS; i++) report_from(place + i % length);
    atomic_store(&stop, true);
    join(t);
    CHECK_EQ(violations(), REPORTS);
    return 0;
}
