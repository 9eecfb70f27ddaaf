// says: dam::make_unique_for_overwrite<T\[\]>: the argument is the number of elements
#include "dam.hpp"
auto made = dam::make_unique_for_overwrite<int[]>();
