// says: dam::make_shared<T\[\]>
#include "dam.hpp"
auto made = dam::make_shared<int[]>("three");
