// Allocates and frees one block over and over, so that all but the first few
// operations are hits: hits <pairs> <size> c|cpp
// `take` and `give` are functions of their own, and each makes exactly one
// call: what callgrind books on that call is the cost of one operation.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// operator new(size_t) and operator delete(void *), by the names C++ gives them.
void *_Znwm(size_t size);
void _ZdlPv(void *block);

#define LONE __attribute__((noinline, noclone))

LONE void *take_c(size_t size) { return malloc(size); }
LONE void give_c(void *block) { free(block); }
LONE void *take_cpp(size_t size) { return _Znwm(size); }
LONE void give_cpp(void *block) { _ZdlPv(block); }

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    long pairs = atol(argv[1]);
    size_t size = (size_t)atol(argv[2]);
    int is_cpp = strcmp(argv[3], "cpp") == 0;
    for (long i = 0; i < pairs; i++) {
        char *block = is_cpp ? take_cpp(size) : take_c(size);
        if (!block) return 1;
        *(volatile char *)block = 1;
        if (is_cpp) give_cpp(block);
        else give_c(block);
    }
    return 0;
}
