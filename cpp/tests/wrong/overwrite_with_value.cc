// says: it takes no arguments unless T is an array
#include "dam.hpp"
auto made = dam::make_unique_for_overwrite<int>(3u);
