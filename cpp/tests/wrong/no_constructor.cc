// says: T has no constructor that takes these arguments
// says from 20: has_constructor_for
#include "dam.hpp"
struct point {
    point(int, int) {}
};
auto made = dam::make_unique<point>("one", 2);
