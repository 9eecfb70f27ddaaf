// says: dam::unique_ptr<T>: for an array of n elements, take dam::unique_ptr<T\[\]>
#include "dam.hpp"
auto three = dam::make_unique<int[3]>();
