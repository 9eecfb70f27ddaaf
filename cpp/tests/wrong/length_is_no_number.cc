// says: the one argument is the number of elements
#include "dam.hpp"
auto made = dam::make_unique<int[]>("three");
