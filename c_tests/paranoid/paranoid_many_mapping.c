// Mappings run out: that is said once, further blocks come from the ordinary tiers, the program can go on mapping, and
// where blocks were freed there are pages of their own again.
// options: profile=paranoid:guard_method=mapping
// expect: stderr contains "DAM: own_pages: the system has no more mappings; further blocks as in profile hardened"
// talkative: yes
// flags: -DMOST_OWN=100000
#include "many.h"
