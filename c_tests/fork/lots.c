// Where blocks come to lie in the child of a fork is not where they come to lie in its parent, nor in its parent's other
// children, nor in a child of its own.
// profiles: hardened
// modes: preload static
#include "check.h"

enum { SMALL = 100, MIDDLE = 20, LARGE = 5, ALL = SMALL + MIDDLE + LARGE, PROCESSES = 4 };

struct places { uintptr_t at[ALL]; };
static struct places seen[PROCESSES];

static struct places draw(void) {
    struct places drawn;
    for (size_t i = 0; i < ALL; i++)
        drawn.at[i] = (uintptr_t)malloc(i < SMALL ? 200 : i < SMALL + MIDDLE ? 40000 : MIB);
    return drawn;
}

static void tell(int to) {
    struct places drawn = draw();
    CHECK_EQ(write(to, &drawn, sizeof drawn), sizeof drawn);
}

int main(void) {
    int ends[2];
    CHECK_EQ(pipe(ends), 0);
    draw();
    for (size_t i = 0; i < 2; i++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            if (i == 1 && (child = fork()) == 0) {
                tell(ends[1]);
                _exit(0);
            }
            int status = 0;
            CHECK(i == 0 || (waitpid(child, &status, 0) == child && status == 0));
            tell(ends[1]);
            _exit(0);
        }
        int status;
        CHECK(waitpid(child, &status, 0) == child && status == 0);
    }
    for (size_t i = 0; i < PROCESSES - 1; i++) CHECK_EQ(read(ends[0], &seen[i], sizeof seen[i]), sizeof seen[i]);
    seen[PROCESSES - 1] = draw();
    const size_t parts[] = {0, SMALL, SMALL + MIDDLE, ALL};
    for (size_t i = 0; i < PROCESSES; i++)
        for (size_t k = 0; k < i; k++)
            for (size_t part = 0; part < 3; part++) {
                size_t same = 0, count = parts[part + 1] - parts[part];
                for (size_t n = parts[part]; n < parts[part + 1]; n++) same += seen[i].at[n] == seen[k].at[n];
                CHECK_LE(same, count * 9 / 10);
            }
    check_sound();
    return 0;
}
