// The page of statistics: two files in memory at descriptors out of the program's way, the first of them sealed against
// everybody, closed in a program that is executed, and another one in a forked child; a child made by a raw clone does not touch its parent's.
// modes: preload static
#include "check.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static int page_of(const char *name, ino_t *inode) {
    for (int fd = 3; fd < 1024; fd++) {
        char link[40], text[100] = "";
        struct stat st;
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        if (readlink(link, text, sizeof text - 1) > 0 && strstr(text, name)) {
            CHECK(!fstat(fd, &st));
            *inode = st.st_ino;
            return fd;
        }
    }
    return -1;
}

static void sealed(int fd) {
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int other = open(path, O_RDWR);
    if (other < 0) other = dup(fd);
    CHECK(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, other, 0) == MAP_FAILED);
    CHECK(pwrite(other, "x", 1, 0) < 0 && ftruncate(other, 0) < 0 && ftruncate(other, 1 << 24) < 0);
    close(other);
    CHECK_EQ(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

static uint32_t process(int fd) {
    uint32_t words[4];
    CHECK_EQ(pread(fd, words, sizeof words, 0), sizeof words);
    CHECK_EQ(memcmp(words, "DAMSTATS", 8), 0);
    return words[3];
}

static void *volatile keep[100000];

static void live(void) {
    for (int i = 0; i < 100000; i++) keep[i] = malloc(100);
    for (int i = 0; i < 100000; i++) free(keep[i]);
}

static int end_of(pid_t child) {
    int status;
    CHECK_EQ(waitpid(child, &status, __WALL), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(void) {
    if (!dam_version) return 0;
    live();
    ino_t page, wishes, other;
    int fd = page_of("dam-stats", &page), second = page_of("dam-wishes", &wishes);
    CHECK(fd >= 100 && second >= 100 && page != wishes);
    sealed(fd);
    CHECK(ftruncate(second, 0) < 0);
    CHECK_EQ(process(fd), (uint32_t)getpid());
    pid_t child = fork();
    if (!child) {
        int own = page_of("dam-stats", &other);
        CHECK(own >= 100 && other != page);
        live();
        CHECK_EQ(process(own), (uint32_t)getpid());
        sealed(own);
        _exit(0);
    }
    CHECK_EQ(end_of(child), 0);
    // A program that has closed both, and has files of its own by these numbers, keeps those in a child.
    child = fork();
    if (!child) {
        int own = page_of("dam-stats", &other), mine = open("/proc/self/maps", O_RDONLY);
        CHECK(own >= 100 && dup2(mine, own) == own);
        pid_t inner = fork();
        if (!inner) _exit(fcntl(own, F_GETFD) == 0 ? 0 : 7);
        _exit(end_of(inner));
    }
    CHECK_EQ(end_of(child), 0);
    unsigned char before[4096], after[4096];
    CHECK_EQ(pread(fd, before, sizeof before, 0), sizeof before);
    child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (!child) {
        for (int i = 0; i < 5; i++) live(), usleep(300000);
        _exit(0);
    }
    CHECK_EQ(end_of(child), 0);
    CHECK_EQ(pread(fd, after, sizeof after, 0), sizeof after);
    CHECK_EQ(memcmp(before, after, sizeof before), 0);
    return 0;
}
