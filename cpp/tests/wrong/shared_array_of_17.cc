// says: dam::make_shared<T\[\]>: arrays need the standard library of C\+\+20
// from 20 on it is right
#include "dam.hpp"
auto made = dam::make_shared<int[]>(3);
