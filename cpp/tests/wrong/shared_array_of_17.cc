// says: dam::make_shared<T\[\]>: arrays need the standard library of C\+\+20
// right from 20
#include "dam.hpp"
auto made = dam::make_shared<int[]>(3);
