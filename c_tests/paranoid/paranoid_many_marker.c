// With the kernel's markers 200,000 blocks have pages of their own, in a few mappings.
// options: profile=paranoid:guard_method=marker
// flags: -DLEAST_OWN=200000
#include "many.h"
