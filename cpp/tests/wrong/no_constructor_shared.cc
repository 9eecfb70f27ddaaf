// says: dam::make_shared<T>: T has no constructor that takes these arguments
#include "dam.hpp"
struct point {
    point(int, int) {}
};
auto made = dam::make_shared<point>(1);
