// says: dam::unique_ptr<T>: for an array of n elements, take dam::unique_ptr<T\[\]>
#include "dam.hpp"
dam::unique_ptr<int[3]> three;
