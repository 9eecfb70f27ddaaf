// Reports go to a file of the process's own, that of a forked child to another; what cannot be opened is said once, and then
// standard error serves. A link is not followed.
// modes: preload static
// talkative: yes
#include "report.h"

#include <sys/stat.h>

static char *file_of(const char *name, pid_t pid) {
    static char path[300];
    snprintf(path, sizeof path, "%s.%d", name, (int)pid);
    return path;
}

static size_t reports_in(const char *path) {
    int fd = open(path, O_RDONLY);
    CHECK(fd >= 0);
    read_all(fd);
    close(fd);
    return count_of(text, "DAM: ");
}

static void many(void *p) {
    for (int i = 0; i < 3; i++) free_nothing(p);
}

static void test(const char *name) {
    CHECK_EQ(strlen(caught(many, NULL)), 0);
    struct stat s;
    CHECK(!stat(file_of(name, getpid()), &s) && (s.st_mode & 0777) == 0600);
    CHECK_EQ(reports_in(file_of(name, getpid())), 3);
    pid_t child = fork();
    if (child == 0) {
        for (int fd = 3; fd < 100; fd++) close(fd);
        free_nothing(NULL);
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK_EQ(reports_in(file_of(name, child)), 1);
    CHECK_EQ(reports_in(file_of(name, getpid())), 3);
    unlink(file_of(name, child));
    CHECK_EQ(unlink(file_of(name, getpid())), 0);

    CHECK_EQ(symlink("stranger", file_of(name, getpid())), 0);
    const char *said = caught(many, NULL);
    CHECK_EQ(count_of(said, "option \"report_to\""), 1);
    CHECK_EQ(count_of(said, "DAM: invalid-free"), 3);
    CHECK(access("stranger", F_OK) != 0);
    unlink(file_of(name, getpid()));
}

int main(int argc, char **argv) {
    if (!dam_version) return 0;
    if (argc > 1) return test(argv[1]), 0;
    char options[100];
    snprintf(options, sizeof options, "report_to=report_%d", (int)getpid());
    setenv("DAM_OPTIONS", options, 1);
    execl("/proc/self/exe", argv[0], strchr(options, '=') + 1, (char *)NULL);
    return 1;
}
