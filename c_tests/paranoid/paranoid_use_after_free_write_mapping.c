// A freed block of any size faults at once, and so it does in a child process.
// options: profile=paranoid:guard_method=mapping
// expect: signal SIGSEGV
// flags: -DACCESS=WRITE
#include "use_after_free.h"
