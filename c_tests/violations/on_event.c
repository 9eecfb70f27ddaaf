// A function of the program's is told of each violation; it may allocate, free, and itself do wrong. It is told of the last
// one before the process ends.
// modes: preload static local
// talkative: yes
#include "report.h"
#include "threads.h"

// Volatile: the C library's header promises that free calls no function of the program's.
static volatile int told, wrong;
static char name[40];
static void *volatile where;
static volatile uint64_t size;

static void tell(const dam_event_t *event, void *context) {
    CHECK(context == (void *)&told && event->size >= sizeof *event && event->kind == DAM_EVENT_VIOLATION && event->lost == 0);
    snprintf(name, sizeof name, "%s", event->violation);
    where = event->address, size = event->block_size;
    static void *kept[8];
    for (size_t n = 1; n < 20 * MIB; n *= 5) {
        void *p = malloc(n);
        CHECK(p);
        free(kept[told % 8]);
        kept[told % 8] = p;
    }
    told = told + 1;
    if (wrong > 0) {
        wrong = wrong - 1;
        free_nothing(NULL);
    }
}

static void misuse(void *p) {
    free(p);
    free(opaque(p));
}

static void *life(void *arg) {
    void *p = malloc(100);
    misuse(p);
    return arg;
}

static void last(const dam_event_t *event, void *context) {
    (void)context;
    char *p = malloc(strlen(event->violation) + 2);
    if (!p) return;
    sprintf(p, "%s\n", event->violation);
    if (write(1, p, strlen(p)) < 0) return;
    free(p);
}

int main(int argc, char **argv) {
    if (!dam_on_event) return 0;
    if (argc > 1) {
        dam_on_event(DAM_EVENT_VIOLATION, last, NULL);
        free_nothing(NULL);
        return 0;
    }
    free_nothing(NULL);
    CHECK_EQ(told, 0);
    dam_on_event(DAM_EVENT_VIOLATION, tell, (void *)&told);
    void *p = malloc(60);
    misuse(p);
    CHECK(told == 1 && !strcmp(name, "double-free") && where == p);
    p = malloc(50);
    ((char *)opaque(p))[50] ^= 1;
    free(p);
    CHECK(told == 2 && !strcmp(name, "heap-buffer-overflow") && where == p && size == 50);
    p = malloc(20 * MIB);
    misuse(p);
    CHECK(told == 3 && where == p);
    wrong = 3;
    free_nothing(NULL);
    CHECK_EQ(told, 7);
    run_threads(8, life);
    CHECK_EQ(told, 15);
    dam_on_event(0, tell, (void *)&told);
    free_nothing(NULL);
    dam_on_event(DAM_EVENT_VIOLATION, NULL, NULL);
    free_nothing(NULL);
    CHECK_EQ(told, 15);

    int pipes[2], status;
    CHECK_EQ(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(pipes[1], 1);
        setenv("DAM_OPTIONS", "on_violation=abort", 1);
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        execl("/proc/self/exe", argv[0], "last", (char *)NULL);
        _exit(1);
    }
    close(pipes[1]);
    CHECK(waitpid(child, &status, 0) == child && DIED_BY(status, SIGABRT));
    CHECK(!strcmp(read_all(pipes[0]), "invalid-free\n"));
    return 0;
}
