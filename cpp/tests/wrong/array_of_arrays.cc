// says: for arrays of arrays, take std::array as the element
#include "dam.hpp"
auto made = dam::make_unique<int[][3]>(2);
